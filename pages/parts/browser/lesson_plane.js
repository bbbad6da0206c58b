// A square in which points lie at [x, y] from 0 to 1, y upwards, and can be moved: dragged, or with the arrow keys.

import { element, svg } from "./dom.js";

const TOUCH = 22; // radius, in CSS pixels, within which a point is taken
const STEP = 0.02, FAR = 0.1; // of an arrow key, without and with Shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const TURNS = { PageDown: 1, n: 1, PageUp: -1, p: -1 };
const HINT = "Arrow keys move this point, with Shift further. Page Up and Page Down choose another.";
const HINT_ID = "how-to-move";

// `label` says what the plane shows. -> {under, over, resize, points, x, y}: two layers for drawings below and above the points, in CSS pixels.
export function plane(stage, { label }) {
  const under = svg("g"), dots = svg("g"), over = svg("g", { class: "over" });
  const root = svg("svg", { class: "plane", role: "group", "aria-label": label }, under, dots, over);
  const made = { stage, root, under, over, dots, list: [], places: [], focus: 0, side: 0, going: {},
    held: -1, pointer: null, gone: false };
  made.x = (value) => value * made.side;
  made.y = (value) => (1 - value) * made.side;
  made.resize = () => resize(made);
  made.points = (places, look) => points(made, places, look);
  root.addEventListener("pointerdown", (event) => grab(made, event));
  root.addEventListener("pointermove", (event) => drag(made, event));
  root.addEventListener("pointerup", (event) => release(made, event));
  root.addEventListener("pointercancel", (event) => release(made, event));
  // A finger on a point does not scroll the page; `touch-action` says so for whole pictures only.
  root.addEventListener("touchstart", (event) => made.held >= 0 && event.preventDefault(), { passive: false });
  root.addEventListener("keydown", (event) => onKey(made, event));
  const hint = element("p", { class: "hint", id: HINT_ID }, HINT);
  stage.picture.append(element("div", { class: "field-of-points" }, root, hint));
  return made;
}

function resize(made) {
  made.side = made.stage.width;
  for (const name of ["width", "height"]) made.root.setAttribute(name, made.side);
}

// Draws points at `places`; `look(i)` -> {radius, label, class, style, square} of point i. Points stay the elements they are, so
// that one keeps the focus while it moves.
function points(made, places, look) {
  while (made.list.length > places.length) made.list.pop().remove();
  while (made.list.length < places.length) {
    const about = { role: "button", "aria-roledescription": "movable point", "aria-describedby": HINT_ID };
    const dot = svg("g", about, svg("circle", { class: "hit", r: TOUCH }), svg("rect", { class: "dot" }));
    const i = made.list.push(dot) - 1;
    dot.addEventListener("focus", () => (made.focus = i));
    made.dots.append(dot);
  }
  Object.assign(made, { places, going: {} });
  made.focus = Math.min(made.focus, places.length - 1);
  places.forEach(([x, y], i) => {
    const { radius, label, class: kind = "", style = "", square = false } = look(i), dot = made.list[i];
    dot.setAttribute("class", `point ${kind}`);
    dot.setAttribute("transform", `translate(${made.x(x).toFixed(1)} ${made.y(y).toFixed(1)})`);
    dot.setAttribute("aria-label", label);
    dot.dataset.place = `${x},${y}`;
    dot.setAttribute("tabindex", i === made.focus ? 0 : -1);
    const half = square ? radius * Math.sqrt(Math.PI) / 2 : radius; // of the same area
    const box = { x: -half, y: -half, width: 2 * half, height: 2 * half, rx: square ? 1 : half, style };
    for (const [name, value] of Object.entries(box)) dot.lastChild.setAttribute(name, value);
  });
}

// The point nearest to the pointer, -1 if none is near enough.
function near(made, event) {
  const [x, y] = place(made, event), reach = TOUCH / made.side;
  const apart = made.places.map(([a, b]) => Math.hypot(a - x, b - y));
  const least = Math.min(...apart);
  return least <= reach ? apart.indexOf(least) : -1;
}

function place(made, event) {
  const box = made.root.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
}

function grab(made, event) {
  const i = near(made, event);
  if (i < 0 || event.button || made.held >= 0) return;
  event.preventDefault();
  focusOn(made, i);
  const [x, y] = place(made, event);
  Object.assign(made, { held: i, pointer: event.pointerId, gone: false, grip: [made.places[i][0] - x, made.places[i][1] - y] });
  made.root.setPointerCapture(event.pointerId);
}

function drag(made, event) {
  if (made.held < 0 || event.pointerId !== made.pointer) return;
  made.gone = made.stage.dragging = true;
  move(made, made.held, place(made, event).map((part, axis) => part + made.grip[axis]));
}

function release(made, event) {
  if (made.held < 0 || event.pointerId !== made.pointer) return;
  made.held = -1;
  if (!made.gone) return;
  made.stage.dragging = false;
  made.stage.changed();
}

// `places` has where a point went only once it is drawn, and keys can come faster than frames.
function move(made, i, place) {
  made.going[i] = made.stage.move(i, place);
}

function onKey(made, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const i = made.focus, arrow = ARROWS[event.key], turn = TURNS[event.key], step = event.shiftKey ? FAR : STEP;
  if (arrow) {
    const from = made.going[i] ?? made.places[i];
    move(made, i, from.map((part, axis) => part + step * arrow[axis]));
  } else if (turn) focusOn(made, i + turn);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function focusOn(made, i) {
  const count = made.list.length, next = (i + count) % count;
  made.focus = next;
  made.list.forEach((dot, place) => dot.setAttribute("tabindex", place === next ? 0 : -1));
  made.list[next].focus({ preventScroll: true });
}
