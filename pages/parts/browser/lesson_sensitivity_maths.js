// The scores of `ddcore.importance.kmeans` and `ddcore.ridge.leverage` and the sampling law of `ddcore.sampling.law`, for
// points (n) of two numbers. What is random takes its numbers from `random`, in the order in which the library does.

import { pick } from "./random.js";

const MORE_DRAWS = 7; // of centres than seedings
const squared = ([a, b], [c, d]) => (a - c) ** 2 + (b - d) ** 2;

// points, k, random, draws -> [{centers: places of k' points, cost}], one a draw, all advancing together
export function d2Sampling(points, k, random, draws) {
  const made = Array.from({ length: draws }, () => ({
    centers: [], mass: new Float64Array(points.length).fill(1),
    closest: new Float64Array(points.length).fill(Infinity),
  }));
  for (let step = 0; step < Math.min(k, points.length); step += 1) {
    for (const one of made) {
      const chosen = pick(random, one.mass);
      one.centers.push(chosen);
      for (let i = 0; i < points.length; i += 1) {
        one.closest[i] = Math.min(one.closest[i], squared(points[i], points[chosen]));
      }
      one.mass = one.closest;
    }
    if (made.some((one) => one.mass.every((mass) => mass === 0))) break;
  }
  return made.map(({ centers, mass }) => ({ centers, cost: mass.reduce((sum, part) => sum + part, 0) }));
}

// points, centers -> {nearest, distances}: of equally near centres the first
export function nearestCenters(points, centers) {
  const nearest = [], distances = [];
  for (const point of points) {
    let best = 0, least = Infinity;
    for (let center = 0; center < centers.length; center += 1) {
      const apart = squared(point, centers[center]);
      if (apart < least) [best, least] = [center, apart];
    }
    nearest.push(best);
    distances.push(least);
  }
  return { nearest, distances };
}

// The formula for given centres: (n) scores, with the `cost` of the cheapest draw.
export function sensitivityOf({ nearest, distances }, k, cost) {
  const alpha = 16 * (Math.log2(k) + 2), total = cost || Infinity;
  const sizes = Array(k).fill(0), costs = Array(k).fill(0);
  nearest.forEach((center, i) => {
    sizes[center] += 1;
    costs[center] += distances[i];
  });
  return nearest.map((center, i) => (2 * alpha * distances[i]) / total
    + (4 * alpha * costs[center]) / (sizes[center] * total) + 4 / sizes[center]);
}

// points, k, random, seedings -> {scores, centers}: each point's smallest bound; the centres are the cheapest draw's
export function kmeansSensitivity(points, k, random, seedings = 10) {
  const draws = d2Sampling(points, k, random, seedings + MORE_DRAWS).sort((a, b) => a.cost - b.cost).slice(0, seedings);
  const bounds = draws.map(({ centers }, place) => {
    const found = nearestCenters(points, centers.map((i) => points[i]));
    const cost = found.distances.reduce((sum, part) => sum + part, 0);
    if (place === 0) draws.cheapest = cost;
    return sensitivityOf(found, centers.length, draws.cheapest);
  });
  return { scores: points.map((_, i) => Math.min(...bounds.map((bound) => bound[i]))), centers: draws[0].centers };
}

// points, signs (1 or -1), ridge > 0 -> {scores: the leverage of [1, x, y; sign], line: [a, b, c] of the fit a + b x + c y}
export function ridgeLeverage(points, signs, ridge) {
  const rows = points.map(([x, y], i) => [1, x, y, signs[i] / 2]);
  const gram = Array.from({ length: 4 }, (_, a) => Array.from({ length: 4 }, (_, b) =>
    rows.reduce((sum, row) => sum + row[a] * row[b], a === b && a < 3 ? ridge : 0)));
  const factor = cholesky(gram);
  const scores = rows.map((row) => forward(factor, row).reduce((sum, part) => sum + part ** 2, 0));
  return { scores, line: fitOf(factor) };
}

// Lower triangular L with L L^T = `matrix`, positive definite.
function cholesky(matrix) {
  const factor = matrix.map((row) => row.map(() => 0));
  for (let a = 0; a < matrix.length; a += 1) {
    for (let b = 0; b <= a; b += 1) {
      let left = matrix[a][b];
      for (let c = 0; c < b; c += 1) left -= factor[a][c] * factor[b][c];
      factor[a][b] = a === b ? Math.sqrt(left) : left / factor[b][b];
    }
  }
  return factor;
}

// L^-1 row
function forward(factor, row) {
  const out = [];
  row.forEach((value, a) => {
    out.push(out.reduce((left, part, b) => left - factor[a][b] * part, value) / factor[a][a]);
  });
  return out;
}

// The ridge solution: the last row of L is that of the targets, l = L_33^-1 Phi^T y, so L_33^T w = l.
function fitOf(factor) {
  const line = [0, 0, 0];
  for (let a = 2; a >= 0; a -= 1) {
    let left = factor[3][a];
    for (let b = a + 1; b < 3; b += 1) left -= factor[b][a] * line[b];
    line[a] = left / factor[a][a];
  }
  return line;
}

// (n) chances p = s^t / sum s^t; all 0 gives the uniform law
export function lawOf(scores, temperature) {
  const peak = Math.max(...scores);
  const powers = scores.map((score) => (peak === 0 ? 1 : (score / peak) ** temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
