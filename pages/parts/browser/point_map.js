// The map component: its elements, its state, and what it sends to the page. See point_map.py.

import { count, element, mount } from "./dom.js";
import { unpack } from "./payload.js";
import { carryOut, reportClick, reportSelection, reportViewSoon } from "./point_map_agreed.js";
import { homeView, paintCursor, paintRings, paintShape, readTheme, startLayer } from "./point_map_draw.js";
import { Film } from "./point_map_film.js";
import { paintFilm, paintLit } from "./point_map_film_paint.js";
import { listen } from "./point_map_input.js";
import { placesNow, startMove } from "./point_map_move.js";
import { paintPoints, pixelOf } from "./point_map_points.js";
import { Thumbs } from "./point_map_thumbs.js";
import { buildTip, showTip } from "./point_map_tip.js";
import { buildHelp, buildToolbar, listenForHelp, showHelp } from "./point_map_tools.js";

const LAYERS = ["overlay", "images", "points"]; // each implies those before it
const remembered = new Map(); // key and source -> {selection, view, home, mode, serials, taken}: outlives a visit to another page

function build(parent) {
  const map = { mode: "lasso", selection: new Uint8Array(0), selectedCount: 0, highlighted: [], width: 0, height: 0, dirty: -1,
    tools: { right: 0, bottom: 0 } }; // where the toolbar ends
  map.canvas = element("canvas", { class: "points", "aria-hidden": "true" });
  map.images = element("canvas", { class: "images", "aria-hidden": "true" });
  map.overlay = element("canvas", { class: "overlay", tabindex: 0, role: "application" });
  map.status = element("div", { class: "status", role: "status" });
  map.spoken = element("div", { class: "spoken", "aria-live": "polite" });
  map.help = buildHelp();
  map.thumbs = new Thumbs(map);
  map.film = new Film(map);
  Object.assign(map, actions(map));
  map.frame = element("div", { class: "frame" }, map.canvas, map.images, map.overlay,
    map.toolbar = buildToolbar(map), map.help, map.status, buildTip(map), map.spoken);
  parent.append(map.frame);
  map.gone = new AbortController(); // ends listeners outside the frame
  listen(map);
  listenForHelp(map);
  map.film.listen(map.gone.signal);
  map.observer = new ResizeObserver(() => resize(map));
  map.observer.observe(map.frame);
  return map;
}

// What gestures, keys and tools can do to a map.
function actions(map) {
  return {
    redraw(layer) {
      if (map.dirty < 0) requestAnimationFrame(() => paint(map));
      map.dirty = Math.max(map.dirty, LAYERS.indexOf(layer));
    },
    moved() {
      map.hover(null);
      map.remember();
      reportViewSoon(map);
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
      reportSelection(map);
    },
    setSelection(bits) { // by id; those not on the map are kept for when they are
      let largest = 0;
      for (const id of map.arrays.ids) if (id > largest) largest = id;
      map.selection = new Uint8Array(Math.max(largest + 1, bits.length));
      map.selection.set(bits);
      map.selectionChanged();
    },
    selectionChanged() {
      map.selectedCount = 0;
      for (const id of map.arrays.ids) map.selectedCount += map.selection[id];
      map.status.textContent = counted(map);
      map.clearTool.disabled = !map.selectedCount;
      map.remember();
      map.redraw("points");
    },
    click(index) { reportClick(map, map.arrays.ids[index]); },
    hover(point, speak) { showTip(map, point, speak); },
    remember() {
      const { selection, view, home, mode, serials, taken } = map;
      if (map.place) remembered.set(map.place, { selection, view, home, mode, serials, taken });
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
  map.dirty = -1;
  if (!map.width || !map.view) return;
  if (layer === LAYERS.indexOf("points")) {
    paintPoints(map);
    map.thumbs.arrange();
  }
  if (layer >= LAYERS.indexOf("images")) {
    const context = startLayer(map, map.images);
    map.thumbs.paint(context);
    paintFilm(map, context);
  }
  if (layer === LAYERS.indexOf("images") && !map.film.marked) return; // a playing film leaves the overlay as it is
  const context = startLayer(map, map.overlay);
  paintRings(map, context);
  paintLit(map, context);
  paintShape(map, context);
  paintCursor(map, context);
}

function resize(map) {
  const { clientWidth: width, clientHeight: height } = map.frame;
  const ratio = window.devicePixelRatio || 1;
  if (!width || (width === map.width && height === map.height && ratio === map.ratio)) return;
  const { view, home, toolbar } = map;
  const tools = { right: toolbar.offsetLeft + toolbar.offsetWidth, bottom: toolbar.offsetTop + toolbar.offsetHeight };
  Object.assign(map, { width, height, ratio, tools });
  for (const canvas of [map.canvas, map.images, map.overlay]) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  map.home = homeView(map);
  map.view = !view || view === home ? map.home : { ...view, scale: (view.scale * map.home.scale) / home.scale, stretch: map.home.stretch };
  if (map.place) paintNow(map);
}

// Setting a canvas's size empties it; painting at once avoids a blank frame.
function paintNow(map) {
  map.dirty = LAYERS.indexOf("points");
  paint(map);
}

function changedMuch(before, now) {
  const shift = Math.max(Math.abs(before.x - now.x) / now.width, Math.abs(before.y - now.y) / now.height);
  return shift > 0.05 || Math.abs(Math.log(before.width / now.width)) > 0.1 || Math.abs(Math.log(before.height / now.height)) > 0.1;
}

function label({ film, arrays }) {
  const made = film.count ? `, and ${count(film.count)} synthetic ones; full stop and comma go from one to the next` : "";
  return `Map of ${arrays.ids.length} images${made}. Arrows pan, shift and arrows move a cross-hair, Enter opens the nearest image.`;
}

// Every run of the page calls this, mostly with what is there already.
function update(map, component) {
  map.tell = component;
  const known = map.data && sameBytes(map.data, component.data);
  map.data = component.data;
  if (!known) return take(map);
  const theme = JSON.stringify(map.theme);
  readTheme(map);
  if (JSON.stringify(map.theme) !== theme) paintNow(map);
}

function sameBytes(one, other) {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

function take(map) {
  const { header, arrays } = unpack(map.data);
  const place = `${header.key} ${header.source}`;
  const moved = map.place !== place;
  const before = moved ? null : placesNow(map);
  const kept = moved ? remembered.get(place) : { ...map };
  const colours = Uint32Array.from(header.palette, (css) => pixelOf(css));
  arrays.form ??= new Uint8Array(arrays.ids.length);
  Object.assign(map, { header, arrays, place: null, colours, hovered: null });
  map.serials = kept?.serials ?? { view: 0, selected: 0, clicked: 0 };
  map.taken = kept?.taken ?? {};
  map.tip.hidden = true;
  map.frame.style.height = `var(--film-map-height, ${header.height}px)`; // within a film, what is left of the window
  map.highlighted = header.highlight.map((id) => arrays.ids.indexOf(id)).filter((index) => index >= 0);
  map.film.take(header, arrays);
  map.overlay.setAttribute("aria-label", label(map));
  readTheme(map);
  resize(map);
  map.home = homeView(map);
  const stays = kept?.home && !changedMuch(kept.home, map.home) && kept.view !== kept.home;
  map.view = stays ? { ...kept.view, stretch: map.home.stretch } : map.home;
  map.place = place;
  map.setMode(kept?.mode ?? map.mode);
  map.setSelection(kept?.selection ?? []);
  carryOut(map, header.orders, moved);
  if (before) startMove(map, before);
  paintNow(map);
}

function end(map) {
  map.observer.disconnect();
  map.gone.abort();
  map.thumbs.end();
  clearTimeout(map.settling);
  map.frame.remove();
}

export default function show(component) {
  return mount(component, build, update, end);
}
