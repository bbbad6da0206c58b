// Rare points: what uniform draws and draws by importance see of a small far group.

import { count, element, svg } from "./dom.js";
import { CENTRE, FAR, LAWS, NARROW, POINTS, REPEATS, cloud, counts, missed, repeated } from "./lesson_rare_maths.js";

const GAP = 12, HEAD = 40; // CSS pixels between the two panels, and for the words above them
const LEFT = -4.2, RIGHT = 8.8, LOW = -4, HIGH = 6.4; // what a panel shows of the plane
const USUAL = 26, LEAST = 2; // radius of a point of weight n, and the smallest one
const RING = 4 * NARROW;
const BINS = 40, END = 2, ROW = 58, FOOT = 44; // of the histograms; END in multiples of the true cost
const NAMES = { uniform: "Uniform", importance: "By importance" };

const chance = (part) => (part < 1e-5 ? "less than 0.001 %" : `${Number((100 * part).toPrecision(part < 0.1 ? 2 : 3))} %`);

export function rare(stage) {
  const panels = svg("svg", { role: "img" }), bars = svg("svg", { role: "img" });
  stage.picture.classList.add("rare");
  stage.picture.append(panels, element("h3", { class: "over" }, `What ${REPEATS} such samples say the cost is`), bars);
  let data = null;

  function draw() {
    const { rare: few, draws, score } = stage.values;
    if (data?.rare !== few || data.score !== score) data = cloud(few, score);
    const samples = Object.fromEntries(LAWS.map((name) => [name, repeated(data, name, draws, stage.seed)]));
    const chances = LAWS.map((name) => missed(data, name, draws));
    drawPanels(panels, data, samples, stage.width);
    drawBars(bars, samples, stage.width);
    const without = LAWS.map((name) => samples[name].without);
    stage.tell(chances[0], chance(chances[0]), `under uniform sampling, ${chance(chances[1])} by importance. `
      + `Of ${REPEATS} samples drawn here, ${without[0]} and ${without[1]} missed them.`);
    stage.describe(LAWS.map((name) => `${NAMES[name]}: ${inWords(data, samples[name])}.`).join(" "));
    stage.picture.dataset.rare = JSON.stringify({ chances, without, ratios: LAWS.map((name) => samples[name].ratios[0]) });
  }
  return { draw };
}

function inWords(data, { ids, ratios }) {
  const found = ids.filter((i) => i < data.rare).length;
  return `${found} of ${ids.length} rare, cost ${ratios[0].toFixed(2)} ×`;
}

function drawPanels(root, data, samples, width) {
  const side = (width - GAP) / 2, scale = side / (RIGHT - LEFT), height = (HIGH - LOW) * scale;
  root.setAttribute("width", width);
  root.setAttribute("height", HEAD + height);
  root.setAttribute("aria-label", `${count(POINTS)} points, ${data.rare} of them in a far group, and what was drawn`);
  const at = ([x, y]) => [(x - LEFT) * scale, (HIGH - y) * scale].map((part) => part.toFixed(1));
  const all = data.points.map((point) => `M${at(point).join(" ")}h0`).join("");
  root.replaceChildren(...LAWS.map((name, place) => {
    const [x, y] = at(CENTRE), [farX, farY] = at(FAR);
    return svg("g", { class: name, transform: `translate(${place * (side + GAP)} 0)` },
      svg("text", { class: "name", y: 14 }, NAMES[name]), svg("text", { y: 32 }, inWords(data, samples[name])),
      svg("g", { transform: `translate(0 ${HEAD})` },
        svg("rect", { class: "ground", width: side, height, rx: 10 }), svg("path", { class: "cloud", d: all }),
        svg("circle", { class: "ring", cx: farX, cy: farY, r: RING * scale }),
        ...drawn(data, name, samples[name].ids, at, side / 560),
        svg("path", { class: "cross", d: `M${x - 6} ${y - 6}l12 12m0 -12l-12 12` })));
  }));
}

// A disc for every point that was drawn, its area its weight: as often as it was drawn.
function drawn(data, name, ids, at, size) {
  const times = new Map();
  for (const i of ids) times.set(i, (times.get(i) ?? 0) + 1);
  return [...times].map(([i, often]) => {
    const weight = often / (ids.length * data.laws[name][i]), [cx, cy] = at(data.points[i]);
    return svg("circle", { class: "drawn", cx, cy, r: Math.max(LEAST, USUAL * size * Math.sqrt(10 * weight / POINTS)) });
  });
}

function drawBars(root, samples, width) {
  const parts = LAWS.map((name) => counts(samples[name].ratios, BINS, END));
  const most = Math.max(...parts.flatMap((part) => [...part])), step = width / BINS, height = 2 * ROW;
  root.setAttribute("width", width);
  root.setAttribute("height", height + FOOT);
  root.setAttribute("aria-label", `Estimated cost of ${REPEATS} samples under both laws, in multiples of the true cost`);
  const rows = LAWS.map((name, place) => svg("g", { class: name, transform: `translate(0 ${place * ROW})` },
    ...Array.from(parts[place], (found, bin) => svg("rect", { class: "bar", x: (bin * step + 0.5).toFixed(1),
      width: (step - 1).toFixed(1), y: ROW - (ROW - 6) * found / most, height: (ROW - 6) * found / most })),
    svg("line", { class: "base", x2: width, y1: ROW, y2: ROW }), svg("text", { class: "name", x: 2, y: 18 }, NAMES[name])));
  const ticks = [[0, "0", "start"], [0.5, "0.5 ×", "middle"], [1, "true cost", "middle"], [1.5, "1.5 ×", "middle"],
    [2, "2 × or more", "end"]];
  root.replaceChildren(...rows, svg("line", { class: "truth", x1: width / END, x2: width / END, y1: 0, y2: height + 6 }),
    ...ticks.map(([x, text, anchor]) => svg("text", { x: x * width / END, y: height + 22, "text-anchor": anchor }, text)));
}
