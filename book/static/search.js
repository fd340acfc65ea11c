const MOST = 30; // places shown

/** How well a place answers: 0 unless it has all that is sought, or some of it. */
function score([, heading, text], title, patterns, isLesson, all) {
  let sum = 0;
  for (const pattern of patterns) {
    const count = (where) => where.match(pattern)?.length ?? 0;
    const its = 6 * Math.min(count(heading), 1) + 2 * Math.min(count(title), 1);
    const here = its + Math.min(count(text), 4);
    if (!here && all) return 0;
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

/** The places that have all that is sought, or some of it; the best first. */
function answers(patterns, all) {
  const found = [];
  for (const [address, title, places] of patterns.length ? SITE_TEXT : [])
    for (const place of places) {
      const isLesson = /^\d\d_|^glossary/.test(address);
      const points = score(place, title, patterns, isLesson, all);
      if (points) found.push({ points, address, title, place });
    }
  // Stable: places that answer equally well are in the order of the course.
  return found.sort((a, b) => b.points - a.points);
}

function line({ address, title, place: [anchor, heading, text] }, words) {
  const item = document.createElement("li");
  const link = item.appendChild(document.createElement("a"));
  link.href = `${address}?mark=${encodeURIComponent(words)}#${anchor}`;
  link.textContent = heading === title ? title : `${title} › ${heading}`;
  const patterns = sought(words);
  item.appendChild(document.createElement("p")).textContent = sentence(text, patterns);
  mark(item, patterns);
  return item;
}

function search(asked) {
  let words = asked;
  let found = answers(sought(words), true);
  const none = !found.length;
  if (none) {
    words = asked.replaceAll("-", " ");
    found = answers(sought(words), false);
  }
  const lines = found.slice(0, MOST).map((answer) => line(answer, words));
  document.getElementById("found").replaceChildren(...lines);
  let told = found.length === 1 ? "1 place" : `${found.length} places`;
  if (found.length > MOST) told += `, the best ${MOST}`;
  if (none && found.length) told = `No place has all of it; some of it: ${told}`;
  document.getElementById("how-many").textContent = asked ? told : "";
}

const box = document.getElementById("words");
box.value = new URLSearchParams(location.search).get("q") ?? "";
box.addEventListener("input", () => search(box.value.trim()));
search(box.value.trim());
box.focus();
