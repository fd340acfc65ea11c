// Only the browser knows which title a reader has chosen: a click on a rating sends both
// in one message. The kernel may handle messages in two threads, a later one first, so
// each has a number, `n`. Titles become text nodes, never markup.

let n = 0;

function render({ model, el }) {
  const { what, unit, stars, n_found, typed } = model.get("screen");
  const titles = model.get("catalogue");
  const rowsWith = titleSearch(titles);
  let chosen; // its row
  let back = []; // the messages that bring back what was just taken back
  el.classList.add("rating-panel");
  el.onkeydown = (event) => {
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation(); // "d d": cut a cell
  };
  el.innerHTML = `<section>
      <b class="first"></b><input aria-label="Search"><select aria-label="Found"></select>
      <p class="note hint"></p>
      <b class="second"></b><p class="chosen"></p>
      <p class="stars" role="group" aria-label="Rating"></p>
      <p class="message" role="status"></p>
    </section><section>
      <b>3. Recommended</b><p class="note whom"></p><ol></ol>
      <b>Your ratings</b><ul></ul>
      <button class="save">save to a file</button><button class="clear">clear all</button>
    </section>`;
  const part = (selector) => el.querySelector(selector);
  const [search, found, rated] = ["input", "select", "ul"].map(part);
  const tell = (...words) => part(".message").replaceChildren(...words);
  const send = (message, undone = []) => {
    back = undone;
    n = Math.max(n, model.get("screen").n) + 1;
    tell("…"); // until the kernel answers
    try {
      model.send({ n, ...message });
    } catch {
      tell(
        "The kernel was restarted and knows nothing of this: save your ratings to a " +
          "file if you want to keep them, then run the cell again.",
      );
    }
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
    press();
  };
  /** Shows which rating the chosen title has. */
  const press = () => {
    const its = model.get("screen").rated.find(([row]) => row === chosen)?.[1];
    for (const one of part(".stars").querySelectorAll("button"))
      one.ariaPressed = `${one.title === its}`;
  };
  const find = () => {
    const { rows, exact } = rowsWith(search.value);
    const shown = rows.slice(0, n_found);
    const option = (row) => make("option", { title: titles[row] }, titles[row]);
    found.replaceChildren(...shown.map(option));
    found.onchange = () => choose(shown[found.selectedIndex]);
    let hint = "Click one to choose it.";
    if (rows.length > n_found)
      hint = `${n_found} of ${rows.length.toLocaleString("en")}: type on to see others`;
    if (!exact) hint = noneHas(titles, rows);
    part(".hint").textContent = hint;
    choose();
  };
  const undo = () => {
    const onclick = () => {
      search.focus(); // or the focus would go with the button
      for (const one of back) send(one);
    };
    return make("button", { onclick }, "undo");
  };
  const again = ([item, rating]) => ({ item, stars: Number.parseFloat(rating) });
  const given = ([item, rating, title]) => {
    const onclick = () => send({ item, stars: null }, [again([item, rating])]);
    const button = make("button", { title: `take back: ${title}`, onclick }, "×");
    return make("li", {}, button, ` ${rating} ${title}`);
  };
  const update = () => {
    const screen = model.get("screen");
    part(".whom").textContent = screen.whom;
    tell(screen.message, ...(back.length ? [" ", undo()] : []));
    const line = ([title, score]) =>
      make("li", {}, make("p", {}, make("span", {}, title), " ", score));
    part("ol").replaceChildren(...screen.shown.map(line));
    if (rated.contains(document.activeElement)) search.focus();
    rated.replaceChildren(...screen.rated.map(given));
    for (const name of ["save", "clear"])
      part(`.${name}`).disabled = !screen.rated.length;
    press();
  };
  part(".first").textContent = `1. Choose one ${what}`;
  part(".second").textContent = `2. Rate it (${unit})`;
  part(".stars").append(...stars.map(star));
  if (typed) part(".stars").append(ownMark());
  part(".save").onclick = () => {
    download(model.get("screen").csv, "ratings.csv");
    tell(
      "Saved as ratings.csv where your browser keeps downloads. To begin with it: " +
        "RatingPanel(…, ratings='path of the file').",
    );
  };
  part(".clear").onclick = () =>
    send({ clear: true }, model.get("screen").rated.map(again).reverse());
  search.placeholder = "a word of the title …";
  search.oninput = find;
  search.onkeydown = (event) => {
    if (event.key !== "Enter" && event.key !== "ArrowDown") return;
    event.preventDefault(); // the list would take the arrow as well
    found.selectedIndex = 0;
    found.onchange();
    found.focus();
  };
  found.size = Math.max(2, n_found);
  find();
  update();
  model.on("change:screen", update);
}

export default { render };
