// The player: image sheets, controls and charts on one cursor. Streamlit calls the function at the end with every new
// `data`; the user's state (cursor, playing) lives here, so new data never resets it. Of a film (`data.apart`), controls
// and charts go to places of their own on the page: further mounts of this component, with `data.part`.

import { count, element, mount } from "./dom.js";
import { hear, say } from "./link.js";
import { Agreed } from "./player_agreed.js";
import { Chart } from "./player_charts.js";
import { Controls, earlier } from "./player_controls.js";
import { ACCURACY, LOSS, accuracyCurves, accuracyDetail, baselines, lossCurves } from "./player_curves.js";
import { partingWords, predicted, stepNames, without } from "./player_curves.js";
import { Film, Place } from "./player_film.js";
import { FrameLoader } from "./player_frames.js";
import { PANEL_PADDING, aloneLayout, filmLayout, fittingHeight } from "./player_layout.js";
import { nameColumnWidth } from "./player_places.js";
import { Playback } from "./player_playback.js";
import { Sheets } from "./player_sheets.js";

const SETTLED_AFTER = 300; // milliseconds without movement

class Player {
  constructor(parent) {
    this.cursor = null; // step of a snapshot, null while there is none
    this.steps = [];
    this.differing = false; // whether the difference of two runs is asked for
    this.agreed = new Agreed();
    this.loader = new FrameLoader(() => this.sheets.showFrames(this.cursor));
    this.playback = new Playback({ steps: () => this.steps, arrived: (step) => this.sheets.arrived(step),
      show: (step) => this.showCursor(step), ended: () => { this.controls.show(); this.settle(); } });
    this.sheets = new Sheets(this.loader);
    this.controls = new Controls(this);
    this.buildPage();
    parent.append(this.root);
    this.film = new Film(this.root, () => this.data && this.arrange());
    this.listen();
  }

  destroy() {
    this.ended.abort();
    this.playback.stop();
    clearTimeout(this.settling);
    if (this.settling) this.agreed.leave(this.cursor);
    this.film.end();
    for (const node of [this.root, this.controls.node, this.chartsBox]) node.remove();
  }

  get playing() {
    return this.playback.running;
  }

  get comparing() {
    return this.differing && this.data.comparable;
  }

  // ---- the page ----

  buildPage() {
    const scrub = (step) => this.go(this.nearest(step));
    this.charts = { accuracy: new Chart(ACCURACY, scrub), loss: new Chart(LOSS, scrub) };
    this.chartsBox = element("div", { class: "charts" }, this.charts.accuracy.section, this.charts.loss.section);
    this.stage = element("div", { class: "stage" }, this.sheets.node, this.chartsBox);
    this.status = element("div", { class: "spoken", role: "status" });
    this.root = element("div", { class: "player", role: "group", tabindex: 0 }, this.stage, this.controls.node, this.status);
  }

  listen() {
    this.ended = new AbortController();
    const { signal } = this.ended;
    for (const node of [this.root, this.controls.node, this.chartsBox]) {
      node.addEventListener("keydown", (event) => this.press(event), { signal });
    }
    window.addEventListener("resize", () => this.data && fittingHeight() !== this.fitting && this.arrange(), { signal });
    hear("over", (over) => this.sheets.ring("over", over), signal);
    hear("pick", (pick) => this.pick(pick), signal);
  }

  press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.classList.contains("table")) return;
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
    const { tracks, parting, film } = this.data;
    this.steps = [...new Set(tracks.flatMap((track) => track.steps))].sort((a, b) => a - b);
    if (film) this.film.place(film, { controls: this.controls.node, charts: this.chartsBox });
    this.sheets.describe(tracks, Boolean(film));
    this.controls.describe(partingWords(parting), this.data.comparable);
    this.root.setAttribute("aria-label", `Player: ${tracks.map((track) => track.title).join(" beside ")}`);
    const sameRun = before && before.tracks[0]?.run === tracks[0]?.run;
    if (!sameRun) this.open();
    else this.takeOrders(this.data.agreed, wasAtEnd);
    this.loader.forgetMissing();
    this.arrange();
  }

  takeOrders({ cursor, picked, difference }, wasAtEnd) {
    if (wasAtEnd && !this.playing) this.cursor = this.steps.at(-1) ?? null;
    else this.cursor = earlier(this.steps, this.cursor);
    this.agreed.carryOut("cursor", cursor.order, this.settling || this.controls.dragging, (step) => {
      this.stop();
      this.cursor = this.placed(step);
    });
    this.agreed.carryOut("picked", picked.order, false, (place) => this.sayPicked(place));
    this.agreed.carryOut("difference", difference.order, false, (on) => { this.differing = on; });
  }

  open() {
    this.stop();
    const { agreed, tracks } = this.data;
    this.agreed.open(agreed, tracks.map((track) => track.run).join(" "));
    const left = this.agreed.takeOver();
    this.cursor = this.placed(left ?? agreed.cursor.value);
    if (left !== undefined) this.settle();
    this.differing = agreed.difference.value;
    this.sayPicked(agreed.picked.value);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (this.data.autoplay && !still && !this.data.tracks.some((track) => track.live)) this.play();
  }

  // ---- layout ----

  arrange() {
    const { tracks, film, height } = this.data;
    const width = film ? this.film.width() : this.root.clientWidth;
    if (!width) return;
    this.fitting = fittingHeight();
    const font = getComputedStyle(this.root).fontFamily;
    const names = Math.max(0, ...tracks.map((track) => nameColumnWidth(track, font)));
    const panels = Math.max(1, tracks.length + this.comparing);
    const given = { tracks, width, height, panels, names, predicted: predicted(tracks) };
    const layout = film ? filmLayout({ ...given, ...this.film.measured(this.controls.node) }) : aloneLayout(given);
    for (const node of [this.root, this.controls.node, this.chartsBox]) node.dataset.form = layout.form;
    if (film) this.film.show(layout);
    this.root.style.setProperty("--panel", `${layout.panel}px`);
    this.root.style.setProperty("--shown", `${`step ${count(this.data.totalSteps)}`.length}ch`); // titles wrap the same at all steps
    this.sheets.compare(this.comparing);
    const longer = film && layout.form !== "stack" ? this.sheets.levelCaptions() : 0;
    this.sheets.arrange({ width: layout.panel - PANEL_PADDING, fit: layout.fit - longer, most: layout.most - longer, names,
      whole: Boolean(film) });
    this.drawCharts(layout, font);
    this.showCursor(this.cursor);
  }

  drawCharts({ chart: width, form, charts }, font) {
    const { tracks, totalSteps } = this.data;
    const withPredictor = predicted(tracks);
    const height = form === "columns" ? Math.min(560, Math.max(withPredictor ? 430 : 340, this.sheets.height() + 10)) : 400;
    const share = withPredictor ? 0.64 : 0.56; // of the accuracies, where the charts stand one over the other
    const beside = charts !== undefined && form !== "stack";
    const lastStep = Math.max(totalSteps, this.steps.at(-1) ?? 0);
    const both = { width, lastStep, names: stepNames(tracks), pair: tracks.length > 1, font };
    this.charts.accuracy.draw(accuracyCurves(tracks), baselines(tracks), { ...both, axis: beside,
      height: charts ?? Math.round(height * share), empty: without(tracks, "noAccuracy"), detail: accuracyDetail(tracks) });
    this.charts.loss.draw(lossCurves(tracks), [], { ...both, axis: true,
      height: charts ?? Math.round(height * (1 - share)), empty: without(tracks, "noLoss") });
  }

  compare() {
    this.differing = !this.comparing;
    this.arrange();
    this.agreed.report(this.component, "difference", this.differing);
  }

  // ---- the cursor ----

  atEnd() {
    return !this.steps.length || this.cursor === this.steps.at(-1);
  }

  nearest(step) {
    return this.steps.reduce((best, one) => (Math.abs(one - step) < Math.abs(best - step) ? one : best), this.steps[0]);
  }

  // null is the newest snapshot.
  placed(step) {
    return step === null ? this.steps.at(-1) ?? null : earlier(this.steps, step);
  }

  // The user moves the cursor.
  go(step) {
    if (step === null || step === undefined) return;
    this.stop();
    this.showCursor(step);
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
      this.settling = null;
      this.speak();
      this.agreed.report(this.component, "cursor", this.atEnd() ? null : this.cursor);
    }, SETTLED_AFTER);
  }

  showCursor(step) {
    this.cursor = step;
    this.sheets.load(this.steps, step);
    this.sheets.showFrames(step);
    this.controls.show();
    if (step === null) return;
    Object.values(this.charts).forEach((chart) => chart.x && chart.moveTo(step));
    if (this.data.film) say("cursor", { runs: this.data.tracks.map((track) => track.run), step });
  }

  // An image was picked, here or on the map.
  pick(pick) {
    this.sheets.ring("picked", pick);
    const run = this.data?.tracks.findIndex((track) => track.run === pick?.run) ?? -1;
    if (run >= 0) this.agreed.report(this.component, "picked", [run, pick.image]);
  }

  // The page's choice, to all of its components; null rings none.
  sayPicked(place) {
    if (this.data.film) say("pick", place && { run: this.data.tracks[place[0]].run, image: place[1] });
  }

  speak() {
    const { accuracy } = this.charts;
    const words = accuracy.series.map((one) => {
      const known = accuracy.known(one, this.cursor);
      return known ? `${one.name}: ${known.text} test accuracy at step ${count(known.step)}` : "";
    });
    const where = [`Step ${count(this.cursor)} of ${count(this.data.totalSteps)}`, ...this.controls.marked(this.cursor)];
    this.status.textContent = [where.join(", "), ...words].filter(Boolean).join(". ");
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
    this.settling = null;
    if (this.atEnd()) this.cursor = this.steps[0];
    this.playback.start(this.cursor, this.data.seconds);
    this.status.textContent = "Playing";
    if (this.charts.accuracy.series) this.showCursor(this.cursor);
  }

  stop() {
    this.playback.stop();
    if (this.data) this.controls.show();
  }
}

export default function show(component) {
  const { part, film } = component.data;
  if (part) return mount(component, (parent) => new Place(parent, film, part), () => {}, (place) => place.end());
  return mount(component, (parent) => new Player(parent), (player) => player.update(component), (player) => player.destroy());
}
