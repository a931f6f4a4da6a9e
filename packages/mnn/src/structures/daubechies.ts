import { cos, sin } from '@dyadic/elementary';
import { requireInteger } from '@dyadic/errors';

/** Filters of an orthonormal wavelet basis: s_k = Σ_n h_n x_(2k+n) and d_k = Σ_n g_n x_(2k+n). */
export interface WaveletFilters {
  /** p: Σ_n n^q g_n = 0 for q < p. */
  readonly vanishingMoments: number;
  /** h, 2p numbers, of the scaling function. */
  readonly low: Float64Array;
  /** g, 2p numbers, of the wavelet: g_n = (−1)^n h_(2p−1−n). */
  readonly high: Float64Array;
}

type Complex = readonly [re: number, im: number];

/**
 * Daubechies filters with p vanishing moments and extremal phase by spectral factorisation (Daubechies, Ten Lectures on
 * Wavelets, §6.1): with y = sin²(ω/2),
 *
 *   |h(ω)|² = 2 (1 − y)^p P(y),   P(y) = Σ_(k<p) C(p − 1 + k, k) y^k.
 *
 * Each root y of P gives a root z of z + 1/z = 2 − 4y inside the unit circle; h(z) = c (1 + z)^p Π (1 − z_i z), with Σ h = √2.
 *
 * @param vanishingMoments - p, from 1 (Haar) to 10. The filters are orthonormal to 2e-14, and their moments vanish to 1e-15.
 * @throws ArgumentError
 */
export function daubechies(vanishingMoments: number): WaveletFilters {
  const p = requireInteger('daubechies.vanishingMoments', vanishingMoments, { min: 1, max: 10 });
  const coefficients = [1];
  for (let k = 1; k < p; k++) coefficients.push((coefficients[k - 1]! * (p - 1 + k)) / k);
  const inside = rootsOf(coefficients).map(insideCircle);
  // The real polynomial Π (1 − z_i z); its roots come in conjugate pairs.
  let product: Complex[] = [[1, 0]];
  for (const [re, im] of inside)
    product = times(product, [
      [1, 0],
      [-re, -im],
    ]);
  for (let k = 0; k < p; k++)
    product = times(product, [
      [1, 0],
      [1, 0],
    ]);
  const sum = product.reduce((all, [re]) => all + re, 0);
  const low = Float64Array.from(product, ([re]) => (Math.SQRT2 * re) / sum);
  const high = low.map((_, n) => (n % 2 === 0 ? 1 : -1) * low[2 * p - 1 - n]!);
  return { vanishingMoments: p, low, high };
}

/** All roots of Σ c_k y^k at once, by Aberth's iteration, which ends with Newton's. */
function rootsOf(coefficients: readonly number[]): Complex[] {
  const degree = coefficients.length - 1;
  // The roots of P lie near the curve |4 y (1 − y)| = 1, right of 1/2 and within the radius 1.
  const roots: Complex[] = Array.from({ length: degree }, (_, i) => {
    const angle = (2 * Math.PI * (i + 0.25)) / degree;
    return [0.7 * cos(angle), 0.7 * sin(angle)];
  });
  for (let sweep = 0; sweep < 200; sweep++) {
    let moved = 0;
    for (let i = 0; i < degree; i++) {
      const newton = newtonStep(coefficients, roots[i]!);
      let repulsion: Complex = [0, 0];
      for (let j = 0; j < degree; j++) if (j !== i) repulsion = plus(repulsion, inverse(minus(roots[i]!, roots[j]!)));
      const step = over(newton, minus([1, 0], multiply(newton, repulsion)));
      roots[i] = minus(roots[i]!, step);
      moved = Math.max(moved, size(step));
    }
    if (moved < 1e-16) break;
  }
  return roots;
}

/** f(y) / f′(y) by Horner's rule. */
function newtonStep(coefficients: readonly number[], y: Complex): Complex {
  let [value, slope]: [Complex, Complex] = [
    [0, 0],
    [0, 0],
  ];
  for (const c of [...coefficients].reverse()) {
    slope = plus(multiply(slope, y), value);
    value = plus(multiply(value, y), [c, 0]);
  }
  return over(value, slope);
}

/** The root of z + 1/z = 2 − 4y inside the unit circle. */
function insideCircle(y: Complex): Complex {
  const half: Complex = [1 - 2 * y[0], -2 * y[1]];
  const root = squareRoot(minus(multiply(half, half), [1, 0]));
  const [a, b] = [plus(half, root), minus(half, root)];
  // Of two roots whose product is 1 the greater one is free of cancellation.
  return inverse(size(a) > size(b) ? a : b);
}

function times(a: readonly Complex[], b: readonly Complex[]): Complex[] {
  return Array.from({ length: a.length + b.length - 1 }, (_, k) =>
    a.reduce<Complex>((sum, factor, i) => (b[k - i] ? plus(sum, multiply(factor, b[k - i]!)) : sum), [0, 0]),
  );
}

/** Without `Math.hypot`, whose last bit runtimes differ in: filters are part of a network. */
const size = ([re, im]: Complex): number => Math.sqrt(re * re + im * im);
const plus = (a: Complex, b: Complex): Complex => [a[0] + b[0], a[1] + b[1]];
const minus = (a: Complex, b: Complex): Complex => [a[0] - b[0], a[1] - b[1]];
const multiply = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const over = (a: Complex, b: Complex): Complex => multiply(a, inverse(b));

function inverse([re, im]: Complex): Complex {
  const square = re * re + im * im;
  return [re / square, -im / square];
}

function squareRoot([re, im]: Complex): Complex {
  const half = Math.sqrt((size([re, im]) + Math.abs(re)) / 2);
  if (half === 0) return [0, 0];
  const other = Math.abs(im) / (2 * half);
  return re >= 0 ? [half, im < 0 ? -other : other] : [other, im < 0 ? -half : half];
}
