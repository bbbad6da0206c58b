// The table after the reveal: tens of images, best first, each with its accuracy on the test digits.

import { count, element } from "./dom.js";
import { DRAWS, spread } from "./lesson_predict_maths.js";

const percent = (part) => (100 * part).toFixed(1);

// An image as training sees it -> a small canvas of its pixels, clipped to black and white
export function thumb(image, { side, mean, std }) {
  const canvas = element("canvas", { width: side, height: side, "aria-hidden": "true" });
  const pixels = new ImageData(side, side);
  image.forEach((value, d) => pixels.data.set([...Array(3).fill(255 * (value * std + mean)), 255], 4 * d));
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

const NAMES = {
  all: ["All training images", (_, data) => `${count(data.train)} of them, the same model, for comparison`],
  yours: ["Your ten", () => "what you kept of the sheet"],
  random: ["Random", (entry) => `from the sheet, n = ${entry.accuracies.length} tens (each a line), ± standard deviation`],
  important: ["Most important", () => "highest ridge sensitivity on the sheet"],
  typical: ["Most typical", () => "nearest to the mean of their digit"],
  distilled: ["Distilled", (entry, data) =>
    `KIP on all ${count(data.train)} training images, n = ${entry.accuracies.length} seeds, ± standard deviation`],
};

const meanOf = ({ accuracies }) => spread(accuracies).mean;

function value({ accuracies }) {
  const { mean, std } = spread(accuracies);
  return accuracies.length > 1 ? `${percent(mean)} ± ${percent(std)} %` : `${percent(mean)} %`;
}

// data, entries of `contest` -> the table
export function board(data, found) {
  const rows = [...found].sort((a, b) => meanOf(b) - meanOf(a)).map((entry) => row(data, entry));
  return element("div", {}, element("ol", { class: "board" }, row(data, { name: "all", accuracies: [data.all] }), ...rows),
    element("p", {}, verdict(found)));
}

function row(data, entry) {
  const { name, ten, accuracies } = entry, [title, said] = NAMES[name], several = accuracies.length > 1;
  const images = ten?.map((i) => data.images[i]) ?? (name === "distilled" ? data.distilled[0] : []);
  const lines = accuracies.map((part) => element("span", { class: "set", style: `left: ${100 * part}%` }));
  return element("li", { class: several ? `${name} several` : name },
    element("b", {}, title), element("span", { class: "value" }, value(entry)),
    element("span", { class: "tens" }, ...images.map((image) => thumb(image, data))),
    element("span", { class: "track", "aria-hidden": "true" },
      element("span", { class: "bar", style: `width: ${100 * meanOf(entry)}%` }), ...(several ? lines : [])),
    element("small", {}, said(entry, data)));
}

function verdict(found) {
  const { random, important } = Object.fromEntries(found.map(({ name, accuracies }) => [name, accuracies]));
  const better = random.filter((accuracy) => accuracy > important[0]).length;
  return `Of ${DRAWS} random tens ${better} do better than the most important ten. ` + (better > DRAWS / 2
    ? "The highest scores belong to odd images, and one odd image cannot stand for all others of its digit."
    : "That is unusual: try other candidates.");
}

export const inWords = (found) =>
  [...found].sort((a, b) => meanOf(b) - meanOf(a)).map((entry) => `${NAMES[entry.name][0]}: ${value(entry)}.`).join(" ");
