/** Further vector operations of the solver, on coefficient vectors. */
import { dot } from '@dyadic/spectral';

/** y = x + α y, in place. */
export function xpay(y: Float64Array, x: Float64Array, alpha: number): void {
  for (let i = 0; i < y.length; i++) y[i] = x[i]! + alpha * y[i]!;
}

/** x /= ‖x‖₂, in place. */
export function normalize(x: Float64Array): void {
  const scale = 1 / Math.sqrt(dot(x, x));
  for (let i = 0; i < x.length; i++) x[i]! *= scale;
}
