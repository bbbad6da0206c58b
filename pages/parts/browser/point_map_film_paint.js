// Painting of the film: trails below, then images or marks, and over everything the image that is lit or picked.

import { stroke } from "./point_map_draw.js";
import { isOdd } from "./point_map_film.js";
import { crispSide } from "./point_map_thumbs.js";

const MARK = 6; // CSS pixels across
const [PICKED_SIDE, LIT_SIDE] = [48, 64]; // at least
const SECOND_BORDER = 10; // CSS pixels that it reaches beyond an image
const MOST_TRAILS = 150; // more are seen one at a time
const MOST_OUTLINED = 1500; // turns of trails; outlines of more would slow a playing film
const BANDS = [0.45, 0.7, 1]; // opacity of the oldest, the middle and the newest third of a trail
const FADED = 0.32; // an image whose place means little

export function paintFilm(map, context) {
  const { film } = map;
  if (film.count <= MOST_TRAILS) {
    for (const run of film.runs) paintTrails(map, context, run, [...Array(run.count).keys()], BANDS, 2);
  }
  for (const run of film.runs) {
    const [marks, images] = film.layers(run);
    for (const place of marks) paintImage(map, context, run, place, 0);
    for (const place of images) paintImage(map, context, run, place, film.side(run));
  }
}

// On the overlay, so that it costs no new painting of the others.
export function paintLit(map, context) {
  const { film } = map;
  for (const [image, colour, larger] of [[film.picked, map.theme.text, PICKED_SIDE], [film.lit, map.theme.primary, LIT_SIDE]]) {
    const run = image && film.runs.find((one) => one.run === image.run);
    if (!run) continue;
    const tiles = run.parts ** 2;
    const places = Array.from({ length: tiles }, (_, part) => image.image * tiles + part).filter((place) => place < run.count);
    paintTrails(map, context, run, places, [1, 1, 1], 3.5);
    paintStarts(map, context, run, places);
    const least = Math.max(film.side(run), larger);
    const side = crispSide(Math.max(...run.tile) / run.parts, least, 2 * LIT_SIDE);
    for (const place of places) {
      const at = withinFrame(map, film.onScreen(run, place), side / 2 + SECOND_BORDER);
      paintImage(map, context, run, place, side, at);
      paintSecondBorder(map, context, at, side, colour);
    }
  }
}

// Where an image that reaches so far from its place is wholly seen: inside the frame and not under the tools. One whose
// place is out of sight stays there.
function withinFrame(map, [x, y], reach) {
  if (x < 0 || y < 0 || x > map.width || y > map.height) return [x, y];
  const inside = (at, low, high) => Math.min(Math.max(at, low + reach), Math.max(high - reach, low + reach));
  const left = inside(x, 0, map.width);
  return [left, inside(y, left - reach < map.tools.right ? map.tools.bottom : 0, map.height)];
}

function paintSecondBorder(map, context, [x, y], side, colour) {
  const reach = side / 2 + 6;
  for (const [width, shade] of [[5, map.theme.background], [2.5, colour]]) {
    context.beginPath();
    context.roundRect(x - reach, y - reach, 2 * reach, 2 * reach, 5);
    stroke(context, width, shade);
  }
}

// One path a colour and band: a hundred trails of a hundred steps are then a few dozen strokes.
function paintTrails(map, context, run, places, bands, width) {
  if (run.at === 0) return;
  const steps = [];
  for (let at = 0; at < run.at; at += run.every) steps.push(at);
  steps.push(run.at);
  context.lineJoin = context.lineCap = "round";
  context.setLineDash(run.dashed ? [5, 5] : []);
  const outlined = places.length * steps.length <= MOST_OUTLINED;
  const byColour = Map.groupBy(places, (place) => run.colours[place]);
  bands.forEach((opacity, band) => {
    const from = Math.floor((band * (steps.length - 1)) / bands.length);
    const to = Math.floor(((band + 1) * (steps.length - 1)) / bands.length);
    if (from === to) return;
    const part = steps.slice(from, to + 1);
    for (const [colour, some] of byColour) {
      trace(map, context, run, some, part);
      if (outlined) {
        context.globalAlpha = 0.6 * opacity;
        stroke(context, width + 2.5, map.theme.background);
      }
      context.globalAlpha = opacity;
      stroke(context, width, colour);
    }
  });
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function paintStarts(map, context, run, places) {
  for (const place of places) {
    context.beginPath();
    context.arc(...map.film.onScreen(run, place, 0), 5, 0, 2 * Math.PI);
    stroke(context, 3, map.theme.background);
    context.fillStyle = run.colours[place];
    context.fill();
  }
}

function trace(map, context, run, places, steps) {
  context.beginPath();
  for (const place of places) {
    steps.forEach((at, i) => {
      const [x, y] = map.film.onScreen(run, place, at);
      if (i) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
  }
}

function paintImage(map, context, run, place, side, [x, y] = map.film.onScreen(run, place)) {
  const beyond = side + 20;
  if (x < -beyond || y < -beyond || x > map.width + beyond || y > map.height + beyond) return;
  const cut = side ? map.film.cut(run, place) : null;
  if (cut) paintThumb(map, context, run, place, cut, [Math.round(x - side / 2), Math.round(y - side / 2), side]);
  else paintMark(map, context, run, place, [x, y]);
}

// A border in the class's colour: solid for the first run, dashed for the second; thin, with a faded image, if its
// place means little.
function paintThumb(map, context, run, place, [sheet, ...cut], [left, top, side]) {
  const odd = isOdd(run, place);
  const scale = side / Math.max(cut[2], cut[3]);
  const [width, height] = [cut[2] * scale, cut[3] * scale];
  context.beginPath();
  context.rect(left - 3, top - 3, width + 6, height + 6);
  context.globalAlpha = odd ? 0.5 : 1;
  context.fillStyle = map.theme.background;
  context.fill();
  context.globalAlpha = odd ? FADED : 1;
  context.imageSmoothingEnabled = scale * map.ratio < 1;
  context.drawImage(sheet, ...cut, left, top, width, height);
  context.globalAlpha = 1;
  context.beginPath();
  context.rect(left - 1, top - 1, width + 2, height + 2);
  if (run.dashed) context.setLineDash([4, 3]);
  stroke(context, odd ? 1.25 : 2.25, run.colours[place]);
  context.setLineDash([]);
}

// A disc for the first run, a square for the second; hollow if its place means little.
function paintMark(map, context, run, place, [x, y]) {
  context.beginPath();
  if (run.dashed) context.rect(x - MARK / 2, y - MARK / 2, MARK, MARK);
  else context.arc(x, y, MARK / 2, 0, 2 * Math.PI);
  stroke(context, 3, map.theme.background);
  context.fillStyle = isOdd(run, place) ? map.theme.background : run.colours[place];
  context.fill();
  stroke(context, 1.25, isOdd(run, place) ? run.colours[place] : map.theme.text);
}
