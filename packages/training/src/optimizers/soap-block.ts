import { decayGram, multiply, multiplyByTranspose, multiplyTransposed, orthonormalize, transpose } from './dense.js';

/** A matrix in the parameter vector, row-major, and the sizes of its bases; 0 where a side has none. */
export interface MatrixShape {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
  /** `rows` or 0 */
  readonly left: number;
  /** `columns` or 0 */
  readonly right: number;
}

export interface SoapSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/** One side of a matrix: the decayed Gram matrix, and the transpose of the basis, one approximate eigenvector a row. */
interface Side {
  readonly size: number;
  readonly gram: Float64Array;
  readonly basis: Float64Array;
}

/** What {@link Soap} does for one matrix. Its moments, Gram matrices and bases are views of the optimizer's vectors. */
export class SoapBlock {
  readonly #shape: MatrixShape;
  readonly #left: Side | null;
  readonly #right: Side | null;
  readonly #firstMoment: Float64Array;
  readonly #secondMoment: Float64Array;
  readonly #gradient: Float64Array;
  readonly #rotated: Float64Array;
  readonly #scratch: Float64Array;
  readonly #square: Float64Array;

  /** @param place - Where the block's Gram matrices and bases start in the optimizer's vectors. */
  constructor(
    shape: MatrixShape,
    vectors: Readonly<Record<'firstMoment' | 'secondMoment' | 'grams' | 'bases', Float64Array>>,
    place: number,
  ) {
    const { offset, rows, columns, left, right } = shape;
    const size = rows * columns;
    const side = (length: number, start: number): Side | null => {
      if (length === 0) return null;
      const [gram, basis] = [vectors.grams, vectors.bases].map((all) => all.subarray(start, start + length ** 2));
      for (let i = 0; i < length; i++) basis![i * length + i] = 1;
      return { size: length, gram: gram!, basis: basis! };
    };
    this.#shape = shape;
    this.#left = side(left, place);
    this.#right = side(right, place + left ** 2);
    this.#firstMoment = vectors.firstMoment.subarray(offset, offset + size);
    this.#secondMoment = vectors.secondMoment.subarray(offset, offset + size);
    this.#gradient = new Float64Array(size);
    this.#rotated = new Float64Array(size);
    this.#scratch = new Float64Array(size);
    this.#square = new Float64Array(Math.max(left, right) ** 2);
  }

  /** G */
  readGradient(gradient: Float32Array): void {
    const { offset } = this.#shape;
    const g = this.#gradient;
    for (let i = 0; i < g.length; i++) g[i] = gradient[offset + i]!;
  }

  /** L ← β L + (1 − β) G Gᵀ, R ← β R + (1 − β) Gᵀ G */
  decayGrams(beta: number): void {
    const { rows, columns } = this.#shape;
    if (this.#left) {
      transpose(this.#scratch, this.#gradient, rows, columns);
      decayGram(this.#left.gram, this.#scratch, columns, rows, beta);
    }
    if (this.#right) decayGram(this.#right.gram, this.#gradient, rows, columns, beta);
  }

  /** One Adam step in the rotated coordinates; t counts from 1. */
  update(parameters: Float32Array, settings: SoapSettings, learningRate: number, t: number): void {
    const { beta1, beta2, epsilon, weightDecay } = settings;
    const { offset } = this.#shape;
    const [m, v, g] = [this.#firstMoment, this.#secondMoment, this.#rotated];
    this.#rotate(g, this.#gradient);
    const firstFactor = 1 / (1 - beta1 ** t);
    const secondFactor = 1 / (1 - beta2 ** t);
    for (let i = 0; i < g.length; i++) {
      m[i] = beta1 * m[i]! + (1 - beta1) * g[i]!;
      v[i] = beta2 * v[i]! + (1 - beta2) * g[i]! ** 2;
      g[i] = (firstFactor * m[i]!) / (Math.sqrt(secondFactor * v[i]!) + epsilon);
    }
    const direction = this.#gradient;
    this.#rotateBack(direction, g);
    const shrink = 1 - learningRate * weightDecay;
    for (let i = 0; i < direction.length; i++) {
      parameters[offset + i] = shrink * parameters[offset + i]! - learningRate * direction[i]!;
    }
  }

  /** Q ← qr(Gram · Q) on both sides; the first moment turns with them. */
  refreshBases(): void {
    if (!this.#left && !this.#right) return;
    this.#rotateBack(this.#rotated, this.#firstMoment);
    for (const side of [this.#left, this.#right]) {
      if (!side) continue;
      multiply(this.#square, side.basis, side.gram, side.size, side.size, side.size);
      orthonormalize(side.basis, this.#square, side.size);
    }
    this.#rotate(this.#firstMoment, this.#rotated);
  }

  /** output = Q_Lᵀ X Q_R */
  #rotate(output: Float64Array, x: Float64Array): void {
    const { rows, columns } = this.#shape;
    const [left, right, scratch] = [this.#left, this.#right, this.#scratch];
    const half = right ? scratch : output;
    if (left) multiply(half, left.basis, x, rows, rows, columns);
    else half.set(x);
    if (right) multiplyByTranspose(output, half, right.basis, rows, columns, columns);
  }

  /** output = Q_L X Q_Rᵀ */
  #rotateBack(output: Float64Array, x: Float64Array): void {
    const { rows, columns } = this.#shape;
    const [left, right, scratch] = [this.#left, this.#right, this.#scratch];
    const half = right ? scratch : output;
    if (left) multiplyTransposed(half, left.basis, x, rows, rows, columns);
    else half.set(x);
    if (right) multiply(output, half, right.basis, rows, columns, columns);
  }
}
