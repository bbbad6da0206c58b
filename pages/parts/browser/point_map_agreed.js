// View and selection as page and reader agree on them, see agreed.py: what the reader does is reported under a serial
// number, what the page orders is carried out once, unless the reader has done more since.

const REPORTED_AFTER = 400; // milliseconds without movement

export function reportSelection(map) {
  report(map, "selected", { bits: packBits(map.selection) });
}

// As a state, not as a trigger: see agreed.py.
export function reportClick(map, id) {
  report(map, "clicked", { id });
}

// Once the view has settled.
export function reportViewSoon(map) {
  clearTimeout(map.settling);
  map.settling = setTimeout(() => {
    map.settling = null;
    report(map, "view", { value: viewOf(map) });
  }, REPORTED_AFTER);
}

function report(map, name, what) {
  map.serials[name] += 1;
  map.remember();
  map.tell.setStateValue(name, { source: map.header.source, serial: map.serials[name], ...what });
}

// [x, y, zoom], short for an address; null while everything is shown.
function viewOf({ view, home }) {
  if (view === home) return null;
  const digits = Math.max(0, Math.ceil(Math.log10(view.scale)) + 1); // a tenth of a pixel
  return [Number(view.x.toFixed(digits)), Number(view.y.toFixed(digits)), Number((view.scale / home.scale).toPrecision(5))];
}

// After new data. Another page may have made Streamlit forget the reports: what is kept here is then reported again.
export function carryOut(map, orders, returned) {
  takeOrder(map, "view", orders.view, (value) => {
    clearTimeout(map.settling);
    map.settling = null;
    map.view = value ? { x: value[0], y: value[1], scale: value[2] * map.home.scale, stretch: map.home.stretch } : map.home;
  });
  takeOrder(map, "selected", orders.selected, (bits) => map.setSelection(unpackBits(bits)));
  if (!returned) return;
  if (!orders.selected && map.selectedCount) reportSelection(map);
  if (!orders.view && map.view !== map.home) reportViewSoon(map);
}

function takeOrder(map, name, order, act) {
  if (!order || order.token === map.taken[name]) return;
  map.taken[name] = order.token;
  const behind = order.after !== null && (order.after < map.serials[name] || (name === "view" && map.settling));
  map.serials[name] = Math.max(map.serials[name], order.after ?? 0);
  if (!behind) act(order.value);
}

// Lowest bit first, without the zero bytes at the end, as base64.
function packBits(selection) {
  const bytes = new Uint8Array(Math.floor(selection.findLastIndex((bit) => bit) / 8) + 1);
  selection.forEach((bit, id) => { if (bit) bytes[id >> 3] |= 1 << (id & 7); });
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

function unpackBits(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return Uint8Array.from({ length: 8 * bytes.length }, (_, id) => (bytes[id >> 3] >> (id & 7)) & 1);
}
