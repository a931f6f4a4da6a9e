import { quadrantAndRest, rest } from './reduction.js';

/** sin x, x in radians, within one unit in the last place for any finite x; NaN otherwise. */
export function sin(x: number): number {
  return x === 0 ? x : ofQuadrant(x, 0);
}

/** cos x, x in radians, within one unit in the last place for any finite x; NaN otherwise. */
export function cos(x: number): number {
  return ofQuadrant(x, 1);
}

/** π/2: its first 33 bits, whose products with integers below 2^20 are exact, and the next 53. */
const HALF_PI_HIGH = 0x1921fb544 / 2 ** 32;
const HALF_PI_LOW = 6.077100506506192e-11;

/** sin(x + turns π/2) */
function ofQuadrant(x: number, turns: 0 | 1): number {
  const size = Math.abs(x);
  if (size <= Math.PI / 4) return ofRest(turns, x, 0);
  if (size < 2 ** 20) {
    const n = (x * (2 / Math.PI) + (x < 0 ? -0.5 : 0.5)) | 0;
    const first = x - n * HALF_PI_HIGH;
    const second = n * HALF_PI_LOW;
    const high = first - second;
    // The rounding error of the second part, at most 2^-66, is then below 1/30 of the last place.
    if (Math.abs(high) > 2 ** -8) return ofRest(n + turns, high, first - high - second);
  }
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN;
  return ofRest(quadrantAndRest(x) + turns, rest.high, rest.low);
}

/** sin(high + low + quadrant π/2) */
function ofRest(quadrant: number, high: number, low: number): number {
  const value = quadrant & 1 ? cosine(high, low) : sine(high, low);
  return quadrant & 2 ? -value : value;
}

/** sin(y + low), |y| ≤ π/4, low below the last place of y: the Taylor polynomial of degree 17, with a remainder of 1e-19 y. */
function sine(y: number, low: number): number {
  const z = y * y;
  const w = z * z;
  const even = -1 / 6 + w * (-1 / 5040 + w * (-1 / 39916800 + w * (-1 / 1307674368000)));
  const odd = 1 / 120 + w * (1 / 362880 + w * (1 / 6227020800 + w * (1 / 355687428096000)));
  return y + (y * z * (even + z * odd) + low * (1 - 0.5 * z));
}

/** cos(y + low): the Taylor polynomial of degree 16, with a remainder of 2e-18, corrected for the rounding error of 1 − y²/2. */
function cosine(y: number, low: number): number {
  const z = y * y;
  const w = z * z;
  const even = 1 / 24 + w * (1 / 40320 + w * (1 / 479001600 + w * (1 / 20922789888000)));
  const odd = -1 / 720 + w * (-1 / 3628800 + w * (-1 / 87178291200));
  const half = 0.5 * z;
  const most = 1 - half;
  return most + (1 - most - half + (w * (even + z * odd) - y * low));
}
