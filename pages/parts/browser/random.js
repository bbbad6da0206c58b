// Random numbers that a seed determines.

// Numbers in [0, 1) (mulberry32).
export function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// A standard normal number (Box and Muller 1958) from two of `random`.
export function normal(random) {
  const length = Math.sqrt(-2 * Math.log(1 - random()));
  return length * Math.cos(2 * Math.PI * random());
}

// The place (0 ... n - 1) that one of `random` draws in proportion to `masses` >= 0 (n); never one of mass 0.
export function pick(random, masses) {
  const wanted = random() * masses.reduce((sum, mass) => sum + mass, 0);
  let sum = 0, last = 0;
  for (let place = 0; place < masses.length; place += 1) {
    if (masses[place] > 0) last = place;
    sum += masses[place];
    if (sum > wanted) return place;
  }
  return last;
}
