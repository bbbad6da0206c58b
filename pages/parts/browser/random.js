// Random numbers that a seed determines.

// A function that gives numbers in [0, 1) (mulberry32); `state()` is the seed of one that goes on from there.
export function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return Object.assign(next, { state: () => state });
}

// A standard normal number (Box and Muller 1958) from two of `random`.
export function normal(random) {
  const length = Math.sqrt(-2 * Math.log(1 - random()));
  return length * Math.cos(2 * Math.PI * random());
}

// masses >= 0 (n) -> a function that draws a place (0 ... n - 1) in proportion to them with one of `random`; never one of
// mass 0
export function picker(masses) {
  const sums = new Float64Array(masses.length);
  let total = 0;
  for (let place = 0; place < masses.length; place += 1) sums[place] = total += masses[place];
  return (random) => {
    const wanted = random() * total;
    let low = 0, high = masses.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

export const pick = (random, masses) => picker(masses)(random);
