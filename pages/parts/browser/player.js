// The player: image sheets and charts on one cursor. Streamlit calls the function at the end with every new `data`;
// the user's state (cursor, playing) lives here, so new data never resets it.

import { count, element, icon, iconButton, mount, number } from "./dom.js";
import { Chart } from "./player_charts.js";
import { FrameLoader, Sheet, leastSheetWidth, lowWindow, nameColumnWidth, sheetLayout } from "./player_sheet.js";

const WIDE = 760; // CSS pixels; narrower windows have one column
const LEAST_CHART_WIDTH = 340;
const SPACE = 24; // between columns
const PANEL_PADDING = 32; // left and right of the images together
const TALLEST_IMAGES = 620;
const LEAST_IMAGES = 240; // high, however low the window
const AROUND_IMAGES = 366; // of the window's height, for what is above and below the images
const SLOWEST_FRAME = 700; // milliseconds, for few snapshots over many seconds
const SETTLED_AFTER = 300; // milliseconds without movement
const AHEAD = 60; // frames loaded beyond the cursor
const LETTERS = ["A", "B"];

const percent = (value) => value.toFixed(1);
const ACCURACY = {
  title: "Test accuracy", log: false, possible: (value) => value >= 0 && value <= 100,
  tick: (value) => `${number(value)} %`,
  format: (mean, std) => [percent(mean), ...(Number.isFinite(std) ? [percent(std)] : [])].join(" ± ") + " %",
};
const LOSS = {
  title: "Loss", log: true, possible: () => true,
  tick: number, format: number,
};
const fittingHeight = () => Math.min(TALLEST_IMAGES, Math.max(LEAST_IMAGES, window.innerHeight - AROUND_IMAGES));
const ICONS = {
  play: "M8 5.2v13.6L19 12z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  back: "M6 5.5h2.4v13H6zM18.5 5.5v13L9.2 12z",
  forward: "M15.6 5.5H18v13h-2.4zM5.5 5.5v13l9.3-6.5z",
};
const earlier = (steps, step) => steps.findLast((one) => one <= step) ?? steps[0] ?? null;
const inPercent = (values) => values.map((value) => (value === null ? null : 100 * value));

class Player {
  constructor(parent) {
    this.loader = new FrameLoader(() => this.showFrames());
    this.cursor = null; // step of a snapshot, null while there is none
    this.playing = null; // while playing: {since, from}
    this.sheets = [];
    this.buildPage();
    parent.append(this.root);
    this.sizes = new ResizeObserver(() => {
      if (this.data && this.root.clientWidth !== this.width) this.arrange();
    });
    this.sizes.observe(this.root);
    this.onResize = () => this.data && fittingHeight() !== this.fitting && this.arrange();
    window.addEventListener("resize", this.onResize);
  }

  destroy() {
    this.stop();
    clearTimeout(this.settling);
    this.sizes.disconnect();
    window.removeEventListener("resize", this.onResize);
    this.root.remove();
  }

  // ---- the page ----

  buildPage() {
    const scrub = (step) => this.go(this.nearest(step));
    this.charts = { accuracy: new Chart(ACCURACY, scrub), loss: new Chart(LOSS, scrub) };
    this.sheetsBox = element("div", { class: "sheets" });
    this.chartsBox = element("div", { class: "charts" }, this.charts.accuracy.section, this.charts.loss.section);
    this.stage = element("div", { class: "stage" }, this.sheetsBox, this.chartsBox);
    this.buttons = {
      back: iconButton("back", "Previous snapshot", ICONS.back, () => this.move(-1)),
      play: iconButton("play", "Play", ICONS.play, () => this.toggle()),
      forward: iconButton("forward", "Next snapshot", ICONS.forward, () => this.move(1)),
    };
    this.range = element("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
    this.where = element("span", { class: "where" });
    this.newest = element("button", { type: "button", class: "newest" }, "Newest");
    const controls = element("div", { class: "controls" }, ...Object.values(this.buttons), this.range, this.where,
      this.newest);
    this.status = element("div", { class: "spoken", role: "status" });
    this.root = element("div", { class: "player", role: "group", tabindex: 0 }, this.stage, controls, this.status);
    this.listen();
  }

  listen() {
    this.newest.addEventListener("click", () => this.go(this.steps.at(-1)));
    this.range.addEventListener("input", () => {
      this.dragging = true; // the thumb stays under the pointer; let go, it snaps to the snapshot shown
      this.go(earlier(this.steps, this.range.valueAsNumber));
    });
    this.range.addEventListener("change", () => {
      this.dragging = false;
      this.showControls();
    });
    this.root.addEventListener("keydown", (event) => this.press(event));
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.classList.contains("table")) return;
    const onButton = event.target.localName === "button";
    const actions = {
      " ": onButton ? null : () => this.toggle(),
      ArrowLeft: () => this.move(-1), ArrowDown: () => this.move(-1),
      ArrowRight: () => this.move(1), ArrowUp: () => this.move(1),
      Home: () => this.go(this.steps[0]), End: () => this.go(this.steps.at(-1)),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    actions[event.key]();
  }

  // ---- new data ----

  update(component) {
    const [before, wasAtEnd] = [this.data, this.atEnd()];
    this.component = component;
    this.data = component.data;
    this.steps = [...new Set(this.data.tracks.flatMap((track) => track.steps))].sort((a, b) => a - b);
    this.describe();
    const sameRun = before && before.tracks[0]?.run === this.data.tracks[0]?.run;
    if (!sameRun) this.open();
    else if (wasAtEnd && !this.playing) this.cursor = this.steps.at(-1) ?? null;
    else this.cursor = earlier(this.steps, this.cursor);
    this.loader.forgetMissing();
    this.arrange();
  }

  open() {
    this.stop();
    if (this.sent !== undefined) this.component.setStateValue("cursor", null); // that step belonged to another run
    this.sent = undefined;
    this.cursor = this.steps.at(-1) ?? null;
    const { step } = this.data;
    if (step !== null && this.steps.length && step < this.cursor) {
      this.cursor = this.sent = earlier(this.steps, step);
      this.component.setStateValue("cursor", this.cursor);
    }
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.data.autoplay && !still && !this.data.tracks.some((track) => track.live)) this.play();
  }

  describe() {
    const { tracks } = this.data;
    const runs = tracks.map((track) => track.run).join(" ");
    if (runs !== this.runs) {
      this.runs = runs;
      this.sheets = tracks.map((_, i) => new Sheet(tracks.length > 1 ? LETTERS[i] : null));
      this.sheetsBox.replaceChildren(...this.sheets.map((sheet) => sheet.figure));
      this.scrollTogether();
    }
    this.sheets.forEach((sheet, i) => sheet.describe(tracks[i]));
    this.root.setAttribute("aria-label", `Player: ${tracks.map((track) => track.title).join(" beside ")}`);
    this.range.max = this.data.totalSteps;
  }

  scrollTogether() {
    for (const { table } of this.sheets) {
      table.addEventListener("scroll", () => this.sheets.forEach(({ table: other }) => {
        if (other !== table) other.scrollTo(table.scrollLeft, table.scrollTop);
      }));
    }
  }

  // ---- layout ----

  arrange() {
    const { tracks } = this.data;
    this.width = this.root.clientWidth;
    if (!this.width) return;
    this.fitting = fittingHeight();
    const font = getComputedStyle(this.root).fontFamily;
    const names = Math.max(0, ...tracks.map((track) => nameColumnWidth(track, font)));
    const least = Math.max(0, ...tracks.map((track) => leastSheetWidth(track, names) + PANEL_PADDING));
    const { form, panel, chart } = this.shares(least, names);
    this.root.dataset.form = form;
    this.sheetsBox.style.setProperty("--panel", `${panel}px`);
    const [fit, most] = [this.data.height ?? this.fitting, this.data.height ?? TALLEST_IMAGES];
    this.sheets.forEach((sheet) => sheet.arrange(panel - PANEL_PADDING, fit, most, names));
    this.drawCharts(chart, form);
    this.showCursor();
  }

  // How the width is shared out: form "columns" (images | charts), "rows" (two sheets over two charts) or "stack".
  shares(least, names) {
    const many = Math.max(1, this.sheets.length);
    const { width } = this;
    if (width <= WIDE) {
      const beside = many === 1 || width < 560 ? 1 : many;
      return { form: "stack", panel: Math.floor((width - (beside - 1) * SPACE) / beside), chart: width };
    }
    const room = (charts) => Math.floor((width - many * SPACE - charts) / many);
    const comfortable = Math.min(room(Math.max(LEAST_CHART_WIDTH, 0.36 * width)), Math.max(least, 0.58 * width / many));
    const panel = Math.floor(Math.max(comfortable, Math.min(least, room(LEAST_CHART_WIDTH))));
    const columns = { form: "columns", panel, chart: width - many * (panel + SPACE) };
    if (many === 1) return columns;
    const half = Math.floor((width - SPACE) / 2);
    const scale = (one) => sheetLayout(this.data.tracks[0], one - PANEL_PADDING, this.fitting, names).scale;
    const larger = least > panel || !lowWindow() && scale(half) > 1.4 * scale(panel);
    return larger ? { form: "rows", panel: half, chart: half } : columns;
  }

  drawCharts(width, form) {
    const images = Math.max(0, ...this.sheets.map((sheet) => Math.min(sheet.layout.height, sheet.table.clientHeight)));
    const predicted = this.predicted();
    const height = form === "columns" ? Math.min(560, Math.max(predicted ? 430 : 340, images + 10)) : 400;
    const accuracyShare = predicted ? 0.64 : 0.56;
    const shared = form === "rows" && (images > 400 ? 195 : 230) + (predicted ? 50 : 0); // side by side: as low as keeps all in sight
    const { tracks, totalSteps } = this.data;
    const lastStep = Math.max(totalSteps, this.steps.at(-1) ?? 0);
    const names = this.named();
    const letter = (i) => (tracks.length > 1 ? LETTERS[i] : "");
    this.charts.accuracy.draw([...this.studentCurves(letter), ...this.predictorCurves(letter)], this.baselines(),
      { width, height: shared || Math.round(height * accuracyShare), lastStep, names, axis: form === "rows",
        empty: this.without("noAccuracy"), detail: this.accuracyDetail() });
    this.charts.loss.draw(
      tracks.map((track, i) => ({ name: track.title, letter: letter(i), run: i, steps: track.loss[0],
        values: track.loss[1], stds: null })),
      [], { width, height: shared || Math.round(height * (1 - accuracyShare)), lastStep, names, axis: true,
        empty: this.without("noLoss") });
  }

  // Whether any of these sets is also tested by its own kernel predictor.
  predicted() {
    return this.data.tracks.some((track) => track.kernel[0].length || track.kernelRandom);
  }

  studentCurves(letter) {
    return this.data.tracks.map((track, i) => ({ name: track.title, letter: letter(i), run: i,
      label: this.predicted() ? "students" : "", steps: track.accuracy[0], values: inPercent(track.accuracy[1]),
      stds: track.repeats > 1 ? inPercent(track.accuracy[2]) : null }));
  }

  predictorCurves(letter) {
    return this.data.tracks.flatMap(({ title, kernel: [steps, means, stds] }, i) => (steps.length ? [{
      name: `${title}, kernel predictor`, letter: letter(i), run: i, predictor: true, label: "kernel predictor",
      steps, values: inPercent(means), stds: stds.some((std) => std !== null) ? inPercent(stds) : null }] : []));
  }

  accuracyDetail() {
    const { tracks } = this.data;
    const repeats = [...new Set(tracks.map((track) => track.repeats).filter(Boolean))];
    if (repeats.length === 1 && repeats[0] > 1) return `mean ± 1 std of ${repeats[0]} students`;
    return this.predicted() && !repeats.length ? `students: ${this.without("noAccuracy")}` : "";
  }

  // Why a chart is empty, per track if the reasons differ.
  without(missing) {
    const words = this.data.tracks.map((track) => track[missing]);
    return new Set(words).size > 1 ? words.map((text, i) => `${LETTERS[i]}: ${text}`).join("; ") : words[0];
  }

  // One line for all tracks if they agree, else one each.
  baselines() {
    const lines = [];
    const kinds = this.predicted()
      ? [["random", "random images, students"], ["full", "full data, students"],
        ["kernelRandom", "random images, kernel"]]
      : [["random", "random images, same budget"], ["full", "full data"]];
    for (const [field, name] of kinds) {
      const found = new Map();
      this.data.tracks.forEach((track, i) => {
        if (track[field]) found.set(String(track[field]), [...(found.get(String(track[field])) ?? []), LETTERS[i]]);
      });
      for (const [numbers, letters] of found) {
        const [mean, std, repeats] = numbers.split(",").map(Number);
        const whose = found.size > 1 ? ` (${letters.join(", ")})` : "";
        lines.push({ predictor: field === "kernelRandom", value: 100 * mean, text: `${name}${whose} ${percent(100 * mean)} % (n = ${repeats})`,
          detail: `${name}${whose}: ${ACCURACY.format(100 * mean, repeats > 1 ? 100 * std : null)} (n = ${repeats})` });
      }
    }
    return lines;
  }

  // ---- the cursor ----

  atEnd() {
    return !this.steps?.length || this.cursor === this.steps.at(-1);
  }

  nearest(step) {
    return this.steps.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), this.steps[0]);
  }

  // The user moves the cursor.
  go(step) {
    if (step === null || step === undefined) return;
    this.stop();
    this.cursor = step;
    this.showCursor();
    this.settle();
  }

  move(by) {
    const place = this.steps.indexOf(this.cursor) + by;
    if (place >= 0 && place < this.steps.length) this.go(this.steps[place]);
    else this.stop();
  }

  // The cursor is sent to Python once it rests; null means the newest snapshot, also later.
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => {
      const sent = this.atEnd() ? null : this.cursor;
      this.speak();
      if (sent === (this.sent ?? null)) return; // Python starts at the newest, too
      this.sent = sent;
      this.component.setStateValue("cursor", sent);
    }, SETTLED_AFTER);
  }

  showCursor() {
    const step = this.cursor;
    this.loadFrames();
    this.showFrames();
    this.showControls();
    if (step !== null) Object.values(this.charts).forEach((chart) => chart.x && chart.moveTo(step));
  }

  showControls() {
    const step = this.cursor;
    const none = step === null;
    if (!this.dragging) this.range.value = step ?? 0;
    const part = (value) => `${100 * value / Math.max(1, this.data.totalSteps)}%`;
    this.range.style.setProperty("--played", part(step ?? 0));
    this.range.style.setProperty("--ready", part(this.steps.at(-1) ?? 0));
    const where = none ? "no snapshot yet"
      : [`step ${count(step)} of ${count(this.data.totalSteps)}`, ...this.marked(step)].join(" · ");
    this.range.setAttribute("aria-valuetext", where);
    this.where.textContent = where;
    this.range.disabled = none;
    this.buttons.play.disabled = this.steps.length < 2;
    this.buttons.back.disabled = none || step === this.steps[0];
    this.buttons.forward.disabled = none || this.atEnd();
    this.newest.hidden = this.atEnd() || !this.data.tracks.some((track) => track.live);
    const label = this.playing ? "Pause" : "Play";
    if (this.buttons.play.title === label) return;
    this.buttons.play.title = label;
    this.buttons.play.setAttribute("aria-label", label);
    this.buttons.play.replaceChildren(icon(ICONS[label.toLowerCase()]));
  }

  // What a step is marked with, each run's where they differ.
  marked(step) {
    const words = this.data.tracks.map((track) => track.marks[earlier(track.steps, step)]?.[1] ?? "");
    const differ = new Set(words).size > 1;
    return (differ ? words.map((text, i) => text && `${LETTERS[i]}: ${text}`) : words.slice(0, 1)).filter(Boolean);
  }

  // The names of steps along the axes: where all runs have the same.
  named() {
    const names = this.data.tracks.map(({ marks }) => Object.fromEntries(Object.entries(marks).map(([step, [name]]) => [step, name])));
    return new Set(names.map((one) => JSON.stringify(one))).size === 1 ? names[0] : {};
  }

  speak() {
    const words = this.charts.accuracy.series.map((one) => {
      const known = this.charts.accuracy.known(one, this.cursor);
      return known ? `${one.name}: ${known.text} test accuracy at step ${count(known.step)}` : "";
    });
    const where = [`Step ${count(this.cursor)} of ${count(this.data.totalSteps)}`, ...this.marked(this.cursor)].join(", ");
    this.status.textContent = [where, ...words].filter(Boolean).join(". ");
  }

  // ---- frames ----

  address(track, step) {
    return `${track.frames}${step}.png`;
  }

  // The cursor's frames first, then the following ones in order, then the one before.
  loadFrames() {
    const place = this.steps.indexOf(this.cursor);
    const wanted = [...this.steps.slice(place, place + AHEAD), ...this.steps.slice(Math.max(0, place - 1), place)];
    this.loader.want([...new Set(wanted.flatMap((step) => this.data.tracks
      .filter((track) => track.steps.length)
      .map((track) => this.address(track, earlier(track.steps, step)))))]);
  }

  // Each sheet keeps its last image until the one at the cursor has loaded.
  showFrames() {
    this.data.tracks.forEach((track, i) => {
      const step = earlier(track.steps, this.cursor ?? 0);
      if (step === null) {
        this.sheets[i].show(null, null);
        this.sheets[i].say(track.live ? "No snapshot yet: the first images appear here." : "This run kept no images.");
        return;
      }
      const state = this.loader.state(this.address(track, step));
      if (state === "ready") this.sheets[i].show(this.loader.image(this.address(track, step)), step);
      if (state !== "loading") this.sheets[i].say(state === "missing" ? this.missing(step, this.sheets[i].step) : "");
    });
  }

  missing(step, shown) {
    return `The images of step ${count(step)} could not be loaded${shown === null ? "." : `; these are of step ${count(shown)}.`}`;
  }

  // Whether everything of a step has loaded (or is known to be missing), so that playing may move on to it.
  arrived(step) {
    return this.data.tracks.every((track) => !track.steps.length
      || ["ready", "missing"].includes(this.loader.state(this.address(track, earlier(track.steps, step)))));
  }

  // ---- playing ----

  toggle() {
    if (this.playing) {
      this.stop();
      this.settle();
    } else this.play();
  }

  play() {
    if (this.steps.length < 2) return;
    clearTimeout(this.settling);
    if (this.atEnd()) this.cursor = this.steps[0];
    this.playing = { since: null, from: this.steps.indexOf(this.cursor) };
    this.status.textContent = "Playing";
    this.showCursor();
    this.tick = requestAnimationFrame((now) => this.playOn(now));
  }

  stop() {
    cancelAnimationFrame(this.tick);
    this.playing = null;
    if (this.data) this.showControls();
  }

  playOn(now) {
    const { playing } = this;
    if (playing.since === null && this.arrived(this.cursor)) playing.since = now;
    const pace = Math.min(SLOWEST_FRAME, 1000 * this.data.seconds / (this.steps.length - 1));
    const due = playing.since === null ? playing.from : playing.from + Math.floor((now - playing.since) / pace);
    let place = this.steps.indexOf(this.cursor);
    while (place < Math.min(due, this.steps.length - 1) && this.arrived(this.steps[place + 1])) place += 1;
    if (this.steps[place] !== this.cursor) {
      this.cursor = this.steps[place];
      this.showCursor();
    }
    if (this.atEnd()) {
      this.stop();
      this.speak();
    } else this.tick = requestAnimationFrame((later) => this.playOn(later));
  }
}

export default function show(component) {
  return mount(component, (parent) => new Player(parent), (player) => player.update(component),
    (player) => player.destroy());
}
