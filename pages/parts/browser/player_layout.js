// How the player shares out its room. Alone (Start) its charts stand beside or under the images; as the film of a page
// its images, controls and charts are places of a grid, beside a map (see film.css), all within the window's height.

import { leastSheetWidth, lowWindow, sheetLayout } from "./player_places.js";

export const SPACE = 24; // between columns
export const PANEL_PADDING = 32; // left and right of the images together
const WIDE = 760; // CSS pixels; narrower windows have one column
const LEAST_CHART_WIDTH = 340;
const TALLEST_IMAGES = 620;
const LEAST_IMAGES = 240; // high, however low the window
const AROUND_IMAGES = 366; // of the window's height, for what is above and below the images of a player alone
const AROUND_TILES = 52; // of a panel's height: its title and padding
const MAP_WORTH = 1.2; // a map goes under the charts if images beside it were so much smaller
const WORDS_ASIDE = 240; // CSS pixels, as in film.css
const LEAST_BESIDE_MAP = 48; // CSS pixels; ... but not if they are this wide
const MAP_BESIDE_PAIR = 1100; // CSS pixels of width that two runs and a map need

export const fittingHeight = () => Math.min(TALLEST_IMAGES, Math.max(LEAST_IMAGES, window.innerHeight - AROUND_IMAGES));

// Of a player alone: form "columns" (images | charts), "rows" (two sheets over two charts) or "stack"; the widths of
// a panel and of a chart; the heights that images should fit into and may have; the height of a chart.
export function aloneLayout({ tracks, width, height, panels, names, predicted }) {
  const least = Math.max(0, ...tracks.map((track) => leastSheetWidth(track, names) + PANEL_PADDING));
  const fitting = fittingHeight();
  const heights = { fit: height ?? fitting, most: height ?? TALLEST_IMAGES };
  if (width <= WIDE) {
    const beside = panels === 1 || width < 560 ? 1 : panels;
    return { form: "stack", panel: Math.floor((width - (beside - 1) * SPACE) / beside), chart: width, ...heights };
  }
  const room = (charts) => Math.floor((width - panels * SPACE - charts) / panels);
  const comfortable = Math.min(room(Math.max(LEAST_CHART_WIDTH, 0.36 * width)), Math.max(least, 0.58 * width / panels));
  const panel = Math.floor(Math.max(comfortable, Math.min(least, room(LEAST_CHART_WIDTH))));
  const columns = { form: "columns", panel, chart: width - panels * (panel + SPACE), ...heights };
  if (panels === 1) return columns;
  const half = Math.floor((width - SPACE) / 2);
  const scale = (one) => sheetLayout(tracks[0], one - PANEL_PADDING, fitting, names).scale;
  const larger = least > panel || !lowWindow() && scale(half) > 1.4 * scale(panel);
  if (!larger) return columns;
  const beside = Math.floor((width - (panels - 1) * SPACE) / panels);
  return { form: "rows", panel: beside, chart: half, ...heights, charts: (lowWindow() ? 195 : 230) + (predicted ? 50 : 0) };
}

// Of a film: form "beside" (images | map), "aside" (images | why there is no map), "below" (the map is under the charts),
// "alone" or "stack". `map`: whether there is one; `words`: whether there is something in its place; `top` is where the images begin, `controls` how high those are, both in CSS pixels.
export function filmLayout({ tracks, width, panels, names, predicted, map, words, top, controls }) {
  if (width <= WIDE) {
    const across = panels === 1 || width < 560 ? 1 : 2;
    const panel = Math.floor((width - (across - 1) * SPACE) / across);
    return { form: "stack", panel, chart: width, charts: 200 + (predicted ? 40 : 0), fit: TALLEST_IMAGES,
      most: TALLEST_IMAGES, high: 420 };
  }
  const free = window.innerHeight - top - controls - 2 * 12 - 4;
  const charts = Math.round(Math.min(240, Math.max(160, 0.25 * free))) + (predicted ? 44 : 0); // more names, two rows of flags
  const high = Math.min(TALLEST_IMAGES + AROUND_TILES, Math.max(LEAST_IMAGES, free - charts - 24)); // 24: a chart's title
  const fit = high - AROUND_TILES;
  const panelOf = (room) => Math.floor((room - (panels - 1) * SPACE) / panels);
  const share = panels === 1 ? 1 / 2 : 2 / 3;
  const narrow = panelOf(Math.floor((width - SPACE) * share));
  const scale = (panel) => sheetLayout(tracks[0], panel - PANEL_PADDING, fit, names, true).scale;
  const large = () => scale(narrow) * tracks[0].tile[1] >= LEAST_BESIDE_MAP || scale(panelOf(width)) < MAP_WORTH * scale(narrow);
  const beside = map && (panels === 1 || width >= MAP_BESIDE_PAIR && panels === 2 && large());
  const aside = words && width >= MAP_BESIDE_PAIR;
  const form = beside ? "beside" : aside ? "aside" : map || words ? "below" : "alone";
  const panel = beside ? narrow : panelOf(width - (aside ? WORDS_ASIDE + SPACE : 0));
  return { form, panel, chart: Math.floor((width - SPACE) / 2), charts, fit, most: fit,
    high, share };
}
