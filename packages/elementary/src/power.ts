/**
 * x^n for an integer n, within one unit in the last place where neither x^|n| nor its inverse leaves the normal range. Repeated
 * squaring in double-double arithmetic (Dekker 1971), whose error stays below the last place for exponents up to millions.
 *
 * For other exponents use `exp(y * log(x))`, with an error of about |y log x| units.
 */
export function power(x: number, n: number): number {
  let baseHigh = x;
  let baseLow = 0;
  let high = 1;
  let low = 0;
  for (let rest = Math.abs(n); rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) {
      const p = high * baseHigh;
      low = productError(high, baseHigh, p) + (high * baseLow + low * baseHigh);
      high = p + low;
      low += p - high;
    }
    if (rest > 1) {
      const square = baseHigh * baseHigh;
      baseLow = productError(baseHigh, baseHigh, square) + 2 * baseHigh * baseLow;
      baseHigh = square + baseLow;
      baseLow += square - baseHigh;
    }
  }
  // Out of range, the double-double product is NaN.
  if (!Number.isFinite(high) && !Number.isNaN(x))
    high = x < 0 && n % 2 !== 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (n >= 0 || !Number.isFinite(1 / high) || !Number.isFinite(high)) return n < 0 ? 1 / high : high;
  const inverse = 1 / high;
  return inverse + inverse * (1 - high * inverse - productError(high, inverse, high * inverse) - low * inverse);
}

/** The exact a b − p, where p = a b rounded; halves of 26 bits have exact products (Veltkamp). */
function productError(a: number, b: number, p: number): number {
  const aTop = a * 134217729;
  const bTop = b * 134217729;
  const aHigh = aTop - (aTop - a);
  const bHigh = bTop - (bTop - b);
  const aLow = a - aHigh;
  const bLow = b - bHigh;
  return aLow * bLow - (p - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}
