// Mouse and keyboard on the map, and which points a gesture means.

import { rise, toData, toScreen } from "./point_map_draw.js";
import { FORM } from "./point_map_points.js";

const STEP = 60; // CSS pixels an arrow key pans
const CURSOR_STEP = 10; // CSS pixels shift and an arrow key move the cross-hair
const REACH = 14; // CSS pixels within which the mouse finds a point
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function panBy(map, dx, dy) {
  map.view = { ...map.view, x: map.view.x - dx / map.view.scale, y: map.view.y + dy / rise(map.view) };
  map.moved();
}

// Zooms so that the place under (x, y) stays there.
export function zoomAt(map, factor, x, y) {
  const scale = Math.min(Math.max(map.view.scale * factor, map.home.scale / 3), map.home.scale * 400);
  const [dataX, dataY] = toData(map, x, y);
  const { stretch } = map.view;
  map.view = { scale, stretch, x: dataX - (x - map.width / 2) / scale, y: dataY + (y - map.height / 2) / (scale * stretch) };
  map.moved();
}

// What is meant by (x, y): a synthetic image there, or the nearest point that reacts within `reach` CSS pixels.
// {film, place, x, y} or {index, x, y}, or null.
function nearest(map, x, y, reach) {
  const made = map.film.find(x, y);
  if (made) return made;
  const [dataX, dataY] = toData(map, x, y);
  let [found, best] = [null, (reach / map.view.scale) ** 2];
  const { arrays: { xy, form }, view: { stretch } } = map;
  for (let i = 0; i < xy.length; i += 2) {
    const distance = (xy[i] - dataX) ** 2 + ((xy[i + 1] - dataY) * stretch) ** 2;
    if (distance > best || form[i / 2] === FORM.filtered) continue;
    [found, best] = [{ index: i / 2, x: xy[i], y: xy[i + 1] }, distance];
  }
  return found;
}

// Indices of the points that react inside a shape given in CSS pixels.
function inside(map, { box, path }) {
  const outline = path.map(([x, y]) => toData(map, x, y));
  const [xs, ys] = [outline.map((p) => p[0]), outline.map((p) => p[1])];
  const [left, right, bottom, top] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const { xy, form } = map.arrays;
  const found = [];
  for (let i = 0; i < xy.length; i += 2) {
    const [x, y] = [xy[i], xy[i + 1]];
    if (x < left || x > right || y < bottom || y > top || form[i / 2] === FORM.filtered) continue;
    if (box || crossings(xs, ys, x, y) % 2) found.push(i / 2);
  }
  return found;
}

// How often a ray from (x, y) to the right crosses the closed outline: odd means inside.
function crossings(xs, ys, x, y) {
  let count = 0;
  for (let i = 0, j = xs.length - 1; i < xs.length; j = i++) {
    if (ys[i] > y !== ys[j] > y && x < xs[i] + ((y - ys[i]) / (ys[j] - ys[i])) * (xs[j] - xs[i])) count++;
  }
  return count;
}

function place(map, event) {
  const bounds = map.overlay.getBoundingClientRect();
  return [event.clientX - bounds.left, event.clientY - bounds.top];
}

function startDrag(map, event) {
  if (event.button > 1) return;
  const start = place(map, event);
  const pans = event.button === 1 || map.spaceHeld || map.mode === "pan";
  map.drag = { start, last: start, moved: false, shape: pans ? null : { box: map.mode === "box", path: [start] } };
  map.cursor = map.anchor = null;
  map.overlay.setPointerCapture(event.pointerId);
  map.overlay.focus({ preventScroll: true });
  map.frame.classList.remove("keyed");
  if (event.button === 1) event.preventDefault();
}

function moveDrag(map, event) {
  const { drag } = map;
  const at = place(map, event);
  const [dx, dy] = [at[0] - drag.last[0], at[1] - drag.last[1]];
  drag.moved ||= Math.hypot(at[0] - drag.start[0], at[1] - drag.start[1]) > 4;
  if (!drag.moved) return;
  map.hover(null);
  if (!drag.shape) {
    panBy(map, dx, dy);
    drag.last = at;
  } else if (Math.hypot(dx, dy) >= 2) {
    drag.shape.path.push(at);
    drag.last = at;
    map.redraw("overlay");
  }
}

function endDrag(map, event) {
  const { drag } = map;
  if (!drag) return;
  map.drag = null;
  const how = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
  if (drag.moved && drag.shape) {
    drag.shape.path.push(place(map, event));
    map.select(inside(map, drag.shape), how);
  } else if (!drag.moved && event.button === 0) {
    choose(map, nearest(map, ...place(map, event), REACH), how);
  }
  map.redraw("overlay");
}

// A click on one point: a plain one is sent to the page; shift or alt adds or removes the point.
function choose(map, point, how) {
  if (!point) return;
  if (point.film !== undefined) map.film.pick(point);
  else if (how === "replace") map.click(point.index);
  else map.select([point.index], how);
}

function moveCursor(map, [dx, dy]) {
  const [x, y] = map.cursor ?? [map.width / 2, map.height / 2];
  const clamp = (value, limit) => Math.min(Math.max(value, 0), limit);
  map.cursor = [clamp(x + dx * CURSOR_STEP, map.width), clamp(y + dy * CURSOR_STEP, map.height)];
  map.hover(map.anchor ? null : nearest(map, ...map.cursor, REACH), true); // nothing over the box being drawn
  map.redraw("overlay");
}

// The cross-hair goes from one synthetic image to the next.
function goToNext(map, by) {
  const point = map.film.next(map.hovered, by);
  if (!point) return;
  map.anchor = null;
  map.cursor = toScreen(map, point.x, point.y);
  map.hover(point, true);
  map.redraw("overlay");
}

// First press: one corner; second press: the box between the corners is selected.
function dropAnchor(map, how) {
  moveCursor(map, [0, 0]);
  if (map.anchor) {
    map.select(inside(map, { box: true, path: [map.anchor, map.cursor] }), how);
    map.anchor = null;
  } else {
    map.anchor = map.cursor;
    map.hover(null);
  }
  map.redraw("overlay");
}

function escape(map) {
  if (map.drag || map.anchor) map.drag = map.anchor = null;
  else map.select([], "replace");
  map.redraw("overlay");
}

function onKey(map, event) {
  if (event.ctrlKey || event.metaKey) return;
  map.frame.classList.add("keyed");
  const how = event.shiftKey ? "add" : event.altKey ? "remove" : "replace";
  const arrow = ARROWS[event.key];
  const centre = map.cursor ?? [map.width / 2, map.height / 2];
  const actions = {
    "+": () => zoomAt(map, 1.4, ...centre),
    "=": () => zoomAt(map, 1.4, ...centre),
    "-": () => zoomAt(map, 1 / 1.4, ...centre),
    0: () => map.reset(),
    b: () => map.setMode("box"),
    l: () => map.setMode("lasso"),
    p: () => map.setMode("pan"),
    x: () => dropAnchor(map, how),
    " ": () => { map.spaceHeld = true; },
    Escape: () => escape(map),
    ".": () => goToNext(map, 1),
    ",": () => goToNext(map, -1),
    Enter: () => {
      if (map.hovered?.film === undefined) moveCursor(map, [0, 0]);
      choose(map, map.hovered ?? nearest(map, ...map.cursor, Infinity), how);
    },
  };
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (arrow && event.shiftKey) moveCursor(map, arrow);
  else if (arrow) panBy(map, -arrow[0] * STEP, -arrow[1] * STEP);
  else if (actions[key]) actions[key]();
  else return;
  event.preventDefault();
  event.stopPropagation(); // Streamlit has one-letter shortcuts of its own
}

export function listen(map) {
  const { overlay } = map;
  overlay.addEventListener("pointerdown", (event) => startDrag(map, event));
  overlay.addEventListener("pointermove", (event) => {
    if (map.drag) moveDrag(map, event);
    else map.hover(nearest(map, ...place(map, event), REACH));
  });
  overlay.addEventListener("pointerup", (event) => endDrag(map, event));
  overlay.addEventListener("pointercancel", () => { map.drag = null; map.redraw("overlay"); });
  overlay.addEventListener("pointerleave", () => map.hover(null));
  overlay.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : 1);
    zoomAt(map, Math.exp(-Math.min(Math.max(pixels, -300), 300) * 0.0018), ...place(map, event));
  }, { passive: false });
  overlay.addEventListener("keydown", (event) => onKey(map, event));
  overlay.addEventListener("keyup", (event) => { if (event.key === " ") map.spaceHeld = false; });
  overlay.addEventListener("focus", () => {
    map.focused = true;
    map.frame.classList.toggle("keyed", !map.drag);
    map.redraw("overlay");
  });
  overlay.addEventListener("blur", () => {
    map.focused = map.spaceHeld = false;
    map.hover(null);
    map.redraw("overlay");
  });
}
