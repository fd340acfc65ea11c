"""`Factors` + titles → one HTML file that recommends, without a server or a network.

>>> import os, tempfile
>>> import pandas as pd
>>> from collab.factors import Factors
>>> from collab.page import read_page, write_page
>>> factors = Factors(
...     mean=3.5,
...     user_bias=None,  # a page knows no users
...     item_bias=pd.Series({50: 0.5, 20: 0.0, 7: -1.0}),
...     user_factors=None,
...     item_factors=pd.DataFrame([[1.0], [2.0], [0.0]], index=[50, 20, 7]),
... )
>>> titles = pd.Series({7: "Alien (1979)", 20: "Brazil (1985)"})
>>> path = write_page(
...     factors, titles, os.path.join(tempfile.mkdtemp(), "page.html"), scale=(0.5, 5)
... )
>>> read_page(path).titles.to_dict()
{7: 'Alien (1979)', 20: 'Brazil (1985)', 50: '50'}
"""

import base64
import hashlib
import html
import json
import math
import os
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from collab.checks import (
    check_ids,
    check_positive,
    check_scale,
    check_whole,
    rating_steps,
)
from collab.factors import Factors, check_factors, check_table, product_svd
from collab.titles import check_labels

# The page: what stands in it, how it looks, what it does. -----------------------------

_BODY = """
<header>
  <h1></h1>
  <p class="quiet" id="intro"></p>
  <noscript><p>This page works out its list itself, in JavaScript, which is switched
  off here.</p></noscript>
</header>
<main>
  <section class="find" aria-labelledby="find-title">
    <h2 id="find-title"><label for="search"></label></h2>
    <input id="search" type="search" autocomplete="off" spellcheck="false">
    <p class="quiet" id="hint" role="status"></p>
    <ul id="found" aria-labelledby="find-title"></ul>
  </section>
  <section class="best" aria-labelledby="best-title">
    <h2 id="best-title">For you</h2>
    <p class="quiet" id="whom"></p>
    <ol id="best" aria-labelledby="best-title"></ol>
  </section>
  <section class="yours" aria-labelledby="yours-title">
    <h2 id="yours-title"></h2>
    <p class="quiet" id="count"></p>
    <ul id="yours" aria-labelledby="yours-title"></ul>
    <div class="buttons">
      <button type="button" id="save">Save to a file</button>
      <button type="button" id="load">Load from a file</button>
      <button type="button" id="clear">Clear all</button>
      <button type="button" id="undo" hidden>Undo</button>
    </div>
    <input type="file" id="file" accept=".json,application/json" hidden>
  </section>
</main>
<p id="message" role="status"></p>
<footer class="quiet">
  <p>All of it happens in this page: nothing is sent anywhere, and what you enter stays
  in this browser.</p>
  <p id="note"></p>
</footer>
"""

_CSS = """
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1d2126; --quiet: #59616a; --line: #d8dce1;
  --accent: #225ea8; --on-accent: #fff; --tint: #eef3f9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181b; --ink: #e6e8eb; --quiet: #a6adb5; --line: #3b4148;
    --accent: #8fbaee; --on-accent: #10151b; --tint: #1f2731;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-bottom: 5rem; } /* no focus behind the message */
[hidden] { display: none !important; }
body {
  margin: 0 auto; max-width: 68rem; padding: 1.5rem 1.25rem 2rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word;
}
main { display: grid; gap: 2rem 3.5rem; margin-top: 1.75rem; }
@media (min-width: 52rem) {
  main {
    grid-template: "find best" auto "yours best" 1fr / minmax(0, 1fr) minmax(0, 1fr);
  }
  .find { grid-area: find; }
  .best { grid-area: best; }
  .yours { grid-area: yours; }
}
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0 0 0.25rem; font-size: 1.15rem; }
p { margin: 0.25rem 0; min-height: 1.5rem; }
.quiet { color: var(--quiet); }
footer { margin-top: 2rem; border-top: 1px solid var(--line); font-size: 0.9rem; }
:is(ul, ol) { margin: 0.25rem 0 0; padding: 0; list-style: none; }
#best { counter-reset: place; }
#best li { counter-increment: place; }
#best .line::before {
  content: counter(place); flex: 0 0 1.5rem; color: var(--quiet);
  font-variant-numeric: tabular-nums;
}
li { border-bottom: 1px solid var(--line); }
#yours li { /* a long list is laid out as far as it is seen */
  content-visibility: auto; contain-intrinsic-height: auto 2.55rem;
}
.line { display: flex; align-items: center; gap: 0.5rem; }
.end {
  flex: none; max-width: 40%; color: var(--quiet); font-variant-numeric: tabular-nums;
}
:is(button, input) { font: inherit; color: inherit; background: transparent; }
button { cursor: pointer; }
button.title {
  flex: 1 1 auto; min-width: 0; min-height: 2.5rem; padding: 0.3rem 0; border: 0;
  text-align: start;
}
button.title:hover bdi { color: var(--accent); text-decoration: underline; }
button.title[aria-expanded="true"] { font-weight: 600; }
:is(#search, .stars button, .buttons button, .forget) {
  border: 1px solid var(--quiet); border-radius: 0.35rem;
}
#search { width: 100%; min-height: 2.75rem; padding: 0.4rem 0.75rem; }
.stars { display: flex; flex-wrap: wrap; gap: 0.25rem; padding: 0.15rem 0 0.6rem; }
.stars button { flex: 1 0 1.6rem; min-height: 2.1rem; padding: 0; font-size: 0.95rem; }
.forget { flex: none; min-width: 2rem; min-height: 2rem; padding: 0; line-height: 1; }
.buttons { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.9rem 0 0.5rem; }
.buttons button { min-height: 2.25rem; padding: 0.1rem 0.8rem; }
:is(.stars button, .buttons button, .forget):enabled:hover { background: var(--tint); }
.stars button[aria-pressed="true"]:enabled {
  background: var(--accent); border-color: var(--accent); color: var(--on-accent);
}
button:disabled { cursor: default; opacity: 0.5; }
#message {
  position: sticky; bottom: 0; margin: 1rem 0 0; padding: 0.4rem 0.75rem;
  border-radius: 0.35rem; background: var(--tint);
  pointer-events: none; /* what lies below can still be clicked */
}
#message:empty { visibility: hidden; }
.unseen {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""

_JS = r"""
"use strict";

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
  const X = [], y = [];
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

// The search --------------------------------------------------------------------------

/** Text as it is compared: case and the code points of a letter do not matter. */
function comparable(text) {
  // "ẞ" and "ß" become "ss" by way of upper case only.
  const upper = text.normalize("NFKD").toLowerCase().toUpperCase();
  return upper.toLowerCase().replaceAll("ς", "σ").normalize("NFKC");
}

const texts = page.titles.map(comparable);

/** The rows whose titles have all the words, in any order. */
function rowsWith(words) {
  const wanted = comparable(words).split(/\s+/).filter(Boolean);
  const fits = (row) => wanted.every((word) => texts[row].includes(word));
  return wanted.length ? [...texts.keys()].filter(fits) : [];
}

// What is seen ------------------------------------------------------------------------

const [N_FOUND, N_BEST] = [8, page.n];
let opened = ""; // the line whose stars are shown, as "list row"
const part = (id) => document.getElementById(id);

function make(tag, properties, ...children) {
  const { aria = {}, ...others } = properties;
  const node = Object.assign(document.createElement(tag), others);
  for (const name in aria) node.setAttribute(`aria-${name}`, aria[name]);
  node.append(...children);
  return node;
}

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
  const rows = rowsWith(words);
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
  const lines = [...given].reverse().map(([row, value]) =>
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
  const heads = draw().slice(0, 3).flatMap((row) => [", ", name(row)]);
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
    tell("Nothing changed. The file ", make("bdi", {}, file.name),
      ` could not be used: ${error.message}.`);
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

document.querySelector("h1").textContent = document.title;
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
"""

# What is written and read. ------------------------------------------------------------


class Page(NamedTuple):
    """What a page knows: much of the items, of the users nothing but what all share."""

    factors: Factors  # without users; a page that ranks has no scale
    history: pd.DataFrame | None  # None: the page predicts ratings
    titles: pd.Series


def write_page(
    factors,
    titles,
    path,
    *,
    history=None,
    among=None,
    n_factors=None,
    bits=8,
    scale=None,
    step=None,
    bias_damping=5.0,
    factor_damping=5.0,
    n=10,
    what="title",
    unit="★",
    heading=None,
    note="",
):
    """Write one HTML file that recommends: search, rate, and the list changes at once.

    The file holds all that it needs and asks for nothing else: it works from a disk, a
    stick or any server. A visitor is folded in by the page itself, as by
    `collab.recommend.fold_in`, with the items as the file has them (`read_page`). What
    the visitor enters stays in the visitor's browser.

    Of the users nothing is written but what they have in common (`mean`) and what they
    taught the items. That may still be telling where a single person taught an item:
    lesson 11 measures it, and leaves out what few have rated (a page knows the items
    that `factors` has rows for).

    To become small, the item factors are turned so that the first of them matter most
    (their singular value decomposition; no score notices), the last ones may be left
    out, and each is rounded to a whole number times the step of its column.

    Args:
        factors: `Factors`; of the users nothing is read.
        titles: a Series of titles by item id. A search shows them in their order: put
            what people look for first. Items without a title are called by their id,
            titles without an item are left out.
        path: of the file to write.
        history: None for stars. A DataFrame like `item_factors` makes a page that
            ranks: a visitor picks what they know and like, and is the sum of its rows
            of their picks, divided by the square root of their number; the score is
            item_bias + that · item_factors, as in `collab.ranking.history_model` with
            lately=False (its tables "watched" and "items"). `factors.mean`, scale and
            dampings do not matter then.
        among: ids that may be recommended; all if None. Others can still be rated.
        n_factors: how many factors to keep; all if None.
        bits: 8 or 16 for each number of `item_factors` and `history`.
        scale: the lowest and the highest rating there is; `factors.scale` if None.
        step: from one rating to the next, as in `collab.panel.RatingPanel`.
        bias_damping, factor_damping: as in `collab.recommend.fold_in`.
        n: how many titles are recommended.
        what, unit: what is rated, and what a rating is counted in.
        heading: the name of the page; "Your next movie", say, if None.
        note: a sentence for its end: what it was made of, whom to thank.

    Returns:
        The `Path` of the file.

    Raises:
        ValueError: an argument is refused.
    """
    bias, Q = check_factors(factors).item_bias, factors.item_factors.to_numpy()
    ids = bias.index
    if ids.empty:
        raise ValueError("factors has no items: there is nothing to recommend")
    n_factors = Q.shape[1] if n_factors is None else check_whole(n_factors, "n_factors")
    if n_factors > Q.shape[1]:
        raise ValueError(f"n_factors={n_factors}, but an item has {Q.shape[1]} factors")
    if check_whole(bits, "bits") not in (8, 16):
        raise ValueError(f"bits must be 8 or 16, not {bits}")
    heading = f"Your next {what}" if heading is None else heading
    words = {"what": what, "unit": unit, "note": note}
    for name, text in {**words, "heading": heading}.items():
        if not isinstance(text, str):
            raise ValueError(f"{name} must be text, not {text!r:.60}")
    path = _path(path)

    rows, labels = _in_order_of_titles(ids, titles)
    data = {**words, "n": check_whole(n, "n"), "numbers": ids.dtype.kind in "iu"}
    data |= {"ids": [str(i) for i in labels.index], "titles": labels.tolist()}
    if history is None:
        data |= _stars(factors, scale, step)
        damping = check_positive(bias_damping, "bias_damping")
        data["dampings"] = [damping, check_positive(factor_damping, "factor_damping")]
        Q = _turned(Q, n_factors)
    else:
        data |= {"kind": "ranking", "mean": 0.0, "stars": [1]}
        A, Q = _turned_together(_history(history, ids, Q.shape[1]), Q, n_factors)
        data["history"] = _packed(A[rows], bits)
    data["factors"] = _packed(Q[rows], bits)
    data["bias"] = _packed(bias.to_numpy()[rows, None], 16)
    data["listed"] = _packed(_listed(among, ids)[rows, None], 8)
    # What a visitor's browser keeps is kept for this catalogue.
    same = json.dumps([data[key] for key in ("kind", "stars", "ids", "titles")])
    data["id"] = hashlib.sha256(same.encode()).hexdigest()[:16]
    path.write_text(_html(heading, data), encoding="utf-8", newline="\n")
    return path


def read_page(path):
    """What a page of `write_page` knows.

    Args:
        path: of the file.

    Returns:
        `Page`, in the order of the titles; its factors are turned and rounded.

    Raises:
        ValueError: the file is no such page.
    """
    text = _path(path).read_bytes().decode("utf-8", "replace")
    found = re.search(r'<script type="application/json" id="data">(.*)</script>', text)
    if not found:
        raise ValueError(f"{path} was not written by write_page")
    data = json.loads(found[1])
    index = pd.Index([int(i) if data["numbers"] else i for i in data["ids"]])
    ranks = data["kind"] == "ranking"
    return Page(
        Factors(
            mean=data["mean"],
            user_bias=None,
            item_bias=pd.Series(_unpacked(data["bias"])[:, 0], index),
            user_factors=None,
            item_factors=pd.DataFrame(_unpacked(data["factors"]), index),
            scale=None if ranks else tuple(data["scale"]),
        ),
        pd.DataFrame(_unpacked(data["history"]), index) if ranks else None,
        pd.Series(data["titles"], index, name="title"),
    )


def _html(heading, data):
    """The file. Its policy allows this script and this style, and no request at all."""
    script, style = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (_JS, _CSS)
    )
    # ASCII, and no "<": nothing that a title says ends the script element.
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'sha256-{script}'; style-src 'sha256-{style}'; \
base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(heading)}</title>
<style>{_CSS}</style>
</head>
<body>{_BODY}<script type="application/json" id="data">{text}</script>
<script>{_JS}</script>
</body>
</html>
"""


def _path(path):
    if not isinstance(path, (str, os.PathLike)):
        raise ValueError(f"path must be that of a file, not {path!r:.60}")
    return Path(path)


def _in_order_of_titles(ids, titles):
    """The rows of the items in the order of the titles, and each item's label by id."""
    check_labels(titles)  # refuses what are no titles
    known = check_ids(titles.index, "the index of titles", known=ids)
    titles = pd.Series(titles.to_numpy(dtype=object), known)
    titled = titles.index[titles.index.isin(ids)]
    order = titled.append(ids[~ids.isin(titled)])
    return ids.get_indexer(order), check_labels(titles.reindex(order))


def _stars(factors, scale, step):
    """What a page of stars needs to know of ratings."""
    scale = factors.scale if scale is None else scale
    if scale is None:
        raise ValueError("scale is needed: the lowest and the highest rating there is")
    low, high = check_scale(scale)
    middle = factors.mean + factors.item_bias.mean()
    if not low <= middle <= high or low == high:
        raise ValueError(
            f"scale={scale!r} must be the lowest and the highest rating there is, with "
            f"the mean {middle:.2f} of the predictions between them"
        )
    return {
        "kind": "stars",
        "mean": factors.mean,
        "scale": [low, high],
        "stars": rating_steps(scale, step),
        # One for 0.5 to 5, none for 0 to 100: no more than a guess deserves.
        "decimals": max(0, 1 - math.floor(math.log10((high - low) / 2))),
    }


def _history(history, ids, n_factors):
    """The table of what each pick says, in the order of the ids."""
    A = check_table(history, "history")
    known = pd.Index(check_ids(history.index, "the index of history", known=ids))
    if not known.is_unique:
        twice = known[known.duplicated()].tolist()[0]
        raise ValueError(f"history has {twice!r} twice")
    places = known.get_indexer(ids)
    if (places < 0).any():
        raise ValueError(f"history has no row for {ids[places < 0].tolist()[0]!r}")
    if A.shape[1] != n_factors:
        raise ValueError(f"history has {A.shape[1]} factors, an item {n_factors}")
    return A[places]


def _listed(among, ids):
    """1 for each item that may be recommended, 0 for the others."""
    if among is None:
        return np.ones(len(ids))
    among = check_ids(among, "among", known=ids)
    unknown = among[ids.get_indexer(among) < 0].tolist()
    if unknown:
        raise ValueError(f"among: factors has no item {unknown[:5]}")
    return ids.isin(among).astype("float64")


def _turned(Q, k):
    """Q turned so that its first columns are the longest; the first k of them."""
    _, _, directions = np.linalg.svd(Q, full_matrices=False)
    return Q @ directions.T[:, :k]


def _turned_together(A, Q, k):
    """The A and Q of k columns whose A Qᵀ is nearest to what it was."""
    left, lengths, right = product_svd(A, Q)
    each = np.sqrt(lengths[:k])
    return left[:, :k] * each, right[:, :k] * each


def _packed(table, bits):
    """Numbers as whole ones of `bits` bits in base64, times a step for each column."""
    steps = np.abs(table).max(axis=0) / (2 ** (bits - 1) - 1)
    whole = np.round(table / np.where(steps > 0, steps, 1)).astype(f"<i{bits // 8}")
    numbers = base64.b64encode(whole.tobytes()).decode()
    return {"bits": bits, "steps": steps.tolist(), "numbers": numbers}


def _unpacked(packed):
    steps, dtype = np.array(packed["steps"]), f"<i{packed['bits'] // 8}"
    whole = np.frombuffer(base64.b64decode(packed["numbers"]), dtype)
    return whole.reshape(-1, len(steps)) * steps
