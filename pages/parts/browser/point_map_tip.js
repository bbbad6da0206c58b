// What is said of the image under the pointer: its picture, its class, its number.

import { element, number } from "./dom.js";
import { toScreen } from "./point_map_draw.js";
import { isOdd } from "./point_map_film.js";

const PICTURE_SIDE = 112; // CSS pixels, at least

export function buildTip(map) {
  map.image = element("img", { class: "thumb", alt: "" });
  map.picture = element("canvas", { class: "picture" });
  map.words = element("div", { class: "words" });
  map.tip = element("div", { class: "tip", hidden: "", "aria-hidden": "true" }, map.image, map.picture, map.words);
  map.image.addEventListener("load", () => {
    enlarge(map.image, map.image.naturalWidth, map.image.naturalHeight);
    placeTip(map);
  });
  return map.tip;
}

function describe(map, point) {
  const { header, arrays } = map;
  if (point.film !== undefined) return describeFilm(map, point);
  const id = arrays.ids[point.index];
  const note = [`image ${id}`];
  if (arrays.values) note.push(`${header.value_name} ${number(arrays.values[point.index])}`);
  const title = arrays.labels ? header.classes[arrays.labels[point.index]] : "";
  return { title, colour: header.palette[arrays.shade[point.index]], note: note.join(" · "), id };
}

function describeFilm({ film, header }, point) {
  const run = film.runs[point.film];
  const { image } = film.imageAt(point);
  const name = header.classes?.[run.classes[point.place]] ?? `class ${run.classes[point.place]}`;
  const letter = film.runs.length > 1 ? `${"AB"[point.film]} · ` : "";
  const tile = run.parts > 1 ? `, tile ${(point.place % run.parts ** 2) + 1} of ${run.parts ** 2}` : "";
  const note = [`synthetic image ${image + 1}${tile}`, `step ${run.steps[run.at].toLocaleString("en-US")}`];
  if (isOdd(run, point.place)) note.push("unlike any real image");
  return { title: `${letter}${name}`, colour: run.colours[point.place], note: note.join(" · "), cut: film.cut(run, point.place) };
}

const sameness = (point) => point && `${point.film} ${point.place} ${point.index}`;

export function showTip(map, point, speak = false) {
  const same = point && map.hovered && sameness(point) === sameness(map.hovered);
  map.overlay.classList.toggle("over", Boolean(point));
  if (same || (!point && !map.hovered)) return;
  const filmed = [map.hovered, point].some((one) => one?.film !== undefined);
  map.hovered = point;
  if (filmed) map.film.over(point?.film === undefined ? null : point);
  map.tip.hidden = !point;
  map.redraw("overlay");
  if (!point) return;
  const { title, colour, note, id, cut } = describe(map, point);
  map.words.replaceChildren(element("span", { class: "swatch", style: `background:${colour}` }), title || note,
    ...(title ? [element("div", { class: "note" }, note)] : []));
  map.image.hidden = id === undefined || !map.header.thumbs;
  map.picture.hidden = !cut;
  if (!map.image.hidden) {
    map.image.removeAttribute("src"); // no stale picture while the next one loads
    map.image.src = `${map.header.thumbs}${id}.png`;
  }
  if (cut) {
    const [sheet, ...part] = cut;
    [map.picture.width, map.picture.height] = [part[2], part[3]];
    map.picture.getContext("2d").drawImage(sheet, ...part, 0, 0, part[2], part[3]);
    enlarge(map.picture, part[2], part[3]);
  }
  if (speak) map.spoken.textContent = `${title} ${note}`;
  placeTip(map);
}

// Whole multiples of the image's own pixels.
function enlarge(picture, width, height) {
  const scale = Math.max(1, Math.ceil(PICTURE_SIDE / Math.min(width, height)));
  picture.style.width = `${width * scale}px`;
  picture.style.height = `${height * scale}px`;
}

// Beside the point, on the side with room, inside the frame.
function placeTip(map) {
  if (!map.hovered) return;
  const [x, y] = toScreen(map, map.hovered.x, map.hovered.y);
  const away = map.hovered.film === undefined ? 20 : 48;
  const { offsetWidth: width, offsetHeight: height } = map.tip;
  const left = x + away + width <= map.width - 8 ? x + away : x - away - width;
  const top = Math.min(Math.max(y - height / 2, 8), map.height - height - 8);
  map.tip.style.transform = `translate(${Math.round(Math.max(left, 8))}px, ${Math.round(top)}px)`;
}
