import { POWERS_OF_TWO } from './powers-of-two.js';

/** log 2 to 31 bits, whose product with any exponent is exact, and the remainder. */
const LN2_HIGH = 0x162e42fe / 2 ** 29;
const LN2_LOW = 1.8206359985041462e-9;
/** Above the first e^x rounds to infinity, below the second to zero. */
const GREATEST = 709.782712893384;
const LEAST = -745.1332191019412;

/**
 * e^x within one unit in the last place, subnormal results included; NaN for NaN.
 *
 * x = k log 2 + r, |r| ≤ log(2)/2, and the Taylor polynomial of degree 13 for e^r, whose remainder is 4e-18. Even and odd powers
 * are summed separately, for instruction-level parallelism.
 */
export function exp(x: number): number {
  if (!(x >= LEAST && x <= GREATEST)) return x > GREATEST ? Number.POSITIVE_INFINITY : x < LEAST ? 0 : Number.NaN;
  const k = (x * Math.LOG2E + (x < 0 ? -0.5 : 0.5)) | 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const lost = high - r - low;
  const z = r * r;
  const even = 1 / 2 + z * (1 / 24 + z * (1 / 720 + z * (1 / 40320 + z * (1 / 3628800 + z * (1 / 479001600)))));
  const odd = 1 / 6 + z * (1 / 120 + z * (1 / 5040 + z * (1 / 362880 + z * (1 / 39916800 + z * (1 / 6227020800)))));
  const value = 1 + (r + (z * (even + r * odd) + lost));
  if (k > -1022 && k < 1024) return value * POWERS_OF_TWO[k + 1022]!;
  // In two steps: 2^k alone may not be a normal number. The second step rounds.
  return k < 0 ? value * POWERS_OF_TWO[k + 1082]! * 2 ** -60 : value * POWERS_OF_TWO[k + 962]! * 2 ** 60;
}
