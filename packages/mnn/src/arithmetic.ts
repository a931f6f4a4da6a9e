/**
 * The arithmetic in which activations are written. A formula is a function of an `Arithmetic<T>` and its argument, so that one formula
 * computes with numbers in the float64 reference, with tensors in `engine-tensorflow`, and writes shader code in `engine-webgpu`.
 */

/** Operations on T: float64 numbers, tensors (element by element), or expressions of a shading language. */
export interface Arithmetic<T> {
  constant(value: number): T;
  add(x: T, y: T): T;
  subtract(x: T, y: T): T;
  multiply(x: T, y: T): T;
  divide(x: T, y: T): T;
  negate(x: T): T;
  /** max(x, 0) */
  positivePart(x: T): T;
  /** 1 for x > 0, else 0 */
  step(x: T): T;
  /** √x, x ≥ 0 */
  sqrt(x: T): T;
  tanh(x: T): T;
  /** log(1 + e^x), with full relative accuracy for negative x too. */
  softplus(x: T): T;
  /** e^x − 1, with full relative accuracy near 0. */
  expm1(x: T): T;
}

/** A formula in one variable, for any arithmetic. */
export type Formula = <T>(f: Arithmetic<T>, x: T) => T;

/** Double precision, for the reference. */
export const FLOAT64: Arithmetic<number> = {
  constant: (value) => value,
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  negate: (x) => -x,
  positivePart: (x) => Math.max(x, 0),
  step: (x) => (x > 0 ? 1 : 0),
  sqrt: Math.sqrt,
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  expm1: Math.expm1,
};
