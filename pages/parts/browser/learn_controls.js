// The controls of a lesson: sliders, choices and buttons, of which a link can hide some.

import { element, number } from "./dom.js";

const shown = (control, value) => control.words[control.values.indexOf(value)] ?? number(value);

// lesson, stage -> {root, label, hide}: `label()` writes the stage's values into the controls, `hide(names)` hides some
export function controlsOf(lesson, stage, mostSeed, act, changed) {
  const fields = lesson.controls.map((control) => {
    const made = control.words.length ? choice(control, stage, changed) : slider(control, stage, changed);
    return { name: control.name, when: control.when, ...made };
  });
  const buttons = Object.entries(lesson.actions).map(([name, label]) => ({ name, root: button(label, () => act(name)) }));
  const again = button(lesson.again, () => {
    stage.seed = (stage.seed + 1) % (mostSeed + 1);
    stage.moved = {};
    changed();
  });
  if (lesson.again) buttons.push({ name: "seed", root: again });
  const back = button("Undo my moves", () => {
    stage.moved = {};
    changed();
  });
  let hidden = [];
  return {
    root: element("div", { class: "controls" }, ...fields.map((field) => field.root),
      element("div", { class: "actions" }, ...buttons.map((one) => one.root), back)),
    label() {
      for (const { name, when, root, label } of fields) {
        label();
        root.hidden = hidden.includes(name) || (when !== null && stage.values[when[0]] !== when[1]);
      }
      for (const one of buttons) one.root.disabled = stage.off.has(one.name);
      back.hidden = !Object.keys(stage.moved).length;
    },
    hide(names) {
      hidden = names;
      for (const one of buttons) one.root.hidden = names.includes(one.name);
    },
  };
}

function button(label, act) {
  const made = element("button", { type: "button" }, label);
  made.addEventListener("click", act);
  return made;
}

function field(control, input, ...parts) {
  const help = control.help ? [element("p", { class: "help", id: `help-${control.name}` }, control.help)] : [];
  if (control.help) input.setAttribute("aria-describedby", `help-${control.name}`);
  return element("div", { class: "field" }, element("label", { for: input.id }, control.label), ...parts, input, ...help);
}

function slider(control, stage, changed) {
  const { name, values } = control, id = `control-${name}`;
  const input = element("input", { id, type: "range", min: 0, max: values.length - 1, step: 1 });
  const output = element("output", { for: id, "aria-hidden": "true" }); // the slider itself says its value
  input.addEventListener("input", () => {
    stage.values[name] = values[input.value];
    stage.redraw();
  });
  input.addEventListener("change", changed);
  return {
    root: field(control, input, output),
    label() {
      input.value = values.indexOf(stage.values[name]);
      output.value = shown(control, stage.values[name]);
      input.setAttribute("aria-valuetext", output.value);
    },
  };
}

function choice(control, stage, changed) {
  const { name, values, words } = control;
  const options = words.map((word, place) => element("option", { value: place }, word));
  const input = element("select", { id: `control-${name}` }, ...options);
  input.addEventListener("change", () => {
    stage.values[name] = values[input.value];
    changed();
  });
  return { root: field(control, input), label() { input.value = values.indexOf(stage.values[name]); } };
}
