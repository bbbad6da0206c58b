// Kernel ridge regression on a few images, the closed form of `ddcore.ridge.regression.Predictor` with the RBF kernel of
// `ddcore.ridge.kernels`: f(x) = k(x, S) (K_SS + r I)^{-1} y, with labels one-hot minus 1/K and r relative to the mean
// diagonal of K_SS, which is 1. And ways to choose one image of each class from a sheet.
// D numbers an image; M images of a support, the one of class k in place k, so that M = K; T test images.

import { generator } from "./random.js";

export const COLUMNS = 7; // candidates of each class on a sheet
export const DRAWS = 200; // random tens

// Pixels (n D,) uint8 -> n arrays (D,) of numbers as training sees them
export function standardised(pixels, { mean, std, size }) {
  return cut(Float64Array.from(pixels, (pixel) => (pixel / 255 - mean) / std), size);
}

// Numbers (n D,) -> n arrays (D,)
export function cut(numbers, size) {
  return Array.from({ length: numbers.length / size }, (_, i) => numbers.subarray(i * size, (i + 1) * size));
}

// n arrays (m,) of exp(-|x - z|^2 / (2 width^2 D)) between n images and m others
export function kernel(images, others, { width }) {
  return images.map((x) => Float64Array.from(others, (z) => {
    let squares = 0;
    for (let d = 0; d < x.length; d += 1) squares += (x[d] - z[d]) ** 2;
    return Math.exp(-squares / (2 * width ** 2 * x.length));
  }));
}

// Coefficients, M arrays (K,), of a support by its kernel matrix `within`, M arrays (M,)
export function fit(within, { ridge }) {
  const count = within.length;
  return solved(within.map((row, i) => [
    ...Array.from(row, (value, j) => value + (i === j ? ridge : 0)),
    ...Array.from(row, (_, k) => (i === k ? 1 : 0) - 1 / count),
  ]));
}

// [A | B], n arrays (n + k,) -> A^{-1} B, n arrays (k,): Gauss and Jordan's elimination with partial pivoting
function solved(system) {
  const all = system.map((row) => row.slice()), size = all.length;
  for (let step = 0; step < size; step += 1) {
    let pivot = step;
    for (let i = step + 1; i < size; i += 1) if (Math.abs(all[i][step]) > Math.abs(all[pivot][step])) pivot = i;
    [all[step], all[pivot]] = [all[pivot], all[step]];
    for (let i = 0; i < size; i += 1) {
      const factor = i === step ? 0 : all[i][step] / all[step][step];
      for (let j = step; factor && j < all[i].length; j += 1) all[i][j] -= factor * all[step][j];
    }
  }
  return all.map((row, i) => Float64Array.from(row.slice(size), (value) => value / row[i]));
}

// What test image t is worth as class k; `across`: M arrays (T,) of the kernel between support and test images
export function predict(across, coefficients, t, k) {
  let value = 0;
  for (let i = 0; i < coefficients.length; i += 1) value += across[i][t] * coefficients[i][k];
  return value;
}

// The share of the test images with `labels` (T,) that a support predicts rightly
export function accuracy(within, across, labels, predictor) {
  const coefficients = fit(within, predictor);
  let right = 0;
  for (let t = 0; t < labels.length; t += 1) {
    let named = 0, most = -Infinity;
    for (let k = 0; k < within.length; k += 1) {
      const value = predict(across, coefficients, t, k);
      if (value > most) [named, most] = [k, value];
    }
    right += named === labels[t];
  }
  return right / labels.length;
}

// `COLUMNS` different candidates of each of `classes` classes, drawn by the seed: places among all `labels`
export function sheet(labels, classes, seed) {
  const random = generator(seed);
  return Array.from({ length: classes }, (_, k) => {
    const members = Array.from(labels.keys()).filter((i) => labels[i] === k);
    for (let place = 0; place < COLUMNS; place += 1) { // the head of a shuffle (Fisher and Yates)
      const other = place + Math.floor(random() * (members.length - place));
      [members[place], members[other]] = [members[other], members[place]];
    }
    return members.slice(0, COLUMNS);
  });
}

// The candidate of every row with the largest of `values`
export const largest = (rows, values) =>
  rows.map((row) => row.reduce((best, i) => (values[i] > values[best] ? i : best)));

// `DRAWS` times one candidate of every row, uniformly
export function randomTens(rows, seed) {
  const random = generator(seed);
  return Array.from({ length: DRAWS }, () => rows.map((row) => row[Math.floor(random() * row.length)]));
}

// What a predictor makes of `chosen`, one candidate of every row, and of what competes with it; see lesson_predict.js for
// `data`. -> [{name, ten: candidates where it is ten of them, accuracies: one for every set of images}]
export function contest(data, rows, chosen, seed) {
  const ids = rows.flat(), place = new Map(ids.map((i, at) => [i, at])), support = ids.map((i) => data.images[i]);
  const within = kernel(support, support, data), across = kernel(support, data.tests, data);
  const ofTen = (ten) => {
    const at = ten.map((i) => place.get(i));
    return accuracy(at.map((a) => at.map((b) => within[a][b])), at.map((a) => across[a]), data.testLabels, data);
  };
  const ofSet = (set) => accuracy(kernel(set, set, data), kernel(set, data.tests, data), data.testLabels, data);
  const tens = randomTens(rows, seed);
  const picked = { yours: chosen, important: largest(rows, data.importance), typical: largest(rows, data.nearness) };
  return [
    ...Object.entries(picked).map(([name, ten]) => ({ name, ten, accuracies: [ofTen(ten)] })),
    { name: "random", ten: tens[0], accuracies: tens.map(ofTen) },
    { name: "distilled", ten: null, accuracies: data.distilled.map(ofSet) },
  ];
}

// {mean, std} of numbers, with n - 1
export function spread(numbers) {
  const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
  const squares = numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, std: Math.sqrt(squares / (numbers.length - 1)) };
}
