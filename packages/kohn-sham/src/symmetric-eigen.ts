import { TridiagonalForm } from './tridiagonal-form.js';

/** Sweeps of the QR iteration per eigenvalue before it gives up; it takes fewer than two on average. */
const MAX_SWEEPS = 50;

/**
 * All eigenpairs of small real symmetric matrices: reduction to tridiagonal form, then the implicitly shifted QR
 * iteration with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 2013, section 8.3.3). Vectors are rows, so
 * that every inner loop runs along memory. Owns scratch memory for matrices of up to a given order, which grows when
 * needed.
 */
export class SymmetricEigensolver {
  /** Eigenvalues, ascending, in the first n entries. */
  values = new Float64Array(0);
  /** Eigenvector j is the row of n entries from j n. */
  vectors = new Float64Array(0);
  readonly #form = new TridiagonalForm();
  #rows: Float64Array[] = [];
  #capacity = 0;

  /**
   * Decomposes a matrix of order n.
   *
   * @param matrix - Row-major, symmetric, order² entries; overwritten.
   */
  decompose(matrix: Float64Array, order: number): void {
    this.#reserve(order);
    this.#form.reduce(matrix, order);
    for (let j = 0; j < order; j++) {
      const row = this.#rows[j]!;
      row.fill(0, 0, order);
      row[j] = 1;
    }
    diagonalize(this.#form.diagonal, this.#form.offDiagonal, this.#rows, order);
    this.#collect(order);
  }

  #reserve(order: number): void {
    if (order <= this.#capacity) return;
    this.#capacity = order;
    this.values = new Float64Array(order);
    this.vectors = new Float64Array(order * order);
    this.#rows = Array.from({ length: order }, () => new Float64Array(order));
  }

  /** Rows in ascending order of their eigenvalues, taken back from T to A. */
  #collect(n: number): void {
    const { diagonal } = this.#form;
    const order = Array.from({ length: n }, (_, j) => j).sort((a, b) => diagonal[a]! - diagonal[b]!);
    for (let j = 0; j < n; j++) {
      const row = this.#rows[order[j]!]!;
      this.values[j] = diagonal[order[j]!]!;
      this.#form.fromTridiagonal(row);
      this.vectors.set(n === row.length ? row : row.subarray(0, n), j * n);
    }
  }
}

/** Eigenvalues, ascending, of the tridiagonal matrix (d, e), whose first n and n − 1 entries are left alone. */
export function tridiagonalEigenvalues(d: Float64Array, e: Float64Array, values: Float64Array): void {
  const n = values.length;
  values.set(d.subarray(0, n));
  diagonalize(values, e.slice(0, n), [], n);
  values.sort();
}

/** Diagonalises the tridiagonal matrix (d, e) and applies the same rotations to the rows, if there are any. */
function diagonalize(d: Float64Array, e: Float64Array, rows: readonly Float64Array[], n: number): void {
  let end = n - 1;
  for (let sweeps = 0; end > 0; ) {
    if (negligible(d, e, end - 1)) {
      end--;
      sweeps = 0;
      continue;
    }
    if (sweeps++ === MAX_SWEEPS) return; // only numbers that are not finite lead here
    let start = end - 1;
    while (start > 0 && !negligible(d, e, start - 1)) start--;
    sweep(d, e, rows, start, end, n);
  }
}

/** Written so that NaN counts as negligible, and the iteration ends. */
function negligible(d: Float64Array, e: Float64Array, k: number): boolean {
  return !(Math.abs(e[k]!) > Number.EPSILON * (Math.abs(d[k]!) + Math.abs(d[k + 1]!)));
}

/** One implicit QR step on the unreduced block start … end. */
function sweep(d: Float64Array, e: Float64Array, rows: readonly Float64Array[], start: number, end: number, n: number) {
  let x = d[start]! - wilkinsonShift(d[end - 1]!, d[end]!, e[end - 1]!);
  let z = e[start]!;
  for (let k = start; k < end; k++) {
    const r = Math.sqrt(x * x + z * z);
    if (r === 0) return; // underflow: what couples the two is far below rounding
    const c = x / r;
    const s = z / r;
    if (k > start) e[k - 1] = r;
    const upper = d[k]!;
    const lower = d[k + 1]!;
    const between = e[k]!;
    const change = s * (s * (lower - upper) + 2 * c * between);
    d[k] = upper + change;
    d[k + 1] = lower - change;
    e[k] = c * s * (lower - upper) + (c * c - s * s) * between;
    if (k + 1 < end) {
      x = e[k]!;
      z = s * e[k + 1]!;
      e[k + 1]! *= c;
    }
    if (rows.length > 0) rotate(rows[k]!, rows[k + 1]!, c, s, n);
  }
}

/** The eigenvalue of [[a, e], [e, b]] nearer to b. */
function wilkinsonShift(a: number, b: number, e: number): number {
  const half = (a - b) / 2;
  const root = Math.sqrt(half * half + e * e);
  return b - (e * e) / (half + (half < 0 ? -root : root));
}

function rotate(p: Float64Array, q: Float64Array, c: number, s: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const pi = p[i]!;
    const qi = q[i]!;
    p[i] = c * pi + s * qi;
    q[i] = c * qi - s * pi;
  }
}
