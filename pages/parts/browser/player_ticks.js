// Where the lines of a chart's grid are.

const FACTORS = [0.5, 1, 2, 5, 10];

// Round numbers inside [low, high], about `count` of them and at least two: one alone tells no scale.
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const widest = FACTORS.findIndex((factor) => factor >= 1 && factor * power >= rough * 0.8);
  return FACTORS.slice(0, widest + 1).map((factor) => multiples(low, high, factor * power))
    .findLast((lines) => lines.length > 1) ?? []; // none on an axis without length
}

function multiples(low, high, pace) {
  const first = Math.ceil(low / pace - 1e-9);
  return Array.from({ length: Math.floor(high / pace + 1e-9) - first + 1 }, (_, i) => (first + i) * pace);
}

// The same on a log axis, in powers of ten; `room` is its length in pixels.
export function logTicks(low, high, room) {
  const decades = [];
  for (let power = Math.floor(low); power <= Math.ceil(high); power += 1) decades.push(power);
  const decade = room / (high - low);
  const factors = decade > 110 ? [1, 2, 5] : decade > 42 ? [1, 3] : [1];
  return decades.flatMap((power) => factors.map((factor) => power + Math.log10(factor)))
    .filter((value) => value >= low && value <= high);
}
