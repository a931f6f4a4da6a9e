import { square } from '@dyadic/elementary';
/**
 * A symmetric matrix A = Q T Qᵀ with T tridiagonal, by Householder reflections (Golub and Van Loan, Matrix Computations,
 * 2013, section 8.3.1). Q is kept as its reflections, H_0 H_1 … H_{n−3}. Owns memory for matrices of up to a given order,
 * which grows when needed.
 */
export class TridiagonalForm {
  order = 0;
  /** Diagonal of T, n entries. */
  diagonal: Float64Array = new Float64Array(0);
  /** T_{k,k+1}, n − 1 entries. */
  offDiagonal: Float64Array = new Float64Array(0);
  /** v_k of H_k = 1 − v_k v_kᵀ, ‖v_k‖² = 2, zero up to entry k; v_k[k+1] = 0 where there is nothing to reflect. */
  protected readonly reflectors: Float64Array[] = [];
  #product = new Float64Array(0);

  /** @param a - Row-major, symmetric, order² entries, of which the lower triangle is read; overwritten. */
  reduce(a: Float64Array, order: number): void {
    const n = order;
    this.#reserve(n);
    this.order = n;
    for (let k = 0; k < n; k++) {
      this.diagonal[k] = a[k * n + k]!;
      if (k === n - 1) break;
      const v = this.reflectors[k]!;
      this.offDiagonal[k] = reflector(a, k, n, v);
      if (v[k + 1] !== 0) reflectBothSides(a, v, this.#product, k + 1, n);
    }
  }

  /** y ← Qᵀ y */
  toTridiagonal(y: Float64Array): void {
    for (let k = 0; k < this.order - 1; k++) reflect(y, this.reflectors[k]!, k + 1, this.order);
  }

  /** y ← Q y. @param last - Where y ends, but for zeros */
  fromTridiagonal(y: Float64Array, last = this.order - 1): void {
    for (let k = Math.min(this.order - 2, last - 1); k >= 0; k--) reflect(y, this.reflectors[k]!, k + 1, this.order);
  }

  #reserve(order: number): void {
    if (order <= this.diagonal.length) return;
    this.diagonal = new Float64Array(order);
    this.offDiagonal = new Float64Array(order);
    this.#product = new Float64Array(order);
    this.reflectors.length = 0;
    for (let k = 0; k < order; k++) this.reflectors.push(new Float64Array(order));
  }
}

/**
 * The v of norm √2 for which 1 − v vᵀ maps entries k+1 … of column k of A to a multiple of the first unit vector.
 *
 * @returns the multiple
 */
function reflector(a: Float64Array, k: number, n: number, v: Float64Array): number {
  const first = a[(k + 1) * n + k]!;
  let below = 0;
  for (let j = k + 2; j < n; j++) below += square(a[j * n + k]!);
  if (below === 0) {
    v.fill(0, k + 1, n);
    return first;
  }
  const norm = Math.sqrt(first * first + below);
  const image = first > 0 ? -norm : norm; // the sign that does not cancel
  const head = first - image;
  const factor = Math.SQRT2 / Math.sqrt(head * head + below);
  v[k + 1] = head * factor;
  for (let j = k + 2; j < n; j++) v[j] = a[j * n + k]! * factor;
  return image;
}

/** A ← (1 − v vᵀ) A (1 − v vᵀ) = A − v wᵀ − w vᵀ, w = A v − ½ (vᵀA v) v, on the lower triangle from row `start`. */
function reflectBothSides(a: Float64Array, v: Float64Array, w: Float64Array, start: number, n: number): void {
  w.fill(0, start, n);
  for (let i = start; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    let sum = 0;
    for (let j = start; j < i; j++) {
      const aij = a[row + j]!;
      sum += aij * v[j]!;
      w[j]! += aij * vi;
    }
    w[i] = sum + a[row + i]! * vi;
  }
  let vAv = 0;
  for (let i = start; i < n; i++) vAv += v[i]! * w[i]!;
  for (let i = start; i < n; i++) w[i]! -= 0.5 * vAv * v[i]!;
  for (let i = start; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    const wi = w[i]!;
    for (let j = start; j <= i; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!;
  }
}

/** y ← (1 − v vᵀ) y on entries from `start`. */
function reflect(y: Float64Array, v: Float64Array, start: number, n: number): void {
  if (v[start] === 0) return;
  let even = 0;
  let odd = 0;
  let i = start;
  for (; i + 1 < n; i += 2) {
    even += v[i]! * y[i]!;
    odd += v[i + 1]! * y[i + 1]!;
  }
  if (i < n) even += v[i]! * y[i]!;
  const sum = even + odd;
  for (let j = start; j < n; j++) y[j]! -= sum * v[j]!;
}
