// What distillation is: a recorded run from noise to ten images, and what a network learns from them.

import { count, element } from "./dom.js";
import { thumb } from "./lesson_predict_board.js";

const percent = (part) => (100 * part).toFixed(1);
const value = ({ mean, std, repeats }) => `${percent(mean)}${repeats > 1 ? ` ± ${percent(std)}` : ""} %`;
const networks = ({ repeats }) => `n = ${repeats} ${repeats > 1 ? "networks" : "network"}`;

export function distillation(stage) {
  const { header, arrays } = stage.packed, { steps, accuracies, classes, random, full, side, train } = header;
  const few = classes.length, size = side ** 2;
  const images = element("ul", { class: "images-made" }), bars = element("ul", { class: "board" });
  stage.picture.classList.add("distillation");
  stage.picture.append(images, bars);

  function draw() {
    const place = steps.indexOf(stage.values.step), now = accuracies[place];
    images.replaceChildren(...classes.map((name, k) => {
      const start = (place * few + k) * size;
      const image = thumb(arrays.images.subarray(start, start + size), { side, mean: 0, std: 1 / 255 });
      return element("li", {}, image, element("span", {}, name));
    }));
    bars.replaceChildren(
      bar("yours", "These ten images", now, 1 / few),
      bar("random", "Ten random real images", random, 1 / few),
      bar("full", `All ${count(train)} real images`, full, 1 / few));
    stage.tell(now.mean, value(now),
      `${networks(now)}; ${few} images instead of ${count(train)}: ${count(train / few)} times fewer`);
    stage.describe(place === 0 ? `Ten images of noise, one for each of ${classes.join(", ")}.`
      : `Ten images after ${stage.values.step} steps: ${classes.join(", ")}, clearer with every step.`);
  }
  return { draw };
}

// An accuracy as a bar, with a line at `guessing`.
function bar(kind, title, accuracy, guessing) {
  return element("li", { class: kind }, element("b", {}, title),
    element("span", { class: "value" }, `${value(accuracy)}, n = ${accuracy.repeats}`),
    element("span", { class: "track", "aria-hidden": "true" },
      element("span", { class: "bar", style: `width: ${100 * accuracy.mean}%` }),
      element("span", { class: "guessing", style: `left: ${100 * guessing}%` })));
}
