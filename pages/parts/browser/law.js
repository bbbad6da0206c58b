// Sampling-law sliders: what a batch would be. See law.py. Everything is computed here; Python hears of a setting once
// it is released, of an image that is clicked, and of settings that are taken over.

import { count, element, iconButton, mount } from "./dom.js";
import { classBars, curveChart, share, times } from "./law_charts.js";
import { curve, draw, prepare, probabilities, summary } from "./law_maths.js";
import { unpack } from "./payload.js";

const IMAGES = 64;
const MOST_BINS = 180, IN_BIN = 30; // of the curve: so many images smooth it
const REST = 80; // milliseconds a slider rests before images are fetched: dozens of addresses a frame would hold it up
const AGAIN = "M17.65 6.35A8 8 0 1 0 19.73 14h-2.08A6 6 0 1 1 12 6c1.66 0 3.14.69 4.22 1.78L13 11h7V4z";
const DRAWS = { class: "each class by itself", all: "all images at once", balanced: "all at once, classes balanced" };

const TITLES = {
  draws: "A batch is drawn from", uniform: "Uniform share", temperature: "Temperature", direction: "Direction",
};

const options = (titles) => Object.entries(titles).map(([value, text]) => element("option", { value }, text));

function build(parent) {
  const law = { settings: null, seed: 1, frame: 0, tiles: [] };
  law.inputs = {
    draws: element("select", { id: "law-draws" }, ...options(DRAWS)),
    uniform: element("input", { id: "law-uniform", type: "range", min: 0, max: 1, step: 0.01 }),
    temperature: element("input", { id: "law-temperature", type: "range", min: 0, max: 4, step: 0.05 }),
    direction: element("select", { id: "law-direction" }),
  };
  law.outputs = {
    uniform: element("output", { for: "law-uniform" }), temperature: element("output", { for: "law-temperature" }),
  };
  const fields = Object.entries(law.inputs).map(([name, input]) => element("div", { class: "field" },
    element("label", { for: input.id }, TITLES[name]), law.outputs[name] ?? "", input));
  law.take = element("button", { type: "button", class: "take", hidden: "" });
  law.said = element("dl", { class: "said", "aria-live": "polite" });
  law.curve = element("div");
  law.bars = element("div");
  law.classHead = element("h4");
  law.list = element("div", { class: "images", role: "grid", "aria-label": `The next ${IMAGES} images` });
  law.head = element("h4", {}, `The next ${IMAGES} images`);
  const again = iconButton("again", "Draw again", AGAIN, () => {
    law.seed += 1;
    clearTimeout(law.later);
    showImages(law, probabilities(law.data, law.settings)); // at once: nothing slides
  });
  law.root = element("div", { class: "outer" }, element("div", { class: "law" },
    element("div", { class: "controls" }, ...fields, law.take, law.said),
    element("figure", {}, element("h4", {}, "How likely is an image, compared with uniform?"), law.curve),
    element("figure", { class: "classes" }, law.classHead, law.bars),
    element("div", { class: "next" }, element("div", { class: "row" }, law.head, again), law.list)));
  for (const [name, input] of Object.entries(law.inputs)) {
    input.addEventListener("input", () => change(law, name, input));
    input.addEventListener("change", () => tellSettings(law));
  }
  law.take.addEventListener("click", () => law.tell.setTriggerValue("taken", law.settings));
  law.list.addEventListener("click", (event) => pick(law, law.tiles.indexOf(event.target.closest(".image"))));
  law.list.addEventListener("keydown", (event) => onKey(law, event));
  parent.append(law.root);
  law.observer = new ResizeObserver(() => law.data && law.curve.clientWidth !== law.width && show(law));
  law.observer.observe(law.curve);
  return law;
}

// `since`: the settings that were given when these were chosen; Python drops what others have replaced.
function tellSettings(law) {
  law.tell.setStateValue("settings", { now: law.settings, since: law.header.settings });
}

function change(law, name, input) {
  law.settings = { ...law.settings, [name]: input.type === "range" ? Number(input.value) : input.value };
  label(law);
  cancelAnimationFrame(law.frame);
  law.frame = requestAnimationFrame(() => show(law)); // one picture a frame, however fast the slider moves
}

function pick(law, index) {
  if (index < 0 || !law.header.pick) return;
  focusOn(law, index);
  law.tell.setTriggerValue("clicked", law.ids[index]);
}

function onKey(law, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const now = law.tiles.findIndex((tile) => tile.tabIndex === 0);
  const across = getComputedStyle(law.list.firstChild).gridTemplateColumns.split(" ").length;
  const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across };
  if (event.key === "Enter" || event.key === " ") pick(law, now);
  else if (event.key in moves) focusOn(law, now + moves[event.key]);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

function focusOn(law, index) {
  if (!law.tiles[index]) return;
  law.tiles.forEach((tile, i) => (tile.tabIndex = i === index ? 0 : -1));
  law.tiles[index].focus({ preventScroll: true });
}

// Writes the settings beside their inputs.
function label(law) {
  const { settings, inputs, outputs } = law;
  for (const [name, input] of Object.entries(inputs)) input.value = settings[name];
  outputs.uniform.value = settings.uniform.toFixed(2);
  outputs.temperature.value = settings.temperature.toFixed(2);
  law.take.disabled = Object.entries(law.header.settings).every(([name, value]) => settings[name] === value);
}

function show(law) {
  const { data, settings, header } = law, { draws } = settings;
  const probability = probabilities(data, settings);
  const said = summary(data, probability, draws);
  showNumbers(law, said);
  law.width = law.curve.clientWidth;
  const bins = Math.min(MOST_BINS, Math.ceil(data.count / IN_BIN));
  law.curve.replaceChildren(curveChart(curve(data, probability, draws, bins), law.width || 400));
  const within = draws === "class";
  law.classHead.textContent = within ? "Effective images, as a share of the class" : "Share of the draws, by class";
  const usual = within ? header.classes.map(() => 1) : data.usual[draws];
  law.bars.replaceChildren(classBars(header.classes, said.classes, usual));
  clearTimeout(law.later);
  law.later = setTimeout(() => showImages(law, probability), law.ids ? REST : 0);
}

function showNumbers(law, { effective, share: part, largest, top }) {
  const rows = [
    ["Effective sample size", `${count(Math.round(effective))} images`, `${share(part)} of ${count(law.data.count)}`],
    ["Most likely image", times(largest), "as likely as under uniform"],
    ["Top tenth by score", share(top), "of all draws"],
  ];
  law.said.replaceChildren(...rows.map(([name, value, rest]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, element("b", {}, value), ` ${rest}`))));
}

function showImages(law, probability) {
  const { data, header, settings } = law, base = data.base[settings.draws];
  law.ids = draw(data, probability, settings.draws, IMAGES, law.seed);
  law.ids.forEach((id, place) => {
    const tile = law.tiles[place], image = tile.firstChild, source = `${header.thumbs}${id}.png`;
    if (image.getAttribute("src") !== source) image.setAttribute("src", source);
    const likely = `${times(probability[id] / base[id])} as likely as under uniform`;
    tile.title = image.alt = `${header.classes[data.labels[id]]}, image ${count(id)}: ${likely}`;
  });
}

function makeTiles(law) {
  const [height, width] = law.header.shape;
  const attributes = {
    class: width < 48 ? "crisp" : "smooth", style: `aspect-ratio: ${width} / ${height}`, draggable: "false",
  };
  law.tiles = Array.from({ length: IMAGES }, (_, i) =>
    element("div", { class: "image", role: "gridcell", tabindex: i ? -1 : 0 }, element("img", attributes)));
  law.list.classList.toggle("pick", law.header.pick);
  law.list.replaceChildren(element("div", { class: "cells", role: "row" }, ...law.tiles));
}

function update(law, component) {
  law.tell = component;
  if (component.data === law.seen) return;
  const { header, arrays } = unpack(component.data);
  const given = JSON.stringify(header.settings);
  const same = law.header?.source === header.source;
  Object.assign(law, { seen: component.data, header });
  if (!same) {
    law.data = prepare(arrays.scores, arrays.labels, header.classes.length);
    makeTiles(law);
  }
  if (given !== law.given) law.settings = { ...header.settings };
  law.given = given;
  law.inputs.temperature.max = Math.max(4, header.settings.temperature);
  law.inputs.direction.replaceChildren(...options(header.directions));
  law.inputs.draws.parentElement.hidden = Boolean(header.take); // what the settings are for decides it
  law.take.hidden = !header.take;
  law.take.textContent = header.take ?? "";
  label(law);
  show(law);
}

function end(law) {
  cancelAnimationFrame(law.frame);
  clearTimeout(law.later);
  law.observer.disconnect();
  law.root.remove();
}

export default function showLaw(component) {
  return mount(component, build, update, end);
}
