// Sensitivity: how much a point matters, of points that are moved.

import { svg } from "./dom.js";
import { legend } from "./lesson_legend.js";
import { plane } from "./lesson_plane.js";
import { scattered } from "./lesson_points.js";
import { kmeansSensitivity, lawOf, ridgeLeverage } from "./lesson_sensitivity_maths.js";
import { generator } from "./random.js";

const GROUPS = [
  { at: [0.25, 0.72], spread: 0.055, count: 15, sign: 1 },
  { at: [0.74, 0.7], spread: 0.055, count: 14, sign: 1 },
  { at: [0.6, 0.22], spread: 0.055, count: 14, sign: -1 },
  { at: [0.16, 0.2], spread: 0.01, count: 1, sign: -1 }, // far from all others
  { at: [0.3, 0.66], spread: 0.03, count: 1, sign: -1 }, // among those of the other label
];
const KINDS = { 1: "circle", "-1": "square" };
const LEAST = 3.5, USUAL = 8; // CSS pixels: the smallest radius, and that of a point as likely as any other
const USUAL_SIZE = ["usual", USUAL, "drawn as often as under uniform sampling"];
const CENTERS = ["center", 9, "centre of the cheapest clustering"];
const FIT = ["fit", 0, "where the fit changes sign"];
const percent = (part) => `${(100 * part).toFixed(part < 0.0995 ? 1 : 0)} %`;
const times = (ratio) => `${ratio.toFixed(ratio < 9.95 ? 1 : 0)} ×`;

export function sensitivity(stage) {
  const field = plane(stage, { label: "Points that you can move" });
  const marks = legend(stage);

  function draw() {
    const start = scattered(stage.seed, GROUPS), { values } = stage;
    const points = start.points.map((point, i) => stage.moved[i] ?? point), count = points.length;
    const ridge = values.score === "ridge";
    const { scores, centers, line } = ridge
      ? ridgeLeverage(points, start.signs, values.ridge)
      : kmeansSensitivity(points, values.k, generator(stage.seed));
    const law = lawOf(scores, values.temperature), peak = Math.max(...law), top = law.indexOf(peak);
    field.resize();
    field.under.replaceChildren(...(ridge ? fitted(field, line) : clusters(field, points, centers)));
    marks.show([ridge ? FIT : CENTERS, USUAL_SIZE]);
    field.points(points, (i) => ({
      radius: Math.max(LEAST, USUAL * Math.sqrt(law[i] * count)),
      square: start.signs[i] < 0,
      style: `fill: ${shade(stage.ramp, law[i] / peak)}`,
      label: `Point ${i + 1}, a ${KINDS[start.signs[i]]} at ${points[i].map((part) => part.toFixed(2)).join(", ")}: `
        + `${percent(law[i])} of the draws`,
    }));
    stage.tell(peak * count, times(peak * count), `as often as under uniform sampling: ${percent(peak)} of all draws`);
    stage.describe(`${count} points. The most sensitive is point ${top + 1}, a ${KINDS[start.signs[top]]} at `
      + `${points[top].map((part) => part.toFixed(2)).join(", ")}.`);
  }
  return { draw };
}

const shade = (ramp, part) => ramp[Math.round(part * (ramp.length - 1))];

// A line from each point to the centre it belongs to, and the centres.
function clusters(field, points, centers) {
  const lines = points.map(([x, y]) => {
    const apart = centers.map((i) => (points[i][0] - x) ** 2 + (points[i][1] - y) ** 2);
    const [a, b] = points[centers[apart.indexOf(Math.min(...apart))]];
    return svg("line", { class: "link", x1: field.x(x), y1: field.y(y), x2: field.x(a), y2: field.y(b) });
  });
  const marks = centers.map((i) => svg("circle", {
    class: "center", cx: field.x(points[i][0]), cy: field.y(points[i][1]), r: 15,
  }));
  return [...lines, ...marks];
}

// Where the fit [a, b, c] is 0: the line a + b x + c y = 0 across the square.
function fitted(field, [a, b, c]) {
  const size = Math.hypot(b, c);
  if (size === 0) return [];
  const foot = [-a * b / size ** 2, -a * c / size ** 2], along = [-c / size, b / size];
  const [from, to] = [-3, 3].map((reach) => foot.map((part, axis) => part + reach * along[axis]));
  return [svg("line", { class: "fit", x1: field.x(from[0]), y1: field.y(from[1]), x2: field.x(to[0]), y2: field.y(to[1]) })];
}
