import { log } from './log.js';

/**
 * log(1 + x) within two units in the last place, however small x is; −Infinity for −1, NaN below.
 *
 * Computes log u + (x − (u − 1))/u, where u = 1 + x is rounded and x − (u − 1), its rounding error, is exact.
 */
export function log1p(x: number): number {
  const u = 1 + x;
  if (!(u > 0 && u < Number.POSITIVE_INFINITY)) return log(u);
  return u === 1 ? x : log(u) + (x - (u - 1)) / u;
}
