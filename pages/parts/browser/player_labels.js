// Where the names of a chart's curves and baselines go in the chart itself: on no line, and on no other name.

export const LINE = 15; // height of a line of names, in CSS pixels
export const NAME_FONT = "12.5px"; // as in player.css
const CLEAR_OF_CURSOR = 12; // from the right end, the cursor of a finished run
const ROOM_AFTER = 130; // pixels; the name of a curve that ends before the chart does
const PLACES = 12; // along a line
let pen = null; // measures texts; made when the first is, so that this file can be read without a page

// [{text, title, kind, x (its right end), y, width}], or null if one of them has no free place. Names of curves come
// first, since they have fewer places.
export function namesInside(chart, baselines) {
  const lines = { levels: baselines.map((line) => chart.y(line.value)), curves: chart.series.map((one) => solid(chart, one)) };
  const names = [];
  for (const places of [...namedInside(chart).map((one, order) => atEnd(chart, one, order)),
    ...baselines.map((line) => along(chart, line, baselines))]) {
    const free = places.find((place) => isFree(place, lines, chart, names));
    if (!free) return null;
    names.push(free);
  }
  return names;
}

// The curves whose names belong into the chart, the upper one first; a pair's letters stand right of it where they can.
export function namedInside(chart) {
  if (chart.series.length < 2) return [];
  return ended(chart).filter(({ one, last }) => !one.letter || goesOn(chart, last)).map(({ one }) => one);
}

// The letters of a pair's curves, right of the axes and apart from one another.
export function namesOutside(chart) {
  if (chart.series.length < 2) return [];
  const names = ended(chart).filter(({ one, last }) => one.letter && !goesOn(chart, last)).map(({ one, last }) => (
    { text: chart.shortest(one), kind: `name left ${chart.style(one)}`, x: chart.right + CLEAR_OF_CURSOR, y: last.y + 4 }));
  spread(names, chart.bottom);
  return names;
}

const solid = (chart, one) => chart.points(one).filter((point) => point.y !== null);
const goesOn = (chart, last) => chart.right - last.x > ROOM_AFTER;

function ended(chart) {
  return chart.series.map((one) => ({ one, last: solid(chart, one).at(-1) })).filter(({ last }) => last)
    .sort((a, b) => a.last.y - b.last.y);
}

function widthOf(text, chart, weight) {
  pen ??= document.createElement("canvas").getContext("2d");
  pen.font = `${weight} ${NAME_FONT} ${chart.font}`;
  return Math.ceil(pen.measureText(text).width);
}

// Right of the end of a curve that goes on; else above or below it (the lower of two: below or above), the end first.
function atEnd(chart, one, order) {
  const points = solid(chart, one);
  const [last, width] = [points.at(-1), widthOf(chart.shortest(one), chart, 600)];
  const name = { text: chart.shortest(one), kind: `name ${chart.style(one)}`, width };
  if (goesOn(chart, last)) {
    return [4, 4 + LINE, 4 - LINE].map((by) => ({ ...name, x: last.x + CLEAR_OF_CURSOR + width, y: last.y + by }));
  }
  return rightEnds(chart, width, Math.min(last.x, chart.right - CLEAR_OF_CURSOR)).flatMap((x) => {
    const heights = across(x, width).map((at) => heightAt(points, at)).filter(Number.isFinite);
    const beside = [Math.min(...heights) - 9, Math.max(...heights) + 17];
    return (order ? beside.reverse() : beside).map((y) => ({ ...name, x, y }));
  });
}

// Above or below a baseline, at its right end or further to the left (a predictor's from the left end on).
function along(chart, line, baselines) {
  const width = widthOf(line.text, chart, 400);
  const above = baselines.length > 1 && line.value === Math.max(...baselines.map((one) => one.value));
  const ends = rightEnds(chart, width, chart.right - CLEAR_OF_CURSOR);
  return (line.predictor ? ends.reverse() : ends).flatMap((x) => (above ? [-7, 16] : [16, -7])
    .map((by) => ({ text: line.text, title: line.detail, kind: `base ${line.run ?? ""}`, x, y: chart.y(line.value) + by, width })));
}

function rightEnds(chart, width, last) {
  const first = chart.left + 8 + width;
  return Array.from({ length: PLACES }, (_, i) => last + (i / (PLACES - 1)) * (first - last));
}

function across(x, width) {
  return Array.from({ length: Math.ceil((width + 8) / 2) + 1 }, (_, i) => x - width - 4 + 2 * i);
}

function isFree({ x, y, width }, { levels, curves }, { left, right, top, bottom }, names) {
  if (y - 10 < top || y > bottom - 4 || x - width < left + 4 || x > right) return false;
  const within = (at) => at > y - 14 && at < y + 6;
  return !levels.some(within) && !curves.some((points) => across(x, width).some((at) => within(heightAt(points, at))))
    && !names.some((one) => Math.abs(one.y - y) < LINE && one.x > x - width - 8 && one.x - one.width - 8 < x);
}

// Of a curve at `x`, between its points; NaN beside it.
function heightAt(points, x) {
  const next = points.findIndex((point) => point.x >= x);
  if (next < 1) return next === 0 && points[0].x === x ? points[0].y : NaN;
  const [from, to] = [points[next - 1], points[next]];
  return from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x);
}

// Moves names apart downwards, then back up if the last one fell out of the room.
function spread(names, bottom) {
  names.sort((a, b) => a.y - b.y);
  names.forEach((name, i) => { if (i) name.y = Math.max(name.y, names[i - 1].y + LINE); });
  for (let i = names.length - 1, limit = bottom; i >= 0; i -= 1, limit = names[i + 1].y - LINE) {
    names[i].y = Math.min(names[i].y, limit);
  }
}
