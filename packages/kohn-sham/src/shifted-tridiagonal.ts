/** A pivot this small, relative to the matrix, stands for zero: the matrix is singular to rounding. */
const LEAST_PIVOT = 2 ** -52;

/**
 * Solves (T − σ) x = y for a symmetric tridiagonal T by Gaussian elimination with partial pivoting (Golub and Van Loan,
 * Matrix Computations, 2013, section 4.3). A pivot that vanishes is replaced by rounding, as inverse iteration wants it.
 */
export class ShiftedTridiagonal {
  readonly #pivot: Float64Array;
  /** The two diagonals above the pivots. */
  readonly #upper: Float64Array;
  readonly #second: Float64Array;
  readonly #multiplier: Float64Array;
  /** 1 where rows k and k + 1 were exchanged. */
  readonly #exchanged: Uint8Array;
  readonly #order: number;

  constructor(order: number) {
    this.#order = order;
    this.#pivot = new Float64Array(order);
    this.#upper = new Float64Array(order);
    this.#second = new Float64Array(order);
    this.#multiplier = new Float64Array(order);
    this.#exchanged = new Uint8Array(order);
  }

  /** @param scale - A norm of T */
  factor(diagonal: Float64Array, offDiagonal: Float64Array, sigma: number, scale: number): void {
    const n = this.#order;
    const least = LEAST_PIVOT * scale || Number.MIN_VALUE;
    let head = diagonal[0]! - sigma;
    let right = n > 1 ? offDiagonal[0]! : 0;
    for (let k = 0; k < n - 1; k++) {
      const below = offDiagonal[k]!;
      const next = diagonal[k + 1]! - sigma;
      const beyond = k + 2 < n ? offDiagonal[k + 1]! : 0;
      const exchange = Math.abs(below) > Math.abs(head);
      this.#exchanged[k] = exchange ? 1 : 0;
      if (exchange) {
        const multiplier = head / below;
        this.#pivot[k] = below;
        this.#upper[k] = next;
        this.#second[k] = beyond;
        this.#multiplier[k] = multiplier;
        head = right - multiplier * next;
        right = -multiplier * beyond;
      } else {
        const pivot = Math.abs(head) < least ? least : head;
        const multiplier = below / pivot;
        this.#pivot[k] = pivot;
        this.#upper[k] = right;
        this.#second[k] = 0;
        this.#multiplier[k] = multiplier;
        head = next - multiplier * right;
        right = beyond;
      }
    }
    this.#pivot[n - 1] = Math.abs(head) < least ? least : head;
    for (let k = 0; k < n; k++) this.#pivot[k] = 1 / this.#pivot[k]!;
  }

  /** x ← (T − σ)⁻¹ x */
  solve(x: Float64Array): void {
    const n = this.#order;
    for (let k = 0; k < n - 1; k++) {
      const upper = x[k]!;
      const lower = x[k + 1]!;
      const multiplier = this.#multiplier[k]!;
      if (this.#exchanged[k] === 1) {
        x[k] = lower;
        x[k + 1] = upper - multiplier * lower;
      } else {
        x[k + 1] = lower - multiplier * upper;
      }
    }
    let one = 0;
    let two = 0;
    for (let k = n - 1; k >= 0; k--) {
      const value = (x[k]! - this.#upper[k]! * one - this.#second[k]! * two) * this.#pivot[k]!;
      x[k] = value;
      two = one;
      one = value;
    }
  }
}
