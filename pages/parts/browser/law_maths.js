// The sampling law of `ddcore.sampling.law`, in the browser: the same formulas, computed anew whenever a slider moves.
// Images are sorted by their scores once. N images; "class", "all" and "balanced" are the ways to draw a batch: each
// class by itself, all images at once, and all at once with every class as likely as any other.

import { generator } from "./random.js";

// scores (Float64Array, N), labels (N) of `classes` classes -> what `probabilities` needs. `base`: what a law is
// compared with, 1/n of the class, 1/N, or 1/(K n) with every class as likely as any other; `usual`: what each class
// gets of that; `groups`: what is drawn from at once, sorted by score; `ids`: the same, sorted by id.
export function prepare(scores, labels, classes) {
  const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a] - scores[b] || a - b);
  const sizes = new Uint32Array(classes);
  for (const label of labels) sizes[label] += 1;
  const starts = sizes.map((_, k) => sizes.subarray(0, k).reduce((sum, size) => sum + size, 0));
  const byClass = Uint32Array.from(order); // the same order, one class after another
  const filled = starts.slice();
  for (const i of order) byClass[filled[labels[i]]++] = i;
  const members = Array.from(sizes, (size, k) => byClass.subarray(starts[k], starts[k] + size));
  const present = members.filter((group) => group.length);
  const within = Float64Array.from(labels, (label) => 1 / sizes[label]);
  const all = within.map(() => 1 / scores.length), balanced = within.map((p) => p / present.length);
  const base = { class: within, all, balanced };
  const usual = {
    all: Array.from(sizes, (size) => size / scores.length),
    balanced: Array.from(sizes, (size) => (size ? 1 / present.length : 0)),
  };
  return {
    scores, labels, sizes, order, base, usual, count: scores.length, easy: {},
    groups: { class: present, all: [order], balanced: [order] },
    ids: { class: present.map((group) => group.slice().sort()), all: [order.slice().sort()] },
  };
}

// Every image's score of the reversed rank among `group` (sorted by score); equal scores share the mean of theirs.
function reverse(scores, group, into) {
  const last = group.length - 1;
  for (let from = 0, to = 0; from <= last; from = to) {
    let sum = 0;
    for (to = from; to <= last && scores[group[to]] === scores[group[from]]; to += 1) sum += scores[group[last - to]];
    for (let place = from; place < to; place += 1) into[group[place]] = sum / (to - from);
  }
}

// The scores as the direction has them; the reversed ones are made once for each way to draw.
function directed(data, draws, direction) {
  if (direction !== "easy") return data.scores;
  const key = draws === "class" ? "class" : "all";
  if (!data.easy[key]) {
    data.easy[key] = new Float64Array(data.count);
    for (const group of data.groups[draws]) reverse(data.scores, group, data.easy[key]);
  }
  return data.easy[key];
}

// (N,) Float64Array: p = b (u + (1 - u) r / sum b r) with r = s^t; sums to 1, of "class" within each class
export function probabilities(data, { draws, uniform, temperature, direction }) {
  const base = data.base[draws], scores = directed(data, draws, direction), law = new Float64Array(data.count);
  for (const group of data.groups[draws]) {
    let peak = 0, mean = 0;
    for (const i of group) peak = Math.max(peak, scores[i]);
    for (const i of group) {
      law[i] = peak === 0 ? 1 : (scores[i] / peak) ** temperature;
      mean += base[i] * law[i];
    }
    for (const i of group) law[i] = base[i] * (uniform + (1 - uniform) * law[i] / mean);
  }
  return law;
}

// {effective: images, share of all of them, largest and smallest: ratios to the base, top: the share of the draws that
// the tenth with the highest scores gets, classes: each class's share of the draws, of "class" its effective share}
export function summary(data, law, draws) {
  const base = data.base[draws], classes = new Float64Array(data.sizes.length);
  let effective = 0, largest = 0, smallest = Infinity, top = 0, total = 0;
  for (const group of data.groups[draws]) {
    let squares = 0;
    for (const i of group) squares += law[i] ** 2;
    effective += 1 / squares;
    if (draws === "class") classes[data.labels[group[0]]] = 1 / squares / group.length;
  }
  for (let place = 0; place < data.count; place += 1) {
    const i = data.order[place], ratio = law[i] / base[i];
    largest = Math.max(largest, ratio);
    smallest = Math.min(smallest, ratio);
    total += law[i];
    if (place >= data.count - Math.ceil(data.count / 10)) top += law[i];
    if (draws !== "class") classes[data.labels[i]] += law[i];
  }
  return { effective, share: effective / data.count, largest, smallest, top: top / total, classes };
}

// Ratios to the base of images sorted by score, in at most `bins` parts of equal size: the lowest, mean and highest.
export function curve(data, law, draws, bins) {
  const base = data.base[draws], parts = Math.min(bins, data.count);
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor(part * data.count / parts), to = Math.floor((part + 1) * data.count / parts);
    let low = Infinity, high = 0, sum = 0;
    for (let place = from; place < to; place += 1) {
      const i = data.order[place], ratio = law[i] / base[i];
      low = Math.min(low, ratio);
      high = Math.max(high, ratio);
      sum += ratio;
    }
    return { low, high, mean: sum / (to - from) };
  });
}

// `count` ids drawn by the law with replacement; of "class" as equally many from each as possible, in class order. The
// same seed gives the same random numbers under every law, so that few images change while a slider moves.
export function draw(data, law, draws, count, seed) {
  const random = generator(seed), groups = data.ids[draws] ?? data.ids.all;
  const sums = groups.map(() => null);
  return Array.from({ length: count }, (_, j) => {
    const which = Math.floor(j * groups.length / count), group = groups[which];
    sums[which] ??= running(law, group);
    const wanted = random() * sums[which][group.length - 1];
    return group[Math.min(group.length - 1, above(sums[which], wanted))];
  });
}

function running(law, group) {
  const sums = new Float64Array(group.length);
  let sum = 0;
  group.forEach((i, place) => (sums[place] = sum += law[i]));
  return sums;
}

// The first place whose running sum is above `wanted`.
function above(sums, wanted) {
  let low = 0, high = sums.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
