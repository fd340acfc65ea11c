// Stands before page.js in the page and before panel.js in the panel.
// biome-ignore-all lint/correctness/noUnusedVariables: they use what it defines

function make(tag, properties, ...children) {
  const { aria = {}, ...others } = properties;
  const node = Object.assign(document.createElement(tag), others);
  for (const name in aria) node.setAttribute(`aria-${name}`, aria[name]);
  node.append(...children);
  return node;
}

/** Text as it is compared: case and the code points of a letter do not matter. */
function comparable(text) {
  // "ẞ" and "ß" become "ss" by way of upper case only.
  const upper = text.normalize("NFKD").toLowerCase().toUpperCase();
  return upper.toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
}

/** Words → the rows of the titles that have all of them, in any order. */
function titleSearch(titles) {
  const texts = titles.map(comparable);
  return (words) => {
    const wanted = comparable(words).split(/\s+/);
    const fits = (row) => wanted.every((word) => texts[row].includes(word));
    return [...texts.keys()].filter(fits);
  };
}
