// A distiller at work: synthetic points that move, and the four parts of each of their steps.

import { element } from "./dom.js";
import { picture } from "./lesson_distiller_picture.js";
import { BATCH, HELD_OUT, RANDOM_SETS, begin, evaluate, match, ofRandom, put, read, sample, update, written } from "./lesson_distiller_training.js";
import { legend } from "./lesson_legend.js";
import { spread } from "./lesson_predict_maths.js";

const TICK = 250; // milliseconds of a step while it plays
const MOST = 200; // steps that one press plays
const LEGEND = [["plain", 3, "real point"], ["drawn", 6, "in the batch; area is weight"],
  ["made", 8, "synthetic point"], ["pull", 0, "next move, 4 times as long"], ["trail", 0, "past moves"]];
const percent = (part) => (100 * part).toFixed(1);
const loss = ({ pull }) => `loss ${pull.loss.toFixed(3)}`;

export function distiller(stage) {
  const shown = picture(stage), status = element("p", { class: "status", role: "status" });
  stage.picture.append(status);
  legend(stage).show(LEGEND);
  if (stage.still) stage.off.add("play");
  const lesson = { stage, state: null, order: null, begun: "", moved: {}, said: "", random: {}, clock: 0, left: 0 };

  function draw() {
    follow(lesson);
    shown.draw(lesson.state);
    status.setAttribute("aria-live", stage.playing ? "off" : "polite"); // four times a second is too much to hear
    if (status.textContent !== lesson.said) status.textContent = lesson.said;
    tell(lesson);
  }

  function act(name) {
    follow(lesson);
    const playing = stage.playing;
    pause(lesson);
    if (name !== "play") lesson.said = ACTS[name](lesson);
    else if (!playing) play(lesson);
    stage.changed();
  }

  function progress() {
    follow(lesson);
    return lesson.state.step ? written(lesson.state) : "";
  }
  return { draw, act, progress, end: () => pause(lesson) };
}

// Begins again where the page, the seed, the number of points or an undone move ask for it, or takes over what was moved.
function follow(lesson) {
  const { stage } = lesson, { order } = stage, { ipc } = stage.values, begun = `${order} ${stage.seed} ${ipc}`;
  const undone = Object.keys(lesson.moved).some((i) => !(i in stage.moved));
  if (lesson.begun !== begun || undone) {
    pause(lesson);
    const brought = lesson.order !== order && stage.progress;
    const state = brought ? read(stage.progress, ipc) : begin(stage.seed, ipc, stage.moved);
    const said = brought ? `Step ${state.step}, as it was left. Press 1. Sample.`
      : "Step 0: the synthetic points start anywhere. Press 1. Sample.";
    Object.assign(lesson, { order, begun, said, state, moved: { ...stage.moved } });
    lesson.random[ipc] ??= spread(ofRandom(ipc));
  }
  for (const [i, place] of Object.entries(stage.moved)) {
    if (String(lesson.moved[i]) === String(place)) continue;
    put(lesson.state, Number(i), place);
    lesson.said = "You moved a point: the shades and the number follow.";
  }
  lesson.moved = { ...stage.moved };
}

// What each button does, with the parts before it that are still to do. -> what it did, in words
const ACTS = {
  sample({ state, stage }) {
    sample(state, stage.values.draw);
    return `Step ${state.step + 1}, sampled: ${BATCH} real points of each class are ringed. Next: 2. Match.`;
  },
  match(lesson) {
    const { state } = lesson;
    if (!state.batch) ACTS.sample(lesson);
    match(state);
    return `Step ${state.step + 1}, matched: ${loss(state)}. Arrows show where the points will go. Next: 3. Update.`;
  },
  update(lesson) {
    const { state, stage } = lesson;
    if (!state.pull) ACTS.match(lesson);
    update(state, stage.values.rate);
    return `Step ${state.step}, updated: every point has followed its arrow. Next: 4. Evaluate.`;
  },
  evaluate({ state }) {
    evaluate(state);
    return `Step ${state.step}, evaluated: the shades and the number are up to date.`;
  },
  twenty(lesson) {
    for (let step = 0; step < 20; step += 1) ACTS.update(lesson);
    evaluate(lesson.state);
    return `Step ${lesson.state.step}, evaluated: 20 steps further.`;
  },
};

// Whole steps; between them the next one shows its batch and its arrows.
function play(lesson) {
  const tick = () => {
    ACTS.update(lesson);
    evaluate(lesson.state);
    lesson.left -= 1;
    if (lesson.left > 0) ACTS.match(lesson);
    else pause(lesson);
    lesson.said = `Step ${lesson.state.step}${lesson.state.pull ? `, ${loss(lesson.state)}` : ""}`;
    lesson.stage.changed();
  };
  lesson.left = MOST;
  lesson.clock = setInterval(tick, TICK);
  lesson.stage.playing = true;
  lesson.said = ACTS.match(lesson);
}

function pause(lesson) {
  clearInterval(lesson.clock);
  lesson.stage.playing = false;
}

function tell({ stage, state, random }) {
  const { evaluated, step, points } = state, count = points.length, { mean, std } = random[stage.values.ipc];
  const late = evaluated.step < step ? `Measured at step ${evaluated.step}; press 4. Evaluate for step ${step}. ` : "";
  stage.tell(evaluated.accuracy, `${percent(evaluated.accuracy)} %`,
    `${late || `Share of ${HELD_OUT.points.length} other points, one start. `}${count} random real points instead: `
    + `${percent(mean)} ± ${percent(std)} %, n = ${RANDOM_SETS} draws.`);
  stage.describe(`${count} synthetic points after ${step} steps. The classifier of step ${evaluated.step} names `
    + `${percent(evaluated.accuracy)} % of the test points correctly.`);
}
