// The two pictures of a sampling law: how likely each image is, by score, and what each class gets.

import { count, element, svg } from "./dom.js";

const HEIGHT = 250, LEFT = 48, RIGHT = 8, TOP = 10, BOTTOM = 30; // CSS pixels
const FLOOR = 0.01; // ratios below it, and zero, lie at the foot of the logarithmic axis
const MOST_BARS = 12;

export const times = (ratio) => `${ratio >= 100 ? count(Math.round(ratio)) : String(Number(ratio.toPrecision(2)))} ×`;
export const share = (part) => `${(100 * part).toFixed(part >= 0.0995 || part === 0 ? 0 : 1)} %`;

// points: {low, mean, high} ratios to the uniform law of images sorted by score -> the curve, `width` CSS pixels wide,
// with a logarithmic axis
export function curveChart(points, width) {
  const highest = Math.max(2, ...points.map((point) => point.high));
  const lowest = Math.max(FLOOR, Math.min(0.5, ...points.map((point) => point.low)));
  const span = Math.log10(highest / lowest);
  const y = (ratio) => TOP + (HEIGHT - TOP - BOTTOM) * (Math.log10(highest / Math.max(ratio, lowest)) / span);
  const x = (place) => LEFT + (width - LEFT - RIGHT) * place;
  const at = points.map((_, part) => x((part + 0.5) / points.length));
  const line = (name) => points.map((point, part) => `${at[part].toFixed(1)},${y(point[name]).toFixed(1)}`);
  const band = [...line("high"), ...line("low").reverse()].join(" ");
  const marks = ticks(lowest, highest).map((ratio) => svg("g", { class: ratio === 1 ? "uniform" : "grid" },
    svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(ratio), y2: y(ratio) }),
    svg("text", { x: LEFT - 8, y: y(ratio) + 4, "text-anchor": "end" }, times(ratio))));
  const foot = HEIGHT - BOTTOM + 18;
  const places = [[0, "start", "lowest score"], [0.5, "middle", "images"], [1, "end", "highest score"]];
  return svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", class: "curve",
    "aria-label": "How many times as likely as under the uniform law each image is, by its score" },
    ...marks, svg("polygon", { class: "band", points: band }),
    svg("polyline", { class: "mean", points: line("mean").join(" ") }),
    ...places.map(([place, anchor, text]) => svg("text", { x: x(place), y: foot, "text-anchor": anchor }, text)));
}

// Powers of ten between two ratios, with 2 and 5 times them where there are few; always 1.
function ticks(lowest, highest) {
  const found = [1];
  const steps = highest / lowest > 60 ? [1] : [1, 2, 5];
  for (let power = -3; power <= 8; power += 1) {
    for (const step of steps) {
      const ratio = step * 10 ** power;
      if (ratio !== 1 && ratio >= lowest && ratio <= highest) found.push(ratio);
    }
  }
  return found;
}

// names, values (of every class, as shares) and their uniform values -> bars; of many classes those at both ends
export function classBars(names, values, usual) {
  const order = names.map((_, k) => k);
  const shown = names.length <= MOST_BARS ? order : ends(order, values);
  const longest = Math.max(...values, ...usual) || 1;
  return element("ol", { class: "bars" }, ...shown.map((k) => element("li", {},
    element("span", { class: "name", title: names[k] }, names[k]),
    element("span", { class: "track", "aria-hidden": "true" },
      element("span", { class: "bar", style: `width: ${100 * values[k] / longest}%` }),
      element("span", { class: "usual", style: `left: ${100 * usual[k] / longest}%` })),
    element("span", { class: "value" }, share(values[k])))));
}

function ends(order, values) {
  const sorted = [...order].sort((a, b) => values[b] - values[a]);
  return [...sorted.slice(0, MOST_BARS / 2), ...sorted.slice(-MOST_BARS / 2)];
}
