// The map's buttons, and its list of keys.

import { element, iconButton } from "./dom.js";
import { zoomAt } from "./point_map_input.js";

const ICONS = { // 24 x 24 outlines
  pan: "M12 3v18M3 12h18M12 3l-3 3m3-3 3 3M12 21l-3-3m3 3 3-3M3 12l3-3m-3 3 3 3M21 12l-3-3m3 3-3 3",
  box: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M11 4h2M11 20h2M4 11v2M20 11v2",
  lasso: "M12 4c5 0 9 2.400 9 5.500S17 15 12 15s-9-2.400-9-5.500S7 4 12 4zM6.500 14c-1.500 1-1.500 3 .5 3.500s2 2.500.5 3.500",
  in: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 21 21M10.500 7.500v6M7.500 10.500h6",
  out: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13zM15.500 15.500 21 21M7.500 10.500h6",
  reset: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5M12 10a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  clear: "M6 6l12 12M18 6 6 18",
  help: "M9 9a3 3 0 1 1 4.500 2.600c-1 .6-1.500 1.200-1.500 2.400M12 17.500v.01",
};
const MODES = { pan: "Pan (P)", box: "Select with a box (B)", lasso: "Select with a lasso (L)" };
const KEYS = [
  ["Drag", "select (lasso, box) or pan"], ["Shift / Alt + drag", "add to / remove from the selection"],
  ["Space or middle button + drag", "pan"], ["Wheel, + and −", "zoom"], ["0", "show everything"],
  ["Arrows", "pan"], ["Shift + arrows", "move the cross-hair"], ["Enter", "open the nearest image"],
  ["Shift / Alt + Enter", "add / remove the nearest image"], ["X, then X again", "select the box between two corners"],
  [". and ,", "next and previous synthetic image"], ["L, B, P", "lasso, box, pan"], ["Esc", "clear the selection"],
];

function tool(name, label, act) {
  const button = iconButton("tool", label, ICONS[name], act);
  button.dataset.tool = name;
  return button;
}

export function buildToolbar(map) {
  const zoom = (factor) => () => zoomAt(map, factor, map.width / 2, map.height / 2);
  map.modes = Object.entries(MODES).map(([mode, label]) => tool(mode, label, () => map.setMode(mode)));
  map.clearTool = tool("clear", "Clear the selection (Esc)", () => map.select([], "replace"));
  const help = map.helpTool = tool("help", "Mouse and keyboard", () => showHelp(map, map.help.hidden));
  help.setAttribute("aria-expanded", "false");
  const groups = [
    map.modes,
    [tool("in", "Zoom in (+)", zoom(1.5)), tool("out", "Zoom out (−)", zoom(1 / 1.5)),
      tool("reset", "Show everything (0)", () => map.reset())],
    [map.clearTool], [help],
  ];
  return element("div", { class: "toolbar", role: "toolbar", "aria-label": "Map tools" },
    ...groups.map((tools) => element("div", { class: "group" }, ...tools)));
}

export function showHelp(map, shown) {
  map.help.hidden = !shown;
  map.helpTool.setAttribute("aria-expanded", String(shown));
}

// The list of keys closes at the next press anywhere but on its button, or at Escape, which then has no other effect.
export function listenForHelp(map) {
  const options = { capture: true, signal: map.gone.signal };
  document.addEventListener("pointerdown", (event) => {
    if (!map.help.hidden && !event.composedPath().includes(map.helpTool)) showHelp(map, false);
  }, options);
  document.addEventListener("keydown", (event) => {
    if (map.help.hidden || event.key !== "Escape") return;
    showHelp(map, false);
    event.stopPropagation();
  }, options);
}

export function buildHelp() {
  return element("dl", { class: "help", hidden: "" },
    ...KEYS.flatMap(([keys, does]) => [element("dt", {}, keys), element("dd", {}, does)]));
}
