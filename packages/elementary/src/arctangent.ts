/** arctan(k/8), k = 0 … 8, as double-double numbers. */
const ANGLES = [
  [0, 0],
  [0.12435499454676144, -3.1253241424539383e-18],
  [0.24497866312686414, 1.0698755618734451e-17],
  [0.35877067027057225, -2.4623815582638635e-17],
  [0.4636476090008061, 2.2698777452961687e-17],
  [0.5585993153435624, -5.4556305485916264e-18],
  [0.6435011087932844, 1.5834785051444286e-17],
  [0.7188299996216245, -2.1478388444456983e-17],
  [0.7853981633974483, 3.061616997868383e-17],
] as const;
const HALF_PI = 1.5707963267948966;
const HALF_PI_LOW = 6.123233995736766e-17;
/** Dekker's constant: splits x into two halves of 26 bits. */
const SPLIT = 2 ** 27 + 1;
/** Beyond it the angle is π/2 to the last bit, and x times {@link SPLIT} might overflow. */
const FAR = 2 ** 60;

/**
 * The arctangent of x in radians, from −π/2 to π/2, within one unit in the last place; NaN for NaN.
 *
 * With c = k/8 closest to |x|, arctan |x| = arctan c + arctan t, t = (8|x| − k)/(8 + k|x|). For |x| > 1, with c closest to 1/|x|,
 * arctan |x| = π/2 − arctan c + arctan t, t = (k|x| − 8)/(8|x| + k). |t| ≤ 1/16: the series up to t¹⁵ has a relative remainder of
 * 4e-22. Both numerators are exact except for their last rounding.
 */
export function atan(x: number): number {
  const size = Math.abs(x);
  if (!(size < FAR)) return size >= FAR ? Math.sign(x) * HALF_PI : Number.NaN;
  const angle = size <= 1 ? within(size) : beyond(size);
  return x < 0 || Object.is(x, -0) ? -angle : angle;
}

function within(x: number): number {
  const k = Math.round(8 * x);
  const [high, low] = ANGLES[k]!;
  const t = (8 * x - k) / (8 + k * x);
  return high + (t + (rest(t) + low));
}

function beyond(x: number): number {
  const k = Math.round(8 / x);
  const [high, low] = ANGLES[k]!;
  const scaled = SPLIT * x;
  const upper = scaled - (scaled - x);
  const t = (k * upper - 8 + k * (x - upper)) / (8 * x + k);
  const base = HALF_PI - high;
  const lost = HALF_PI - base - high;
  return base + (t + (rest(t) + (HALF_PI_LOW - low + lost)));
}

/** arctan t − t */
function rest(t: number): number {
  const z = t * t;
  const series = 1 / 3 - z * (1 / 5 - z * (1 / 7 - z * (1 / 9 - z * (1 / 11 - z * (1 / 13 - z * (1 / 15))))));
  return -t * z * series;
}
