// The points that lessons begin with.

import { generator, normal } from "./random.js";

const inside = (value) => Math.round(1000 * Math.min(0.97, Math.max(0.03, value))) / 1000;

// seed, groups [{at: [x, y], spread, count, sign}] -> {points: [[x, y], ...] in [0, 1], signs, groups: whose each is}
export function scattered(seed, groups) {
  const random = generator(seed), points = [], signs = [], own = [];
  groups.forEach(({ at, spread, count, sign = 1 }, group) => {
    for (let i = 0; i < count; i += 1) {
      points.push(at.map((part) => inside(part + spread * normal(random))));
      signs.push(sign);
      own.push(group);
    }
  });
  return { points, signs, groups: own };
}
