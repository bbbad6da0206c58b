// The points of the map. They are blended into a pixel buffer by hand: 60,000 discs cost a few milliseconds that way
// whether or not the browser has a GPU.

import { pointRadius, rise } from "./point_map_draw.js";

export const FORM = { full: 0, ring: 1, others: 2, filtered: 3 }; // as in point_map.py
const DIMMED = 0.16; // opacity of unselected points while there is a selection, relative to selected ones
const FAINT = 0.34; // opacity of the points that the filters exclude

// Any CSS colour as an opaque pixel of a canvas: uint32, little-endian rgba.
export function pixelOf(css) {
  const context = pixelOf.context ??= new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  context.clearRect(0, 0, 1, 1);
  context.fillStyle = css;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}

// A disc, or a ring if it has a hole, as offsets into the buffer and opacities (0 to 256), rims smoothed over a pixel.
function mask(radius, opacity, stride, hole = 0) {
  const reach = Math.ceil(radius);
  const [offsets, opacities] = [[], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const far = Math.hypot(x, y);
      const rim = Math.min(Math.max(radius + 0.5 - far, 0), 1);
      const cover = hole ? Math.min(rim, Math.min(Math.max(far - hole + 0.5, 0), 1)) : rim;
      if (cover > 0.02) {
        offsets.push(y * stride + x);
        opacities.push(Math.round(256 * cover * opacity));
      }
    }
  }
  return { offsets: Int32Array.from(offsets), opacities: Uint16Array.from(opacities) };
}

// One mask a form, in the order of FORM; lengths in pixels of the buffer.
function masks(map, radius, opacity, stride) {
  const ringed = Math.max(1.15 * radius, 2.2 * map.ratio);
  return [
    mask(radius, opacity, stride),
    mask(ringed, opacity, stride, ringed - Math.max(1.2 * map.ratio, 0.3 * ringed)),
    mask(Math.max(0.62 * radius, 0.8 * map.ratio), opacity, stride),
    mask(Math.max(0.3 * radius, 0.5 * map.ratio), opacity * FAINT, stride),
  ];
}

// Blends one mask a point into `buffer` (uint32, little-endian rgba), which has `pad` spare pixels on every side.
// wanted: null for all points, or the value in the selection that they must have.
function blendPoints(map, buffer, stride, rows, pad, forms, wanted) {
  const { xy, ids, shade, form } = map.arrays;
  const { view, ratio, colours, selection } = map;
  const faint = pixelOf(map.theme.text);
  const [scale, up] = [view.scale * ratio, rise(view) * ratio];
  const [x0, y0] = [(map.width / 2) * ratio + pad - view.x * scale, (map.height / 2) * ratio + pad + view.y * up];
  for (let i = 0; i < ids.length; i++) {
    if (wanted !== null && selection[ids[i]] !== wanted) continue;
    const x = Math.round(x0 + xy[2 * i] * scale);
    const y = Math.round(y0 - xy[2 * i + 1] * up);
    if (x < pad / 2 || y < pad / 2 || x >= stride - pad / 2 || y >= rows - pad / 2) continue;
    const centre = y * stride + x;
    const { offsets, opacities } = forms[form[i]];
    const colour = form[i] === FORM.filtered ? faint : colours[shade[i]];
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
  const pad = 2 * Math.ceil(1.2 * radius + ratio) + 6;
  const [stride, rows] = [canvas.width + 2 * pad, canvas.height + 2 * pad];
  if (map.pixels?.width !== stride || map.pixels?.height !== rows) map.pixels = new ImageData(stride, rows);
  const buffer = new Uint32Array(map.pixels.data.buffer);
  buffer.fill(pixelOf(map.theme.background));
  const opacity = map.arrays.ids.length > 20000 ? 0.72 : 0.85;
  const blend = (strength, wanted) => {
    blendPoints(map, buffer, stride, rows, pad, masks(map, radius, strength, stride), wanted);
  };
  if (map.selectedCount) {
    blend(opacity * DIMMED, 0);
    blend(0.95, 1);
  } else {
    blend(opacity, null);
  }
  canvas.getContext("2d").putImageData(map.pixels, -pad, -pad);
}
