// Playing from one snapshot to the next: at a steady pace, and never past what has loaded.

const SLOWEST_FRAME = 700; // milliseconds, for few snapshots over many seconds

export class Playback {
  // steps(): of the snapshots; arrived(step): whether its images are there; show(step); ended()
  constructor(hooks) {
    this.hooks = hooks;
    this.running = null;
  }

  // From `step` to the last one; all of them take `seconds` at most.
  start(step, seconds) {
    const steps = this.hooks.steps();
    this.running = { since: null, first: steps.indexOf(step), step,
      pace: Math.min(SLOWEST_FRAME, 1000 * seconds / (steps.length - 1)) };
    this.tick = requestAnimationFrame((now) => this.go(now));
  }

  stop() {
    cancelAnimationFrame(this.tick);
    this.running = null;
  }

  go(now) {
    const { running, hooks: { steps: stepsOf, arrived, show, ended } } = this;
    const steps = stepsOf(); // a live run's grow
    if (running.since === null && arrived(running.step)) running.since = now;
    const due = running.since === null ? running.first : running.first + Math.floor((now - running.since) / running.pace);
    let place = steps.indexOf(running.step);
    while (place < Math.min(due, steps.length - 1) && arrived(steps[place + 1])) place += 1;
    if (steps[place] !== running.step) {
      running.step = steps[place];
      show(running.step);
    }
    if (place === steps.length - 1) {
      this.stop();
      ended();
    } else this.tick = requestAnimationFrame((later) => this.go(later));
  }
}
