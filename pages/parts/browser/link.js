// What the components of a page tell one another, within the browser: where the cursor of a run rests, which of its
// synthetic images the pointer is on. What was said last reaches those who begin to listen later, too.

const said = (globalThis.explorerSaid ??= {});

export function say(topic, detail) {
  said[topic] = detail;
  window.dispatchEvent(new CustomEvent(`explorer:${topic}`, { detail }));
}

// Until `signal` aborts.
export function hear(topic, act, signal) {
  window.addEventListener(`explorer:${topic}`, (event) => act(event.detail), { signal });
  if (topic in said) act(said[topic]);
}
