// A lesson: what surrounds its picture, the same for all of them. See learn.py for what a lesson says, and below for
// what its module gives. Everything is computed here; Python hears of what was moved once it is released.
//
// `lesson_<name>.js` has one function, (stage) => ({ draw, act, end }), called when the lesson opens. `draw()` makes the
// picture in `stage.picture` for `stage.values`, `stage.seed`, `stage.moved` and `stage.width`, and tells the number; it
// is called again, once a frame, whenever one of these or the theme changes. `act(name)` does what a button says, `end()`
// stops what runs; a lesson without buttons or clocks leaves them out.

import { element, mount } from "./dom.js";
import { checkOf } from "./learn_check.js";
import { controlsOf } from "./learn_controls.js";
import { coreset } from "./lesson_coreset.js";
import { distillation } from "./lesson_distillation.js";
import { distiller } from "./lesson_distiller.js";
import { predict } from "./lesson_predict.js";
import { rare } from "./lesson_rare.js";
import { sensitivity } from "./lesson_sensitivity.js";
import { unpack } from "./payload.js";

const LESSONS = { distillation, coreset, sensitivity, rare, predict, distiller };

function build(parent) {
  const view = { root: element("div", { class: "outer" }), frame: 0 };
  parent.append(view.root);
  view.observer = new ResizeObserver(() => view.picture && view.picture.clientWidth !== view.stage.width && redraw(view));
  return view;
}

function update(view, component) {
  const { data } = component;
  view.component = component;
  if (view.data?.lesson.name !== data.lesson.name) open(view, data);
  else if (view.data.order !== data.order) take(view, data);
  view.data = data;
  Object.assign(view.stage, { palette: data.palette, ramp: data.ramp });
  view.root.style.colorScheme = data.scheme; // of what the browser draws itself
  view.controls.hide(data.hidden);
  view.next.hidden = !data.next;
  view.next.textContent = `Next: ${data.next} →`;
  redraw(view);
}

function take(view, { values, seed, moved, order }) {
  Object.assign(view.stage, { values: { ...values }, seed, moved: { ...moved } });
  view.order = order;
}

function open(view, data) {
  view.made?.end?.();
  const { lesson } = data;
  const number = element("output", { class: "number", "aria-live": "polite" });
  const words = element("span", { class: "words" });
  view.described = element("p", { class: "described", id: "described" });
  view.picture = element("div", { class: "picture", "aria-describedby": "described" });
  view.stage = stageOf(view, number, words);
  if (lesson.packed) view.stage.packed = unpack(Uint8Array.from(atob(lesson.packed), (letter) => letter.charCodeAt(0)));
  take(view, data);
  view.controls = controlsOf(lesson, view.stage, data.mostSeed, (name) => view.made.act(name), () => changed(view));
  view.next = element("button", { type: "button", class: "next" });
  view.next.addEventListener("click", () => {
    view.goes = true;
    view.component.setTriggerValue("next", lesson.name);
  });
  const question = element("h2", { tabindex: -1 }, lesson.question);
  view.root.replaceChildren(element("article", { class: "lesson" },
    element("header", {}, question, element("p", {}, lesson.intro)),
    element("figure", {}, view.picture, view.described, element("figcaption", {}, lesson.caption),
      element("details", {}, element("summary", {}, "More about this picture"), element("p", {}, lesson.help))),
    element("div", { class: "beside" },
      element("div", { class: "told" }, element("h3", {}, lesson.number), number, words),
      view.controls.root, checkOf(lesson.check), view.next)));
  view.made = LESSONS[lesson.name](view.stage);
  view.observer.disconnect();
  view.observer.observe(view.picture);
  if (view.goes) question.focus(); // from the foot of the lesson before
  view.goes = false;
}

// What a lesson's module sees of the page.
function stageOf(view, number, words) {
  return {
    picture: view.picture,
    still: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    hidden: (name) => view.component.data.hidden.includes(name),
    off: new Set(), // names of buttons that cannot be pressed now
    // The number: `value` as it is, `text` as people read it, `after` a few words behind it.
    tell(value, text, after = "") {
      number.dataset.value = value;
      if (number.value !== text) number.value = text;
      if (words.textContent !== after) words.textContent = after;
    },
    // The picture in words, for who does not see it.
    describe: (text) => { view.described.textContent = text; },
    // The point `id` goes to `place`, [x, y] in [0, 1]; released: the page may keep it.
    move(id, place, released) {
      view.stage.moved[id] = place.map((part) => Math.round(1000 * Math.min(1, Math.max(0, part))) / 1000);
      if (released) changed(view);
      else redraw(view);
    },
    redraw: () => redraw(view),
  };
}

function changed(view) {
  const { values, seed, moved } = view.stage;
  redraw(view);
  view.component.setStateValue("state", { lesson: view.data.lesson.name, order: view.order, values, seed, moved });
}

function redraw(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => { // one picture a frame, however fast something moves
    view.stage.width = view.picture.clientWidth;
    view.made.draw();
    view.controls.label();
  });
}

function end(view) {
  cancelAnimationFrame(view.frame);
  view.observer.disconnect();
  view.made?.end?.();
  view.root.remove();
}

export default function showLesson(component) {
  return mount(component, build, update, end);
}
