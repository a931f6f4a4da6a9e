import { POWERS_OF_TWO } from './powers-of-two.js';

const LN2_HIGH = 0x162e42fe / 2 ** 29;
const LN2_LOW = 1.8206359985041462e-9;
/** Upper word of √½, the lower end of the mantissa's range. */
const HALF_ROOT = 0x3fe6a09e;

/** The bits of a number. All platforms that JavaScript runs on are little-endian. */
const number = new Float64Array(1);
const words = new Int32Array(number.buffer);

/**
 * The natural logarithm within one unit in the last place; −Infinity for 0, NaN for negative numbers and NaN.
 *
 * x = 2^k (1 + f) with √½ ≤ 1 + f < √2. With s = f/(2 + f), |s| < 0.172, log(1 + f) = 2 artanh s = 2s + s³ Σ 2 s^{2n}/(2n + 3);
 * because 2s = f − s f, and s f = f²/2 − s f²/2, that is f − (f²/2 − s (f²/2 + R)), R = s² Σ 2 s^{2n}/(2n + 3), where f is exact.
 */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  if (x < 2 ** -1022) return logOfScaled(x * 2 ** 54, -54);
  if (x > 2 ** 1022) return logOfScaled(x * 2 ** -54, 54);
  return logOfScaled(x, 0);
}

/** log(2^scale x) for x and its inverse in the normal range. */
function logOfScaled(x: number, scale: number): number {
  number[0] = x;
  const exponent = (words[1]! - HALF_ROOT) >> 20;
  const k = exponent + scale;
  const f = x * POWERS_OF_TWO[1022 - exponent]! - 1;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = 2 / 3 + w * (2 / 7 + w * (2 / 11 + w * (2 / 15 + w * (2 / 19 + w * (2 / 23)))));
  const odd = 2 / 5 + w * (2 / 9 + w * (2 / 13 + w * (2 / 17 + w * (2 / 21))));
  const half = 0.5 * f * f;
  const tail = s * (half + z * (even + z * odd));
  return k === 0 ? f - (half - tail) : k * LN2_HIGH - (half - (tail + k * LN2_LOW) - f);
}
