import { dot } from '@dyadic/spectral';
import { type Bound, EigenBlock } from './eigen-block.js';
import type { Hamiltonian } from './hamiltonian.js';
import type { Preconditioner } from './preconditioner.js';
import { SymmetricEigensolver } from './symmetric-eigen.js';
import { combine, orthonormalize } from './vector.js';

/** Iterations after which the block grows if it has not converged. */
const PATIENCE = 6;

/** Residuals that fall by more than this factor in an iteration need no direction P. */
const FAST = 0.05;

/** How far below its bound the correction equation takes a residual. */
const SAFETY = 0.3;

/** Residuals on a coarse grid need not be smaller than this part of the truncation error. */
const TRUNCATION = 0.5;

/**
 * Lowest eigenpairs of a Hamiltonian by a block Jacobi-Davidson iteration: Rayleigh–Ritz on the span of the block X, the
 * corrections W of {@link CorrectionEquation}, and, where these come slowly, the last directions P. With a single step per
 * correction it is LOBPCG (Knyazev, SIAM J. Sci. Comput. 23, 2001). The basis of the span is orthonormal throughout, P by
 * way of the coefficients of X (Duersch, Shao, Yang and Gu, SIAM J. Sci. Comput. 40, 2018), so the small problem is an
 * ordinary symmetric one and well conditioned. Vectors that meet their bound stay in the block but get no W and P of their
 * own (soft locking).
 *
 * What is slow is nearly always a block that cuts a cluster of eigenvalues in two, so the block of an iteration that
 * takes long grows by the next Ritz vectors.
 */
export class BlockEigensolver extends EigenBlock {
  readonly #images: Float64Array[] = [];
  readonly #spare: Float64Array[] = [];
  readonly #eigen = new SymmetricEigensolver();
  /** W, P and their images under H. */
  #searches: Float64Array[] = [];
  #searchImages: Float64Array[] = [];
  #directions: Float64Array[] = [];
  #directionImages: Float64Array[] = [];
  /** PᵀHP, row-major. */
  #directionMatrix: Float64Array = new Float64Array(0);
  /** Of the last Rayleigh–Ritz step: S, HS, SᵀHS, the Ritz vectors in coordinates of S, and how much of S was X. */
  #past: {
    basis: Float64Array[];
    images: Float64Array[];
    matrix: Float64Array;
    ritz: Float64Array;
    previous: number;
  } | null = null;
  /** ‖r_i‖ of the iteration before. */
  readonly #norms: Float64Array;

  constructor(hamiltonian: Hamiltonian, preconditioner: Preconditioner, maxCount: number) {
    super(hamiltonian, preconditioner, maxCount);
    this.#norms = new Float64Array(maxCount);
    for (let i = 0; i < maxCount; i++) this.vectors.push(this.#take());
  }

  /**
   * Iterates the first `count` vectors until all meet their bounds, rounding forbids progress, or the numbers leave the
   * finite range.
   *
   * @returns the number of iterations
   */
  run(count: number, bound: Bound, maxIterations: number): number {
    this.count = count;
    this.#forget();
    this.#release(this.#directions, this.#directionImages);
    this.#norms.fill(Number.POSITIVE_INFINITY);
    while (this.#images.length < this.maxCount) this.#images.push(this.#take());
    this.#start();
    for (let iteration = 0; ; iteration++) {
      if (iteration === maxIterations || !this.#search(bound)) return iteration;
      this.#rayleighRitz((iteration + 1) % PATIENCE === 0);
    }
  }

  /** Makes the block orthonormal and diagonal. */
  #start(): void {
    const n = this.count;
    for (let i = 0; i < n; i++) {
      this.hamiltonian.basis.makeReal(this.vectors[i]!);
      orthonormalize(this.vectors[i]!, this.vectors.slice(0, i));
      this.hamiltonian.apply(this.vectors[i]!, this.#images[i]!);
    }
    this.#rayleighRitz();
  }

  /**
   * Fills W with the corrections of the vectors that miss their bounds, and P with the directions of those among them
   * that have come closer slowly.
   *
   * @returns false when there is nothing to do, or nothing new to be found
   */
  #search({ bound, required, truncated, watch }: Bound): boolean {
    const enough = (i: number) => {
      const truncation = truncated ? TRUNCATION * this.hamiltonian.truncation(this.vectors[i]!) : 0;
      return Math.max(truncation, bound(i, this.eigenvalues));
    };
    const missing: number[] = [];
    const slow: number[] = [];
    let finished = true;
    for (let i = 0; i < this.count; i++) {
      const norm = this.#residualOf(i);
      if (norm > enough(i) && norm < Number.POSITIVE_INFINITY) {
        missing.push(i);
        if (norm > FAST * this.#norms[i]!) slow.push(i);
        finished &&= !required(i, this.eigenvalues, norm);
      }
      this.#norms[i] = norm;
    }
    watch?.(this.#norms, this.eigenvalues);
    if (finished) return false;
    this.#direct(slow);
    for (const i of missing) this.#searchFor(i, enough(i));
    return this.#searches.length > 0;
  }

  /** Adds the correction of vector i to W, if that is anything new. */
  #searchFor(i: number, enough: number): void {
    const w = this.#take();
    this.#residualOf(i);
    const { block } = this;
    this.correction.solve(this.residual, this.eigenvalues[i]!, block, SAFETY * enough, w);
    this.hamiltonian.basis.makeReal(w);
    if (!orthonormalize(w, [...block, ...this.#directions, ...this.#searches])) {
      this.#spare.push(w);
      return;
    }
    const image = this.#take();
    this.hamiltonian.apply(w, image);
    this.#searches.push(w);
    this.#searchImages.push(image);
  }

  /** r = HX_i − ε_i X_i from the carried image, and its norm. */
  #residualOf(i: number): number {
    const x = this.vectors[i]!;
    const image = this.#images[i]!;
    const r = this.residual;
    const epsilon = this.eigenvalues[i]!;
    for (let k = 0; k < r.length; k++) r[k] = image[k]! - epsilon * x[k]!;
    return Math.sqrt(dot(r, r));
  }

  /** Replaces X by the lowest Ritz vectors of span S, S = [X, W, P]. */
  #rayleighRitz(grow = false): void {
    const previous = this.count;
    const basis = [...this.vectors.slice(0, previous), ...this.#searches, ...this.#directions];
    const images = [...this.#images.slice(0, previous), ...this.#searchImages, ...this.#directionImages];
    const order = basis.length;
    const matrix = this.#projectedMatrix(basis, images);
    this.#eigen.decompose(matrix.slice(), order);
    const { values, vectors } = this.#eigen;
    if (grow) this.count = Math.min(this.maxCount, previous + Math.ceil(previous / 2), order);
    for (let j = 0; j < this.count; j++) {
      // The places of a grown block hold memory not in use.
      if (j >= previous) this.#spare.push(this.vectors[j]!, this.#images[j]!);
      this.vectors[j] = this.#combination(basis, vectors, j * order);
      this.#images[j] = this.#combination(images, vectors, j * order);
      this.eigenvalues[j] = values[j]!;
    }
    for (const list of [this.#searches, this.#searchImages, this.#directions, this.#directionImages]) list.length = 0;
    this.#past = { basis, images, matrix, ritz: vectors.slice(0, this.count * order), previous };
  }

  /**
   * Sets P to what the last step added to the given vectors from W and P, made orthogonal to all of X and to each other;
   * in coordinates of S, where that is cheap.
   */
  #direct(which: readonly number[]): void {
    const { basis, images, matrix, ritz, previous } = this.#past!;
    const order = basis.length;
    if (order > previous) {
      const block = Array.from({ length: this.count }, (_, j) => ritz.subarray(j * order, (j + 1) * order));
      const directions = directionCoordinates(block, previous, which);
      for (const direction of directions) {
        this.#directions.push(this.#combination(basis, direction, 0));
        this.#directionImages.push(this.#combination(images, direction, 0));
      }
      this.#directionMatrix = quadraticForm(directions, matrix, order);
    }
    this.#forget();
  }

  #forget(): void {
    if (this.#past) this.#spare.push(...this.#past.basis, ...this.#past.images);
    this.#past = null;
  }

  /** SᵀHS for S = [X, W, P]. XᵀHX is known to be diagonal after the first time, PᵀHP is known, and XᵀHP = 0. */
  #projectedMatrix(basis: readonly Float64Array[], images: readonly Float64Array[]): Float64Array {
    const n = this.count;
    const order = basis.length;
    const p = order - this.#directions.length;
    const matrix = new Float64Array(order * order);
    const set = (i: number, j: number, value: number) => {
      matrix[i * order + j] = matrix[j * order + i] = value;
    };
    if (this.#searches.length === 0) {
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) set(i, j, dot(basis[i]!, images[j]!));
      return matrix;
    }
    for (let i = 0; i < n; i++) set(i, i, this.eigenvalues[i]!);
    for (let w = n; w < p; w++) {
      for (let j = 0; j < n; j++) set(w, j, dot(basis[w]!, images[j]!));
      for (let j = n; j <= w; j++) set(w, j, dot(basis[j]!, images[w]!));
      for (let j = p; j < order; j++) set(w, j, dot(basis[w]!, images[j]!));
    }
    const directions = order - p;
    for (let i = 0; i < directions; i++) {
      for (let j = 0; j < directions; j++) set(p + i, p + j, this.#directionMatrix[i * directions + j]!);
    }
    return matrix;
  }

  #combination(terms: readonly Float64Array[], weights: Float64Array, start: number): Float64Array {
    const vector = this.#take();
    combine(vector, terms, weights, start);
    return vector;
  }

  #take(): Float64Array {
    return this.#spare.pop() ?? new Float64Array(this.hamiltonian.basis.size);
  }

  #release(...lists: Float64Array[][]): void {
    for (const list of lists) this.#spare.push(...list.splice(0));
  }
}

/** Some Ritz vectors without their part in the previous X, orthonormal to all of them and to each other. */
function directionCoordinates(
  ritz: readonly Float64Array[],
  previous: number,
  which: readonly number[],
): Float64Array[] {
  const directions: Float64Array[] = [];
  for (const j of which) {
    const direction = ritz[j]!.slice();
    direction.fill(0, 0, previous);
    if (orthonormalize(direction, [...ritz, ...directions])) directions.push(direction);
  }
  return directions;
}

/** C A Cᵀ for the rows of C. */
function quadraticForm(rows: readonly Float64Array[], a: Float64Array, order: number): Float64Array {
  const result = new Float64Array(rows.length ** 2);
  rows.forEach((row, j) => {
    const product = Float64Array.from({ length: order }, (_, i) => dot(a.subarray(i * order, (i + 1) * order), row));
    for (let i = 0; i < rows.length; i++) result[i * rows.length + j] = dot(rows[i]!, product);
  });
  return result;
}
