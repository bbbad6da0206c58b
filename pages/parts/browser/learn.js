// A lesson: what surrounds its picture, the same for all of them. See learn.py for what a lesson says, and below for
// what its module gives. Everything is computed here; Python hears of it once nothing has been done for a moment, so that
// a run of keys or clicks is one rerun and one entry in the browser's history.
//
// `lesson_<name>.js` has one function, (stage) => ({ draw, act, progress, end }), called when the lesson opens. `draw()`
// makes the picture in `stage.picture` for `stage.values`, `stage.seed`, `stage.moved` and `stage.width`, and tells the
// number; it is called again, once a frame, whenever one of these or the theme changes. `act(name)` does what a button
// says, before or after the next frame. `progress()` gives what was done as a text; `stage.progress` is one that the page
// brings back, to go on from when `stage.order` is new. `end()` stops what runs. A lesson leaves out what it has no use for.

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

const PAUSE = 300; // milliseconds after the last key or click
const LESSONS = { distillation, coreset, sensitivity, rare, predict, distiller };

function build(parent) {
  const view = {
    root: element("div", { class: "outer" }), frame: 0,
    timer: 0, untold: false, pressed: false, // a key is down
    gone: new AbortController(),
  };
  parent.append(view.root);
  view.observer = new ResizeObserver(() => view.picture && view.picture.clientWidth !== view.stage.width && redraw(view));
  listen(view);
  return view;
}

// Nothing is told while a key is down; who goes elsewhere on the page leaves nothing untold.
function listen(view) {
  const { root, gone: { signal } } = view;
  root.addEventListener("keydown", () => { view.pressed = true; }, { capture: true });
  root.addEventListener("keyup", () => {
    view.pressed = false;
    later(view);
  });
  const go = (stays) => {
    view.pressed = false;
    if (stays) later(view);
    else tellPage(view);
  };
  root.addEventListener("focusout", (event) => go(root.contains(event.relatedTarget)));
  window.addEventListener("pointerdown", (event) => go(event.composedPath().includes(root)), { capture: true, signal });
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

function take(view, { values, seed, moved, progress, answer, order }) {
  Object.assign(view.stage, { values: { ...values }, seed, moved: { ...moved }, progress, order });
  Object.assign(view, { answer, untold: false });
}

function open(view, data) {
  view.made?.end?.();
  view.made = null;
  const { lesson } = data;
  const number = element("output", { class: "number", "aria-live": "polite" });
  const words = element("span", { class: "words" });
  view.described = element("p", { class: "described", id: "described" });
  view.picture = element("div", { class: "picture", "aria-describedby": "described" });
  view.stage = stageOf(view, number, words);
  take(view, data);
  view.controls = controlsOf(lesson, view.stage, data.mostSeed, (name) => view.made?.act(name), () => changed(view));
  view.next = element("button", { type: "button", class: "next" });
  view.next.addEventListener("click", () => {
    view.goes = true;
    tellPage(view);
    view.component.setTriggerValue("next", lesson.name);
  });
  const check = checkOf(lesson.check, view.answer, (place) => {
    view.answer = place;
    changed(view);
  });
  const question = element("h2", { tabindex: -1 }, lesson.question);
  view.root.replaceChildren(element("article", { class: "lesson" },
    element("header", {}, question, element("p", {}, lesson.intro)),
    element("figure", {}, view.picture, view.described, element("figcaption", {}, lesson.caption),
      element("details", {}, element("summary", {}, "More about this picture"), element("p", {}, lesson.help))),
    element("div", { class: "beside" },
      element("div", { class: "told" }, element("h3", {}, lesson.number), number, words),
      view.controls.root, check, view.next)));
  begin(view, lesson);
  view.observer.disconnect();
  view.observer.observe(view.picture);
  if (view.goes) question.focus(); // from the foot of the lesson before
  view.goes = false;
}

// Makes the lesson, once what it needs has come.
async function begin(view, lesson) {
  const { stage } = view;
  try {
    if (lesson.address) stage.packed = await fetched(lesson.address);
  } catch {
    stage.tell("", "", "The images of this lesson did not arrive. Reload the page to try again.");
    return;
  }
  if (view.stage !== stage) return; // another lesson has been opened since
  view.made = LESSONS[lesson.name](stage);
  redraw(view);
}

async function fetched(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return unpack(new Uint8Array(await answer.arrayBuffer()));
}

// What a lesson's module sees of the page.
function stageOf(view, number, words) {
  return {
    picture: view.picture,
    still: window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    off: new Set(), // names of buttons that cannot be pressed now
    playing: false, dragging: false, // what changes is then too fast to be read aloud, or kept
    // The number: `value` as it is, `text` as people read it, `after` a few words behind it.
    tell(value, text, after = "") {
      const live = quiet(view) ? "off" : "polite", spoken = number.getAttribute("aria-live") === live;
      number.dataset.value = value;
      number.setAttribute("aria-live", live);
      if (number.value !== text || !spoken) number.value = text;
      if (words.textContent !== after) words.textContent = after;
    },
    // The picture in words, for who does not see it.
    describe: (text) => { view.described.textContent = text; },
    // The point `id` goes to `place`, [x, y] in [0, 1], or as near as it can. -> where it goes
    move(id, place) {
      view.stage.moved[id] = place.map((part) => Math.round(1000 * Math.min(1, Math.max(0, part))) / 1000);
      changed(view);
      return view.stage.moved[id];
    },
    changed: () => changed(view), // the page should keep what is there now
    redraw: () => redraw(view),
  };
}

const quiet = ({ stage }) => stage.playing || stage.dragging;

function changed(view) {
  const { points, times } = view.data.lesson, { values, moved } = view.stage;
  for (const id of Object.keys(moved)) if (id >= points * (times ? values[times] : 1)) delete moved[id]; // they are gone
  view.untold = true;
  redraw(view);
  later(view);
}

function later(view) {
  clearTimeout(view.timer);
  if (view.untold && !view.pressed && !quiet(view)) view.timer = setTimeout(() => tellPage(view), PAUSE);
}

function tellPage(view) {
  clearTimeout(view.timer);
  if (!view.untold) return;
  view.untold = false;
  const { made, answer, data: { lesson } } = view, { order, values, seed, moved } = view.stage;
  const progress = made?.progress ? made.progress() : view.stage.progress;
  view.component.setStateValue("state", { lesson: lesson.name, order, values, seed, moved, progress, answer });
}

function redraw(view) {
  cancelAnimationFrame(view.frame);
  view.frame = requestAnimationFrame(() => { // one picture a frame, however fast something moves
    view.stage.width = view.picture.clientWidth;
    view.made?.draw();
    view.controls.label();
  });
}

function end(view) {
  cancelAnimationFrame(view.frame);
  clearTimeout(view.timer);
  view.gone.abort();
  view.observer.disconnect();
  view.made?.end?.();
  view.root.remove();
}

export default function showLesson(component) {
  return mount(component, build, update, end);
}
