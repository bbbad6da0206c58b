// The map component: its elements, its state, and what it sends to the page. See point_map.py.

import { count, element, mount, number } from "./dom.js";
import { unpack } from "./payload.js";
import { homeView, paintOverlay, paintPoints, pixelOf, readTheme, toScreen } from "./point_map_draw.js";
import { listen } from "./point_map_input.js";
import { buildHelp, buildToolbar, listenForHelp, showHelp } from "./point_map_tools.js";

const remembered = new Map(); // key and source -> {selection, view, mode}: outlives a visit to another page

function build(parent) {
  const map = { mode: "lasso", selection: new Uint8Array(0), selectedCount: 0, highlighted: [], width: 0, height: 0, dirty: null };
  map.canvas = element("canvas", { class: "points", "aria-hidden": "true" });
  map.overlay = element("canvas", { class: "overlay", tabindex: 0, role: "application" });
  map.image = element("img", { class: "thumb", alt: "" });
  map.words = element("div", { class: "words" });
  map.tip = element("div", { class: "tip", hidden: "", "aria-hidden": "true" }, map.image, map.words);
  map.status = element("div", { class: "status", role: "status" });
  map.spoken = element("div", { class: "spoken", "aria-live": "polite" });
  map.help = buildHelp();
  Object.assign(map, actions(map));
  map.frame = element("div", { class: "frame" },
    map.canvas, map.overlay, buildToolbar(map), map.help, map.status, map.tip, map.spoken);
  map.image.addEventListener("load", () => sizeThumb(map));
  parent.append(map.frame);
  map.gone = new AbortController(); // ends listeners outside the frame
  listen(map);
  listenForHelp(map);
  map.observer = new ResizeObserver(() => resize(map));
  map.observer.observe(map.frame);
  return map;
}

// What gestures, keys and tools can do to a map.
function actions(map) {
  return {
    redraw(layer) { // "points" implies "overlay"
      if (!map.dirty) requestAnimationFrame(() => paint(map));
      if (map.dirty !== "points") map.dirty = layer;
    },
    moved() {
      map.hover(null);
      map.remember();
      map.redraw("points");
    },
    reset() {
      map.view = map.home;
      map.moved();
    },
    setMode(mode) {
      if (mode !== map.mode) showHelp(map, false);
      map.mode = mode;
      map.overlay.dataset.mode = mode;
      for (const tool of map.modes) tool.setAttribute("aria-pressed", String(tool.dataset.tool === mode));
      map.remember();
    },
    select(indices, how) {
      if (how === "replace") map.selection.fill(0);
      for (const index of indices) map.selection[map.arrays.ids[index]] = how === "remove" ? 0 : 1;
      map.selectionChanged();
      map.tell.setStateValue("selected", map.selectedCount ? { source: map.header.source, bits: packBits(map.selection) } : null);
    },
    selectionChanged() {
      map.selectedCount = map.arrays.ids.reduce((sum, id) => sum + map.selection[id], 0);
      map.status.textContent = counted(map);
      map.clearTool.disabled = !map.selectedCount;
      map.remember();
      map.redraw("points");
    },
    click(index) { map.tell.setTriggerValue("clicked", map.arrays.ids[index]); },
    hover(point, speak) { showTip(map, point, speak); },
    remember() {
      if (map.place) remembered.set(map.place, { selection: map.selection, view: map.view, home: map.home, mode: map.mode });
    },
  };
}

function counted(map) {
  const { within } = map.header;
  const total = count(map.arrays.ids.length);
  if (map.selectedCount) return `${count(map.selectedCount)} of ${total} selected`;
  return within === undefined ? `${total} images` : `${count(within)} of ${total} within the filters`;
}

function paint(map) {
  const layer = map.dirty;
  map.dirty = null;
  if (!map.width || !map.view) return;
  if (layer === "points") paintPoints(map);
  paintOverlay(map);
}

function resize(map) {
  const { clientWidth: width, clientHeight: height } = map.frame;
  const ratio = window.devicePixelRatio || 1;
  if (!width || (width === map.width && height === map.height && ratio === map.ratio)) return;
  const atHome = !map.view || map.view === map.home;
  Object.assign(map, { width, height, ratio });
  for (const canvas of [map.canvas, map.overlay]) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  map.home = homeView(map);
  if (atHome) map.view = map.home;
  if (map.place) paintNow(map);
}

// Setting a canvas's size empties it; painting at once avoids a blank frame.
function paintNow(map) {
  map.dirty = "points";
  paint(map);
}

// Lowest bit first, without the zero bytes at the end, as base64.
function packBits(selection) {
  const bytes = new Uint8Array(selection.findLastIndex((bit) => bit) / 8 + 1);
  selection.forEach((bit, id) => { if (bit) bytes[id >> 3] |= 1 << (id & 7); });
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function describe(map, point) {
  const { header, arrays } = map;
  if (point.synthetic) return { title: header.synthetic.names[point.index], colour: header.synthetic.colours[point.index], note: "synthetic" };
  const id = arrays.ids[point.index];
  const note = [`image ${id}`];
  if (arrays.values) note.push(`${header.value_name} ${number(arrays.values[point.index])}`);
  const title = arrays.labels ? header.classes[arrays.labels[point.index]] : "";
  return { title, colour: header.palette[arrays.shade[point.index]], note: note.join(" · "), id };
}

function showTip(map, point, speak = false) {
  const same = point && map.hovered && point.index === map.hovered.index && point.synthetic === map.hovered.synthetic;
  map.overlay.classList.toggle("over", Boolean(point));
  if (same || (!point && !map.hovered)) return;
  map.hovered = point;
  map.tip.hidden = !point;
  map.redraw("overlay");
  if (!point) return;
  const { title, colour, note, id } = describe(map, point);
  map.words.replaceChildren(element("span", { class: "swatch", style: `background:${colour}` }), title || note,
    ...(title ? [element("div", { class: "note" }, note)] : []));
  map.image.hidden = id === undefined || !map.header.thumbs;
  if (!map.image.hidden) {
    map.image.removeAttribute("src"); // no stale picture while the next one loads
    map.image.src = `${map.header.thumbs}${id}.png`;
  }
  if (speak) map.spoken.textContent = `${title} ${note}`;
  placeTip(map);
}

// Whole multiples of the image's own pixels, at least 112 across.
function sizeThumb(map) {
  const { naturalWidth: width, naturalHeight: height } = map.image;
  const scale = Math.max(1, Math.ceil(112 / Math.min(width, height)));
  map.image.style.width = `${width * scale}px`;
  map.image.style.height = `${height * scale}px`;
  placeTip(map);
}

// Beside the point, on the side with room, inside the frame.
function placeTip(map) {
  if (!map.hovered) return;
  const [x, y] = toScreen(map, map.hovered.x, map.hovered.y);
  const { offsetWidth: width, offsetHeight: height } = map.tip;
  const left = x + 16 + width <= map.width - 8 ? x + 16 : x - 16 - width;
  const top = Math.min(Math.max(y - height / 2, 8), map.height - height - 8);
  map.tip.style.transform = `translate(${Math.round(Math.max(left, 8))}px, ${Math.round(top)}px)`;
}

// The former selection, restricted to the present ids; another source starts without one.
function carrySelection(map, kept) {
  const largest = map.arrays.ids.reduce((most, id) => Math.max(most, id), 0);
  const selection = new Uint8Array(Math.max(largest + 1, kept.length));
  selection.set(kept);
  map.selection = selection;
  map.selectionChanged();
}

function changedMuch(before, now) {
  const shift = Math.max(Math.abs(before.x - now.x) / now.width, Math.abs(before.y - now.y) / now.height);
  return shift > 0.05 || Math.abs(Math.log(before.width / now.width)) > 0.1 || Math.abs(Math.log(before.height / now.height)) > 0.1;
}

function update(map, component) {
  const { header, arrays } = unpack(component.data);
  const place = `${header.key} ${header.source}`;
  const moved = map.place !== place;
  const kept = moved ? remembered.get(place) : { selection: map.selection, view: map.view, home: map.home, mode: map.mode };
  const colours = Uint32Array.from(header.palette, (css) => pixelOf(css));
  Object.assign(map, { tell: component, header, arrays, place: null, colours, hovered: null });
  map.tip.hidden = true;
  map.frame.style.height = `var(--film-map-height, ${header.height}px)`; // within a film, what is left of the window
  map.overlay.setAttribute("aria-label", `Map of ${arrays.ids.length} images. Arrows pan, shift and arrows move a cross-hair, Enter opens the nearest image.`);
  const wanted = new Set(header.highlight);
  map.highlighted = wanted.size ? [...arrays.ids.keys()].filter((index) => wanted.has(arrays.ids[index])) : [];
  readTheme(map);
  resize(map);
  map.home = homeView(map);
  const stays = kept?.home && !changedMuch(kept.home, map.home) && kept.view !== kept.home;
  map.view = stays ? kept.view : map.home;
  map.place = place;
  map.setMode(kept?.mode ?? map.mode);
  carrySelection(map, kept?.selection ?? []);
  // Visiting another page made Streamlit forget the selection; the map remembers it and sends it again.
  if (moved && map.selectedCount) map.select([], "add");
  paintNow(map);
}

function end(map) {
  map.observer.disconnect();
  map.gone.abort();
  map.frame.remove();
}

export default function show(component) {
  return mount(component, build, update, end);
}
