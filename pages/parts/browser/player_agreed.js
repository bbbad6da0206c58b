// Where the cursor rests and which image is picked, as page and reader agree on them, see agreed.py: what the reader does
// is reported under a serial number, what the page orders is carried out once, unless the reader has done more since.

const SOON = 2000; // milliseconds
let unsent = null; // what a player had not reported yet when Streamlit took it away: {source, step, until}

export class Agreed {
  constructor() {
    this.known = {};
  }

  // A player opens: with what the page has, of which its orders are part.
  open(agreed, source) {
    this.source = source;
    for (const [name, { value, serial, order }] of Object.entries(agreed)) {
      this.known[name] = { value, serial: serial ?? 0, token: order?.token };
    }
  }

  leave(step) {
    unsent = { source: this.source, step, until: performance.now() + SOON };
  }

  // The step at which a player of the same runs was left just now, if Streamlit only makes it anew: undefined if none was.
  takeOver() {
    const left = unsent;
    if (left?.source !== this.source) return undefined;
    unsent = null;
    return performance.now() < left.until ? left.step : undefined;
  }

  report(component, name, value) {
    const known = this.known[name];
    if (JSON.stringify(value) === JSON.stringify(known.value)) return;
    known.value = value;
    known.serial += 1;
    component.setStateValue(name, { source: this.source, serial: known.serial, value });
  }

  // `moving`: whether what the reader does now is reported soon.
  carryOut(name, order, moving, act) {
    const known = this.known[name];
    if (!order || order.token === known.token) return;
    known.token = order.token;
    const behind = moving || (order.after !== null && order.after < known.serial);
    known.serial = Math.max(known.serial, order.after ?? 0);
    known.value = behind ? undefined : order.value; // in any case another value than the page's is news to it
    if (!behind) act(order.value);
  }
}
