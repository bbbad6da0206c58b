// The sheets of one run or two at the cursor and, of two, their difference: which frames they need, and what is missing.

import { count, element } from "./dom.js";
import { say } from "./link.js";
import { earlier } from "./player_controls.js";
import { LETTERS } from "./player_curves.js";
import { difference } from "./player_difference.js";
import { Sheet } from "./player_sheet.js";

const AHEAD = 60; // frames loaded beyond the cursor
const ONE_LINE = 24; // CSS pixels of a heading, as in player.css

export class Sheets {
  constructor(loader) {
    this.loader = loader;
    this.node = element("div", { class: "sheets" });
    this.all = [];
    this.tracks = [];
    this.said = {}; // what was said of each ring
  }

  // `linked`: whether tiles can be pointed at and picked.
  describe(tracks, linked) {
    this.tracks = tracks;
    const runs = tracks.map((track) => track.run).join(" ");
    if (runs !== this.runs) {
      this.runs = runs;
      this.all = tracks.map(({ run }, i) => new Sheet(tracks.length > 1 ? LETTERS[i] : null, linked ? {
        over: (image) => say("over", image === null ? null : { run, image }),
        pick: (image) => say("pick", { run, image }),
      } : null));
      this.between = null;
      this.node.replaceChildren(...this.all.map((sheet) => sheet.figure));
      this.scrollTogether();
    }
    this.all.forEach((sheet, i) => sheet.describe(tracks[i]));
  }

  // Shows the difference of the two, or takes it away.
  compare(on) {
    if (on === Boolean(this.between)) return;
    this.between?.figure.remove();
    this.between = on ? new Sheet(null) : null;
    if (!on) return;
    this.between.kind = "Difference of the images";
    this.between.describe({ ...this.tracks[0], title: "A − B (grey: equal)", badge: "" });
    this.between.say("");
    this.node.append(this.between.figure);
  }

  get shown() {
    return [...this.all, ...(this.between ? [this.between] : [])];
  }

  // Makes all headings as high as the longest, so that the images stay level; returns by how many CSS pixels that is
  // more than one line.
  levelCaptions() {
    this.node.style.setProperty("--caption", `${ONE_LINE}px`);
    const high = Math.max(ONE_LINE, ...this.shown.map((sheet) => sheet.caption.offsetHeight));
    this.node.style.setProperty("--caption", `${high}px`);
    return high - ONE_LINE;
  }

  arrange(layout) {
    this.shown.forEach((sheet) => sheet.arrange(layout));
    for (const kind of ["over", "picked"]) this.ring(kind, this.said[kind] ?? null);
  }

  // Rings the image {run, image} in the sheet of its run, and no other.
  ring(kind, place) {
    this.said[kind] = place;
    this.all.forEach((sheet, i) => sheet.ring(kind, this.tracks[i].run === place?.run ? place.image : null));
  }

  height() {
    return Math.max(0, ...this.all.map((sheet) => Math.min(sheet.layout.height, sheet.table.clientHeight)));
  }

  scrollTogether() {
    for (const { table } of this.all) {
      table.addEventListener("scroll", () => this.all.forEach(({ table: other }) => {
        if (other !== table) other.scrollTo(table.scrollLeft, table.scrollTop);
      }));
    }
  }

  // ---- frames ----

  address(track, step) {
    return `${track.frames}${earlier(track.steps, step ?? 0)}.png`;
  }

  // The cursor's frames first, then the following ones in order, then the one before.
  load(steps, cursor) {
    const place = steps.indexOf(cursor);
    const wanted = [...steps.slice(place, place + AHEAD), ...steps.slice(Math.max(0, place - 1), place)];
    this.loader.want([...new Set(wanted.flatMap((step) => this.tracks.filter((track) => track.steps.length)
      .map((track) => this.address(track, step))))]);
  }

  // Each sheet keeps its last image until the one at the cursor has loaded.
  showFrames(cursor) {
    this.tracks.forEach((track, i) => {
      const [sheet, step] = [this.all[i], earlier(track.steps, cursor ?? 0)];
      if (step === null) {
        sheet.show(null, null);
        sheet.say(track.noImages);
        return;
      }
      const state = this.loader.state(this.address(track, cursor));
      if (state === "ready") sheet.show(this.loader.image(this.address(track, cursor)), step);
      if (state !== "loading") sheet.say(state === "missing" ? this.missing(step, sheet.step) : "");
    });
    if (this.between && this.arrived(cursor)) this.showDifference(); // else of two steps for a moment
  }

  // Of the images that are shown; computed anew only if one of them has changed.
  showDifference() {
    const [a, b] = this.all;
    if (!a.image || !b.image || this.of?.a === a.image && this.of.b === b.image && this.between.image) return;
    this.of = { a: a.image, b: b.image };
    const words = a.step === b.step ? `step ${count(a.step)}` : `steps ${count(a.step)} and ${count(b.step)}`;
    this.between.show(difference(a.image, b.image), a.step, words);
  }

  missing(step, shown) {
    return `The images of step ${count(step)} could not be loaded${shown === null ? "." : `; these are of step ${count(shown)}.`}`;
  }

  // Whether everything of a step has loaded (or is known to be missing), so that playing may move on to it.
  arrived(step) {
    return this.tracks.every((track) => !track.steps.length
      || ["ready", "missing"].includes(this.loader.state(this.address(track, step))));
  }
}
