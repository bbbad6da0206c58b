// A cloud with a small far group, and what samples of it are worth under two laws: uniform, and by a score, which is the
// lightweight one of `ddcore.importance.lightweight` (Bachem, Lucic & Krause 2018) or the k-means sensitivity. n points,
// m draws with replacement, weights 1 / (m p).

import { kmeansSensitivity, lawOf } from "./lesson_sensitivity_maths.js";
import { generator, normal, picker } from "./random.js";

export const POINTS = 1000;
export const REPEATS = 500;
export const LAWS = ["uniform", "importance"];
export const CENTRE = [0, 0]; // of the large group: the query whose cost is estimated
export const FAR = [7, 4.5]; // centre of the rare group
export const NARROW = 0.35; // spread of the rare group; that of the large one is 1
const SEED = 1; // of the points, and of the sensitivity's draws
const CENTERS = 1; // of the k-means sensitivity: the cost that is estimated is that of one centre

// The first `rare` points are rare; each point takes the same two random numbers, wherever it lies.
// `score`: "lightweight" or "kmeans"
// -> {points [[x, y], ...], rare, score, squares: squared distances to CENTRE, cost: their sum, laws: name -> (n,), and pickers by them}
export function cloud(rare, score) {
  const random = generator(SEED);
  const points = Array.from({ length: POINTS }, (_, i) => {
    const [a, b] = [normal(random), normal(random)];
    return i < rare ? [FAR[0] + NARROW * a, FAR[1] + NARROW * b] : [CENTRE[0] + a, CENTRE[1] + b];
  });
  const squares = Float64Array.from(points, (point) => squared(point, CENTRE));
  const laws = { uniform: new Float64Array(POINTS).fill(1 / POINTS), importance: SCORES[score](points) };
  const pickers = Object.fromEntries(LAWS.map((name) => [name, picker(laws[name])]));
  return { points, rare, score, squares, cost: total(squares), laws, pickers };
}

const squared = (a, b) => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2;
const total = (numbers) => numbers.reduce((sum, value) => sum + value, 0);

// (n,) half uniform, half by squared distance to the mean of all points; sums to 1
export function lightweight(points) {
  const mean = [0, 1].map((axis) => total(points.map((point) => point[axis])) / points.length);
  const distances = points.map((point) => squared(point, mean)), sum = total(distances);
  return Float64Array.from(distances, (distance) => 0.5 / points.length + 0.5 * distance / sum);
}

const SCORES = {
  lightweight,
  kmeans: (points) => Float64Array.from(lawOf(kmeansSensitivity(points, CENTERS, generator(SEED)).scores, 1)),
};

// The chance that none of m draws is a rare point: (1 - P)^m, P the probability of the rare group.
export function missed(data, name, m) {
  return (1 - total(data.laws[name].subarray(0, data.rare))) ** m;
}

// What a sample says the cost is: the sum of weight times squared distance
function estimate(data, name, ids) {
  return ids.reduce((sum, i) => sum + data.squares[i] / data.laws[name][i], 0) / ids.length;
}

// REPEATS samples of m draws: the ids of the first, how many have no rare point, and what each says the cost is, as a
// multiple of the true one. Both laws get the same random numbers.
export function repeated(data, name, m, seed) {
  const random = generator(seed), ratios = new Float64Array(REPEATS);
  let ids = null, without = 0;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const drawn = Array.from({ length: m }, () => data.pickers[name](random));
    ids ??= drawn;
    without += drawn.every((i) => i >= data.rare);
    ratios[repeat] = estimate(data, name, drawn) / data.cost;
  }
  return { ids, without, ratios };
}

// How many ratios lie in each of `bins` equal parts of [0, end); those beyond count in the last.
export function counts(ratios, bins, end) {
  const found = new Uint32Array(bins);
  for (const ratio of ratios) found[Math.min(bins - 1, Math.floor(bins * ratio / end))] += 1;
  return found;
}
