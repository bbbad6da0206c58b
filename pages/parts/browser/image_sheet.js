// The image sheet: one small canvas a tile, enlarged by whole numbers without smoothing. See image_sheet.py.
// To assistive technology it is a grid of rows and cells with one tab stop; arrow keys move between the cells.

import { element, mount } from "./dom.js";
import { unpack } from "./payload.js";

const GAP = 10; // CSS pixels between tiles, as in image_sheet.css

function build(parent) {
  const grid = element("div", { class: "sheet", role: "grid", "aria-label": "Images" });
  const sheet = { grid, tiles: [], current: 0, chosen: null, across: 0, serial: 0 };
  grid.addEventListener("click", (event) => choose(sheet, sheet.tiles.indexOf(event.target.closest(".tile"))));
  grid.addEventListener("keydown", (event) => onKey(sheet, event));
  grid.addEventListener("focusin", (event) => {
    const index = sheet.tiles.indexOf(event.target);
    if (index >= 0) makeCurrent(sheet, index);
  });
  sheet.observer = new ResizeObserver(() => arrange(sheet));
  sheet.observer.observe(grid);
  parent.append(grid);
  return sheet;
}

function choose(sheet, index) {
  if (index < 0) return;
  sheet.chosen = sheet.ids[index];
  sheet.tiles[index].focus({ preventScroll: true });
  showChosen(sheet);
  sheet.serial = Math.max(Date.now(), sheet.serial + 1); // newer than any that a sheet before this one told
  sheet.tell.setStateValue("clicked", { serial: sheet.serial, id: sheet.chosen }); // a state: see agreed.py
}

function onKey(sheet, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { current, across, tiles } = sheet;
  const moves = {
    ArrowLeft: current - 1, ArrowRight: current + 1, ArrowUp: current - across, ArrowDown: current + across,
    Home: 0, End: tiles.length - 1,
  };
  if (event.key === "Enter" || event.key === " ") choose(sheet, current);
  else if (!(event.key in moves)) return;
  else tiles[moves[event.key]]?.focus();
  event.preventDefault();
  event.stopPropagation();
}

// The one tile that Tab reaches.
function makeCurrent(sheet, index) {
  sheet.tiles[sheet.current]?.setAttribute("tabindex", "-1");
  sheet.tiles[index]?.setAttribute("tabindex", "0");
  sheet.current = index;
}

function showChosen(sheet) {
  sheet.tiles.forEach((tile, i) => tile.setAttribute("aria-selected", String(sheet.ids[i] === sheet.chosen)));
}

function makeTile([height, width]) {
  return element("div", { class: "tile", role: "gridcell", tabindex: -1 },
    element("canvas", { width, height }), element("div", { class: "mark" }), element("div", { class: "caption" }));
}

// pixels (uint8, 1 or 3 a point) of image `index` -> its canvas
function paintTile(canvas, pixels, index, [, height, width, channels]) {
  const image = new ImageData(width, height);
  const start = index * height * width * channels;
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let from = start, to = 0; to < image.data.length; from += channels, to += 4) {
    image.data[to] = pixels[from];
    image.data[to + 1] = pixels[from + green];
    image.data[to + 2] = pixels[from + blue];
    image.data[to + 3] = 255;
  }
  canvas.getContext("2d", { willReadFrequently: true }).putImageData(image, 0, 0); // kept off the GPU: hundreds of them
}

// Puts the tiles into as many rows as fit the width; rows exist for assistive technology and do not draw.
function arrange(sheet) {
  const { columns } = sheet.header;
  const fit = Math.floor((sheet.grid.clientWidth - 8 + GAP) / (sheet.tileWidth + GAP));
  const across = columns ?? Math.max(1, fit);
  if (across === sheet.across) return;
  sheet.across = across;
  sheet.grid.style.gridTemplateColumns = `repeat(${across}, ${sheet.tileWidth}px)`;
  const held = sheet.grid.getRootNode().activeElement;
  const rows = [];
  for (let i = 0; i < sheet.tiles.length; i += across) {
    rows.push(element("div", { class: "row", role: "row" }, ...sheet.tiles.slice(i, i + across)));
  }
  sheet.grid.replaceChildren(...rows);
  if (held?.isConnected) held.focus({ preventScroll: true }); // moving a tile takes the focus from it
}

function update(sheet, component) {
  const { header, arrays } = unpack(component.data);
  const { shape, captions, marks, scale } = header;
  const focused = sheet.grid.getRootNode().activeElement;
  const focusedId = focused && sheet.ids ? sheet.ids[sheet.tiles.indexOf(focused)] : undefined;
  const sameSize = sheet.header && sheet.header.shape.join() === shape.join();
  const tiles = sameSize ? sheet.tiles : Array.from({ length: shape[0] }, () => makeTile(shape.slice(1)));
  const sameLayout = sameSize && sheet.header.columns === header.columns && sheet.header.scale === scale;
  sheet.tileWidth = shape[2] * scale;
  tiles.forEach((tile, i) => {
    const [canvas, mark, caption] = tile.children;
    canvas.style.width = `${sheet.tileWidth}px`;
    canvas.style.height = `${shape[1] * scale}px`;
    paintTile(canvas, arrays.pixels, i, shape);
    mark.hidden = !marks?.[i];
    mark.style.background = marks?.[i] ?? "";
    caption.textContent = tile.title = captions[i];
    caption.classList.toggle("lines", captions[i].includes("\n"));
    tile.setAttribute("aria-label", captions[i].replaceAll("\n", ", "));
  });
  if (header.selected !== null) sheet.chosen = header.selected;
  Object.assign(sheet, { tell: component, header, tiles, ids: arrays.ids, across: sameLayout ? sheet.across : 0 });
  arrange(sheet);
  makeCurrent(sheet, Math.max(0, sheet.ids.indexOf(focusedId ?? sheet.chosen)));
  if (focusedId !== undefined) tiles[sheet.current]?.focus({ preventScroll: true });
  showChosen(sheet);
}

function end(sheet) {
  sheet.observer.disconnect();
  sheet.grid.remove();
}

export default function show(component) {
  return mount(component, build, update, end);
}
