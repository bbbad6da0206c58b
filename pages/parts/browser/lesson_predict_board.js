// The table after the reveal: tens of images, best first, each with its accuracy on the test digits.

import { count, element } from "./dom.js";
import { spread } from "./lesson_predict_maths.js";

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
  yours: ["Your ten", () => "from the sheet"],
  random: ["Random", (entry) => `from the sheet; mean ± deviation of ${entry.accuracies.length} tens, each a line`],
  important: ["Most important", () => "highest ridge sensitivity on the sheet"],
  typical: ["Most typical", () => "nearest to the mean of their digit"],
  distilled: ["Distilled", (entry, data) =>
    `KIP on all ${count(data.train)} training images; mean ± deviation of ${entry.accuracies.length} seeds`],
};

const meanOf = ({ accuracies }) => spread(accuracies).mean;

function value({ accuracies }) {
  const { mean, std } = spread(accuracies);
  return accuracies.length > 1 ? `${percent(mean)} ± ${percent(std)} %` : `${percent(mean)} %`;
}

// data, entries of `contest` -> the table
export function board(data, found) {
  const sorted = [...found].sort((a, b) => meanOf(b) - meanOf(a));
  const rows = sorted.map((entry) => {
    const [title, said] = NAMES[entry.name], images = entry.ten?.map((i) => data.images[i]) ?? data.distilled[0];
    return row(entry.name, title, said(entry, data), value(entry), meanOf(entry),
      element("span", { class: "tens" }, ...images.map((image) => thumb(image, data))), entry.accuracies);
  });
  const all = row("all", `All ${count(data.train)} training images`, "the same predictor", `${percent(data.all)} %`,
    data.all, "", []);
  return element("div", {}, element("ol", { class: "board" }, all, ...rows), element("p", {}, verdict(found)));
}

function row(kind, title, said, text, mean, images, accuracies) {
  const lines = accuracies.length > 1
    ? accuracies.map((part) => element("span", { class: "line", style: `left: ${100 * part}%` })) : [];
  return element("li", { class: kind }, element("b", {}, title), element("span", { class: "value" }, text), images,
    element("span", { class: "track", "aria-hidden": "true" },
      element("span", { class: "bar", style: `width: ${100 * mean}%` }), ...lines),
    element("small", {}, said));
}

function verdict(found) {
  const means = Object.fromEntries(found.map((entry) => [entry.name, meanOf(entry)]));
  const { yours, random, important } = means;
  const you = yours < random ? "Random wins against you: the average random ten is better than yours. " : "";
  return you + (important < random
    ? "Random also wins against the most important ten. ".replace(you ? "" : "also ", "")
      + "The highest scores belong to odd images, and one odd image cannot stand for all of its digit."
    : "On this sheet the most important ten are no worse than the average random ten; on most sheets they are.");
}

export const inWords = (found) =>
  [...found].sort((a, b) => meanOf(b) - meanOf(a)).map((entry) => `${NAMES[entry.name][0]}: ${value(entry)}.`).join(" ");
