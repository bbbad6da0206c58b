// Predict, then reveal: ten images that a person keeps, tested beside random, important, typical and distilled ones.
// Once they are revealed they stay as they are: who changes them then fits them to the test digits.

import { element } from "./dom.js";
import { board, inWords, thumb } from "./lesson_predict_board.js";
import { COLUMNS, DRAWS, contest, cut, sheet, standardised } from "./lesson_predict_maths.js";

const MOVES = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function predict(stage) {
  const data = dataOf(stage.packed);
  stage.picture.classList.add("predict");
  const lesson = { stage, data, order: null, dealt: "", rows: [], chosen: [], buttons: [], found: null };

  function draw() {
    follow(lesson);
    if (lesson.found) tellResult(lesson);
    else tellChoice(lesson);
  }

  function act() {
    follow(lesson);
    if (lesson.chosen.includes(null)) return;
    reveal(lesson);
    stage.changed();
  }

  function progress() {
    follow(lesson);
    return written(lesson);
  }
  return { draw, act, progress };
}

// Deals another sheet where the page or the seed ask for it.
function follow(lesson) {
  const { order, seed, progress } = lesson.stage, dealt = `${order} ${seed}`;
  if (lesson.dealt === dealt) return;
  deal(lesson);
  if (lesson.order !== order && progress) read(lesson, progress);
  Object.assign(lesson, { order, dealt });
}

// The columns chosen as a text, - where there is none, and r behind them once revealed; "" before the first choice
function written({ rows, chosen, found }) {
  if (chosen.every((i) => i === null)) return "";
  return chosen.map((i, k) => (i === null ? "-" : rows[k].indexOf(i))).join("") + (found ? "r" : "");
}

function read(lesson, text) {
  lesson.chosen = lesson.rows.map((row, k) => (text[k] === "-" ? null : row[text[k]]));
  if (text.endsWith("r")) reveal(lesson);
}

function reveal(lesson) {
  const { stage, data } = lesson;
  lesson.found = contest(data, lesson.rows, lesson.chosen, stage.seed);
  stage.picture.replaceChildren(board(data, lesson.found));
}

// What lies in the lesson's file, as the maths takes it: numbers that training sees, the largest nearness first.
function dataOf({ header, arrays }) {
  const about = { ...header, size: header.side ** 2 };
  const sets = cut(Float64Array.from(arrays.distilled), header.classes * about.size);
  return {
    ...about, labels: arrays.labels, testLabels: arrays.test_labels, importance: arrays.importance,
    images: standardised(arrays.images, about), tests: standardised(arrays.test_images, about),
    nearness: arrays.distance.map((distance) => -distance), distilled: sets.map((set) => cut(set, about.size)),
  };
}

// A new sheet of candidates, none of them chosen.
function deal(lesson) {
  const { stage, data } = lesson, rows = sheet(data.labels, data.classes, stage.seed);
  Object.assign(lesson, { rows, chosen: rows.map(() => null), found: null });
  lesson.buttons = rows.map((row, k) => row.map((i, column) => candidate(lesson, k, i, column)));
  const groups = lesson.buttons.map((row, k) =>
    element("div", { class: "row", role: "group", "aria-label": `Digit ${k}` }, element("b", {}, String(k)), ...row));
  const list = element("div", { class: "candidates", style: `--across: ${COLUMNS}` }, ...groups);
  list.addEventListener("keydown", (event) => onKey(lesson, event));
  stage.picture.replaceChildren(list);
}

function candidate(lesson, k, i, column) {
  const button = element("button", { type: "button", "aria-label": `Digit ${k}, candidate ${column + 1}` },
    thumb(lesson.data.images[i], lesson.data));
  button.addEventListener("click", () => {
    lesson.chosen[k] = i;
    lesson.stage.changed();
  });
  return button;
}

// Arrow keys go from candidate to candidate; Tab goes from digit to digit.
function onKey(lesson, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in MOVES)) return;
  const k = lesson.buttons.findIndex((row) => row.includes(event.target)), [down, right] = MOVES[event.key];
  const next = lesson.buttons[k + down]?.[lesson.buttons[k]?.indexOf(event.target) + right];
  event.preventDefault();
  event.stopPropagation();
  if (!next) return;
  lesson.buttons[k + down].forEach((button) => (button.tabIndex = button === next ? 0 : -1));
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function tellChoice({ stage, rows, chosen, buttons }) {
  buttons.forEach((row, k) => {
    const focus = Math.max(0, rows[k].indexOf(chosen[k]));
    row.forEach((button, column) => {
      button.setAttribute("aria-pressed", rows[k][column] === chosen[k]);
      button.tabIndex = column === focus ? 0 : -1;
    });
  });
  const missing = chosen.map((i, k) => (i === null ? k : null)).filter((k) => k !== null);
  const kept = chosen.length - missing.length;
  if (missing.length) stage.off.add("reveal");
  else stage.off.delete("reveal");
  stage.tell(kept, `${kept} of ${chosen.length}`,
    missing.length ? `chosen; missing: ${missing.join(", ")}` : "chosen: reveal them");
  stage.describe(`${COLUMNS} candidates of each digit from 0 to 9; ${kept} digits have one chosen.`);
}

function tellResult({ stage, data, found }) {
  const [yours] = found.find((entry) => entry.name === "yours").accuracies;
  const random = found.find((entry) => entry.name === "random").accuracies;
  const beaten = random.filter((accuracy) => accuracy < yours).length;
  stage.off.add("reveal");
  stage.tell(yours, `${(100 * yours).toFixed(1)} %`,
    `of ${data.testLabels.length} test digits right: better than ${beaten} of ${DRAWS} random tens`);
  stage.describe(inWords(found));
  stage.picture.dataset.found = JSON.stringify({
    chosen: found.find((entry) => entry.name === "yours").ten,
    accuracies: Object.fromEntries(found.map((entry) => [entry.name, entry.accuracies])),
  });
}
