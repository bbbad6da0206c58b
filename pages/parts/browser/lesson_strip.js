// Two rows of dots on a logarithmic axis of errors, with their medians: how much luck there is, and what a scheme gains.

import { svg } from "./dom.js";
import { median } from "./lesson_coreset_maths.js";
import { generator } from "./random.js";

const ROW = 46, TOP = 22, FOOT = 24, SIDE = 4; // CSS pixels
const LOW = 0.02, HIGH = 10;
const TICKS = [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const percent = (part) => `${Number((100 * part).toPrecision(2))} %`;

// names: scheme -> word; `draw(errors, now, error)` draws errors, scheme -> numbers > 0, and `error` of the scheme `now`
export function strip(stage, { label, names }) {
  const root = svg("svg", { class: "strip", role: "img", "aria-label": label });
  stage.picture.append(root);
  return { draw: (errors, now, error) => draw(root, stage.width, names, errors, now, error) };
}

function draw(root, width, names, errors, now, error) {
  const schemes = Object.keys(names), height = schemes.length * (TOP + ROW) + FOOT;
  const x = (value) => SIDE + (width - 2 * SIDE) * Math.min(1, Math.max(0, Math.log(value / LOW) / Math.log(HIGH / LOW)));
  for (const [name, value] of Object.entries({ width, height })) root.setAttribute(name, value);
  const few = width < 420 ? TICKS.filter((_, place) => place % 2) : TICKS;
  const anchor = (tick) => (tick === LOW ? "start" : "middle"); // within the picture
  const axis = few.map((tick) => svg("g", { class: "grid" },
    svg("line", { x1: x(tick), x2: x(tick), y1: TOP, y2: height - FOOT }),
    svg("text", { x: x(tick), y: height - 6, "text-anchor": anchor(tick) }, percent(tick))));
  root.replaceChildren(...axis, ...schemes.map((scheme, place) => {
    const top = place * (TOP + ROW), random = generator(5), middle = median(errors[scheme]);
    const dots = errors[scheme].map((value) => svg("circle", {
      class: "error", cx: x(value), cy: top + TOP + 6 + (ROW - 12) * random(), r: 3,
    }));
    const mine = scheme === now
      ? [svg("circle", { class: "mine", cx: x(error), cy: top + TOP + ROW / 2, r: 7 })] : [];
    return svg("g", { class: `row ${scheme}` }, ...dots,
      svg("line", { class: "median", x1: x(middle), x2: x(middle), y1: top + TOP, y2: top + TOP + ROW }), ...mine,
      svg("text", { x: 0, y: top + 15 }, `Drawn ${names[scheme]}: median ${percent(middle)}`));
  }));
}
