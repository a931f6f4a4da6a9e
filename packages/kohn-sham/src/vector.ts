/** Further vector operations of the eigensolver, on vectors of Fourier coefficients. */
import { axpy, dot } from '@dyadic/spectral';

/** x *= α */
export function scale(x: Float64Array, alpha: number): void {
  for (let i = 0; i < x.length; i++) x[i]! *= alpha;
}

/**
 * output = Σ_s weights[start + s] · terms[s], eight terms in one sweep: the sweeps over memory are what it costs.
 */
export function combine(
  output: Float64Array,
  terms: readonly Float64Array[],
  weights: Float64Array,
  start: number,
): void {
  const n = output.length;
  output.fill(0);
  let s = 0;
  for (; s + 7 < terms.length; s += 8) {
    const w = start + s;
    const [a, b, c, d] = [weights[w]!, weights[w + 1]!, weights[w + 2]!, weights[w + 3]!];
    const [e, f, g, h] = [weights[w + 4]!, weights[w + 5]!, weights[w + 6]!, weights[w + 7]!];
    const [ta, tb, tc, td] = [terms[s]!, terms[s + 1]!, terms[s + 2]!, terms[s + 3]!];
    const [te, tf, tg, th] = [terms[s + 4]!, terms[s + 5]!, terms[s + 6]!, terms[s + 7]!];
    for (let i = 0; i < n; i++) {
      const first = a * ta[i]! + b * tb[i]! + (c * tc[i]! + d * td[i]!);
      const second = e * te[i]! + f * tf[i]! + (g * tg[i]! + h * th[i]!);
      output[i]! += first + second;
    }
  }
  for (; s + 3 < terms.length; s += 4) {
    const w = start + s;
    addFour(output, terms, s, weights[w]!, weights[w + 1]!, weights[w + 2]!, weights[w + 3]!);
  }
  for (; s < terms.length; s++) axpy(output, weights[start + s]!, terms[s]!);
}

/** y += a x_s + b x_{s+1} + c x_{s+2} + d x_{s+3} */
function addFour(
  y: Float64Array,
  x: readonly Float64Array[],
  s: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  const n = y.length;
  const [xa, xb, xc, xd] = [x[s]!, x[s + 1]!, x[s + 2]!, x[s + 3]!];
  for (let i = 0; i < n; i++) y[i]! += a * xa[i]! + b * xb[i]! + (c * xc[i]! + d * xd[i]!);
}

/** x ← x − Σ_s (x_sᵀx) x_s for an orthonormal set, up to four of them in one sweep. */
export function projectOut(x: Float64Array, set: readonly Float64Array[]): void {
  const n = x.length;
  let s = 0;
  for (; s + 3 < set.length; s += 4) {
    const [ya, yb, yc, yd] = [set[s]!, set[s + 1]!, set[s + 2]!, set[s + 3]!];
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    for (let i = 0; i < n; i++) {
      const value = x[i]!;
      a += value * ya[i]!;
      b += value * yb[i]!;
      c += value * yc[i]!;
      d += value * yd[i]!;
    }
    addFour(x, set, s, -a, -b, -c, -d);
  }
  for (; s + 1 < set.length; s += 2) projectOutTwo(x, set[s]!, set[s + 1]!);
  if (s < set.length) axpy(x, -dot(x, set[s]!), set[s]!);
}

function projectOutTwo(x: Float64Array, y: Float64Array, z: Float64Array): void {
  const n = x.length;
  const whole = n - (n % 2);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 2) {
    a += x[i]! * y[i]!;
    b += x[i]! * z[i]!;
    c += x[i + 1]! * y[i + 1]!;
    d += x[i + 1]! * z[i + 1]!;
  }
  for (let i = whole; i < n; i++) {
    a += x[i]! * y[i]!;
    b += x[i]! * z[i]!;
  }
  a += c;
  b += d;
  for (let i = 0; i < n; i++) x[i]! -= a * y[i]! + b * z[i]!;
}

/**
 * Makes x orthogonal to an orthonormal set and of norm one, by Gram and Schmidt applied twice.
 *
 * @returns false when x lies in the span of the set down to rounding, and nothing of worth is left of it
 */
export function orthonormalize(x: Float64Array, set: readonly Float64Array[]): boolean {
  let norm = Math.sqrt(dot(x, x));
  if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) return false;
  scale(x, 1 / norm);
  for (let pass = 0; pass < 2; pass++) {
    projectOut(x, set);
    norm = Math.sqrt(dot(x, x));
    if (!(norm > 1e-10)) return false;
    scale(x, 1 / norm);
  }
  return true;
}
