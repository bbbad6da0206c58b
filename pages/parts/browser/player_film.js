// The film on its page: a grid (film.css, in the page) of the player's images, a map, controls and charts. The player
// measures how much of the window is left and gives it to images, map and charts.

import { element } from "./dom.js";

const films = (globalThis.explorerFilms ??= new Map()); // name of a film -> {nodes, places: by part, where known; arrange()}

function filmOf(name) {
  if (!films.has(name)) films.set(name, { nodes: {}, places: {} });
  return films.get(name);
}

function putInPlace({ nodes, places }) {
  for (const [part, node] of Object.entries(nodes)) {
    if (places[part] && node.parentNode !== places[part]) places[part].append(node);
  }
}

// Where a part of a film goes; whichever of the two comes first waits for the other.
export class Place {
  constructor(parent, name, part) {
    Object.assign(this, { name, part, node: element("div", { class: "player-part" }) });
    parent.append(this.node);
    filmOf(name).places[part] = this.node;
    putInPlace(filmOf(name));
    filmOf(name).arrange?.(); // what was drawn before could not be measured
  }

  end() {
    const { places } = filmOf(this.name);
    if (places[this.part] === this.node) delete places[this.part];
    this.node.remove();
  }
}

export class Film {
  constructor(root, arrange) {
    this.root = root;
    this.arrange = arrange;
    this.observed = new WeakSet();
    this.sizes = new ResizeObserver(() => {
      if (this.grid) this.observe(); // the map may have come since
      const now = JSON.stringify([this.width() || root.clientWidth, this.grid && [Boolean(this.mapItself()), this.around()]]);
      if (now !== this.before) arrange();
      this.before = now;
    });
    this.sizes.observe(root);
  }

  end() {
    this.sizes.disconnect();
    const film = this.name && filmOf(this.name);
    if (film?.arrange === this.arrange) Object.assign(film, { nodes: {}, arrange: null }); // else another has come already
  }

  place(name, nodes) {
    this.name = name;
    Object.assign(filmOf(name), { nodes, arrange: this.arrange });
    putInPlace(filmOf(name));
    this.grid = this.root.getRootNode().host?.closest(".st-key-film") ?? null;
    this.observe();
  }

  observe() {
    this.map = this.grid?.querySelector(".st-key-film-map") ?? null;
    for (const node of [this.grid, this.map]) {
      if (!node || this.observed.has(node)) continue;
      this.observed.add(node);
      this.sizes.observe(node);
    }
  }

  width() {
    return this.grid?.clientWidth ?? 0;
  }

  // The map itself among what stands in its column, if there is one.
  mapItself() {
    return this.map?.querySelector("[data-testid=stBidiComponentIsolated]") ?? null;
  }

  // How high everything in the map's column is but the map: its choices and its caption.
  around() {
    const itself = this.mapItself();
    const [first, last] = [this.map?.firstElementChild, this.map?.lastElementChild].map((node) => node?.getBoundingClientRect());
    return itself ? Math.max(0, Math.round(last.bottom - first.top - itself.clientHeight)) : 0;
  }

  measured(controls) {
    const scrolled = this.grid.closest("[data-testid=stMain]")?.scrollTop ?? window.scrollY;
    const map = Boolean(this.mapItself());
    return { map, words: !map && Boolean(this.map?.childElementCount), top: this.grid.getBoundingClientRect().top + scrolled,
      controls: controls.clientHeight || 56 };
  }

  show({ form, high, share }) {
    Object.assign(this.grid.dataset, { form });
    this.grid.style.setProperty("--film-share", share ?? 1);
    this.grid.style.setProperty("--film-height", form === "stack" ? "0px" : `${high}px`);
    const least = form === "stack" ? 340 : 200; // a page that scrolls anyway has room for a map
    this.grid.style.setProperty("--film-map-height", `${Math.max(least, high - this.around())}px`);
  }
}
