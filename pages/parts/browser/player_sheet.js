// The images of one run at one step: a contact sheet (PNG, one row a class) cut into tiles and laid out to be read.

import { count, element } from "./dom.js";

const MOST_IN_FLIGHT = 4;
const MOST_FRAMES_KEPT = 300;
const LEAST_SCALE = 2; // screen pixels per image pixel, and never under 1.5 CSS pixels
const LARGEST_TILE = 132; // CSS pixels
const NAME_FONT = "13px";
const NAME_BELOW = 20; // height of a class name under its image
const WIDEST_NAME = 96;
const MUCH_LARGER = 1.3;
const LOW_WINDOW = 860; // CSS pixels; two sheets over two charts need more

// Loads contact sheets in the requested order, a few at a time, and keeps them.
export class FrameLoader {
  constructor(settled) {
    this.frames = new Map(); // address -> {image, state: loading | ready | missing}
    this.queue = [];
    this.inFlight = 0;
    this.settled = settled;
  }

  state(address) {
    return this.frames.get(address)?.state;
  }

  image(address) {
    return this.frames.get(address).image;
  }

  // What is wanted now, most urgent first; earlier requests that have not started are dropped.
  want(addresses) {
    this.queue = addresses.filter((address) => !this.frames.has(address));
    const wanted = new Set(addresses);
    for (const [address, frame] of this.frames) {
      if (this.frames.size <= MOST_FRAMES_KEPT) break;
      if (frame.state !== "loading" && !wanted.has(address)) this.frames.delete(address);
    }
    this.pump();
  }

  pump() {
    while (this.inFlight < MOST_IN_FLIGHT && this.queue.length) {
      const address = this.queue.shift();
      const frame = { image: new Image(), state: "loading" };
      this.frames.set(address, frame);
      this.inFlight += 1;
      frame.image.src = address;
      frame.image.decode().then(() => "ready", () => "missing").then((state) => {
        frame.state = state;
        this.inFlight -= 1;
        this.pump();
        this.settled();
      });
    }
  }

  // A live run's frame may be requested before it exists: try again.
  forgetMissing() {
    for (const [address, frame] of this.frames) if (frame.state === "missing") this.frames.delete(address);
  }
}

export const lowWindow = () => window.innerHeight < LOW_WINDOW;

// In CSS pixels: whole on the screen.
function leastScale() {
  const density = window.devicePixelRatio || 1;
  return Math.max(LEAST_SCALE, Math.ceil(1.5 * density)) / density;
}

// Where the tiles go, in CSS pixels. One image per class: a compact grid with the name under each image. More: a row
// per class with the name at its start. The scale is whole in device pixels, the largest that fits.
export function sheetLayout(track, width, height, nameWidth) {
  const density = window.devicePixelRatio || 1;
  const least = leastScale();
  const [tileHeight, tileWidth] = track.tile;
  const compact = track.columns === 1;
  const gap = compact ? 12 : 2;
  const scaleFor = (across, down) => {
    const byWidth = (width - (compact ? 0 : nameWidth) - (across - 1) * gap) / (across * tileWidth);
    const byHeight = (height - down * (gap + (compact ? NAME_BELOW : 0)) + gap) / (down * tileHeight);
    const bound = Math.min(byWidth, byHeight, LARGEST_TILE / Math.max(tileWidth, tileHeight));
    return Math.floor(Math.max(bound, byWidth < least ? 0 : least) * density + 1e-6) / density;
  };
  let across = track.columns;
  if (compact) across = compactColumns(track.rows, (n) => scaleFor(n, Math.ceil(track.rows / n)));
  const down = compact ? Math.ceil(track.rows / across) : track.rows;
  const scale = Math.max(least, scaleFor(across, down));
  const pitch = [tileHeight * scale + gap + (compact ? NAME_BELOW : 0), tileWidth * scale + gap];
  return {
    compact, across, down, scale, pitch, density,
    width: across * pitch[1] - gap, height: down * pitch[0] - gap,
    fullWidth: across * pitch[1] - gap + (compact ? 0 : nameWidth),
  };
}

// How many images side by side make them largest; full rows (unless the window is low and others
// are much larger), and the fewest of them among equals.
function compactColumns(count, scaleFor) {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  const even = all.filter((n) => count % n === 0 && n * n >= count);
  const largest = (candidates) => candidates.filter((n) => scaleFor(n) > 0)
    .reduce((best, n) => (best === null || scaleFor(n) >= scaleFor(best) ? n : best), null);
  const [full, any] = [even.length > 1 ? largest(even) : null, largest(all)];
  if (any === null) return Math.min(count, Math.ceil(Math.sqrt(count)));
  return full !== null && !(lowWindow() && scaleFor(any) >= MUCH_LARGER * scaleFor(full)) ? full : any;
}

// Width the sheet needs at the least scale, to share out the columns of the page.
export function leastSheetWidth(track, nameWidth) {
  if (track.columns === 1) return (lowWindow() ? 4 : 5) * (track.tile[1] * leastScale() + 12);
  return track.columns * (track.tile[1] * leastScale() + 2) + nameWidth;
}

export function nameColumnWidth(track, font) {
  if (track.columns === 1) return 0;
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${NAME_FONT} ${font}`;
  const widest = Math.max(...track.classNames.map((name) => pen.measureText(name).width));
  return Math.ceil(Math.min(WIDEST_NAME, widest)) + 12;
}

export class Sheet {
  constructor(letter) {
    this.image = null;
    this.step = null;
    this.title = element("span", { class: "title" });
    this.badge = element("span", { class: "live" }, "live");
    this.shown = element("span", { class: "shown" });
    this.names = element("div", { class: "names", "aria-hidden": "true" });
    this.canvas = element("canvas", { role: "img" });
    this.tiles = element("div", { class: "tiles" }, this.names, this.canvas);
    this.table = element("div", { class: "table" }, this.tiles);
    this.notice = element("p", { class: "notice", role: "status" });
    const mark = letter ? [element("span", { class: `letter ${letter}`, "aria-hidden": "true" }, letter)] : [];
    const caption = element("figcaption", {}, ...mark, this.title, this.badge, this.shown);
    this.figure = element("figure", { class: "panel" }, caption, this.table, this.notice);
  }

  describe(track) {
    this.track = track;
    this.title.textContent = track.title;
    this.title.title = track.title;
    this.badge.hidden = !track.live;
  }

  // The images should fit into `height`; if they cannot, they scroll in `most` pixels.
  arrange(width, height, most, nameWidth) {
    const { tile, rows, columns, classNames } = this.track;
    const wish = JSON.stringify([width, height, most, nameWidth, window.devicePixelRatio, tile, rows, columns, classNames]);
    if (wish === this.arranged) return;
    this.arranged = wish;
    const layout = sheetLayout(this.track, width, height, nameWidth);
    this.layout = layout;
    this.canvas.width = Math.round(layout.width * layout.density);
    this.canvas.height = Math.round(layout.height * layout.density);
    this.canvas.style.width = `${layout.width}px`;
    this.canvas.style.height = `${layout.height}px`;
    this.tiles.classList.toggle("compact", layout.compact);
    this.tiles.style.width = `${layout.fullWidth}px`;
    this.table.style.maxHeight = `${most}px`;
    this.placeNames(nameWidth);
    this.paint();
    const scrolls = this.table.scrollWidth > this.table.clientWidth || this.table.scrollHeight > this.table.clientHeight;
    this.table.tabIndex = scrolls ? 0 : -1;
  }

  placeNames(nameWidth) {
    const { compact, across, pitch } = this.layout;
    const [tileHeight, tileWidth] = this.track.tile.map((side) => side * this.layout.scale);
    this.names.style.width = compact ? "" : `${nameWidth}px`;
    this.names.replaceChildren(...this.track.classNames.map((name, i) => {
      const label = element("span", { title: name }, name);
      const [row, column] = compact ? [Math.floor(i / across), i % across] : [i, 0];
      label.style.top = `${row * pitch[0] + (compact ? tileHeight : 0)}px`;
      label.style.left = `${compact ? column * pitch[1] - 5 : 0}px`;
      label.style.width = `${compact ? tileWidth + 10 : nameWidth - 12}px`;
      label.style.lineHeight = `${compact ? NAME_BELOW : tileHeight}px`;
      return label;
    }));
  }

  // Without an image (null, null) the places stay empty.
  show(image, step) {
    if (this.image === image) return;
    this.image = image;
    this.step = step;
    this.paint();
  }

  paint() {
    const { layout, track, step } = this;
    this.canvas.dataset.step = step ?? "";
    this.shown.textContent = step === null ? "" : `step ${count(step)}`;
    this.canvas.setAttribute("aria-label", step === null ? "No image yet" : `Synthetic images of step ${count(step)}: `
      + `${track.rows} classes, ${track.columns} per class (${track.classNames.slice(0, 10).join(", ")})`);
    if (!layout) return;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.imageSmoothingEnabled = false;
    pen.fillStyle = "rgb(128 128 128 / 0.12)"; // empty places, until there are images
    const [height, width] = track.tile;
    const onScreen = (length) => Math.round(length * layout.density);
    for (let i = 0; i < track.rows * track.columns; i += 1) {
      const [row, column] = [Math.floor(i / track.columns), i % track.columns];
      const [down, right] = layout.compact ? [Math.floor(i / layout.across), i % layout.across] : [row, column];
      const place = [right * layout.pitch[1], down * layout.pitch[0], width * layout.scale, height * layout.scale];
      if (!this.image) pen.fillRect(...place.map(onScreen));
      else pen.drawImage(this.image, column * width, row * height, width, height, ...place.map(onScreen));
    }
  }

  say(text) {
    if (this.notice.textContent !== text) this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}
