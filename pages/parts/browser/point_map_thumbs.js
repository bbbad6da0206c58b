// Real images on their points where there is room: the most important ones in view first, none over another.

import { FrameLoader } from "./player_frames.js";
import { rise, stroke, toScreen } from "./point_map_draw.js";
import { FORM } from "./point_map_points.js";

const LEAST_SIDE = 28; // CSS pixels
const LARGEST_SIDE = 56;
const GAP = 6;
const MOST = 80; // at a time
const COVERED = 0.3; // of the map, at most
const CROWDED = 2.5; // side by side, thumbnails of all images in view would cover the map so many times: none is shown
const SETTLED_AFTER = 150; // milliseconds without movement

// The side of a thumbnail in CSS pixels: whole multiples of the image's own pixels on the screen, if they fit.
export function crispSide(pixels, least, largest) {
  const density = window.devicePixelRatio || 1;
  const whole = Math.ceil((least * density) / pixels) * pixels / density;
  return whole <= largest ? whole : Math.min(Math.max(pixels / density, least), largest);
}

export class Thumbs {
  constructor(map) {
    this.map = map;
    this.loader = new FrameLoader(() => map.redraw(this.side() === this.arrangedFor ? "images" : "points"));
    this.placed = new Map(); // index -> [left, top, side]
  }

  // Aspect and size are those of the dataset: one image tells them for all.
  side() {
    const ready = [...this.loader.frames.values()].find((frame) => frame.state === "ready");
    return ready ? crispSide(Math.max(ready.image.naturalWidth, ready.image.naturalHeight), LEAST_SIDE, LARGEST_SIDE) : LEAST_SIDE;
  }

  address(index) {
    return `${this.map.header.thumbs}${this.map.arrays.ids[index]}.png`;
  }

  placeOf(index) {
    return this.placed.get(index);
  }

  end() {
    clearTimeout(this.settling);
  }

  // Indices of the points in view that react, the most important first.
  inView(side) {
    const { map } = this;
    const { xy, form, priority, ids } = map.arrays;
    const shown = [];
    const [across, up] = [(map.width - side) / 2 / map.view.scale, (map.height - side) / 2 / rise(map.view)];
    for (let place = 0; place < ids.length; place++) {
      const index = priority ? priority[place] : ids.length - 1 - place;
      if (form[index] === FORM.filtered) continue;
      if (Math.abs(xy[2 * index] - map.view.x) <= across && Math.abs(xy[2 * index + 1] - map.view.y) <= up) shown.push(index);
    }
    return shown;
  }

  // Anew whenever the points are painted: another view, other points, another size of thumbnails.
  arrange() {
    const { map } = this;
    const side = this.arrangedFor = this.side();
    this.placed = new Map();
    if (!map.header.thumbs || map.moving) return;
    if (map.film.count && map.view.scale < 2 * map.home.scale) return; // they would be taken for synthetic ones
    const shown = this.inView(side);
    if (shown.length * side * side > CROWDED * map.width * map.height) return;
    const most = Math.min(MOST, (COVERED * map.width * map.height) / (side * side));
    const pitch = side + GAP;
    const taken = new Map(); // cell of the size of a thumbnail -> the one in it: [x, y]
    for (const index of [...map.highlighted.filter((one) => shown.includes(one)), ...shown]) {
      if (this.placed.size >= most) break;
      const [x, y] = toScreen(map, map.arrays.xy[2 * index], map.arrays.xy[2 * index + 1]);
      const [column, row] = [Math.floor(x / pitch), Math.floor(y / pitch)];
      if (this.placed.has(index) || crowded(taken, column, row, x, y, pitch)) continue;
      taken.set(`${column} ${row}`, [x, y]);
      this.placed.set(index, [Math.round(x - side / 2), Math.round(y - side / 2), side]);
    }
  }

  paint(context) {
    const { map } = this;
    this.askSoon();
    for (const [index, [left, top, side]] of this.placed) {
      const address = this.address(index);
      if (this.loader.state(address) !== "ready") {
        if (this.loader.state(address) === "missing") this.placed.delete(index);
        continue;
      }
      const image = this.loader.image(address);
      const [width, height] = fitted(image, side);
      context.imageSmoothingEnabled = width * map.ratio < image.naturalWidth;
      context.globalAlpha = map.selectedCount && !map.selection[map.arrays.ids[index]] ? 0.35 : 1;
      context.beginPath();
      context.roundRect(left - 2, top - 2, side + 4, side + 4, 3);
      stroke(context, 4, map.theme.background);
      context.fillStyle = map.theme.background;
      context.fill();
      context.drawImage(image, left + (side - width) / 2, top + (side - height) / 2, width, height);
      context.beginPath();
      context.roundRect(left - 1, top - 1, side + 2, side + 2, 2);
      stroke(context, 2, map.header.palette[map.arrays.shade[index]]);
    }
    context.globalAlpha = 1;
  }

  askSoon() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const wanted = [...this.placed.keys()].map((index) => this.address(index));
      if (wanted.length) this.loader.want(wanted);
    }, SETTLED_AFTER);
  }
}

function crowded(taken, column, row, x, y, pitch) {
  for (let down = -1; down <= 1; down++) {
    for (let across = -1; across <= 1; across++) {
      const other = taken.get(`${column + across} ${row + down}`);
      if (other && Math.abs(other[0] - x) < pitch && Math.abs(other[1] - y) < pitch) return true;
    }
  }
  return false;
}

function fitted(image, side) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = side / Math.max(width, height);
  return [width * scale, height * scale];
}
