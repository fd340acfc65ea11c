const page = JSON.parse(document.getElementById("data").textContent);
const ranking = page.kind === "ranking";
const k = page.factors.steps.length;
const bias = unpack(page.bias);
const factors = unpack(page.factors); // k numbers for each title, one after the other
const history = ranking && unpack(page.history);
const listed = unpack(page.listed);

// What was said: stars by row, the newest last. On a page that ranks: 1.
const given = new Map();

// The recommender ---------------------------------------------------------------------

/** Whole numbers in base64, each times the step of its column. */
function unpack({ bits, steps, numbers }) {
  const bytes = Uint8Array.from(atob(numbers), (letter) => letter.charCodeAt(0));
  const whole = new (bits === 8 ? Int8Array : Int16Array)(bytes.buffer);
  return Float64Array.from(whole, (x, place) => x * steps[place % steps.length]);
}

/** The w with (XᵀX + D) w = Xᵀy, where D has the dampings on its diagonal. */
function ridgeStep(X, y, dampings) {
  const n = dampings.length;
  const A = dampings.map((d, i) => new Float64Array(n).fill(d, i, i + 1));
  const w = new Float64Array(n);
  X.forEach((x, r) => {
    for (let i = 0; i < n; i++) {
      w[i] += x[i] * y[r];
      for (let j = 0; j <= i; j++) A[i][j] += x[i] * x[j];
    }
  });
  // Cholesky: A = L Lᵀ, with L in the place of A's lower half.
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      for (let m = 0; m < j; m++) A[i][j] -= A[i][m] * A[j][m];
      A[i][j] = i === j ? Math.sqrt(A[j][j]) : A[i][j] / A[j][j];
    }
  }
  // L z = Xᵀy from the top down, then Lᵀ w = z from the bottom up.
  for (let i = 0; i < n; i++) {
    for (let m = 0; m < i; m++) w[i] -= A[i][m] * w[m];
    w[i] /= A[i][i];
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let m = i + 1; m < n; m++) w[i] -= A[m][i] * w[m];
    w[i] /= A[i][i];
  }
  return w;
}

/** Fold-in: the visitor's bias and factors, from stars by row. */
function foldIn(stars) {
  const X = [];
  const y = [];
  for (const [row, value] of stars) {
    X.push([1, ...factors.subarray(row * k, (row + 1) * k)]);
    y.push(value - page.mean - bias[row]);
  }
  const [ofBias, ofFactors] = page.dampings;
  return ridgeStep(X, y, [ofBias, ...Array(k).fill(ofFactors)]);
}

/** The visitor as a sum of what each pick says of them; no bias. */
function sumUp(picks) {
  const w = new Float64Array(1 + k);
  for (const row of picks.keys())
    for (let j = 0; j < k; j++)
      w[1 + j] += history[row * k + j] / Math.sqrt(picks.size);
  return w;
}

function scoresFor(said) {
  const [b, ...p] = ranking ? sumUp(said) : foldIn(said);
  return bias.map((ofTitle, row) => {
    let score = page.mean + b + ofTitle;
    for (let j = 0; j < k; j++) score += p[j] * factors[row * k + j];
    return score;
  });
}

/** The rows with the highest scores; equal ones in the order of the titles. */
function bestOf(scores, n) {
  const best = [];
  for (let row = 0; row < scores.length; row++) {
    if (!listed[row] || given.has(row)) continue;
    if (best.length === n && scores[row] <= scores[best[n - 1]]) continue;
    const lower = best.findIndex((other) => scores[row] > scores[other]);
    best.splice(lower < 0 ? best.length : lower, 0, row);
    best.length = Math.min(best.length, n);
  }
  return best;
}

// What is seen ------------------------------------------------------------------------

const rowsWith = titleSearch(page.titles);
const [N_FOUND, N_BEST] = [8, page.n];
let opened = ""; // the line whose stars are shown, as "list row"
const part = (id) => document.getElementById(id);

const button = (key, properties, ...children) => {
  const node = make("button", { type: "button", ...properties }, ...children);
  node.dataset.key = key; // names it from one drawing of a list to the next
  return node;
};
// Isolated: a title that is written from right to left turns nothing around it.
const name = (row) => make("bdi", {}, page.titles[row]);
const inUnits = (value) => `${value} ${page.unit}`;
const counted = (n) => `${n} ${ranking ? "pick" : "rating"}${n === 1 ? "" : "s"}`;

/** One title in one of the lists: click it to rate it, or to pick it. */
function line(list, row, end, ...more) {
  const key = `${list} ${row}`;
  const pick = () => say(row, given.has(row) ? null : 1);
  const open = () => {
    opened = opened === key ? "" : key;
    draw();
  };
  const aria = ranking ? { pressed: given.has(row) } : { expanded: opened === key };
  const properties = { className: "title", aria, onclick: ranking ? pick : open };
  const title = button(key, properties, name(row));
  const ending = make("span", { className: "end" }, end);
  const head = make("div", { className: "line" }, title, ending, ...more);
  const item = make("li", {}, head);
  if (opened === key) {
    const star = (value) => {
      const properties = {
        aria: { pressed: given.get(row) === value, label: inUnits(value) },
        onclick: () => say(row, value),
      };
      return button(`${key} ${value}`, properties, `${value}`);
    };
    const label = `Rate ${page.titles[row]}`;
    const group = { className: "stars", role: "group", aria: { label } };
    item.append(make("div", group, ...page.stars.map(star)));
  }
  return item;
}

function drawFound() {
  const words = part("search").value;
  const rows = words.trim() ? rowsWith(words) : [];
  const mark = (row) => (ranking ? "✓" : inUnits(given.get(row)));
  const said = (row) => (given.has(row) ? mark(row) : "");
  const lines = rows.slice(0, N_FOUND).map((row) => line("found", row, said(row)));
  part("found").replaceChildren(...lines);
  let hint = `Words of the ${page.what}, in any order.`;
  if (words.trim())
    hint = rows.length ? `${rows.length} found.` : `No ${page.what} has these words.`;
  if (rows.length > N_FOUND)
    hint = `${N_FOUND} of ${rows.length}: type on to see others.`;
  if (part("hint").textContent !== hint) part("hint").textContent = hint;
}

function drawBest() {
  const scores = scoresFor(given);
  const best = bestOf(scores, N_BEST);
  const [low, high] = page.scale ?? [];
  const expected = (row) => {
    const inScale = Math.min(high, Math.max(low, scores[row]));
    return inUnits(inScale.toFixed(page.decimals));
  };
  const lines = best.map((row) => line("best", row, ranking ? "" : expected(row)));
  part("best").replaceChildren(...lines);
  let whom = "For everybody, so far.";
  if (given.size) whom = `From your ${counted(given.size)}.`;
  if (!best.length) whom = "Nothing is left to recommend.";
  part("whom").textContent = whom;
  return best;
}

function drawYours() {
  const back = (row) => {
    const properties = {
      className: "forget",
      aria: { label: `Take back ${page.titles[row]}` },
      onclick: () => say(row, null),
    };
    return button(`yours ${row} back`, properties, "×");
  };
  const lines = [...given]
    .reverse()
    .map(([row, value]) =>
      line("yours", row, ranking ? "" : inUnits(value), back(row)),
    );
  part("yours").replaceChildren(...lines);
  let count = given.size ? `${counted(given.size)}, the newest first.` : "None yet.";
  if (!keeps) count += " This browser keeps nothing: save them to a file.";
  part("count").textContent = count;
  part("save").disabled = part("clear").disabled = !given.size;
}

/** Draws the lists; the focus stays where it was, or goes to what took its place. */
function draw() {
  const active = document.activeElement;
  const key = active?.dataset.key;
  const list = key && active.closest("ul, ol");
  const place = list && [...list.children].indexOf(active.closest("li"));
  drawFound();
  const best = drawBest();
  drawYours();
  if (key) {
    const same = document.querySelector(`[data-key="${key}"]`);
    const next = list.children[Math.min(place, list.children.length - 1)];
    const target = same ?? next?.querySelector("button") ?? part("search");
    target.focus({ preventScroll: true });
  }
  return best;
}

// What is done ------------------------------------------------------------------------

function tell(...words) {
  part("message").replaceChildren(...words);
}

/** After a change: keep it, draw it, tell it; listeners hear the head of the list. */
function changed(...words) {
  keep();
  const heads = draw()
    .slice(0, 3)
    .flatMap((row) => [", ", name(row)]);
  tell(...words, make("span", { className: "unseen" }, " For you now", ...heads, "."));
}

function say(row, value) {
  part("undo").hidden = true;
  if (opened.startsWith("best")) opened = ""; // it leaves that list
  if (value === null) {
    given.delete(row);
    changed("Taken back: ", name(row), ".");
  } else {
    given.set(row, value);
    changed(ranking ? "Picked: " : `${inUnits(value)} for `, name(row), ".");
  }
}

// What was said, as a file has it and the browser keeps it. ---------------------------

const FORMAT = `collab page: ${page.kind}`;

function written() {
  const one = ([row, value]) => [page.ids[row], page.titles[row], value];
  const ratings = [...given].map(one);
  return JSON.stringify({ format: FORMAT, ratings }, null, 1);
}

/** What such a text says: stars by row; how many of its lines are not known here. */
function understood(text) {
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new Error("it is damaged, or was not saved by such a page");
  }
  if (file?.format !== FORMAT || !Array.isArray(file.ratings))
    throw new Error("it was not saved by such a page");
  const rows = new Map(page.ids.map((id, row) => [id, row]));
  const found = new Map();
  let unknown = 0;
  for (const one of file.ratings) {
    const [id, title, value] = Array.isArray(one) ? one : [];
    const row = rows.get(id);
    // The title as well: a 7 of another catalogue is another thing.
    const known = row !== undefined && page.titles[row] === title;
    if (known && page.stars.includes(value)) found.set(row, value);
    else unknown++;
  }
  return { found, unknown };
}

const KEY = `collab page ${page.id}`;
let keeps = true;

function keep() {
  try {
    localStorage.setItem(KEY, written());
    keeps = true;
  } catch {
    keeps = false; // storage is blocked, or full
  }
}

/** Takes up what was kept, here or, a moment ago, in another window. */
function takeUp() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // Storage is blocked: said when there is something to lose.
  }
  given.clear();
  try {
    if (kept !== null)
      for (const [row, value] of understood(kept).found) given.set(row, value);
  } catch {
    // What lies there is not ours, or is damaged: begin anew.
  }
  draw();
}

async function load(file) {
  try {
    if (file.size > 1e7) throw new Error("it is too large");
    const { found, unknown } = understood(await file.text());
    if (!found.size) throw new Error("it has nothing that this page knows");
    for (const [row, value] of found) given.set(row, value);
    const rest = unknown ? ` ${unknown} more are not known here.` : "";
    part("undo").hidden = true;
    changed(`${counted(found.size)} loaded.${rest}`);
  } catch (error) {
    tell(
      "Nothing changed. The file ",
      make("bdi", {}, file.name),
      ` could not be used: ${error.message}.`,
    );
  }
}

function save() {
  const url = URL.createObjectURL(new Blob([written()], { type: "application/json" }));
  const download = `${ranking ? "picks" : "ratings"}.json`;
  make("a", { href: url, download }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
  tell(`${counted(given.size)} saved as ${download}.`);
}

let cleared = [];

function clearAll() {
  cleared = [...given];
  given.clear();
  part("undo").hidden = false;
  changed(`${counted(cleared.length)} cleared.`);
  part("undo").focus();
}

function undo() {
  for (const [row, value] of cleared) given.set(row, value);
  part("undo").hidden = true;
  changed(`${counted(cleared.length)} are back.`);
  part("clear").focus();
}

document.querySelector("label").textContent = `Search a ${page.what}`;
part("intro").textContent = ranking
  ? `Search a ${page.what} you know and like and click it. Each click changes the list.`
  : `Search a ${page.what} you know, click and rate it. Each rating changes the list.`;
part("yours-title").textContent = ranking ? "Your picks" : "Your ratings";
part("note").textContent = page.note;
part("search").oninput = () => {
  opened = "";
  drawFound();
};
part("search").onkeydown = (event) => {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  part("found").querySelector("button")?.focus();
};
part("save").onclick = save;
part("load").onclick = () => part("file").click();
part("file").onchange = async () => {
  const [file] = part("file").files;
  if (file) await load(file);
  part("file").value = ""; // or the same file could not be chosen again
};
part("clear").onclick = clearAll;
part("undo").onclick = undo;
window.onstorage = ({ key }) => {
  if (key === KEY || key === null) takeUp();
};
takeUp();
