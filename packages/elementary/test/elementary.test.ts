import { describe, expect, it } from 'vitest';
import { atan, cos, exp, log, log1p, power, sin } from '../src/index.js';
import {
  type Exact,
  exactAtan,
  exactCos,
  exactExp,
  exactLog,
  exactLog1p,
  exactPower,
  exactSin,
  ulps,
} from './oracles.js';

/** A random number with all 52 bits of mantissa and an exponent of base 2 drawn from a range; a plain generator of its own. */
function* numbers(count: number, low: number, high: number, signs = true): Generator<number> {
  let state = 12345;
  const next = () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) / 2 ** 32;
  for (let i = 0; i < count; i++) {
    const mantissa = 1 + next() + next() / 2 ** 32;
    const exponent = Math.floor(low + (high - low) * next());
    yield (signs && next() < 0.5 ? -1 : 1) * mantissa * 2 ** exponent;
  }
}

/** Most units in the last place by which a function misses the exact value. */
function worst(f: (x: number) => number, exact: (x: number) => Exact, xs: Iterable<number>): number {
  let most = 0;
  for (const x of xs) most = Math.max(most, ulps(f(x), exact(x)));
  return most;
}

describe('within one unit in the last place of exact values, computed with integers of 320 bits and more', () => {
  it('exp', () => {
    expect(
      worst(
        exp,
        exactExp,
        [...numbers(5000, -30, 10)].filter((x) => x < 709.7 && x > -745),
      ),
    ).toBeLessThan(1);
    const ends = [709.782712893384, 709.7, -708.5, -720, -744.9, -745.1, 1e-300, 5e-324, Math.LN2 / 2, -Math.LN2 / 2];
    expect(worst(exp, exactExp, ends)).toBeLessThan(1);
  });

  it('log', () => {
    expect(worst(log, exactLog, numbers(3000, -1074, 1024, false))).toBeLessThan(1);
    const nearOne = [...numbers(1000, -52, -1)].map((x) => 1 + x).filter((x) => x !== 1);
    expect(worst(log, exactLog, nearOne)).toBeLessThan(1);
    expect(worst(log, exactLog, [5e-324, 2 ** -1022, Number.MAX_VALUE, Math.SQRT1_2, Math.SQRT2, 0.5, 2])).toBeLessThan(
      1,
    );
  });

  it.each([
    ['sin', sin, exactSin],
    ['cos', cos, exactCos],
  ] as const)('%s', (_, f, exact) => {
    expect(worst(f, exact, numbers(4000, -30, 21))).toBeLessThan(1);
    expect(worst(f, exact, numbers(300, 19, 1024))).toBeLessThan(1);
    // Close to multiples of π/2, where next to nothing of x is left; the last is the double closest to one (Kahan, 1983).
    const close = Array.from({ length: 2000 }, (_, n) => ((n + 1) * 331 * Math.PI) / 2);
    expect(worst(f, exact, [...close, Math.PI / 4, Math.PI, 5.319372648326541e255])).toBeLessThan(1);
    const twiddles = Array.from({ length: 1280 }, (_, k) => (-2 * Math.PI * k) / 320);
    expect(worst(f, exact, twiddles)).toBeLessThan(1);
  });

  it('atan', () => {
    expect(worst(atan, exactAtan, numbers(600, -40, 1))).toBeLessThan(1);
    expect(worst(atan, exactAtan, numbers(600, -3, 8))).toBeLessThan(1);
    const seams = Array.from({ length: 9 }, (_, k) => [(k + 0.5) / 8, 8 / (k + 0.5), k / 8, 1 + k * 2 ** -52]).flat();
    expect(worst(atan, exactAtan, [...seams, 2 ** 59, 2 ** 60, 2 ** 61])).toBeLessThan(1);
  });

  it('log1p, two', () => {
    expect(worst(log1p, exactLog1p, numbers(600, -60, -1))).toBeLessThan(2);
    const large = [...numbers(300, 0, 40, false)].map(Math.round).filter((x) => x > 0);
    expect(worst(log1p, (x) => exactLog(x + 1), large)).toBeLessThan(2);
  });

  it('power', () => {
    for (const n of [0, 1, 2, 3, 10, 1000, 99_991, 1_000_000, -1, -7]) {
      expect(
        worst(
          (x) => power(x, n),
          (x) => exactPower(x, n),
          [0.9, 0.999, 0.9999, 1.0001, 0.99999],
        ),
      ).toBeLessThan(1);
    }
    expect([power(0.5, 2000), power(2, 2000), power(-2, 2001), power(2, -2000), power(-2, 3), power(0, 5)]).toEqual([
      0,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -8,
      0,
    ]);
  });
});

describe('the ends', () => {
  it.each<[(x: number) => number, number, number]>([
    [exp, 0, 1],
    [exp, -0, 1],
    [exp, 710, Number.POSITIVE_INFINITY],
    [exp, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [exp, -746, 0],
    [exp, Number.NEGATIVE_INFINITY, 0],
    [exp, Number.NaN, Number.NaN],
    [log, 1, 0],
    [log, 0, Number.NEGATIVE_INFINITY],
    [log, -1, Number.NaN],
    [log, Number.NaN, Number.NaN],
    [log, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [atan, 0, 0],
    [atan, -0, -0],
    [atan, Number.NEGATIVE_INFINITY, -Math.PI / 2],
    [atan, Number.MAX_VALUE, Math.PI / 2],
    [atan, Number.NaN, Number.NaN],
    [log1p, -1, Number.NEGATIVE_INFINITY],
    [log1p, -2, Number.NaN],
    [log1p, 0, 0],
    [log1p, 1e-300, 1e-300],
    [log1p, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
    [sin, 0, 0],
    [sin, -0, -0],
    [sin, Number.POSITIVE_INFINITY, Number.NaN],
    [cos, 0, 1],
    [cos, Number.NaN, Number.NaN],
  ])('%o(%d) = %d', (f, x, value) => {
    expect(f(x)).toBe(value);
  });

  it('sin is odd and cos even, to the bit', () => {
    for (const x of numbers(1000, -10, 30)) {
      expect(sin(-x)).toBe(-sin(x));
      expect(cos(-x)).toBe(cos(x));
    }
  });
});
