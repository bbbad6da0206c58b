// Curves over steps as SVG: drawn once for their data and size, then only the rule at the cursor moves.

import { count, element, svg } from "./dom.js";
import { LINE, namesInside, namesOutside } from "./player_labels.js";
import { legendOf } from "./player_legend.js";
import { logTicks, ticks } from "./player_ticks.js";

const MARGIN = { left: 50, right: 12, top: 28, bottom: 12 };
const AXIS_ROOM = 26; // tick labels under a chart
const LETTER_ROOM = { students: 14, predictor: 62 }; // right of the axes, for the names of a pair's curves
const PAD = { inside: 26, above: 8 }; // pixels above and below all lines, by where their names are
const DASHES = { students: ["none", "8 5"], predictor: ["1 5", "9 5 1 5"] }; // by run
const MOST_HOLLOW = 14; // marks on the curve of a predictor, which is measured often
let chartsMade = 0;

// A path through the points; a gap where a value is missing.
function linePath(points) {
  const pen = (i) => ((points[i - 1]?.y ?? null) === null ? "M" : "L");
  return points.map(({ x, y }, i) => (y === null ? "" : `${pen(i)}${x.toFixed(1)} ${y.toFixed(1)}`)).join("");
}

function bandPath(points) {
  const there = points.filter((point) => point.low !== null);
  const upper = there.map((point) => `${point.x.toFixed(1)} ${point.high.toFixed(1)}`);
  const lower = there.map((point) => `${point.x.toFixed(1)} ${point.low.toFixed(1)}`).reverse();
  return there.length > 1 ? `M${[...upper, ...lower].join("L")}Z` : "";
}

export class Chart {
  // kind: {title, log: may be drawn on a log axis, least: what its axis spans, format(value, std, n), tick(value),
  // possible(value): may be a tick}
  constructor(kind, scrub) {
    this.kind = kind;
    this.clip = `player-clip-${chartsMade += 1}`;
    this.heading = element("h4", {}, kind.title);
    this.detail = element("span", { class: "detail" });
    this.legend = element("div", { class: "legend" });
    this.head = element("div", { class: "heading" }, this.heading, this.detail, this.legend);
    this.svg = svg("svg", { role: "img" });
    this.section = element("section", { class: "chart" }, this.head, this.svg);
    this.listen(scrub);
  }

  listen(scrub) {
    const move = (event) => {
      if (!this.x || !event.buttons) return;
      const at = event.clientX - this.svg.getBoundingClientRect().left;
      scrub((at - MARGIN.left) / (this.right - MARGIN.left) * this.lastStep);
    };
    this.svg.addEventListener("pointerdown", (event) => {
      this.svg.setPointerCapture(event.pointerId);
      move(event);
    });
    this.svg.addEventListener("pointermove", move);
  }

  // series: [{name, letter, run: 0 | 1, predictor: whether it is the set's own, label: where it is the only run's,
  // steps, values, stds|null (a band), spreads: stds where some values have none, counts: repeats behind
  // each value}], baselines: see `baselines` in player_curves.js; `names`: {step: what its tick says};
  // `empty` is shown if there is no point; `pair`: curves have their letters right of the axes; `font`: a family.
  draw(series, baselines, { width, height, lastStep, names, axis, detail, empty, pair, font }) {
    Object.assign(this, { series, width, lastStep, names, empty, font });
    const letters = LETTER_ROOM[series.some((one) => one.predictor) ? "predictor" : "students"];
    const right = this.right = width - MARGIN.right - (pair ? letters : 0);
    this.left = MARGIN.left;
    this.x = (step) => MARGIN.left + (step / Math.max(1, lastStep)) * (right - MARGIN.left);
    this.top = MARGIN.top + (series.some((one) => one.predictor) ? LINE + 3 : 0);
    this.legend.replaceChildren();
    let domain = this.fit(baselines, height, axis, PAD.inside);
    this.detail.textContent = [detail, domain.log ? "log scale" : ""].filter(Boolean).join(", ");
    const inside = namesInside(this, baselines);
    if (inside === null) { // all names go above, out of the chart's height
      const before = this.head.offsetHeight;
      this.legend.replaceChildren(...legendOf(this, baselines));
      domain = this.fit(baselines, height - (this.head.offsetHeight - before), axis, PAD.above);
    }
    this.paint(domain, baselines, axis, [...(inside ?? []), ...namesOutside(this)]);
  }

  // The scale of the values in a chart `height` pixels high.
  fit(baselines, height, axis, pad) {
    this.height = height;
    const bottom = this.bottom = height - MARGIN.bottom - (axis ? AXIS_ROOM : 0);
    const domain = this.domain(this.series, baselines, bottom - this.top, baselines.length ? pad : PAD.above);
    this.y = (value) => bottom - ((domain.log ? Math.log10(value) : value) - domain.low)
      / (domain.high - domain.low) * (bottom - this.top);
    return domain;
  }

  paint(domain, baselines, axis, names) {
    const { series, width, height, right, bottom, empty } = this;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.style.height = `${height}px`;
    this.svg.setAttribute("aria-label", this.description(baselines));
    this.front = svg("g", { "clip-path": `url(#${this.clip})` });
    const behind = svg("g", { class: "ahead" });
    series.forEach((one) => [behind, this.front].forEach((group) => group.append(this.curve(one))));
    this.past = svg("rect", { x: 0, y: 0, width: 0, height });
    this.rule = svg("line", { class: "rule", x1: -9, x2: -9, y1: this.top - 6, y2: bottom }); // out of sight
    this.dots = svg("g");
    this.flags = [false, true].filter((predictor) => series.some((one) => Boolean(one.predictor) === predictor))
      .map((predictor, row) => ({ predictor, text: svg("text", { class: "flag", y: MARGIN.top - 12 + row * (LINE + 3) }) }));
    this.svg.replaceChildren(
      svg("defs", {}, svg("clipPath", { id: this.clip }, this.past)), this.grid(domain, right, axis),
      ...this.baselines(baselines, right), behind, this.front,
      this.rule,
      ...(domain.empty ? [svg("text", { class: "empty", x: (MARGIN.left + right) / 2, y: (this.top + bottom) / 2 },
        empty)] : []),
      this.labels(names), this.dots, ...this.flags.map((flag) => flag.text));
  }

  domain(series, baselines, room, pad) {
    const values = series.flatMap(({ values: means, stds }) => means.flatMap((mean, i) => (mean === null ? []
      : stds && stds[i] !== null ? [mean - stds[i], mean + stds[i]] : [mean])));
    values.push(...baselines.map((line) => line.value));
    const empty = !series.some((one) => one.values.some((value) => value !== null));
    if (!values.length) return { low: 0, high: 1, empty, blank: true };
    let [low, high] = [Math.min(...values), Math.max(...values)];
    const log = this.kind.log && low > 0 && high / low > 20;
    if (log) [low, high] = [Math.log10(low), Math.log10(high)];
    const more = this.kind.least - (high - low);
    if (more > 0) [low, high] = [low - more / 2, high + more / 2];
    if (more > 0 && high > 100) [low, high] = [low - (high - 100), 100];
    if (more > 0 && low < 0) [low, high] = [0, high - low];
    const span = high - low || Math.abs(high) * 0.1 || 1;
    if (high === low) [low, high] = [low - span / 2, high + span / 2];
    const perPixel = (high - low) / Math.max(20, room - 2 * pad);
    return { low: low - pad * perPixel, high: high + pad * perPixel, log, empty };
  }

  grid(domain, right, axis) {
    const group = svg("g", { class: "grid" });
    const room = this.bottom - this.top;
    const levels = domain.blank ? [] : domain.log ? logTicks(domain.low, domain.high, room)
      : ticks(domain.low, domain.high, room / 42).filter(this.kind.possible);
    for (const level of levels) {
      const value = domain.log ? 10 ** level : level;
      const y = this.y(value);
      group.append(svg("line", { x1: MARGIN.left, x2: right, y1: y, y2: y }),
        svg("text", { class: "level", x: MARGIN.left - 8, y: y + 4 }, this.kind.tick(value)));
    }
    for (const step of ticks(0, Math.max(1, this.lastStep), (right - MARGIN.left) / 80).filter(Number.isInteger)) {
      const x = this.x(step);
      group.append(svg("line", { x1: x, x2: x, y1: this.top, y2: this.bottom }));
      const near = right - x < 14;
      if (axis) group.append(svg("text", { class: near ? "step end" : "step", x: near ? right : x,
        y: this.bottom + 18 }, this.names[step] ?? (step ? count(step) : "step 0")));
    }
    group.append(svg("line", { class: "floor", x1: MARGIN.left, x2: right, y1: this.bottom, y2: this.bottom }));
    return group;
  }

  points(one) {
    return one.steps.map((step, i) => {
      const [mean, std] = [one.values[i], one.stds?.[i] ?? null];
      const at = (value) => (value === null ? null : this.y(value));
      return { x: this.x(step), y: at(mean),
        low: mean === null || std === null ? null : at(mean - std),
        high: mean === null || std === null ? null : at(mean + std) };
    });
  }

  // Colour and shape of a mark are the run's; that of a predictor is hollow, its line dotted.
  style(one) {
    const kind = one.predictor ? ` predictor${one.letter ? "" : " alone"}` : "";
    return `s${one.run}${kind}`;
  }

  curve(one) {
    const points = this.points(one);
    const parts = [svg("path", { class: "line", d: linePath(points), "stroke-dasharray": this.dashes(one) })];
    if (one.stds && !one.predictor) parts.unshift(svg("path", { class: "band", d: bandPath(points) }));
    if (one.stds || one.predictor) {
      const every = one.predictor ? Math.ceil(points.length / MOST_HOLLOW) : 1;
      const size = points.length > 40 && !one.predictor ? 2 : 3.2;
      parts.push(...points.filter((point, i) => point.y !== null && i % every === 0)
        .map((point) => this.mark(point, one.run, size)));
    }
    return svg("g", { class: `series ${this.style(one)}` }, ...parts);
  }

  mark({ x, y }, run, size) {
    return run ? svg("rect", { class: "dot", x: x - size, y: y - size, width: 2 * size, height: 2 * size })
      : svg("circle", { class: "dot", cx: x, cy: y, r: size });
  }

  // A piece of a curve's line with one of its marks, at height `y`.
  sampleOf(one, long, y) {
    return svg("g", { class: `series ${this.style(one)}` },
      svg("path", { class: "line", d: `M0 ${y}H${long}`, "stroke-dasharray": this.dashes(one) }),
      this.mark({ x: long / 2, y }, one.run, 3.2));
  }

  dashes(one) {
    return DASHES[one.predictor ? "predictor" : "students"][one.run];
  }

  baselineStyle(line) {
    return `baseline ${line.kind} ${line.run ?? ""}`;
  }

  baselines(baselines, right) {
    return baselines.map((line) => svg("line", { class: this.baselineStyle(line), x1: MARGIN.left, x2: right,
      y1: this.y(line.value), y2: this.y(line.value) }));
  }

  // Each of the names inside the chart on a ground of its own, which hides the grid.
  labels(names) {
    return svg("g", { class: "labels" }, ...names.flatMap(({ text, title, x, y, kind, width }) => [
      ...(width ? [svg("rect", { x: x - width - 3, y: y - 12, width: width + 6, height: 16 })] : []),
      svg("text", { class: kind, x, y }, text, ...(title ? [svg("title", {}, title)] : []))]));
  }

  shortest({ label, letter, predictor }) {
    return letter ? `${letter}${predictor ? " kernel" : ""}` : label;
  }

  // The newest point of a curve at or before a step.
  known(one, step) {
    for (let i = one.steps.length - 1; i >= 0; i -= 1) {
      if (one.steps[i] <= step && one.values[i] !== null) {
        return { step: one.steps[i], text: this.kind.format(one.values[i], (one.spreads ?? one.stds)?.[i], one.counts?.[i]), value: one.values[i] };
      }
    }
    return null;
  }

  moveTo(step) {
    const x = this.x(step);
    this.past.setAttribute("width", x + 4);
    this.rule.setAttribute("x1", x);
    this.rule.setAttribute("x2", x);
    this.rule.dataset.step = step;
    const values = this.series.map((one) => ({ one, text: null, ...this.known(one, step) })); // all known at the cursor
    this.dots.replaceChildren(...values.flatMap((value) => (value.text === null ? [] : [svg("g",
      { class: `series ${this.style(value.one)} now` },
      this.mark({ x: this.x(value.step), y: this.y(value.value) }, value.one.run, 5.5))])));
    for (const { predictor, text } of this.flags) {
      const shown = values.filter(({ one }) => Boolean(one.predictor) === predictor);
      text.replaceChildren(...this.flagParts(shown, step, predictor));
      const half = text.getComputedTextLength() / 2;
      text.setAttribute("x", Math.min(Math.max(x, MARGIN.left + half), this.right - half));
    }
  }

  // One line of the known values: of all students, or of all predictors (nothing before they are known).
  flagParts(values, step, predictor) {
    const there = values.filter((value) => value.text !== null);
    if (!there.length) return predictor ? [] : [svg("tspan", {}, `step ${count(step)}`)];
    const common = there.every((value) => value.step === there[0].step);
    const parts = common ? [svg("tspan", {}, `step ${count(there[0].step)}: `)] : [];
    if (this.flags.length > 1 && there[0].one.letter) parts.push(svg("tspan", {}, predictor ? "kernel " : "students "));
    there.forEach(({ one, text, step: at }, i) => {
      const name = one.letter || one.label;
      parts.push(svg("tspan", { class: this.style(one) }, name ? `${i && common ? "  " : ""}${name} ` : ""),
        svg("tspan", { class: "value" }, text + (common ? "" : ` (step ${count(at)})  `)));
    });
    return parts;
  }

  description(baselines) {
    const curves = this.series.map((one) => {
      const [first, last] = [one.values.findIndex((value) => value !== null), this.known(one, Infinity)];
      if (last === null) return `${one.name}: ${this.empty}`;
      const start = this.kind.format(one.values[first], (one.spreads ?? one.stds)?.[first], one.counts?.[first]);
      return `${one.name}: from ${start} at step ${count(one.steps[first])} to ${last.text} at step ${count(last.step)}`;
    });
    return [`${this.kind.title} by step`, ...curves, ...baselines.map((line) => line.detail)].join(". ");
  }
}
