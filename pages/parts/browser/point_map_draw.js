// Drawing of the map. Points are blended into a pixel buffer by hand: 60,000 discs cost a few milliseconds that way
// whether or not the browser has a GPU. Everything else is drawn with the canvas's own paths.

const DIMMED = 0.16; // opacity of unselected points while there is a selection, relative to selected ones

export function homeView(map) {
  const { xy } = map.arrays;
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const positions of [xy, map.arrays.synthetic_xy ?? []]) {
    for (let i = 0; i < positions.length; i += 2) {
      left = Math.min(left, positions[i]);
      right = Math.max(right, positions[i]);
      bottom = Math.min(bottom, positions[i + 1]);
      top = Math.max(top, positions[i + 1]);
    }
  }
  if (left > right) [left, right, bottom, top] = [-1, 1, -1, 1];
  const [width, height] = [Math.max(right - left, 1e-6), Math.max(top - bottom, 1e-6)];
  const scale = Math.max(Math.min((map.width - 48) / width, (map.height - 84) / height), 1e-6);
  const lower = 12 / scale; // more room above, where the tools are, than below
  return { x: (left + right) / 2, y: (bottom + top) / 2 + lower, scale, width, height };
}

export function toScreen(map, x, y) {
  const { view } = map;
  return [(x - view.x) * view.scale + map.width / 2, map.height / 2 - (y - view.y) * view.scale];
}

export function toData(map, x, y) {
  const { view } = map;
  return [(x - map.width / 2) / view.scale + view.x, (map.height / 2 - y) / view.scale + view.y];
}

// CSS pixels: smaller for more points, growing slowly with the zoom.
function pointRadius(map) {
  const room = Math.sqrt((map.width * map.height) / Math.max(map.arrays.ids.length, 1));
  const zoom = Math.min(Math.max(map.view.scale / map.home.scale, 0.5), 60);
  return Math.min(Math.min(Math.max(0.26 * room, 1.25), 4.2) * zoom ** 0.4, 9);
}

// Any CSS colour as an opaque pixel of a canvas: uint32, little-endian rgba.
export function pixelOf(css) {
  const context = pixelOf.context ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

export function readTheme(map) {
  const style = getComputedStyle(map.frame);
  const read = (name) => style.getPropertyValue(name).trim();
  map.theme = { background: read("--st-background-color"), text: read("--st-text-color"), primary: read("--st-primary-color") };
}

// A disc as offsets into the buffer and opacities (0 to 256), its rim smoothed over one pixel.
function discMask(radius, opacity, stride) {
  const reach = Math.ceil(radius);
  const [offsets, opacities] = [[], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const cover = Math.min(Math.max(radius + 0.5 - Math.hypot(x, y), 0), 1);
      if (cover > 0.02) {
        offsets.push(y * stride + x);
        opacities.push(Math.round(256 * cover * opacity));
      }
    }
  }
  return { offsets: Int32Array.from(offsets), opacities: Uint16Array.from(opacities) };
}

// Blends one disc a point into `buffer` (uint32, little-endian rgba), which has `pad` spare pixels on every side.
// wanted: null for all points, or [mask by id, value wanted].
function blendPoints(map, buffer, stride, rows, pad, mask, wanted) {
  const { xy, ids, shade } = map.arrays;
  const { view, ratio, colours } = map;
  const { offsets, opacities } = mask;
  const scale = view.scale * ratio;
  const [x0, y0] = [(map.width / 2) * ratio + pad - view.x * scale, (map.height / 2) * ratio + pad + view.y * scale];
  for (let i = 0; i < ids.length; i++) {
    if (wanted && wanted[0][ids[i]] !== wanted[1]) continue;
    const x = Math.round(x0 + xy[2 * i] * scale);
    const y = Math.round(y0 - xy[2 * i + 1] * scale);
    if (x < pad / 2 || y < pad / 2 || x >= stride - pad / 2 || y >= rows - pad / 2) continue;
    const centre = y * stride + x;
    const colour = colours[shade[i]];
    const [redBlue, green] = [colour & 0xff00ff, colour & 0xff00];
    for (let j = 0; j < offsets.length; j++) {
      const at = centre + offsets[j];
      const [below, over] = [buffer[at], opacities[j]];
      const under = 256 - over;
      buffer[at] = (0xff000000
        | (((redBlue * over + (below & 0xff00ff) * under) >>> 8) & 0xff00ff)
        | (((green * over + (below & 0xff00) * under) >>> 8) & 0xff00)) >>> 0;
    }
  }
}

export function paintPoints(map) {
  const { canvas, ratio } = map;
  const radius = pointRadius(map) * ratio;
  const pad = 2 * Math.ceil(radius) + 4;
  const [stride, rows] = [canvas.width + 2 * pad, canvas.height + 2 * pad];
  if (map.pixels?.width !== stride || map.pixels?.height !== rows) map.pixels = new ImageData(stride, rows);
  const buffer = new Uint32Array(map.pixels.data.buffer);
  buffer.fill(pixelOf(map.theme.background));
  const opacity = map.arrays.ids.length > 20000 ? 0.72 : 0.85;
  if (map.selectedCount) {
    const dim = discMask(radius, opacity * DIMMED, stride);
    blendPoints(map, buffer, stride, rows, pad, dim, [map.selection, 0]);
    blendPoints(map, buffer, stride, rows, pad, discMask(radius, 0.95, stride), [map.selection, 1]);
  } else {
    blendPoints(map, buffer, stride, rows, pad, discMask(radius, opacity, stride), null);
  }
  const context = canvas.getContext("2d");
  context.putImageData(map.pixels, -pad, -pad);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintSynthetic(map, context);
  context.setTransform(1, 0, 0, 1, 0, 0);
}

// Diamonds with a dark and a light outline, so that they show on every theme and over every colour.
function paintSynthetic(map, context) {
  const { synthetic_xy: xy, synthetic_fade: fade } = map.arrays;
  if (!xy) return;
  const reach = Math.min(Math.max(2.2 * pointRadius(map), 6.5), 12);
  for (let i = 0; i < fade.length; i++) {
    const [x, y] = toScreen(map, xy[2 * i], xy[2 * i + 1]);
    if (x < -20 || y < -20 || x > map.width + 20 || y > map.height + 20) continue;
    context.globalAlpha = 0.15 + 0.85 * fade[i];
    context.beginPath();
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
    context.closePath();
    context.lineJoin = "round";
    stroke(context, 4, "#ffffff");
    context.fillStyle = map.header.synthetic.colours[i];
    context.fill();
    stroke(context, 1.75, "#10161d");
  }
  context.globalAlpha = 1;
}

function stroke(context, width, colour) {
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}

function ring(context, x, y, radius, width, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  stroke(context, width, colour);
}

export function paintOverlay(map) {
  const { overlay, ratio, theme } = map;
  const context = overlay.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, map.width, map.height);
  const radius = pointRadius(map);
  for (const index of map.highlighted) {
    const [x, y] = toScreen(map, map.arrays.xy[2 * index], map.arrays.xy[2 * index + 1]);
    ring(context, x, y, radius + 5, 5, theme.background);
    ring(context, x, y, radius + 5, 2.5, theme.text);
  }
  if (map.hovered) {
    const [x, y] = toScreen(map, map.hovered.x, map.hovered.y);
    ring(context, x, y, radius + 3, 4, theme.background);
    ring(context, x, y, radius + 3, 2, theme.primary);
  }
  paintShape(map, context);
  if (map.cursor && map.focused) paintCursor(map, context);
}

// The box or lasso being drawn, or the box from the keyboard's anchor to its cursor.
function paintShape(map, context) {
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

function paintCursor(map, context) {
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
