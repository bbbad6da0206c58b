// What a chart's curves and baselines are, in words above it: for a chart in which the names would lie on lines.

import { element, svg } from "./dom.js";
import { namedInside } from "./player_labels.js";

const [LONG, HIGH] = [26, 12]; // of a piece of line, in CSS pixels: a whole period of every dash

export function legendOf(chart, baselines) {
  const groups = Map.groupBy(baselines, (line) => line.group);
  return [...namedInside(chart).map((one) => entry(sample(chart.sampleOf(one, LONG, HIGH / 2)), chart.shortest(one), `name ${chart.style(one)}`)),
    ...[...groups].flatMap(([group, lines]) => lines.map((line, i) => {
      const alone = lines.length === 1;
      return entry(sample(svg("line", { class: chart.baselineStyle(line), x1: 0, x2: LONG, y1: HIGH / 2, y2: HIGH / 2 })),
        alone ? line.text : `${line.whose} ${line.numbers}`, line.run ?? "", alone || i ? "" : `${group}:`, line.detail);
    }))];
}

function sample(line) {
  return svg("svg", { class: "sample", width: LONG, height: HIGH, "aria-hidden": "true" }, line);
}

function entry(line, text, kind, before = "", title = "") {
  return element("span", { class: "entry", title }, ...(before ? [`${before} `] : []), line, element("span", { class: kind }, text));
}
