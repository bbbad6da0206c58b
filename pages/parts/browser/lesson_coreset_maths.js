// Weighted subsets and their worst error over given queries, as `ddcore.coresets.subsets` has them; points of two numbers,
// a query is k centres.

import { d2Sampling } from "./lesson_sensitivity_maths.js";
import { picker } from "./random.js";

// `count` queries: every other one k centres anywhere in the square, the others D^2-samples of the points
export function queriesOf(points, k, random, count) {
  const anywhere = Array.from({ length: Math.ceil(count / 2) }, () =>
    Array.from({ length: k }, () => [random(), random()]));
  const drawn = d2Sampling(points, k, random, Math.floor(count / 2));
  return [...anywhere, ...drawn.map(({ centers }) => centers.map((i) => points[i]))];
}

// A query as it is needed: {centers, distances (n): squared, to the nearest of them, full: the cost of all points}
export function queryOf(points, centers) {
  const distances = new Float64Array(points.length);
  let full = 0;
  points.forEach(([x, y], i) => {
    let least = Infinity;
    for (const [a, b] of centers) least = Math.min(least, (x - a) ** 2 + (y - b) ** 2);
    distances[i] = least;
    full += least;
  });
  return { centers, distances, full };
}

// {indices, weights}: m points drawn by the law with replacement, each worth 1 / (m p)
export function coresetOf(law, m, random) {
  const choose = picker(law), indices = Array.from({ length: m }, () => choose(random));
  return { indices, weights: indices.map((i) => 1 / (m * law[i])) };
}

// The cost at a query of the weighted subset.
export function costOf({ distances }, { indices, weights }) {
  let cost = 0;
  for (let place = 0; place < indices.length; place += 1) cost += weights[place] * distances[indices[place]];
  return cost;
}

// |cost of the subset / cost of all - 1|
export function errorOf(query, coreset) {
  return query.full > 0 ? Math.abs(costOf(query, coreset) / query.full - 1) : 0;
}

// {worst: the largest error, query: at which of `queries`}
export function worstOf(queries, coreset) {
  let worst = -1, query = null;
  for (const one of queries) {
    const error = errorOf(one, coreset);
    if (error > worst) [worst, query] = [error, one];
  }
  return { worst, query };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b), half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
