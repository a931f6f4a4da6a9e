import { POWERS_OF_TWO } from './powers-of-two.js';

/** π/2 in three parts of 33 bits, whose products with integers below 2^20 are exact, and the remainder. */
const PART_1 = 0x1921fb544 / 2 ** 32;
const PART_2 = 0x10b4611a6 / 2 ** 66;
const PART_3 = 0x13198a2e0 / 2 ** 101;
const PART_4 = 0x1b839a252049c1 / 2 ** 156;
const TWO_OVER_PI = 2 / Math.PI;
/** The parts suffice up to this |x|. */
const MEDIUM = 2 ** 20;

/** The remainder y = high + low of {@link quadrantAndRest}, |y| ≤ π/4 up to rounding. Every call overwrites it. */
export const rest = { high: 0, low: 0 };

/** Reduces x = n π/2 + y. Stores y in {@link rest}. @returns n modulo 4 */
export function quadrantAndRest(x: number): number {
  if (Math.abs(x) > MEDIUM) return quadrantOfLarge(x);
  const n = Math.floor(x * TWO_OVER_PI + 0.5);
  const first = x - n * PART_1;
  // Keep the rounding error of each difference (Knuth's two-sum): near a multiple of π/2 nearly all of x cancels.
  const b = n * PART_2;
  const second = first - b;
  const bRounded = first - second;
  const secondLost = first - (second + bRounded) + (bRounded - b);
  const c = n * PART_3;
  const third = second - c;
  const cRounded = second - third;
  const thirdLost = second - (third + cRounded) + (cRounded - c);
  const tail = secondLost + thirdLost - n * PART_4;
  rest.high = third + tail;
  rest.low = third - rest.high + tail;
  return n & 3;
}

/** Bits after the point of fixed-point numbers for large x: 1,024 for the exponent and 176 to spare. */
const BITS = 1200n;
let halfPi: bigint | undefined;

/** {@link quadrantAndRest} in big-integer fixed point, for |x| beyond {@link MEDIUM}: rare, so simple rather than fast. */
function quadrantOfLarge(x: number): number {
  // Machin's formula.
  halfPi ??= 2n * (4n * inverseTangent(5n) - inverseTangent(239n));
  const size = Math.abs(x);
  const whole = Math.floor(size);
  const fixed = (BigInt(whole) << BITS) + (BigInt((size - whole) * 2 ** 53) << (BITS - 53n));
  const n = (2n * fixed + halfPi) / (2n * halfPi);
  const y = fixed - n * halfPi;
  const sign = x < 0 ? -1 : 1;
  const high = toNumber(y);
  rest.high = sign * high;
  rest.low = sign * toNumber(y - toFixed(high));
  return Number((sign * Number(n % 4n) + 4) & 3);
}

/** arctan(1/n) in fixed point: Σ_k (−1)^k / ((2k + 1) n^{2k+1}) */
function inverseTangent(n: bigint): bigint {
  let term = (1n << BITS) / n;
  let sum = term;
  for (let k = 1n; term !== 0n; k++) {
    term /= -n * n;
    sum += term / (2n * k + 1n);
  }
  return sum;
}

/** A fixed-point number y, |y| < 1, truncated to 53 bits. */
function toNumber(y: bigint): number {
  const size = y < 0n ? -y : y;
  const excess = Math.max(0, size.toString(2).length - 53);
  const value = Number(size >> BigInt(excess)) * POWERS_OF_TWO[excess - Number(BITS) + 1022 + 200]! * 2 ** -200;
  return y < 0n ? -value : value;
}

/** The exact inverse of {@link toNumber}. */
function toFixed(y: number): bigint {
  return BigInt(y * 2 ** 200 * 2 ** 200) << (BITS - 400n);
}
