/** The vector operations in which the iterative solvers spend their time. They check no lengths. */

/** xᵀy, over the length of x. Four partial sums, for instruction-level parallelism. */
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

/** y += α x, in place, over the length of y. */
export function axpy(y: Float64Array, alpha: number, x: Float64Array): void {
  for (let i = 0; i < y.length; i++) y[i]! += alpha * x[i]!;
}
