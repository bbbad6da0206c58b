// Synthetic images on the map: thumbnails at their places at the cursor, and trails from the first step to it.

import { hear, say } from "./link.js";
import { FrameLoader } from "./player_frames.js";
import { toScreen } from "./point_map_draw.js";

const LEAST_SIDE = 18; // CSS pixels; smaller images are marks
const FIRST_SIDE = 36; // ... at most while everything is shown, so that the real images are seen around them
const LARGEST_SIDE = 64; // ... zoomed in
const SHARE = 0.2; // of the map that thumbnails take at first
const ASIDE = 6; // CSS pixels that A and B of a pair stand to the left and the right of their places
const BORDER = 4; // CSS pixels round a thumbnail
const AHEAD = 250; // contact sheets loaded beyond the cursor
const SOON = 20;
const MOST_TURNS = 60; // of a trail

export class Film {
  constructor(map) {
    this.map = map;
    this.runs = [];
    this.loader = new FrameLoader(() => map.redraw("images"));
  }

  listen(signal) {
    hear("cursor", (cursor) => this.go(cursor), signal);
    hear("over", (image) => this.light("lit", image), signal);
    hear("pick", (image) => this.light("picked", image), signal);
  }

  // The runs of a new header; the cursor stays where the page's player left it.
  take({ film, picked }, arrays) {
    this.runs = (film ?? []).map((told, place) => ({
      ...told, dashed: place === 1,
      xy: arrays[`film${place}_xy`], odd: arrays[`film${place}_odd`], classes: arrays[`film${place}_classes`],
      rows: arrays[`film${place}_rows`], columns: arrays[`film${place}_columns`],
      count: told.colours.length, every: Math.ceil(told.steps.length / MOST_TURNS), at: told.steps.length - 1,
    }));
    this.picked = picked && { run: picked[0], image: picked[1] };
    this.loader.forgetMissing();
    if (this.runs.length) this.go(this.cursor);
  }

  go(cursor) {
    this.cursor = cursor;
    const ours = this.runs.filter(({ run }) => cursor?.runs.includes(run));
    for (const run of ours) run.at = Math.max(run.steps.findLastIndex((step) => step <= cursor.step), 0);
    this.wantFrames();
    if (ours.length) this.map.redraw("images");
  }

  // Asks again when frames a little ahead of the cursor are not yet asked for.
  wantFrames() {
    const known = ({ frames, steps, at }, ahead) => this.loader.state(`${frames}${steps[Math.min(at + ahead, steps.length - 1)]}.png`);
    if (this.runs.every((run) => known(run, 0) && known(run, SOON))) return;
    const wanted = this.runs.map(({ frames, steps, at }) =>
      [...steps.slice(at, at + AHEAD), ...steps.slice(0, at).reverse()].map((step) => `${frames}${step}.png`));
    const longest = Math.max(0, ...wanted.map((one) => one.length));
    this.loader.want(Array.from({ length: longest }, (_, i) => wanted.map((one) => one[i])).flat()
      .filter(Boolean).slice(0, AHEAD));
  }

  light(which, image) {
    if (same(this[which], image)) return;
    this[which] = image;
    this.map.redraw("overlay");
  }

  // The pointer or the keyboard is on the image `point`, or on none (null).
  over(point) {
    const image = point ? this.imageAt(point) : null;
    if (!same(this.lit, image)) say("over", image);
  }

  pick(point) {
    say("pick", this.imageAt(point));
  }

  imageAt({ film, place }) {
    const run = this.runs[film];
    return { run: run.run, image: Math.floor(place / run.parts ** 2) };
  }

  // ---- places ----

  // Whether an image is lit or picked, so that the overlay follows the cursor, too.
  get marked() {
    return this.runs.some(({ run }) => run === this.lit?.run || run === this.picked?.run);
  }

  get count() {
    return this.runs.reduce((sum, run) => sum + run.count, 0);
  }

  place(run, place, at = run.at) {
    const i = 2 * (at * run.count + place);
    return [run.xy[i], run.xy[i + 1]];
  }

  onScreen(run, place, at) {
    const [x, y] = toScreen(this.map, ...this.place(run, place, at));
    return [x + (this.runs.length > 1 ? (run.dashed ? ASIDE : -ASIDE) : 0), y];
  }

  // How far thumbnails and their borders reach from their places while everything is shown, in CSS pixels.
  reach() {
    if (!this.count) return 0;
    const side = Math.min(this.share(), FIRST_SIDE);
    return (side < LEAST_SIDE ? 0 : side / 2 + BORDER) + (this.runs.length > 1 ? ASIDE : 0);
  }

  // The side of thumbnails that take their share of the map.
  share() {
    return Math.sqrt((SHARE * this.map.width * this.map.height) / this.count);
  }

  // In CSS pixels; 0 where the images are marks.
  side(run) {
    const { map } = this;
    const grown = Math.max(map.view.scale / map.home.scale, 1) ** 0.7;
    const largest = Math.min(FIRST_SIDE * grown, LARGEST_SIDE);
    const wanted = Math.min(this.share() * grown, largest);
    if (wanted < LEAST_SIDE) return 0;
    const pixels = Math.max(...run.tile) / run.parts / (window.devicePixelRatio || 1);
    return Math.floor(wanted / pixels) * pixels || wanted; // whole multiples of the image's own pixels
  }

  // [marks, images] of a run, each in the order of painting: what would cover another image of its run is a mark.
  layers(run) {
    const [side, order, taken] = [this.side(run), paintOrder(run), new Map()];
    for (const place of side ? order.toReversed() : []) {
      const [x, y] = this.onScreen(run, place);
      if (![...taken.values()].some(([left, top]) => Math.abs(left - x) < side && Math.abs(top - y) < side)) taken.set(place, [x, y]);
    }
    return [order.filter((place) => !taken.has(place)), order.filter((place) => taken.has(place))];
  }

  // The uppermost image at (x, y), or the nearest mark: {film, place, x, y}, or null.
  find(x, y) {
    for (let film = this.runs.length - 1; film >= 0; film--) {
      const run = this.runs[film];
      const [marks, images] = this.layers(run);
      for (const [places, reach] of [[images, this.side(run) / 2 + 3], [marks, 8]]) {
        const found = places.findLast((place) => {
          const [left, top] = this.onScreen(run, place);
          return Math.abs(left - x) <= reach && Math.abs(top - y) <= reach;
        });
        if (found !== undefined) return this.pointAt(film, found);
      }
    }
    return null;
  }

  pointAt(film, place) {
    const [x, y] = this.place(this.runs[film], place);
    return { film, place, x, y };
  }

  // The image `by` places after `point`, or the first.
  next(point, by) {
    const all = this.runs.flatMap((run, film) => Array.from({ length: run.count }, (_, place) => [film, place]));
    if (!all.length) return null;
    const now = point?.film === undefined ? (by > 0 ? -1 : 0) : all.findIndex(([film, place]) => film === point.film && place === point.place);
    return this.pointAt(...all[(now + by + all.length) % all.length]);
  }

  // [sheet, left, top, width, height] of an image at the cursor or, until that has come, at the last step that has.
  cut(run, place) {
    for (let at = run.at; at >= 0; at--) {
      const address = `${run.frames}${run.steps[at]}.png`;
      if (this.loader.state(address) === "ready") return [this.loader.image(address), ...tileAt(run, place)];
    }
    return null;
  }
}

// Doubtful places first, so that the others lie on top.
export function paintOrder(run) {
  const places = Array.from({ length: run.count }, (_, place) => place);
  const odd = (place) => isOdd(run, place);
  return [...places.filter(odd), ...places.filter((place) => !odd(place))];
}

export const isOdd = (run, place) => run.odd[run.at * run.count + place] === 1;

// [left, top, width, height] of an image, or of a tile of one, in its contact sheet; a last tile may be smaller.
function tileAt(run, place) {
  const { parts, tile: [height, width] } = run;
  const [image, part] = [Math.floor(place / parts ** 2), place % parts ** 2];
  const [down, across] = [Math.ceil(height / parts), Math.ceil(width / parts)];
  const [top, left] = [Math.floor(part / parts) * down, (part % parts) * across];
  return [
    run.columns[image] * width + left, run.rows[image] * height + top,
    Math.min(across, width - left), Math.min(down, height - top),
  ];
}

function same(one, other) {
  return one === other || Boolean(one && other && one.run === other.run && one.image === other.image);
}
