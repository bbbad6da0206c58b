// What is drawn over the points: rings, the shape of a selection, the cross-hair. And where the map's places are on
// the screen.

const MOST_STRETCHED = 2.5; // one axis against the other, in a map that fills its frame
const [ASIDE, ABOVE, BELOW] = [24, 54, 30]; // CSS pixels round the places in the first view, at least
const BEYOND = 0.35; // of the points' extent: how far synthetic images outside it widen the first view

export function homeView(map) {
  const bounds = extent(map.arrays.xy, [Infinity, -Infinity, Infinity, -Infinity]);
  let [left, right, bottom, top] = bounds;
  const [wider, higher] = [BEYOND * Math.max(right - left, 0), BEYOND * Math.max(top - bottom, 0)];
  for (const positions of map.film.runs.map((run) => run.xy)) {
    const all = extent(positions, [left, right, bottom, top]);
    if (bounds[0] > bounds[1]) [left, right, bottom, top] = all;
    else {
      [left, bottom] = [Math.max(all[0], bounds[0] - wider), Math.max(all[2], bounds[2] - higher)];
      [right, top] = [Math.min(all[1], bounds[1] + wider), Math.min(all[3], bounds[3] + higher)];
    }
  }
  if (left > right) [left, right, bottom, top] = [-1, 1, -1, 1];
  const [width, height] = [Math.max(right - left, 1e-6), Math.max(top - bottom, 1e-6)];
  const reach = map.film.reach();
  const [aside, above, below] = [Math.max(ASIDE, reach), Math.max(ABOVE, map.tools.bottom + reach), Math.max(BELOW, reach)];
  const across = Math.max((map.width - 2 * aside) / width, 1e-6);
  const up = Math.max((map.height - above - below) / height, 1e-6);
  const most = map.header?.fill ? MOST_STRETCHED : 1;
  const scale = Math.min(across, most * up);
  const stretch = Math.min(up, most * across) / scale;
  const lower = (above - below) / 2 / (scale * stretch); // more room above, where the tools are, than below
  return { x: (left + right) / 2, y: (bottom + top) / 2 + lower, scale, stretch, width, height };
}

function extent(positions, [left, right, bottom, top]) {
  for (let i = 0; i < positions.length; i += 2) {
    left = Math.min(left, positions[i]);
    right = Math.max(right, positions[i]);
    bottom = Math.min(bottom, positions[i + 1]);
    top = Math.max(top, positions[i + 1]);
  }
  return [left, right, bottom, top];
}

export function toScreen(map, x, y) {
  const { view } = map;
  return [(x - view.x) * view.scale + map.width / 2, map.height / 2 - (y - view.y) * rise(view)];
}

// CSS pixels of a unit of y; `scale` is that of x.
export const rise = (view) => view.scale * view.stretch;

export function toData(map, x, y) {
  const { view } = map;
  return [(x - map.width / 2) / view.scale + view.x, (map.height / 2 - y) / rise(view) + view.y];
}

// CSS pixels: smaller for more points, growing slowly with the zoom.
export function pointRadius(map) {
  const room = Math.sqrt((map.width * map.height) / Math.max(map.arrays.ids.length, 1));
  const zoom = Math.min(Math.max(map.view.scale / map.home.scale, 0.5), 60);
  return Math.min(Math.min(Math.max(0.26 * room, 1.25), 4.2) * zoom ** 0.4, 9);
}

export function readTheme(map) {
  const style = getComputedStyle(map.frame);
  const read = (name) => style.getPropertyValue(name).trim();
  map.theme = { background: read("--st-background-color"), text: read("--st-text-color"), primary: read("--st-primary-color") };
}

export function stroke(context, width, colour) {
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

// Round a point, or square round its thumbnail: [left, top, side].
function ring(map, context, index, thumb, spare, width, colour) {
  context.beginPath();
  if (thumb) {
    const [left, top, side] = thumb;
    context.roundRect(left - spare, top - spare, side + 2 * spare, side + 2 * spare, spare);
  } else {
    const [x, y] = toScreen(map, map.arrays.xy[2 * index], map.arrays.xy[2 * index + 1]);
    context.arc(x, y, pointRadius(map) + spare + 2, 0, 2 * Math.PI);
  }
  stroke(context, width, colour);
}

export function startLayer(map, canvas) {
  const context = canvas.getContext("2d");
  context.setTransform(map.ratio, 0, 0, map.ratio, 0, 0);
  context.clearRect(0, 0, map.width, map.height);
  return context;
}

export function paintRings(map, context) {
  const { theme } = map;
  for (const index of map.highlighted) {
    const thumb = map.thumbs.placeOf(index);
    ring(map, context, index, thumb, 3, 6, theme.background);
    ring(map, context, index, thumb, 3, 3, theme.text);
  }
  if (!map.hovered || map.hovered.index === undefined) return;
  const { index } = map.hovered;
  const thumb = map.thumbs.placeOf(index);
  ring(map, context, index, thumb, 1, 4, theme.background);
  ring(map, context, index, thumb, 1, 2, theme.primary);
}

// The box or lasso being drawn, or the box from the keyboard's anchor to its cursor.
export function paintShape(map, context) {
  const shape = map.drag?.shape ?? (map.anchor && { box: true, path: [map.anchor, map.cursor] });
  if (!shape) return;
  const { path } = shape;
  context.beginPath();
  if (shape.box) {
    const [[x0, y0], [x1, y1]] = [path[0], path[path.length - 1]];
    context.rect(Math.min(x0, x1), Math.min(y0, y1), Math.abs(x1 - x0), Math.abs(y1 - y0));
  } else {
    path.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
    context.closePath();
  }
  context.globalAlpha = 0.14;
  context.fillStyle = map.theme.primary;
  context.fill();
  context.globalAlpha = 1;
  stroke(context, 4, map.theme.background);
  context.setLineDash([6, 4]);
  stroke(context, 2, map.theme.primary);
  context.setLineDash([]);
}

export function paintCursor(map, context) {
  if (!map.cursor || !map.focused) return;
  const [x, y] = map.cursor;
  for (const [width, colour] of [[4, map.theme.background], [1.5, map.theme.text]]) {
    context.beginPath();
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
      context.moveTo(x + 4 * dx, y + 4 * dy);
      context.lineTo(x + 14 * dx, y + 14 * dy);
    }
    stroke(context, width, colour);
  }
}
