/** The few vector operations the solvers need, on vectors of Fourier coefficients. */

/** xᵀy. Four sums at a time: one would wait for its own last addition. */
export function dot(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const whole = n - (n % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += x[i]! * y[i]!;
    b += x[i + 1]! * y[i + 1]!;
    c += x[i + 2]! * y[i + 2]!;
    d += x[i + 3]! * y[i + 3]!;
  }
  for (let i = whole; i < n; i++) a += x[i]! * y[i]!;
  return a + b + (c + d);
}

/** y += α x */
export function axpy(y: Float64Array, alpha: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += alpha * x[i]!;
}

/** x *= α */
export function scale(x: Float64Array, alpha: number): void {
  for (let i = 0; i < x.length; i++) x[i]! *= alpha;
}

/**
 * output = Σ_s weights[start + s] · terms[s], four terms in one sweep: the sweeps over memory are what it costs.
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
  let w = start;
  for (; s + 3 < terms.length; s += 4, w += 4) {
    const a = weights[w]!;
    const b = weights[w + 1]!;
    const c = weights[w + 2]!;
    const d = weights[w + 3]!;
    const ta = terms[s]!;
    const tb = terms[s + 1]!;
    const tc = terms[s + 2]!;
    const td = terms[s + 3]!;
    for (let i = 0; i < n; i++) output[i]! += a * ta[i]! + b * tb[i]! + (c * tc[i]! + d * td[i]!);
  }
  for (; s < terms.length; s++, w++) axpy(output, weights[w]!, terms[s]!);
}

/**
 * Makes x orthogonal to an orthonormal set and of norm one, by Gram and Schmidt applied twice.
 *
 * @returns false when x lies in the span of the set down to rounding, and nothing of worth is left of it
 */
export function orthonormalize(x: Float64Array, against: readonly (readonly Float64Array[])[]): boolean {
  let norm = Math.sqrt(dot(x, x));
  if (!(norm > 0 && norm < Number.POSITIVE_INFINITY)) return false;
  scale(x, 1 / norm);
  for (let pass = 0; pass < 2; pass++) {
    for (const set of against) for (const y of set) axpy(x, -dot(x, y), y);
    norm = Math.sqrt(dot(x, x));
    if (!(norm > 1e-10)) return false;
    scale(x, 1 / norm);
  }
  return true;
}
