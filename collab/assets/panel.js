// Only the browser knows which title a reader has chosen: a click on a rating sends both
// in one message. The kernel may handle messages in two threads, a later one first, so
// each has a number, `n`. Titles become text nodes, never markup.

let n = 0;

function render({ model, el }) {
  const { what, unit, stars, n_found, typed } = model.get("screen");
  const titles = model.get("catalogue");
  const rowsWith = titleSearch(titles);
  let chosen; // its row
  el.classList.add("rating-panel");
  el.onkeydown = (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); // "d d": cut a cell
  };
  el.innerHTML = `<section>
      <b class="first"></b><input><select></select><p class="note hint"></p>
      <b class="second"></b><p class="chosen"></p><p class="stars"></p>
      <p class="message" role="status"></p>
    </section><section>
      <b>3. Recommended</b><p class="note whom"></p><ol></ol>
      <b>Your ratings</b><ul></ul><button class="clear">clear all</button>
    </section>`;
  const part = (selector) => el.querySelector(selector);
  const [search, found, rated] = ["input", "select", "ul"].map(part);
  const send = (message) => {
    n = Math.max(n, model.get("screen").n) + 1;
    model.send({ n, ...message });
    part(".message").textContent = "…"; // until the kernel answers
  };
  const star = (value) => {
    const onclick = () => send({ item: chosen, stars: value });
    return make("button", { title: `${value} ${unit}`, onclick }, `${value}`);
  };
  const ownMark = () => {
    const onchange = ({ target }) => {
      if (target.value && target.reportValidity())
        send({ item: chosen, stars: target.valueAsNumber });
    };
    const [min, max] = [stars[0], stars.at(-1)];
    const placeholder = `${min} … ${max}`;
    const aria = { label: `your own mark, ${min} to ${max}` };
    return make("input", {
      type: "number",
      step: "any",
      min,
      max,
      placeholder,
      aria,
      onchange,
    });
  };
  const choose = (row) => {
    chosen = row;
    part(".chosen").textContent = titles[row] ?? `No ${what} is chosen yet.`;
    for (const one of part(".stars").children) one.disabled = row === undefined;
  };
  const find = () => {
    const rows = rowsWith(search.value);
    const shown = rows.slice(0, n_found);
    const option = (row) => make("option", { title: titles[row] }, titles[row]);
    found.replaceChildren(...shown.map(option));
    found.onchange = () => choose(shown[found.selectedIndex]);
    let hint = rows.length ? "Click one to choose it." : "Nothing found.";
    if (rows.length > n_found)
      hint = `${n_found} of ${rows.length.toLocaleString("en")}: type on to see others`;
    part(".hint").textContent = hint;
    choose();
  };
  const update = () => {
    const screen = model.get("screen");
    for (const name of ["whom", "message"]) part(`.${name}`).textContent = screen[name];
    const line = ([title, score]) =>
      make("li", {}, make("p", {}, make("span", {}, title), " ", score));
    part("ol").replaceChildren(...screen.shown.map(line));
    const back = ([item, rating, title]) => {
      const onclick = () => send({ item, stars: null });
      const button = make("button", { title: `take back: ${title}`, onclick }, "×");
      return make("li", {}, button, ` ${rating} ${title}`);
    };
    if (rated.contains(document.activeElement)) search.focus();
    rated.replaceChildren(...screen.rated.map(back));
  };
  part(".first").textContent = `1. Choose one ${what}`;
  part(".second").textContent = `2. Rate it (${unit})`;
  part(".stars").append(...stars.map(star));
  if (typed) part(".stars").append(ownMark());
  part(".clear").onclick = () => send({ clear: true });
  search.placeholder = "a word of the title …";
  search.oninput = find;
  search.onkeydown = ({ key }) => {
    if (key === "Enter" || key === "ArrowDown") found.focus();
  };
  found.size = Math.max(2, n_found);
  find();
  update();
  model.on("change:screen", update);
}

export default { render };
