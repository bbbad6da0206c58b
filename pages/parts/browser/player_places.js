// Where the images of a contact sheet (PNG, one row a class) go, so that they can be read.

const LEAST_SCALE = 2; // screen pixels per image pixel, and never under 1.5 CSS pixels
const LARGEST_TILE = 132; // CSS pixels
const NAME_FONT = "13px";
export const NAME_BELOW = 20; // height of a class name under its image
const WIDEST_NAME = 96;
const MUCH_LARGER = 1.3;
const LOW_WINDOW = 860; // CSS pixels; two sheets over two charts need more

export const lowWindow = () => window.innerHeight < LOW_WINDOW;

// In CSS pixels: whole on the screen.
function leastScale() {
  const density = window.devicePixelRatio || 1;
  return Math.max(LEAST_SCALE, Math.ceil(1.5 * density)) / density;
}

// Where the tiles go, in CSS pixels. One image per class: a compact grid with the name under each image. More: a row
// per class with the name at its start. The scale is whole in device pixels, the largest that fits; with `whole` all
// images must fit, and where they do not at twice their size, their scale is between one and two.
export function sheetLayout(track, width, height, nameWidth, whole = false) {
  const density = window.devicePixelRatio || 1;
  const [tileHeight, tileWidth] = track.tile;
  const least = whole ? 1 / density : leastScale();
  const finest = (bound) => (whole && bound * density < 2 ? Math.floor(bound * density * tileWidth + 1e-6) / tileWidth
    : Math.floor(bound * density + 1e-6)) / density;
  const compact = track.columns === 1;
  const gap = compact ? 12 : 2;
  const scaleFor = (across, down) => {
    const byWidth = (width - (compact ? 0 : nameWidth) - (across - 1) * gap) / (across * tileWidth);
    const byHeight = (height - down * (gap + (compact ? NAME_BELOW : 0)) + gap) / (down * tileHeight);
    const bound = Math.min(byWidth, byHeight, LARGEST_TILE / Math.max(tileWidth, tileHeight));
    return finest(Math.max(bound, byWidth < least ? 0 : least));
  };
  let across = track.columns;
  if (compact) across = compactColumns(track.rows, (n) => scaleFor(n, Math.ceil(track.rows / n)), whole || lowWindow());
  const down = compact ? Math.ceil(track.rows / across) : track.rows;
  const scale = Math.max(least, scaleFor(across, down));
  const pitch = [tileHeight * scale + gap + (compact ? NAME_BELOW : 0), tileWidth * scale + gap];
  return {
    compact, across, down, scale, pitch, density,
    width: across * pitch[1] - gap, height: down * pitch[0] - gap,
    fullWidth: across * pitch[1] - gap + (compact ? 0 : nameWidth),
  };
}

// How many images side by side make them largest; full rows (unless there is `little` room and others
// are much larger), and the fewest of them among equals.
function compactColumns(count, scaleFor, little) {
  const all = Array.from({ length: count }, (_, i) => i + 1);
  const even = all.filter((n) => count % n === 0 && n * n >= count);
  const largest = (candidates) => candidates.filter((n) => scaleFor(n) > 0)
    .reduce((best, n) => (best === null || scaleFor(n) >= scaleFor(best) ? n : best), null);
  const [full, any] = [even.length > 1 ? largest(even) : null, largest(all)];
  if (any === null) return Math.min(count, Math.ceil(Math.sqrt(count)));
  return full !== null && !(little && scaleFor(any) >= MUCH_LARGER * scaleFor(full)) ? full : any;
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
