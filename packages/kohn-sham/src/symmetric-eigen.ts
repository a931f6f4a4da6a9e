/** Sweeps of the QR iteration per eigenvalue before it gives up; it takes fewer than two on average. */
const MAX_SWEEPS = 50;

/**
 * All eigenpairs of small real symmetric matrices: reduction to tridiagonal form by Householder reflections, then the
 * implicitly shifted QR iteration with Wilkinson's shift (Golub and Van Loan, Matrix Computations, 2013, sections 8.3.1
 * and 8.3.3). Vectors are rows, so that every inner loop runs along memory. Owns scratch memory for matrices of up to a
 * given order, which grows when needed.
 */
export class SymmetricEigensolver {
  /** Eigenvalues, ascending, in the first n entries. */
  values = new Float64Array(0);
  /** Eigenvector j is the row of n entries from j n. */
  vectors = new Float64Array(0);
  #rows: Float64Array[] = [];
  #reflectors: Float64Array[] = [];
  #diagonal = new Float64Array(0);
  #offDiagonal = new Float64Array(0);
  #product = new Float64Array(0);
  #capacity = 0;

  /**
   * Decomposes a matrix of order n.
   *
   * @param matrix - Row-major, symmetric, order² entries; overwritten.
   */
  decompose(matrix: Float64Array, order: number): void {
    this.#reserve(order);
    this.#tridiagonalize(matrix, order);
    for (let j = 0; j < order; j++) {
      const row = this.#rows[j]!;
      row.fill(0, 0, order);
      row[j] = 1;
    }
    diagonalize(this.#diagonal, this.#offDiagonal, this.#rows, order);
    this.#collect(order);
  }

  #reserve(order: number): void {
    if (order <= this.#capacity) return;
    this.#capacity = order;
    this.values = new Float64Array(order);
    this.vectors = new Float64Array(order * order);
    this.#rows = Array.from({ length: order }, () => new Float64Array(order));
    this.#reflectors = Array.from({ length: order }, () => new Float64Array(order));
    this.#diagonal = new Float64Array(order);
    this.#offDiagonal = new Float64Array(order);
    this.#product = new Float64Array(order);
  }

  /** A ← H_{n−3} … H_0 A H_0 … H_{n−3} = T with H_k = 1 − v_k v_kᵀ, ‖v_k‖² = 2, v_k zero up to entry k. */
  #tridiagonalize(a: Float64Array, n: number): void {
    const w = this.#product;
    for (let k = 0; k < n; k++) {
      this.#diagonal[k] = a[k * n + k]!;
      if (k === n - 1) break;
      const v = this.#reflectors[k]!;
      this.#offDiagonal[k] = reflector(a, k, n, v);
      if (v[k + 1] === 0) continue; // nothing to reflect
      // A ← A − v wᵀ − w vᵀ with w = A v − ½ (vᵀA v) v.
      let vAv = 0;
      for (let i = k + 1; i < n; i++) {
        const row = i * n;
        let sum = 0;
        for (let j = k + 1; j < n; j++) sum += a[row + j]! * v[j]!;
        w[i] = sum;
        vAv += sum * v[i]!;
      }
      for (let i = k + 1; i < n; i++) w[i]! -= 0.5 * vAv * v[i]!;
      for (let i = k + 1; i < n; i++) {
        const row = i * n;
        const vi = v[i]!;
        const wi = w[i]!;
        for (let j = k + 1; j < n; j++) a[row + j]! -= vi * w[j]! + wi * v[j]!;
      }
    }
  }

  /** Sorts, and carries the eigenvectors of the tridiagonal matrix back to those of the matrix given. */
  #collect(n: number): void {
    const diagonal = this.#diagonal;
    const sorted = Array.from({ length: n }, (_, j) => j).sort((i, j) => diagonal[i]! - diagonal[j]!);
    for (let j = 0; j < n; j++) {
      const row = this.#rows[sorted[j]!]!;
      this.values[j] = diagonal[sorted[j]!]!;
      for (let k = n - 3; k >= 0; k--) {
        const v = this.#reflectors[k]!;
        let sum = 0;
        for (let i = k + 1; i < n; i++) sum += v[i]! * row[i]!;
        for (let i = k + 1; i < n; i++) row[i]! -= sum * v[i]!;
      }
      this.vectors.set(n === row.length ? row : row.subarray(0, n), j * n);
    }
  }
}

/**
 * The v of norm √2 for which 1 − v vᵀ maps entries k+1 … of row k of A to a multiple of the first unit vector.
 *
 * @returns the multiple
 */
function reflector(a: Float64Array, k: number, n: number, v: Float64Array): number {
  const row = k * n;
  const first = a[row + k + 1]!;
  let below = 0;
  for (let j = k + 2; j < n; j++) below += a[row + j]! ** 2;
  if (below === 0) {
    v.fill(0, k + 1, n);
    return first;
  }
  const norm = Math.sqrt(first * first + below);
  const image = first > 0 ? -norm : norm; // the sign that does not cancel
  const head = first - image;
  const factor = Math.SQRT2 / Math.sqrt(head * head + below);
  v[k + 1] = head * factor;
  for (let j = k + 2; j < n; j++) v[j] = a[row + j]! * factor;
  return image;
}

/** Diagonalises the tridiagonal matrix (d, e) and applies the same rotations to the rows. */
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
    rotate(rows[k]!, rows[k + 1]!, c, s, n);
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
