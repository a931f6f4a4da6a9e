/** The few vector operations the solver needs, on coefficient vectors. */

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** y += α x */
export function axpy(y: Float64Array, alpha: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += alpha * x[i]!;
}

/** y = x + α y */
export function xpay(y: Float64Array, x: Float64Array, alpha: number): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]! + alpha * y[i]!;
}

/** x /= ‖x‖₂ */
export function normalize(x: Float64Array): void {
  const scale = 1 / Math.sqrt(dot(x, x));
  for (let i = 0; i < x.length; i++) x[i]! *= scale;
}
