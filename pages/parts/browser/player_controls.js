// The player's buttons and its slider over all steps, with a mark where two runs part.

import { count, element, icon, iconButton } from "./dom.js";

const ICONS = {
  play: "M8 5.2v13.6L19 12z",
  pause: "M7 5h3.6v14H7zM13.4 5H17v14h-3.6z",
  back: "M6 5.5h2.4v13H6zM18.5 5.5v13L9.2 12z",
  forward: "M15.6 5.5H18v13h-2.4zM5.5 5.5v13l9.3-6.5z",
};
export const earlier = (steps, step) => steps.findLast((one) => one <= step) ?? steps[0] ?? null;

export class Controls {
  // player: {steps, cursor, data, playing, move(by), toggle(), go(step), compare()}
  constructor(player) {
    this.player = player;
    this.buttons = {
      back: iconButton("back", "Previous snapshot", ICONS.back, () => player.move(-1)),
      play: iconButton("play", "Play", ICONS.play, () => player.toggle()),
      forward: iconButton("forward", "Next snapshot", ICONS.forward, () => player.move(1)),
    };
    this.range = element("input", { type: "range", min: 0, step: 1, "aria-label": "Step" });
    this.mark = element("span", { class: "parting", role: "img" });
    this.where = element("span", { class: "where" });
    this.newest = element("button", { type: "button", class: "newest" }, "Newest");
    this.difference = element("button", { type: "button", class: "compare", "aria-pressed": "false",
      title: "A − B for each pixel, twice as strong: mid-grey where both are equal, light where A is brighter, dark where B is" }, "Difference");
    this.words = element("p", { class: "parted" });
    this.bar = element("div", { class: "bar" }, ...Object.values(this.buttons),
      element("span", { class: "slider" }, this.range, this.mark), this.where, this.newest, this.difference);
    this.node = element("div", { class: "controls" }, this.bar, this.words);
    this.listen();
  }

  listen() {
    const { player } = this;
    this.newest.addEventListener("click", () => player.go(player.steps.at(-1)));
    this.difference.addEventListener("click", () => player.compare());
    this.range.addEventListener("input", () => {
      this.dragging = true; // the thumb stays under the pointer; let go, it snaps to the snapshot shown
      player.go(earlier(player.steps, this.range.valueAsNumber));
    });
    this.range.addEventListener("change", () => {
      this.dragging = false;
      this.show();
    });
  }

  // What only new data change: the slider's end, and where two runs part, in `words`.
  describe(words, comparable) {
    const { totalSteps, parting } = this.player.data;
    this.range.max = totalSteps;
    this.words.hidden = !words;
    this.words.textContent = words;
    this.mark.hidden = !Number.isFinite(parting?.apart ?? NaN);
    this.mark.setAttribute("aria-label", words);
    this.mark.title = words;
    this.mark.style.setProperty("--at", (parting?.apart ?? 0) / Math.max(1, totalSteps));
    this.difference.hidden = !comparable;
  }

  show() {
    const { cursor: step, steps, data, playing } = this.player;
    const none = step === null;
    if (!this.dragging) this.range.value = step ?? 0;
    const part = (value) => `${100 * value / Math.max(1, data.totalSteps)}%`;
    this.range.style.setProperty("--played", part(step ?? 0));
    this.range.style.setProperty("--ready", part(steps.at(-1) ?? 0));
    const where = none ? "no snapshot yet"
      : [`step ${count(step)} of ${count(data.totalSteps)}`, ...this.marked(step)].join(" · ");
    this.range.setAttribute("aria-valuetext", where);
    this.where.textContent = where;
    this.range.disabled = none;
    const atEnd = none || step === steps.at(-1);
    this.buttons.play.disabled = steps.length < 2;
    this.buttons.back.disabled = none || step === steps[0];
    this.buttons.forward.disabled = atEnd;
    this.newest.hidden = atEnd || !data.tracks.some((track) => track.live);
    this.difference.setAttribute("aria-pressed", String(this.player.comparing));
    const label = playing ? "Pause" : "Play";
    if (this.buttons.play.title === label) return;
    this.buttons.play.title = label;
    this.buttons.play.setAttribute("aria-label", label);
    this.buttons.play.replaceChildren(icon(ICONS[label.toLowerCase()]));
  }

  // What a step is marked with, each run's where they differ.
  marked(step) {
    const words = this.player.data.tracks.map((track) => track.marks[earlier(track.steps, step)]?.[1] ?? "");
    const differ = new Set(words).size > 1;
    return (differ ? words.map((text, i) => text && `${"AB"[i]}: ${text}`) : words.slice(0, 1)).filter(Boolean);
  }
}
