const MOST = 30; // places shown

/** How well a place answers: 0 unless it has all that is sought. */
function score([, heading, text], title, patterns, isLesson) {
  let sum = 0;
  for (const pattern of patterns) {
    const count = (where) => where.match(pattern)?.length ?? 0;
    const its = 6 * Math.min(count(heading), 1) + 2 * Math.min(count(title), 1);
    const here = its + Math.min(count(text), 4);
    if (!here) return 0;
    sum += here;
  }
  return sum * (isLesson ? 2 : 1);
}

/** The sentence with most of what is sought, cut around it if it is long. */
function sentence(text, patterns) {
  const has = (part) => patterns.filter((pattern) => part.search(pattern) >= 0).length;
  const parts = text.split(/(?<=[.!?:])\s+|\n+/).map((part) => part.trim());
  const best = parts.reduce((a, b) => (has(b) > has(a) ? b : a));
  const found = patterns.map((pattern) => best.search(pattern)).filter((at) => at >= 0);
  const at = Math.max(0, Math.min(...found, best.length) - 100) % best.length || 0;
  const start = at && best.indexOf(" ", at) + 1;
  const cut = best.slice(start, start + 240);
  return (start ? "… " : "") + cut + (start + 240 < best.length ? " …" : "");
}

function search(words) {
  const patterns = sought(words);
  const found = [];
  for (const [address, title, places] of patterns.length ? SITE_TEXT : [])
    for (const place of places) {
      const points = score(place, title, patterns, /^\d\d_|^glossary/.test(address));
      if (points) found.push({ points, address, title, place });
    }
  found.sort((a, b) => b.points - a.points); // stable: else in the order of the course
  const lines = found.slice(0, MOST).map(({ address, title, place }) => {
    const [anchor, heading, text] = place;
    const line = document.createElement("li");
    const link = line.appendChild(document.createElement("a"));
    const page = address.split("#")[0];
    link.href = `${page}?mark=${encodeURIComponent(words)}#${anchor}`;
    link.textContent = heading === title ? title : `${title} › ${heading}`;
    line.appendChild(document.createElement("p")).textContent = sentence(
      text,
      patterns,
    );
    mark(line, patterns);
    return line;
  });
  document.getElementById("found").replaceChildren(...lines);
  const places = found.length === 1 ? "1 place" : `${found.length} places`;
  const shown = found.length > MOST ? `, the best ${MOST}` : "";
  document.getElementById("how-many").textContent = patterns.length
    ? `${places}${shown}`
    : "";
}

const box = document.getElementById("words");
box.value = new URLSearchParams(location.search).get("q") ?? "";
box.addEventListener("input", () => search(box.value.trim()));
search(box.value.trim());
box.focus();
