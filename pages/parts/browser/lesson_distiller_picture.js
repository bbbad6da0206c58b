// The plane of the distiller: real points, the batch, synthetic points with their trails and arrows, and what a classifier
// makes of every place.

import { element, svg } from "./dom.js";
import { REAL } from "./lesson_distiller_training.js";
import { plane } from "./lesson_plane.js";

const GRID = 56; // places along a side that the classifier is asked about
const SMALL = 3, LARGE = 9, RING = 6; // CSS pixels: real and synthetic points, and the ring of a point of weight 1
const LONGER = 4; // how much longer than the next move its arrow is
const GLIDE = 200; // milliseconds of a move
const SHADE = 58; // of 255: how opaque
const SHAPES = ["circle", "square", "diamond"];

export function picture(stage) {
  const field = plane(stage, { label: "Synthetic points that you can move" });
  const parts = { shade: svg("image"), real: svg("g"), batch: svg("g"), trails: svg("g") };
  field.under.append(...Object.values(parts));
  stage.picture.classList.add("distiller");
  const kept = { points: null, from: null, since: 0, shown: [], evaluated: null, side: 0 };

  return {
    draw(state) {
      field.resize();
      if (kept.side !== field.side) parts.real.replaceChildren(...REAL.points.map((place, i) => small(stage, field, place, i)));
      if (kept.evaluated !== state.evaluated) parts.shade.setAttribute("href", shades(stage, state.evaluated.name));
      for (const side of ["width", "height"]) parts.shade.setAttribute(side, field.side);
      parts.shade.classList.toggle("late", state.evaluated.step < state.step);
      parts.real.classList.toggle("waits", state.batch !== null);
      parts.batch.replaceChildren(...(state.batch ? rings(stage, field, state.batch) : []));
      Object.assign(kept, { side: field.side, evaluated: state.evaluated });
      const places = glide(stage, kept, state);
      parts.trails.replaceChildren(...state.trails.map((trail, i) => svg("polyline", {
        class: "trail", points: [...trail.slice(0, -1), places[i]].map((at) => spot(field, at)).join(" "),
      })));
      field.over.replaceChildren(...(state.pull ? state.pull.gradient.map((pull, i) =>
        arrow(field, places[i], pull.map((part) => -LONGER * stage.values.rate * part))) : []));
      field.points(places, (i) => look(stage, state, i));
    },
  };
}

const spot = (field, [x, y]) => `${field.x(x).toFixed(1)},${field.y(y).toFixed(1)}`;

const inside = (value) => Math.min(1, Math.max(0, value)); // too large a step can throw a point out of the square

// Where the points show: on their way from where they last showed, unless a hand moves them or nothing may be animated.
function glide(stage, kept, { points, byHand }) {
  if (kept.points !== points) {
    const same = kept.points?.length === points.length && !byHand && !stage.still;
    Object.assign(kept, { points, from: same ? kept.shown : points, since: performance.now() });
  }
  const part = Math.min(1, (performance.now() - kept.since) / GLIDE);
  if (part < 1) stage.redraw();
  kept.shown = points.map((place, i) => place.map((to, axis) => inside(to + (1 - part) * (kept.from[i][axis] - to))));
  return kept.shown;
}

function look(stage, { classes, points }, i) {
  const turned = classes[i] === 2 ? "; transform: rotate(45deg)" : "";
  return {
    radius: LARGE, class: "made", square: classes[i] > 0, style: `fill: ${stage.palette[classes[i]]}${turned}`,
    label: `Synthetic point ${i + 1}, a ${SHAPES[classes[i]]}, at ${points[i].map((part) => part.toFixed(2)).join(", ")}`,
  };
}

// A mark in the colour and shape of its class.
function small(stage, field, place, i, kind = "") {
  const c = REAL.classes[i], half = SMALL * Math.sqrt(Math.PI) / 2;
  const about = { class: kind, fill: stage.palette[c], transform: `translate(${spot(field, place)})${c === 2 ? " rotate(45)" : ""}` };
  return c === 0 ? svg("circle", { ...about, r: SMALL })
    : svg("rect", { ...about, x: -half, y: -half, width: 2 * half, height: 2 * half });
}

function rings(stage, field, { indices, weights }) {
  return indices.flatMap((i, place) => {
    const [x, y] = REAL.points[i];
    return [small(stage, field, REAL.points[i], i),
      svg("circle", { class: "drawn", cx: field.x(x), cy: field.y(y), r: RING * Math.sqrt(weights[place]) })];
  });
}

// A line with a head, from a place along a move.
function arrow(field, [x, y], [across, up]) {
  const from = [field.x(x), field.y(y)], to = [field.x(x + across), field.y(y + up)];
  const turn = Math.atan2(to[1] - from[1], to[0] - from[0]) * 180 / Math.PI;
  return svg("g", { class: "pull" }, svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] }),
    svg("path", { d: "M 0 0 L -7 -4 L -7 4 Z", transform: `translate(${to[0]} ${to[1]}) rotate(${turn})` }));
}

// An image of the classes that `name` gives to the places of a grid.
function shades(stage, name) {
  const canvas = element("canvas", { width: GRID, height: GRID }), pixels = new ImageData(GRID, GRID);
  const places = Array.from({ length: GRID ** 2 }, (_, i) =>
    [(i % GRID + 0.5) / GRID, 1 - (Math.floor(i / GRID) + 0.5) / GRID]);
  const colours = stage.palette.map((hex) => [1, 3, 5].map((start) => parseInt(hex.slice(start, start + 2), 16)));
  name(places).forEach((c, i) => pixels.data.set([...colours[c], SHADE], 4 * i));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
