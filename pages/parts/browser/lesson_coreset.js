// What a coreset is: a few weighted points, and the sets of centres at which they misjudge the cost the most.

import { svg } from "./dom.js";
import { coresetOf, costOf, errorOf, median, queriesOf, queryOf, worstOf } from "./lesson_coreset_maths.js";
import { legend } from "./lesson_legend.js";
import { plane } from "./lesson_plane.js";
import { scattered } from "./lesson_points.js";
import { kmeansSensitivity, lawOf } from "./lesson_sensitivity_maths.js";
import { strip } from "./lesson_strip.js";
import { generator } from "./random.js";

const GROUPS = [
  { at: [0.3, 0.74], spread: 0.035, count: 150 },
  { at: [0.72, 0.74], spread: 0.035, count: 125 },
  { at: [0.66, 0.38], spread: 0.035, count: 123 },
  { at: [0.12, 0.12], spread: 0.015, count: 2 }, // far from all others
];
const POINTS = scattered(1, GROUPS).points;
const QUERIES = 200, DRAWS = 60; // sets of centres that are tried; coresets that are compared
const LIGHT = 2.5; // CSS pixels: the radius of a point of weight 1
const SCHEMES = { kmeans: "by sensitivity", uniform: "uniformly" };
const percent = (part) => `${(100 * part).toFixed(Math.abs(part) < 0.0995 ? 1 : 0)} %`;

export function coreset(stage) {
  const field = plane(stage, { label: "Centres that you can move" });
  const marks = legend(stage);
  const chart = strip(stage, { label: `Worst cost error of ${DRAWS} coresets, by how they were drawn`, names: SCHEMES });
  const kept = new Map(); // what depends on k, and on k and m, is computed once
  const once = (key, make) => kept.get(key) ?? kept.set(key, make()).get(key);

  function draw() {
    const { k, m, scheme } = stage.values, { queries, laws } = once(k, () => of(k));
    const worst = once(`${k} ${m}`, () => compared(queries, laws, m));
    const chosen = coresetOf(laws[scheme], m, generator(stage.seed));
    const found = worstOf(queries, chosen);
    const centers = found.query.centers.map((place, i) => stage.moved[i] ?? place);
    const here = queryOf(POINTS, centers), error = Math.max(found.worst, errorOf(here, chosen));
    field.resize();
    field.under.replaceChildren(...weighted(field, chosen));
    field.points(centers, (i) => ({
      radius: 9, class: "query",
      label: `Centre ${i + 1} at ${centers[i].map((part) => part.toFixed(2)).join(", ")}`,
    }));
    marks.show([["plain", LIGHT, `one of ${POINTS.length} points`], ["query ring", 8, "centre, to drag"],
      ["chosen", LIGHT * Math.sqrt(POINTS.length / m), `coreset point of weight ${Number((POINTS.length / m).toPrecision(2))}`]]);
    chart.draw(worst, scheme, error);
    const worse = Object.keys(stage.moved).length && error > found.worst;
    stage.tell(error, percent(error), `${worse ? "You found a worse set of centres. " : ""}At the centres shown: `
      + `cost ${costOf(here, chosen).toFixed(2)} by the coreset, ${here.full.toFixed(2)} by all points.`);
    stage.describe(`A coreset of ${m} of ${POINTS.length} points, drawn ${SCHEMES[scheme]}. Over ${DRAWS} draws the median `
      + `worst error is ${percent(median(worst.kmeans))} by sensitivity and ${percent(median(worst.uniform))} uniformly.`);
  }
  return { draw };
}

// k -> the queries and the two laws
function of(k) {
  const { scores } = kmeansSensitivity(POINTS, k, generator(1));
  return {
    queries: queriesOf(POINTS, k, generator(1), QUERIES).map((centers) => queryOf(POINTS, centers)),
    laws: { kmeans: lawOf(scores, 1), uniform: lawOf(scores, 0) },
  };
}

// scheme -> the worst errors of coresets of m points, drawn from the same random numbers
function compared(queries, laws, m) {
  const errors = (law) => Array.from({ length: DRAWS }, (_, seed) =>
    worstOf(queries, coresetOf(law, m, generator(seed))).worst);
  return { kmeans: errors(laws.kmeans), uniform: errors(laws.uniform) };
}

// All points, and those of the coreset with an area by their weight; one that was drawn twice weighs twice.
function weighted(field, { indices, weights }) {
  const total = new Map();
  indices.forEach((i, place) => total.set(i, (total.get(i) ?? 0) + weights[place]));
  const dot = (kind, i, r) => svg("circle", { class: kind, cx: field.x(POINTS[i][0]), cy: field.y(POINTS[i][1]), r });
  const heavy = [...total].sort(([, a], [, b]) => b - a);
  return [...POINTS.map((_, i) => dot("plain", i, LIGHT)),
    ...heavy.map(([i, weight]) => dot("chosen", i, LIGHT * Math.sqrt(weight)))];
}
