import { power } from '@dyadic/elementary';
import type { RotatedMatrix } from '@dyadic/mnn';
import { type Dense, padded } from './dense.js';

export interface SoapSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** Where the parts of the state lie, in floats; a block takes its share of each and moves the places on. */
export interface Places {
  firstMoment: number;
  secondMoment: number;
  grams: number;
  bases: number;
  /** What need not be saved. */
  scratch: number;
}

/** Floats that a block takes of the moments, of Gram matrices and bases, and of scratch memory. */
export function blockSizes({ rows, columns, left, right }: RotatedMatrix): {
  moments: number;
  squares: number;
  scratch: number;
} {
  const square = (side: number) => side * padded(side);
  const matrix = rows * padded(columns);
  const largest = Math.max(left, right);
  const scratch =
    3 * matrix + columns * padded(rows) + square(left) + square(right) + square(largest) + padded(largest);
  return { moments: matrix, squares: square(left) + square(right), scratch };
}

/**
 * δ, relative to the mean eigenvalue. It leaves the eigenvectors what they are, and where the Gram matrix has no rank yet
 * it keeps the old basis in place of rounding noise.
 */
const DAMPING = 1e-3;

/** One side of a matrix, as byte offsets. The basis is stored both ways; Qᵀ has one approximate eigenvector a row. */
interface Side {
  readonly size: number;
  readonly gram: number;
  readonly basisTransposed: number;
  readonly basis: number;
}

/** What SOAP does for one matrix. */
export class SoapBlock {
  readonly #dense: Dense;
  readonly #shape: RotatedMatrix;
  readonly #left: Side | null;
  readonly #right: Side | null;
  readonly #firstMoment: number;
  readonly #secondMoment: number;
  readonly #gradient: number;
  readonly #gradientTransposed: number;
  readonly #rotated: number;
  readonly #half: number;
  readonly #square: number;
  readonly #scales: number;

  constructor(dense: Dense, shape: RotatedMatrix, places: Places) {
    const { rows, columns, left, right } = shape;
    const take = (part: keyof Places, floats: number) => {
      const start = places[part];
      places[part] += floats;
      return 4 * start;
    };
    const side = (size: number): Side | null => {
      if (size === 0) return null;
      const square = size * padded(size);
      return {
        size,
        gram: take('grams', square),
        basisTransposed: take('bases', square),
        basis: take('scratch', square),
      };
    };
    const matrix = rows * padded(columns);
    this.#dense = dense;
    this.#shape = shape;
    this.#left = side(left);
    this.#right = side(right);
    this.#firstMoment = take('firstMoment', matrix);
    this.#secondMoment = take('secondMoment', matrix);
    this.#gradient = take('scratch', matrix);
    this.#rotated = take('scratch', matrix);
    this.#half = take('scratch', matrix);
    this.#gradientTransposed = take('scratch', columns * padded(rows));
    this.#square = take('scratch', Math.max(left, right) * padded(Math.max(left, right)));
    this.#scales = take('scratch', padded(Math.max(left, right)));
    this.#eachSide(({ size, basisTransposed }) => {
      for (let i = 0; i < size; i++) dense.floats[basisTransposed / 4 + i * padded(size) + i] = 1;
    });
    this.restoreBases();
  }

  /** Recomputes Q from Qᵀ, the one of the two that is saved. */
  restoreBases(): void {
    this.#eachSide(({ size, basis, basisTransposed }) => this.#dense.transpose(basis, basisTransposed, size, size));
  }

  /** G, and L ← β L + (1 − β) G Gᵀ, R ← β R + (1 − β) Gᵀ G. */
  readGradient(gradient: Float32Array, beta: number): void {
    const { multiply, transpose, floats } = this.#dense;
    const { offset, rows, columns } = this.#shape;
    const stride = padded(columns);
    const start = this.#gradient / 4;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) floats[start + i * stride + j] = gradient[offset + i * columns + j]!;
    }
    if (!this.#left && !this.#right) return;
    transpose(this.#gradientTransposed, this.#gradient, rows, columns);
    const [g, gT] = [this.#gradient, this.#gradientTransposed];
    if (this.#left) multiply(this.#left.gram, g, gT, rows, columns, rows, beta, 1 - beta);
    if (this.#right) multiply(this.#right.gram, gT, g, columns, rows, columns, beta, 1 - beta);
  }

  /** One Adam step in the rotated coordinates; t counts from 1. */
  update(parameters: Float32Array, settings: SoapSettings, learningRate: number, t: number): void {
    const { beta1, beta2, epsilon, weightDecay } = settings;
    const { offset, rows, columns } = this.#shape;
    const { adam, floats } = this.#dense;
    const stride = padded(columns);
    this.#rotate(this.#rotated, this.#gradient);
    const [c1, c2] = [1 / (1 - power(beta1, t)), 1 / (1 - power(beta2, t))];
    adam(this.#firstMoment, this.#secondMoment, this.#rotated, 4 * rows * stride, beta1, beta2, c1, c2, epsilon);
    this.#rotateBack(this.#gradient, this.#rotated);
    const direction = this.#gradient / 4;
    const shrink = 1 - learningRate * weightDecay;
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        const at = offset + i * columns + j;
        parameters[at] = shrink * parameters[at]! - learningRate * floats[direction + i * stride + j]!;
      }
    }
  }

  /** Q ← qr((Gram + δ) Q) on both sides; the first moment turns with them. */
  refreshBases(): void {
    if (!this.#left && !this.#right) return;
    this.#rotateBack(this.#rotated, this.#firstMoment);
    this.#eachSide(({ size, gram, basisTransposed }) => {
      const trace = this.#trace(gram, size);
      if (trace === 0) return; // no gradient has come yet
      // Qᵀ is copied first: keep · Qᵀ + weight · Qᵀ Gram is the damped product.
      this.#dense.floats.copyWithin(this.#square / 4, basisTransposed / 4, basisTransposed / 4 + size * padded(size));
      this.#dense.multiply(this.#square, basisTransposed, gram, size, size, size, DAMPING / size, 1 / trace);
      this.#dense.orthonormalize(basisTransposed, this.#square, this.#scales, size);
    });
    this.restoreBases();
    this.#rotate(this.#firstMoment, this.#rotated);
  }

  #trace(gram: number, size: number): number {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += this.#dense.floats[gram / 4 + i * padded(size) + i]!;
    return sum;
  }

  /** output = Q_Lᵀ X Q_R */
  #rotate(output: number, x: number): void {
    this.#sandwich(output, this.#left?.basisTransposed, x, this.#right?.basis);
  }

  /** output = Q_L X Q_Rᵀ */
  #rotateBack(output: number, x: number): void {
    this.#sandwich(output, this.#left?.basis, x, this.#right?.basisTransposed);
  }

  /** output = A X B, where A or B may be absent. */
  #sandwich(output: number, a: number | undefined, x: number, b: number | undefined): void {
    const { multiply, floats } = this.#dense;
    const { rows, columns } = this.#shape;
    if (a !== undefined) multiply(b === undefined ? output : this.#half, a, x, rows, rows, columns, 0, 1);
    const left = a === undefined ? x : this.#half;
    if (b !== undefined) multiply(output, left, b, rows, columns, columns, 0, 1);
    else if (a === undefined) floats.copyWithin(output / 4, x / 4, x / 4 + rows * padded(columns));
  }

  #eachSide(visit: (side: Side) => void): void {
    if (this.#left) visit(this.#left);
    if (this.#right) visit(this.#right);
  }
}
