// When the same images get other places (another map of them), the points move there.

import { toData, toScreen } from "./point_map_draw.js";

const LASTS = 800; // milliseconds
const SHARED = 0.5; // of the points must have been there before

// Where the points are now, to be given to `startMove` once the map has new arrays.
export function placesNow(map) {
  const { arrays: { xy, ids }, moving, view, width, height } = map;
  return { ids, xy, target: moving?.target ?? xy, moving: Boolean(moving), view, width, height };
}

// Moves the points from `before` on the screen to where the new view has them.
export function startMove(map, before) {
  map.moving = null;
  map.images.style.opacity = "";
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
      map.images.style.opacity = eased; // the images are at their new places already
      requestAnimationFrame(step);
    }
    map.redraw("points");
  };
  requestAnimationFrame(step);
}

// Ends it at once: the points are where they belong.
function stopMove(map) {
  if (map.moving) map.arrays.xy = map.moving.target;
  map.moving = null;
  map.images.style.opacity = "";
}

// In data coordinates of the present view; null if too few points were there before, or none was elsewhere.
function startingPlaces(map, before) {
  const { xy, ids } = map.arrays;
  const was = formerIndices(before.ids, ids);
  let [shared, elsewhere] = [0, before.moving];
  for (let i = 0; i < ids.length; i++) {
    if (was[i] < 0) continue;
    shared += 1;
    elsewhere ||= xy[2 * i] !== before.target[2 * was[i]] || xy[2 * i + 1] !== before.target[2 * was[i] + 1];
  }
  if (!elsewhere || shared < SHARED * ids.length) return null;
  const from = xy.slice();
  for (let i = 0; i < ids.length; i++) {
    if (was[i] < 0) continue;
    const onScreen = toScreen(before, before.xy[2 * was[i]], before.xy[2 * was[i] + 1]);
    [from[2 * i], from[2 * i + 1]] = toData(map, ...onScreen);
  }
  return from;
}

// For each of `ids` its place in `old`, or -1. Plain loops: they run over all points at every recolouring.
function formerIndices(old, ids) {
  let largest = 0;
  for (let i = 0; i < old.length; i++) if (old[i] > largest) largest = old[i];
  const indexOf = new Int32Array(largest + 1).fill(-1);
  for (let i = 0; i < old.length; i++) indexOf[old[i]] = i;
  const found = new Int32Array(ids.length);
  for (let i = 0; i < ids.length; i++) found[i] = ids[i] <= largest ? indexOf[ids[i]] : -1;
  return found;
}
