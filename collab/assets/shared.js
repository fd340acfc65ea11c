// Stands before page.js in the page and before panel.js in the panel.
// biome-ignore-all lint/correctness/noUnusedVariables: they use what it defines

function make(tag, properties, ...children) {
  const { aria = {}, ...others } = properties;
  const node = Object.assign(document.createElement(tag), others);
  for (const name in aria) node.setAttribute(`aria-${name}`, aria[name]);
  node.append(...children);
  return node;
}

/** Hands the reader a text as a file. */
function download(text, name) {
  const href = URL.createObjectURL(new Blob([text]));
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}

/** What is typed or printed → its words, whatever case, accents and punctuation. */
function wordsOf(text) {
  // "Ocean’s" is one word, as "Oceans" is; so are "E.T." and "ET".
  const bare = text.replace(/['’‘ʼ`´′.]/g, "").replace(/[&+]/g, " and ");
  // "ẞ" and "ß" become "ss" by way of upper case only.
  const upper = bare.normalize("NFKD").replace(/\p{M}/gu, "").toUpperCase();
  const plain = upper.toLowerCase().replaceAll("ς", "σ").replaceAll("ı", "i");
  return plain.split(/[\s\p{P}\p{C}]+/u).filter(Boolean);
}

const NUMERALS = [
  "i ii iii iv v vi vii viii ix x xi xii",
  "one two three four five six seven eight nine ten eleven twelve",
].map((line) => line.split(" "));

/** "Episode IV" and "Part Four" are also found by 4. */
function withNumerals(words) {
  const number = (word) => NUMERALS.flatMap((line) => line.indexOf(word) + 1 || []);
  return [...words, ...words.flatMap(number).map(String)];
}

/** "jurrasic" → "jurasic"; two letters are left, or "too" would be near to all. */
function withoutDoubles(word) {
  const single = word.replace(/(.)\1+/gu, "$1");
  return single.length > 2 ? single : word;
}

/** Whether a word begins as another does, but for one letter too many, too few, wrong,
 * or for two that changed places. */
function isNear(typed, word) {
  let same = 0;
  while (same < typed.length && typed[same] === word[same]) same++;
  const [a, b] = [typed.slice(same), word.slice(same)];
  return (
    b.startsWith(a.slice(1)) ||
    b.slice(1).startsWith(a) ||
    b.slice(1).startsWith(a.slice(1)) ||
    (b.length > 1 && b.startsWith(a[1] + a[0]) && b.slice(2).startsWith(a.slice(2)))
  );
}

/** A function from words to the rows of the titles that have all of them, in any order:
 * whole words first, then those at a title's beginning. Where no title has them: those
 * with one typing error in a word, and `exact` is false. */
function titleSearch(titles) {
  const texts = titles.map((title) => {
    const words = wordsOf(title);
    const joins = words.map((_, place) => words.slice(place, place + 4).join(""));
    const whole = ` ${withNumerals(words).join(" ")} `;
    return { words, joins, whole, all: `${whole}${joins.join(" ")}` };
  });
  let known; // all words, and two that are written as one → without doubled letters

  // 0: a whole word, 1: how words begin, 2: within a word, 3: nearly a word.
  function level({ words, joins, whole, all }, { word, numeral, near }) {
    if (whole.includes(` ${word} `)) return 0;
    if (all.includes(` ${word}`) || whole.includes(` ${numeral} `)) return 1;
    if (whole.includes(word)) return 2;
    return near && [...words, ...joins].some((one) => near.has(one)) ? 3 : Infinity;
  }

  function rowsWith(wanted) {
    const found = [];
    for (const [row, text] of texts.entries()) {
      let rank = 0;
      for (const one of wanted) rank += rank < Infinity ? 2 * level(text, one) : 0;
      if (rank === Infinity) continue;
      const first = wanted.some(({ word }) => text.whole.startsWith(` ${word}`));
      found.push([first ? rank : rank + 1, row]);
    }
    return found.sort(([a, i], [b, j]) => a - b || i - j).map(([, row]) => row);
  }

  return (typed) => {
    const wanted = wordsOf(typed).map((word) => {
      const [, numeral = word] = withNumerals([word]);
      return { word, numeral };
    });
    let rows = rowsWith(wanted);
    const exact = rows.length > 0;
    if (!exact) {
      known ??= new Map(
        texts
          .flatMap(({ words, joins }) => [...words, ...joins])
          .map((word) => [word, withoutDoubles(word)]),
      );
      for (const one of wanted) {
        if (one.word.length < 3 || /^\d+$/.test(one.word)) continue;
        one.near = new Set();
        const mine = withoutDoubles(one.word);
        for (const [word, single] of known)
          if (isNear(one.word, word) || isNear(mine, single)) one.near.add(word);
      }
      // An "of" or "a" too many is forgiven beside longer words, a number never.
      const needed = wanted.filter(({ word, near }) => near || /\d/.test(word));
      if (needed.some(({ near }) => near)) rows = rowsWith(needed);
    }
    return { rows, exact };
  };
}

/** Where no title has the words: what the catalogue holds, with the last year where most
 * have one, and whether some are near. */
function noneHas(titles, rows) {
  const years = titles.flatMap(
    (title) => /\(((?:1[89]|20)\d\d)\)$/.exec(title)?.[1] ?? [],
  );
  const most = years.length >= 0.9 * titles.length;
  const until = most ? `, none after ${years.sort().at(-1)}` : "";
  const holds = `There are ${titles.length.toLocaleString("en")} titles${until}.`;
  return `No title has these words. ${holds}${rows.length ? " The nearest:" : ""}`;
}
