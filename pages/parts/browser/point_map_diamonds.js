// Synthetic images of one step as diamonds, with a dark and a light outline, so that they show on every theme.

import { pointRadius, stroke, toScreen } from "./point_map_draw.js";

export function paintDiamonds(map, context) {
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
