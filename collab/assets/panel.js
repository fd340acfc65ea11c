// Only the browser knows which title a reader has chosen: a click on a rating sends both
// in one message. The kernel may handle messages in two threads, a later one first, so
// each has a number, `n`. Titles become text nodes, never markup.

let n = 0;

const make = (tag, properties, ...children) => {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
};

function render({ model, el }) {
  const { what, unit, stars, n_found } = model.get("screen");
  let chosen, listed;
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
    const onclick = () => send({ item: chosen[0], stars: value });
    return make("button", { title: `${value} ${unit}`, onclick }, `${value}`);
  };
  const choose = (pair) => {
    chosen = pair;
    part(".chosen").textContent = pair ? pair[1] : `No ${what} is chosen yet.`;
    for (const button of part(".stars").children) button.disabled = !pair;
  };
  const update = () => {
    const screen = model.get("screen");
    for (const name of ["hint", "whom", "message"])
      part(`.${name}`).textContent = screen[name];
    if (listed !== screen.searched) {
      listed = screen.searched; // or the list would lose its place at each rating
      const option = ([, title]) => make("option", { title }, title);
      found.replaceChildren(...screen.found.map(option));
      // Results may come when the reader is choosing already.
      found.selectedIndex = screen.found.findIndex(([item]) => item === chosen?.[0]);
      found.onchange = () => choose(screen.found[found.selectedIndex]);
    }
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
  part(".clear").onclick = () => send({ clear: true });
  search.placeholder = "a word of the title …";
  search.oninput = () => {
    choose(null);
    send({ search: search.value });
  };
  search.onkeydown = ({ key }) => {
    if (key === "Enter" || key === "ArrowDown") found.focus();
  };
  found.size = Math.max(2, n_found);
  choose(null);
  update();
  model.on("change:screen", update);
}

export default { render };
