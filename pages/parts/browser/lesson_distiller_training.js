// A toy dataset of three classes in the plane, and a distiller of it that goes on part by part: sample, match, update,
// evaluate.

import { accuracy, classifier, distance, meanFeatures, randomFeatures } from "./lesson_distiller_maths.js";
import { scattered } from "./lesson_points.js";
import { kmeansSensitivity, lawOf } from "./lesson_sensitivity_maths.js";
import { generator, picker } from "./random.js";

const GROUPS = [
  { at: [0.24, 0.76], spread: 0.06, count: 40, class: 0 },
  { at: [0.76, 0.26], spread: 0.06, count: 40, class: 0 },
  { at: [0.5, 0.5], spread: 0.06, count: 80, class: 1 },
  { at: [0.24, 0.26], spread: 0.06, count: 72, class: 2 },
  { at: [0.84, 0.84], spread: 0.03, count: 8, class: 2 }, // the rare ones
];
export const CLASSES = 3;
export const BATCH = 16; // real points of each class
export const RANDOM_SETS = 100;
const FEATURES = 60;
const CENTERS = 3; // of the k-means sensitivity within a class
const TRAIL = 40; // steps that are remembered

function made(seed) {
  const { points, groups } = scattered(seed, GROUPS);
  return { points, classes: groups.map((group) => GROUPS[group].class) };
}
export const REAL = made(1);
export const HELD_OUT = made(2);

const places = REAL.points.map((_, i) => i);
const MEMBERS = Array.from({ length: CLASSES }, (_, c) => places.filter((i) => REAL.classes[i] === c));
const LAWS = {
  uniform: MEMBERS.map((members) => members.map(() => 1 / members.length)),
  importance: MEMBERS.map((members) =>
    lawOf(kmeansSensitivity(members.map((i) => REAL.points[i]), CENTERS, generator(1)).scores, 1)),
};

const classesOf = (each) => Array.from({ length: CLASSES * each }, (_, i) => Math.floor(i / each));

// `each` synthetic points a class start anywhere in the middle of the square, or where `moved` has them
export function begin(seed, each, moved) {
  const random = generator(seed);
  const start = classesOf(each).map(() => [0.25 + 0.5 * random(), 0.25 + 0.5 * random()]);
  return started(random, each, start.map((place, i) => moved[i] ?? place), 0);
}

function started(random, each, points, step) {
  const trails = points.map((place) => [place]);
  return evaluate({ random, classes: classesOf(each), points, trails, step, batch: null, pull: null, byHand: false });
}

// A state as a text, to six decimals: its steps, its random numbers and its points; the part of a step is left out.
export const written = ({ step, random, points }) =>
  [step, random.state(), ...points.flat().map((part) => Number(part.toFixed(6)))].join("_");

// The state that `written` made a text of
export function read(text, each) {
  const [step, seed, ...parts] = text.split("_").map(Number);
  return started(generator(seed), each, Array.from({ length: parts.length / 2 }, (_, i) => parts.slice(2 * i, 2 * i + 2)), step);
}

// A batch of every class: {indices, weights}, each point worth 1 / (n p)
export function sample(state, scheme) {
  const indices = [], weights = [];
  MEMBERS.forEach((members, c) => {
    const law = LAWS[scheme][c], choose = picker(law);
    for (let drawn = 0; drawn < BATCH; drawn += 1) {
      const place = choose(state.random);
      indices.push(members[place]);
      weights.push(1 / (members.length * law[place]));
    }
  });
  return Object.assign(state, { batch: { indices, weights }, pull: null });
}

// The loss of the batch under new random features, and what it asks of every synthetic point
export function match(state) {
  const { batch, classes, points } = state, features = randomFeatures(state.random, FEATURES);
  const found = Array.from({ length: CLASSES }, (_, c) => {
    const part = batch.indices.slice(c * BATCH, (c + 1) * BATCH).map((i) => REAL.points[i]);
    const target = meanFeatures(part, features, batch.weights.slice(c * BATCH, (c + 1) * BATCH));
    return distance(points.filter((_, i) => classes[i] === c), target, features);
  });
  const loss = found.reduce((sum, one) => sum + one.loss, 0);
  return Object.assign(state, { pull: { loss, gradient: found.flatMap((one) => one.gradient), features } });
}

export function update(state, rate) {
  const points = state.points.map((place, i) => place.map((part, axis) => part - rate * state.pull.gradient[i][axis]));
  const trails = state.trails.map((trail, i) => [...trail.slice(-TRAIL), points[i]]);
  return Object.assign(state, { points, trails, step: state.step + 1, batch: null, pull: null, byHand: false });
}

// A classifier learns from the synthetic points: {name: points -> classes, accuracy on held-out points, step}
export function evaluate(state) {
  const name = classifier(state.points, state.classes, CLASSES);
  const right = accuracy(name(HELD_OUT.points), HELD_OUT.classes);
  return Object.assign(state, { evaluated: { name, accuracy: right, step: state.step } });
}

// A point is put somewhere by hand.
export function put(state, i, place) {
  state.points = state.points.map((old, k) => (k === i ? place : old));
  state.trails = state.trails.map((old, k) => (k === i ? [place] : old));
  return evaluate(Object.assign(state, { batch: null, pull: null, byHand: true }));
}

// Accuracies (RANDOM_SETS) of classifiers that learn from `each` random real points a class
export function ofRandom(each) {
  const random = generator(1), classes = classesOf(each);
  return Array.from({ length: RANDOM_SETS }, () => {
    const chosen = classes.map((c) => REAL.points[MEMBERS[c][Math.floor(random() * MEMBERS[c].length)]]);
    return accuracy(classifier(chosen, classes, CLASSES)(HELD_OUT.points), HELD_OUT.classes);
  });
}
