// What the marks of a picture mean, below it.

import { element, svg } from "./dom.js";

// -> {show}: `show([[class, radius, words], ...])` lists circles with these classes and radii in CSS pixels; radius 0 is
// a line
export function legend(stage) {
  const root = element("ul", { class: "legend" });
  stage.picture.append(root);
  return { show: (entries) => root.replaceChildren(...entries.map(([kind, radius, words]) =>
    element("li", {}, glyph(kind, radius), words))) };
}

function glyph(kind, radius) {
  const mark = radius ? svg("circle", { class: kind, cx: 16, cy: 10, r: radius })
    : svg("line", { class: kind, x1: 2, x2: 30, y1: 10, y2: 10 });
  return svg("svg", { viewBox: "0 0 32 20", width: 32, height: 20, "aria-hidden": "true" }, mark);
}
