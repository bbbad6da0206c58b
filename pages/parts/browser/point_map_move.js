// When the same images get other places (another map of them), the points move there.

import { toData, toScreen } from "./point_map_draw.js";

const LASTS = 800; // milliseconds
const SHARED = 0.5; // of the points must have been there before

// Where the points are, on the screen too, to be given to `startMove` once the map has new arrays.
export function placesNow(map) {
  const { xy, ids } = map.arrays;
  const places = new Float32Array(xy.length);
  for (let i = 0; i < ids.length; i++) {
    [places[2 * i], places[2 * i + 1]] = toScreen(map, xy[2 * i], xy[2 * i + 1]);
  }
  return { ids, places, xy: map.moving?.target ?? xy, moving: Boolean(map.moving) };
}

// Moves the points from `before` on the screen to where the new view has them.
export function startMove(map, before) {
  map.moving = null;
  if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const target = map.arrays.xy;
  const from = startingPlaces(map, before);
  if (!from) return;
  const moving = map.moving = { target };
  map.arrays.xy = from.slice();
  const start = performance.now();
  const step = () => {
    if (map.moving !== moving) return;
    const share = Math.min((performance.now() - start) / LASTS, 1);
    if (share === 1) {
      stopMove(map);
    } else {
      const eased = share * share * (3 - 2 * share);
      const { xy } = map.arrays;
      for (let i = 0; i < xy.length; i++) xy[i] = from[i] + eased * (target[i] - from[i]);
      requestAnimationFrame(step);
    }
    map.redraw("points");
  };
  requestAnimationFrame(step);
}

// Ends it at once: the points are where they belong.
export function stopMove(map) {
  if (map.moving) map.arrays.xy = map.moving.target;
  map.moving = null;
}

// In data coordinates of the present view; null if too few were there before, or none was elsewhere.
function startingPlaces(map, { ids: old, places, xy: oldXy, moving }) {
  const { xy, ids } = map.arrays;
  const indexOf = new Int32Array(old.reduce((most, id) => Math.max(most, id), 0) + 1).fill(-1);
  for (let i = 0; i < old.length; i++) indexOf[old[i]] = i;
  const from = xy.slice();
  let [shared, elsewhere] = [0, moving];
  for (let i = 0; i < ids.length; i++) {
    const was = ids[i] < indexOf.length ? indexOf[ids[i]] : -1;
    if (was < 0) continue;
    shared += 1;
    elsewhere ||= xy[2 * i] !== oldXy[2 * was] || xy[2 * i + 1] !== oldXy[2 * was + 1];
    [from[2 * i], from[2 * i + 1]] = toData(map, places[2 * was], places[2 * was + 1]);
  }
  return elsewhere && shared >= SHARED * ids.length ? from : null;
}
