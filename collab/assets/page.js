const page = JSON.parse(document.getElementById("data").textContent);
const rated = page.kind === "stars"; // or else picked
// Tables have the numbers of each title one after the other.
const bias = rated && unpack(page.bias);
const factors = rated && unpack(page.factors);
const k = page.factors?.steps.length;
const picked = page.picked && unpack(page.picked);
const items = page.items && unpack(page.items);
const listed = unpack(page.listed);

// What was said: stars by row, the newest last. Where titles are picked: 1.
const given = new Map();
let before = null; // what Undo brings back

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

/** What fold-in expects of each title. */
function starsFor(said) {
  const [b, ...p] = foldIn(said);
  return bias.map((ofTitle, row) => {
    let stars = page.mean + b + ofTitle;
    for (let j = 0; j < k; j++) stars += p[j] * factors[row * k + j];
    return stars;
  });
}

/** How much a rating counts: 1 if it is the highest, or a pick; up to the middle of the
 * scale nothing, for what a visitor disliked asks for nothing. */
function weight(value) {
  const [low, high] = page.scale ?? [-1, 1];
  const middle = (low + high) / 2;
  return Math.max(0, value - middle) / (high - middle);
}

/** How much one title says for another. */
function says(one, other) {
  const n = page.items.steps.length;
  let sum = 0;
  for (let j = 0; j < n; j++) sum += picked[one * n + j] * items[other * n + j];
  return sum;
}

/** How well each title goes with what was said. */
function goesWith(said) {
  const n = page.items.steps.length;
  const taste = new Float64Array(n);
  for (const [row, value] of said)
    for (let j = 0; j < n; j++) taste[j] += weight(value) * picked[row * n + j];
  return Float64Array.from(page.titles, (_, row) => {
    let sum = 0;
    for (let j = 0; j < n; j++) sum += taste[j] * items[row * n + j];
    return sum;
  });
}

function scoresFor(said) {
  return { stars: rated && starsFor(said), next: items && goesWith(said) };
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

const search = titleSearch(page.titles);
const wide = matchMedia("(min-width: 40rem)"); // as in page.css
let order = items ? "next" : "stars"; // by which score the list is sorted
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
const counted = (n) => `${n} ${rated ? "rating" : "pick"}${n === 1 ? "" : "s"}`;

/** One title in one of the lists: click it to rate it, or to pick it. */
function line(list, row, end, ...more) {
  const key = `${list} ${row}`;
  const pick = () => say(row, given.has(row) ? null : 1);
  const open = () => {
    opened = opened === key ? "" : key;
    draw();
  };
  const aria = rated ? { expanded: opened === key } : { pressed: given.has(row) };
  const properties = { className: "title", aria, onclick: rated ? open : pick };
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
  const { rows, exact } = words.trim() ? search(words) : { rows: [] };
  const n = wide.matches ? 8 : 4; // on a phone the list below stays in view
  const mark = (row) => (rated ? inUnits(given.get(row)) : "✓");
  const said = (row) => (given.has(row) ? mark(row) : "");
  const lines = rows.slice(0, n).map((row) => line("found", row, said(row)));
  part("found").replaceChildren(...lines);
  let hint = "Words of its title, in any order.";
  if (rows.length) hint = `${rows.length} found.`;
  if (rows.length > n) hint = `${n} of ${rows.length}: type on to see others.`;
  if (words.trim() && !exact) hint = noneHas(page.titles, rows);
  if (part("hint").textContent !== hint) part("hint").textContent = hint;
}

/** Why a title is in the list: the one of the visitor's that says most for it; or what
 * everybody gets, and how much more the visitor. */
function why(row, scores) {
  if (order === "stars") {
    const shown = (stars) => stars.toFixed(page.decimals);
    const everybody = shown(page.mean + bias[row]);
    const more = shown(shown(scores.stars[row]) - everybody); // as what is shown adds up
    const forYou = more > 0 ? `, +${more}` : more.replace("-", ", −");
    return `${everybody} for everybody${Number(more) ? `${forYou} for you` : ""}`;
  }
  let [most, best] = [0, -1];
  for (const [one, value] of given) {
    const its = weight(value) * says(one, row);
    if (its > most) [most, best] = [its, one];
  }
  return best < 0 ? "" : ["because of ", name(best)];
}

/** What the list is sorted by. */
function orderOf() {
  if (order === "stars")
    return given.size
      ? "Sorted by the rating that we guess."
      : "For everybody, so far.";
  // A rating below the middle says nothing of what goes with it.
  if ([...given.values()].some(weight))
    return `Sorted by what goes with yours.${rated ? " Each rating is our guess." : ""}`;
  return given.size
    ? "You liked nothing so far: the most rated first."
    : "The most rated first, so far.";
}

function drawBest() {
  const scores = scoresFor(given);
  const best = bestOf(scores[order], page.n);
  const [low, high] = page.scale ?? [];
  const stars = (row) => {
    const inScale = Math.min(high, Math.max(low, scores.stars[row]));
    return inUnits(inScale.toFixed(page.decimals));
  };
  const lines = best.map((row) => {
    const item = line("best", row, rated ? stars(row) : "");
    const reason = given.size ? why(row, scores) : "";
    item.append(make("p", { className: "why" }, ...[reason].flat()));
    return item;
  });
  part("best").replaceChildren(...lines);
  for (const one of ["next", "stars"])
    part(`by-${one}`).setAttribute("aria-pressed", order === one);
  part("whom").textContent = best.length ? orderOf() : "Nothing is left to recommend.";
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
    .map(([row, value]) => line("yours", row, rated ? inUnits(value) : "", back(row)));
  part("yours").replaceChildren(...lines);
  let count = given.size ? `${counted(given.size)}.` : "None yet.";
  if (given.size > 1) count = `${counted(given.size)}, the newest first.`;
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

/** Says what was done; Undo goes back to what was there, until the next action. */
function tell(words, was = null) {
  before = was;
  const back = make("button", { type: "button", id: "undo", onclick: undo }, "Undo");
  part("message").replaceChildren(...words, ...(was ? [back] : []));
}

/** After a change: keep it, draw it, tell it; listeners hear the head of the list. */
function changed(words, was) {
  keep();
  const heads = draw()
    .slice(0, 3)
    .flatMap((row) => [", ", name(row)]);
  const unseen = make("span", { className: "unseen" }, " For you now", ...heads, ". ");
  tell([...words, unseen], was);
}

function say(row, value) {
  const was = value === null ? [...given] : null;
  if (opened.startsWith("best")) opened = ""; // it leaves that list
  if (was) given.delete(row);
  else given.set(row, value);
  const what = was ? "Taken back: " : rated ? `${inUnits(value)} for ` : "Picked: ";
  changed([what, name(row), "."], was);
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
  tell([]);
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
    const was = [...given];
    for (const [row, value] of found) given.set(row, value);
    const rest = unknown ? ` ${unknown} more are not known here.` : "";
    changed([`${counted(found.size)} loaded.${rest}`], was);
  } catch (error) {
    const its = make("bdi", {}, file.name);
    const why = ` could not be used: ${error.message}.`;
    tell(["Nothing changed. The file ", its, why]);
  }
}

function save() {
  const name = `${rated ? "ratings" : "picks"}.json`;
  download(written(), name);
  tell([`${counted(given.size)} saved as ${name}.`]);
}

function clearAll() {
  const was = [...given];
  given.clear();
  changed([`${counted(was.length)} cleared.`], was);
  part("undo").focus();
}

function undo() {
  const back = before.findLast(([row]) => !given.has(row))?.[0];
  given.clear();
  for (const [row, value] of before) given.set(row, value);
  changed(["It is as it was."]);
  (document.querySelector(`[data-key="yours ${back}"]`) ?? part("search")).focus();
}

document.querySelector("label").textContent = `Which ${page.what} do you know?`;
part("intro").textContent = rated
  ? "Find what you know, click it and rate it. The list follows your ratings."
  : "Find what you know and like, and click it. The list follows your picks.";
part("yours-title").textContent = rated ? "Your ratings" : "Your picks";
part("orders").hidden = !(items && rated);
for (const one of ["next", "stars"])
  part(`by-${one}`).onclick = () => {
    order = one;
    opened = "";
    draw();
  };
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
document.onkeydown = (event) => {
  const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey);
  // In the search it takes back what was typed; elsewhere it would do so, too.
  if (!before || !isUndo || event.target.id === "search") return;
  event.preventDefault();
  undo();
};
window.onstorage = ({ key }) => {
  if (key === KEY || key === null) takeUp();
};
takeUp();
