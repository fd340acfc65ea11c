/** Words of a search → what is looked for: each from the start of a word, in British
 * or American spelling, with or without its hyphen, a plural's s, -ation or -ed. */
function sought(words) {
  return words
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => {
      const pattern = word
        .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
        .replace(/(?<=\w{3})s$/, "")
        .replace(/(?<=\w{4})[sz](e|ed|er|ing|ation)$/, "[sz]")
        .replace(/o(?=r$)/, "ou?")
        .replaceAll("-", "[-\\s_]");
      return new RegExp(`(?<![\\p{L}\\p{N}])${pattern}[\\p{L}\\p{N}]*`, "giu");
    });
}

/** Mark what is sought in the text below a node. */
function mark(root, patterns) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.parentElement.closest("math, script, style")) texts.push(text);
  }
  for (const text of texts) {
    const found = patterns.flatMap((pattern) => [...text.data.matchAll(pattern)]);
    let free = text.length; // from the last to the first: a mark cuts the text in two
    for (const match of found.sort((a, b) => b.index - a.index)) {
      const end = match.index + match[0].length;
      if (end > free) continue;
      const range = document.createRange();
      range.setStart(text, match.index);
      range.setEnd(text, end);
      range.surroundContents(document.createElement("mark"));
      free = match.index;
    }
  }
}

/** Coming from the search: mark its words, go to the first paragraph that has them all. */
function showFound(words) {
  const patterns = sought(words);
  const article = document.querySelector("article");
  const anchor = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  mark(article, patterns);
  const place = anchor?.closest("section, dl > *, article") ?? article;
  const around = place.matches("dt") ? [place, place.nextElementSibling] : [place];
  const marks = around.flatMap((part) => [...part.querySelectorAll("mark")]);
  const hasAll = (each) => {
    const block = each.closest("p, li, td, dt, dd, h1, h2, h3, h4") ?? each;
    return patterns.every((pattern) => block.textContent.search(pattern) >= 0);
  };
  const first = marks.find(hasAll) ?? marks[0];
  for (let at = first; at; at = at.parentElement)
    if (at.matches("details")) at.open = true;
  first?.scrollIntoView({ block: "center" });
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const each of document.querySelectorAll("mark"))
      each.replaceWith(...each.childNodes);
  });
}

addEventListener("load", () => {
  const words = new URLSearchParams(location.search).get("mark");
  if (words) showFound(words);
});

// Paper is white, and nobody can open there what is folded.
const root = document.documentElement;
let theme = "";
let folded = [];
addEventListener("beforeprint", () => {
  theme = root.dataset.theme;
  root.dataset.theme = "light";
  folded = [...document.querySelectorAll("article details:not([open])")];
  for (const each of folded) each.open = true;
});
addEventListener("afterprint", () => {
  root.dataset.theme = theme;
  for (const each of folded) each.open = false;
});
