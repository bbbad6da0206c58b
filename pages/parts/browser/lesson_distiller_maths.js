// One step of distribution matching as `ddcore.distillers.dm` has it, for points (n) of two numbers, seen through random
// Fourier features (Rahimi and Recht 2007) in place of a random network:
//   loss = sum_c |mean_i w_i psi(x_i) - mean_j psi(s_j)|^2, psi_f(x) = sqrt(2 / F) cos(v_f x + b_f)
// And the classifier that learns from the synthetic points: kernel ridge regression.

import { fit, kernel } from "./lesson_predict_maths.js";
import { normal } from "./random.js";

const WIDTHS = [0.1, 0.2, 0.4]; // of the Gaussian kernels that the features stand for, in turn
const PREDICTOR = { width: 0.1, ridge: 0.01 };

// {waves: (F) of two numbers, phases: (F)}
export function randomFeatures(random, count) {
  const waves = [], phases = [];
  for (let f = 0; f < count; f += 1) {
    const width = WIDTHS[f % WIDTHS.length];
    waves.push([normal(random) / width, normal(random) / width]);
    phases.push(2 * Math.PI * random());
  }
  return { waves, phases };
}

const angle = ([x, y], { waves, phases }, f) => waves[f][0] * x + waves[f][1] * y + phases[f];

// (F): the mean of the features of points, each times its weight
export function meanFeatures(points, features, weights = points.map(() => 1)) {
  const height = Math.sqrt(2 / features.phases.length) / points.length;
  return features.phases.map((_, f) =>
    height * points.reduce((sum, point, i) => sum + weights[i] * Math.cos(angle(point, features, f)), 0));
}

// Of one class: the squared distance of the mean features of `points` (n) from `target` (F), and its gradient by them
export function distance(points, target, features) {
  const gaps = meanFeatures(points, features).map((value, f) => value - target[f]);
  const slope = -2 * Math.sqrt(2 / gaps.length) / points.length;
  const gradient = points.map((point) => {
    const pull = [0, 0];
    gaps.forEach((gap, f) => {
      const along = slope * gap * Math.sin(angle(point, features, f));
      pull[0] += along * features.waves[f][0];
      pull[1] += along * features.waves[f][1];
    });
    return pull;
  });
  return { loss: gaps.reduce((sum, gap) => sum + gap ** 2, 0), gradient };
}

// points (n) and their classes -> a function: others (m) -> their classes (m), of equally good ones the first
export function classifier(points, classes, count) {
  const own = fit(kernel(points, points, PREDICTOR), PREDICTOR); // a column for each point: those of a class add up
  const coefficients = own.map((row) => {
    const sums = Array(count).fill(0);
    row.forEach((value, j) => (sums[classes[j]] += value));
    return sums;
  });
  return (others) => kernel(others, points, PREDICTOR).map((row) => {
    const values = Array.from({ length: count }, (_, k) =>
      row.reduce((sum, value, i) => sum + value * coefficients[i][k], 0));
    return values.indexOf(Math.max(...values));
  });
}

// The share of points with `labels` that are named rightly
export function accuracy(named, labels) {
  return named.filter((name, i) => name === labels[i]).length / labels.length;
}
