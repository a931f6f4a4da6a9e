import { log } from './log.js';

/**
 * log(1 + x) within two units in the last place, however small x is: log u + (x − (u − 1))/u with u = 1 + x rounded, whose
 * rounding error x − (u − 1) is exact.
 */
export function log1p(x: number): number {
  const u = 1 + x;
  if (!(u > 0 && u < Number.POSITIVE_INFINITY)) return log(u);
  return u === 1 ? x : log(u) + (x - (u - 1)) / u;
}
