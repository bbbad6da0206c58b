// What the charts of the player draw of its tracks: curves, lines to compare them with, and what is missing.

import { count, number } from "./dom.js";

export const LETTERS = ["A", "B"];
const percent = (value) => value.toFixed(1);
const inPercent = (values) => values.map((value) => (value === null ? null : 100 * value));

export const ACCURACY = {
  title: "Test accuracy", log: false, least: 10, possible: (value) => value >= 0 && value <= 100,
  tick: (value) => `${number(value)} %`,
  format: (mean, std, n) => [percent(mean), ...(Number.isFinite(std) ? [percent(std)] : [])].join(" ± ") + " %"
    + (n ? ` (n = ${n})` : ""),
};
export const LOSS = {
  title: "Loss", log: true, least: 0, possible: () => true, tick: number, format: (value) => number(value),
};

const letterOf = (tracks, i) => (tracks.length > 1 ? LETTERS[i] : "");

// Whether any of these sets is also tested by its own kernel predictor.
export function predicted(tracks) {
  return tracks.some((track) => track.kernel[0].length || track.kernelRandom);
}

export function accuracyCurves(tracks) {
  const label = predicted(tracks) ? "students" : "";
  const students = tracks.map((track, i) => ({ name: track.title, letter: letterOf(tracks, i), run: i, label,
    steps: track.accuracy[0], values: inPercent(track.accuracy[1]),
    stds: track.repeats > 1 ? inPercent(track.accuracy[2]) : null, spreads: inPercent(track.accuracy[2]),
    counts: track.counts.length ? track.counts : track.accuracy[0].map(() => track.repeats) }));
  const predictors = tracks.flatMap(({ title, kernel: [steps, means, stds] }, i) => (steps.length ? [{
    name: `${title}, kernel predictor`, letter: letterOf(tracks, i), run: i, predictor: true, label: "kernel predictor",
    steps, values: inPercent(means), stds: stds.some((std) => std !== null) ? inPercent(stds) : null }] : []));
  return [...students, ...predictors];
}

export function lossCurves(tracks) {
  return tracks.map((track, i) => ({ name: track.title, letter: letterOf(tracks, i), run: i, steps: track.loss[0],
    values: track.loss[1], stds: null }));
}

// Beside the title of the accuracies: what a band is, and which lines are not there.
export function accuracyDetail(tracks) {
  const measured = tracks.some((track) => track.accuracy[0].length);
  if (!measured) return predicted(tracks) ? `students: ${without(tracks, "noAccuracy")}` : "";
  const missing = [["random", "random images"], ["full", "full data"]]
    .filter(([field]) => !tracks.some((track) => track[field])).map(([, name]) => name);
  const yet = tracks.some((track) => track.live) ? " yet" : "";
  return [tracks.some((track) => track.repeats > 1) ? "± 1 std" : "",
    missing.length ? `${missing.join(" and ")} not measured${yet}` : ""].filter(Boolean).join(", ");
}

// Why a chart is empty, per track if the reasons differ.
export function without(tracks, missing) {
  const words = tracks.map((track) => track[missing]);
  return new Set(words).size > 1 ? words.map((text, i) => `${LETTERS[i]}: ${text}`).join("; ") : words[0];
}

// One line for all tracks if they agree, else one each: [{kind: "random" | "full" | "kernel", value, predictor, run:
// "s0" or "s1" of a line that is of one run only, text: its name and numbers, detail: the same with the spread, and in
// parts: `group`, `whose` within it, `numbers`}].
export function baselines(tracks) {
  const kinds = predicted(tracks) ? [["random", "random", "random images", "students"], ["full", "full", "full data", "students"],
    ["kernel", "kernelRandom", "random images", "kernel"]]
    : [["random", "random", "random images, same budget", ""], ["full", "full", "full data", ""]];
  return kinds.flatMap(([kind, field, group, of]) => {
    const found = new Map();
    tracks.forEach((track, i) => {
      if (track[field]) found.set(String(track[field]), [...(found.get(String(track[field])) ?? []), LETTERS[i]]);
    });
    return [...found].map(([given, letters]) => {
      const [mean, std, n] = given.split(",").map(Number);
      const several = found.size > 1;
      const name = `${[group, of].filter(Boolean).join(", ")}${several ? ` (${letters.join(", ")})` : ""}`;
      const numbers = `${percent(100 * mean)} % (n = ${n})`;
      return { kind, value: 100 * mean, predictor: kind === "kernel", run: several ? `s${LETTERS.indexOf(letters[0])}` : null,
        text: `${name} ${numbers}`, detail: `${name}: ${ACCURACY.format(100 * mean, n > 1 ? 100 * std : null, n)}`,
        group, whose: [several ? letters.join(", ") : "", of].filter(Boolean).join(" "), numbers };
    });
  });
}

// The names of steps along the axes: where all runs have the same.
export function stepNames(tracks) {
  const names = tracks.map(({ marks }) => Object.fromEntries(Object.entries(marks).map(([step, [name]]) => [step, name])));
  return new Set(names.map((one) => JSON.stringify(one))).size === 1 ? names[0] : {};
}

// When the pictures of two runs part, in words; "" for one run.
export function partingWords(parting) {
  if (!parting) return "";
  const { same, apart, more } = parting;
  if (apart === null) return same === null ? "" : `The same images at every common snapshot${more ? " so far" : ""}, up to step ${count(same)}.`;
  if (same === 0) return `The same at the start, apart from step ${count(apart)} on.`;
  if (same === null) return `The images differ from step ${count(apart)} on, the first snapshot of both.`;
  return `The same until step ${count(same)}, apart from step ${count(apart)} on.`;
}
