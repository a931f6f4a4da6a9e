/**
 * R of a QR factorisation of a matrix of n columns whose rows arrive block by block: ‖A z‖ = ‖R z‖ for every z. Householder
 * reflections take each block into the R so far (Golub and Van Loan, Matrix Computations, §5.2), so that memory is that of R.
 */
export class TriangularFactor {
  readonly #n: number;
  /** n × n, row-major, upper triangular. */
  readonly r: Float64Array;
  readonly #w: Float64Array;
  /** ‖A‖_F² of the rows so far. */
  #squares = 0;

  constructor(n: number) {
    this.#n = n;
    this.r = new Float64Array(n * n);
    this.#w = new Float64Array(n);
  }

  /** Takes in rows, n numbers each, row-major; overwritten. */
  add(rows: Float64Array): void {
    const { r } = this;
    const [n, w] = [this.#n, this.#w];
    const length = rows.length;
    for (const entry of rows) this.#squares += entry * entry;
    const rounding = (2 ** -54) ** 2 * this.#squares;
    for (let k = 0; k < n; k++) {
      let below = 0;
      for (let i = k; i < length; i += n) below += rows[i]! * rows[i]!;
      if (below <= rounding) {
        // Rounding of rounding of … would end in subnormal numbers.
        for (let i = k; i < length; i += n) rows[i] = 0;
        continue;
      }
      const diagonal = r[k * n + k]!;
      const norm = Math.sqrt(diagonal * diagonal + below);
      // v = x ± ‖x‖ e₁ with the sign that cancels nothing; H = 1 − β v vᵀ.
      const head = diagonal < 0 ? diagonal - norm : diagonal + norm;
      const beta = 2 / (head * head + below);
      for (let j = k + 1; j < n; j++) w[j] = head * r[k * n + j]!;
      for (let i = 0; i < length; i += n) {
        const factor = rows[i + k]!;
        if (factor !== 0) for (let j = k + 1; j < n; j++) w[j]! += factor * rows[i + j]!;
      }
      r[k * n + k] = diagonal < 0 ? norm : -norm;
      for (let j = k + 1; j < n; j++) {
        w[j]! *= beta;
        r[k * n + j]! -= head * w[j]!;
      }
      for (let i = 0; i < length; i += n) {
        const factor = rows[i + k]!;
        if (factor !== 0) for (let j = k + 1; j < n; j++) rows[i + j]! -= factor * w[j]!;
        rows[i + k] = 0;
      }
    }
  }
}
