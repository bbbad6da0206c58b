// The images of one run at one step, as tiles to read, to point at and to pick. One tile is reached by Tab; arrow keys
// move to the others.

import { count, element } from "./dom.js";
import { NAME_BELOW, sheetLayout } from "./player_places.js";

export class Sheet {
  // hooks: over(image or null), pick(image): what the reader points at and picks; without them tiles are only seen
  constructor(letter, hooks = null) {
    Object.assign(this, { image: null, step: null, current: 0, pointed: null, hooks });
    this.title = element("span", { class: "title" });
    this.badge = element("span", { class: "live" });
    this.shown = element("span", { class: "shown" });
    this.names = element("div", { class: "names", "aria-hidden": "true" });
    this.canvas = element("canvas", { role: "img" });
    this.rings = { over: element("div", { class: "ring over" }), picked: element("div", { class: "ring picked" }) };
    this.cell = element("button", { type: "button", class: "cell" });
    this.tiles = element("div", { class: "tiles" }, this.names, this.canvas, ...Object.values(this.rings),
      ...(hooks ? [this.cell] : []));
    this.table = element("div", { class: "table" }, this.tiles);
    this.notice = element("p", { class: "notice", role: "status" });
    const mark = letter ? [element("span", { class: `letter ${letter}`, "aria-hidden": "true" }, letter)] : [];
    this.caption = element("figcaption", {}, ...mark, this.title, this.badge, this.shown);
    this.figure = element("figure", { class: "panel" }, this.caption, this.table, this.notice);
    this.ring("over", null);
    this.ring("picked", null);
    if (hooks) this.listen();
  }

  describe(track) {
    this.track = track;
    this.title.textContent = track.title;
    this.title.title = track.title;
    this.badge.hidden = !track.badge;
    this.badge.textContent = track.badge;
  }

  // ---- pointing and picking ----

  listen() {
    const { canvas, cell } = this;
    canvas.addEventListener("pointermove", (event) => this.point(this.imageAt(this.tileUnder(event))));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("click", (event) => this.choose(this.tileUnder(event)));
    cell.addEventListener("click", () => this.choose(this.current));
    cell.addEventListener("focus", () => this.moveTo(this.current));
    cell.addEventListener("blur", () => this.point(null));
    cell.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const across = this.layout.compact ? this.layout.across : this.track.columns;
    const moves = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -this.current,
      End: this.track.rows * this.track.columns - 1 - this.current };
    if (!(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation(); // they would move the step
    if (this.imageAt(this.current + moves[event.key]) !== null) this.moveTo(this.current + moves[event.key]);
  }

  moveTo(tile) {
    this.current = tile;
    this.put(this.cell, tile);
    this.cell.setAttribute("aria-label", this.nameOf(tile));
    this.cell.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.point(this.imageAt(tile));
  }

  // Says it once: others redraw for it.
  point(image) {
    if (image === this.pointed) return;
    this.pointed = image;
    this.hooks.over(image);
  }

  choose(tile) {
    if (this.imageAt(tile) === null) return;
    this.current = tile;
    this.put(this.cell, tile);
    this.hooks.pick(this.imageAt(tile));
  }

  // Draws the ring of this kind ("over", "picked") around an image, or around none (null).
  ring(kind, image) {
    const tile = image === null || !this.layout ? -1 : this.tileOf(image);
    this.rings[kind].hidden = tile < 0;
    this.rings[kind].dataset.image = image ?? "";
    if (tile >= 0) this.put(this.rings[kind], tile);
  }

  nameOf(tile) {
    const { columns, classNames } = this.track;
    const which = columns > 1 ? `, image ${tile % columns + 1} of ${columns}` : "";
    return `${classNames[Math.floor(tile / columns)]}${which}`;
  }

  // The place of a tile's image in the set; null if there is none.
  imageAt(tile) {
    const { rows, columns, images } = this.track;
    return tile >= 0 && tile < rows * columns && this.step !== null ? (images ? images[tile] : tile) : null;
  }

  tileOf(image) {
    const { rows, columns, images } = this.track;
    return images ? images.indexOf(image) : image < rows * columns ? image : -1;
  }

  tileUnder(event) {
    const { compact, across, pitch, scale } = this.layout;
    const box = this.canvas.getBoundingClientRect();
    const at = [event.clientY - box.top, event.clientX - box.left];
    const [down, right] = at.map((length, i) => Math.floor(length / pitch[i]));
    const within = at.every((length, i) => length >= 0 && length % pitch[i] < this.track.tile[i] * scale);
    if (!within || right >= across) return -1;
    return compact ? down * across + right : down * this.track.columns + right;
  }

  put(node, tile) {
    const [top, left] = this.cornerOf(tile);
    Object.assign(node.style, { top: `${top}px`, left: `${this.canvas.offsetLeft + left}px`,
      height: `${this.track.tile[0] * this.layout.scale}px`, width: `${this.track.tile[1] * this.layout.scale}px` });
  }

  cornerOf(tile) {
    const { compact, across, pitch } = this.layout;
    const columns = compact ? across : this.track.columns;
    return [Math.floor(tile / columns) * pitch[0], tile % columns * pitch[1]];
  }

  // ---- drawing ----

  // The images should fit into `height`; if they cannot, they scroll in `most` pixels. `whole`: see `sheetLayout`.
  arrange({ width, fit, most, names, whole }) {
    const { tile, rows, columns, classNames } = this.track;
    const wish = JSON.stringify([width, fit, most, names, whole, window.devicePixelRatio, tile, rows, columns, classNames]);
    if (wish === this.arranged) return;
    this.arranged = wish;
    const layout = sheetLayout(this.track, width, fit, names, whole);
    this.layout = layout;
    this.canvas.width = Math.round(layout.width * layout.density);
    this.canvas.height = Math.round(layout.height * layout.density);
    this.canvas.style.width = `${layout.width}px`;
    this.canvas.style.height = `${layout.height}px`;
    this.tiles.classList.toggle("compact", layout.compact);
    this.tiles.style.width = `${layout.fullWidth}px`;
    this.table.style.maxHeight = `${most + 10}px`; // and its padding
    this.placeNames(names);
    this.paint();
    this.put(this.cell, this.current);
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
      label.style.left = `${compact ? column * pitch[1] - 4 : 0}px`;
      label.style.width = `${compact ? tileWidth + 8 : nameWidth - 12}px`;
      label.style.lineHeight = `${compact ? NAME_BELOW : tileHeight}px`;
      return label;
    }));
  }

  // Shows an image or canvas; `words` say what it is of. Without one (null, null) the places stay empty.
  show(image, step, words = step === null ? "" : `step ${count(step)}`) {
    if (this.image === image) return;
    Object.assign(this, { image, step, words });
    this.paint();
  }

  paint() {
    const { layout, track, step } = this;
    this.canvas.dataset.step = step ?? "";
    this.shown.textContent = this.words ?? "";
    this.canvas.setAttribute("aria-label", step === null ? "No image yet" : `${this.kind ?? "Synthetic images"} of step `
      + `${count(step)}: ${track.rows} classes, ${track.columns} per class (${track.classNames.slice(0, 10).join(", ")})`);
    if (!layout) return;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const onScreen = (length) => Math.round(length * layout.density);
    pen.imageSmoothingEnabled = !Number.isInteger(layout.scale * layout.density);
    pen.fillStyle = "rgb(128 128 128 / 0.12)"; // empty places, until there are images
    const [height, width] = track.tile;
    for (let i = 0; i < track.rows * track.columns; i += 1) {
      const [top, left] = this.cornerOf(i);
      const place = [left, top, width * layout.scale, height * layout.scale].map(onScreen);
      const [row, column] = [Math.floor(i / track.columns), i % track.columns];
      if (!this.image) pen.fillRect(...place);
      else pen.drawImage(this.image, column * width, row * height, width, height, ...place);
    }
  }

  say(text) {
    if (this.notice.textContent !== text) this.notice.textContent = text;
    this.notice.hidden = !text;
  }
}
