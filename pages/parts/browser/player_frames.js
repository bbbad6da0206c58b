// The frames of the player: contact sheets (PNG), loaded in the order in which they are wanted.

const MOST_IN_FLIGHT = 4;
const MOST_FRAMES_KEPT = 300;

// Loads contact sheets in the requested order, a few at a time, and keeps them.
export class FrameLoader {
  constructor(settled) {
    this.frames = new Map(); // address -> {image, state: loading | ready | missing}
    this.queue = [];
    this.inFlight = 0;
    this.settled = settled;
  }

  state(address) {
    return this.frames.get(address)?.state;
  }

  image(address) {
    return this.frames.get(address).image;
  }

  // What is wanted now, most urgent first; earlier requests that have not started are dropped.
  want(addresses) {
    this.queue = addresses.filter((address) => !this.frames.has(address));
    const wanted = new Set(addresses);
    for (const [address, frame] of this.frames) {
      if (this.frames.size <= MOST_FRAMES_KEPT) break;
      if (frame.state !== "loading" && !wanted.has(address)) this.frames.delete(address);
    }
    this.pump();
  }

  pump() {
    while (this.inFlight < MOST_IN_FLIGHT && this.queue.length) {
      const address = this.queue.shift();
      const frame = { image: new Image(), state: "loading" };
      this.frames.set(address, frame);
      this.inFlight += 1;
      frame.image.src = address;
      frame.image.decode().then(() => "ready", () => "missing").then((state) => {
        frame.state = state;
        this.inFlight -= 1;
        this.pump();
        this.settled();
      });
    }
  }

  // A live run's frame may be requested before it exists: try again.
  forgetMissing() {
    for (const [address, frame] of this.frames) if (frame.state === "missing") this.frames.delete(address);
  }
}
