// Where the labels of a chart's baselines hide the least of its lines.

export const LINE = 15; // height of a line of labels, in CSS pixels
export const CLEAR_OF_CURSOR = 12; // from the right end, the cursor of a finished run
const PER_LETTER = 5.8; // CSS pixels of a label, about
const PLACES = 4; // along a baseline

// {text, title, kind, x (its right end), y, width}: above or below the line, at its right end or further to the left (a
// predictor's from the left end on), the usual place first. `placed`: labels that are there already.
export function labelOf(line, baselines, chart, placed) {
  const { left, right } = chart;
  const width = Math.min(line.text.length * PER_LETTER, right - left - 20);
  const [first, last] = [left + 8 + width, right - CLEAR_OF_CURSOR];
  const ends = Array.from({ length: PLACES }, (_, i) => last + (i / (PLACES - 1)) * (first - last));
  const above = baselines.length > 1 && line.value === Math.max(...baselines.map((one) => one.value));
  const places = (line.predictor ? ends.reverse() : ends).flatMap((x) => (above ? [-7, 16] : [16, -7])
    .map((by) => ({ text: line.text, title: line.detail, kind: "base", x, y: chart.y(line.value) + by, width })));
  const levels = baselines.filter((one) => one !== line).map((one) => chart.y(one.value));
  const curves = chart.series.map((one) => chart.points(one).filter((point) => point.y !== null));
  const hidden = places.map((place) => hiddenBy(place, levels, curves, chart, placed));
  return places[hidden.indexOf(Math.min(...hidden))];
}

// How much a label hides, in CSS pixels of lines; another label counts twice its width.
function hiddenBy({ x, y, width }, levels, curves, { top, bottom }, placed) {
  if (y - 10 < top || y > bottom - 4) return Infinity;
  const within = (at) => at > y - 14 && at < y + 6;
  const others = placed.filter((one) => Math.abs(one.y - y) < LINE && one.x > x - width - 8 && one.x - one.width - 8 < x);
  const lines = width * (2 * others.length + levels.filter(within).length);
  const along = Array.from({ length: Math.ceil((width + 8) / 2) }, (_, i) => x - width - 4 + 2 * i);
  return curves.reduce((sum, points) => sum + 2 * along.filter((at) => within(heightAt(points, at))).length, lines);
}

// Of a curve at `x`, between its points; NaN beside it.
function heightAt(points, x) {
  const next = points.findIndex((point) => point.x >= x);
  if (next < 1) return next === 0 && points[0].x === x ? points[0].y : NaN;
  const [from, to] = [points[next - 1], points[next]];
  return from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x);
}
