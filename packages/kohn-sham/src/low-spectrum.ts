import { ShiftedTridiagonal } from './shifted-tridiagonal.js';
import { tridiagonalEigenvalues } from './symmetric-eigen.js';
import { TridiagonalForm } from './tridiagonal-form.js';
import { orthonormalize, projectOut } from './vector.js';

/** Steps of inverse iteration: one gains some ten digits, another makes sure. */
const STEPS = 2;
/** Close eigenvalues get shifts this far apart, relative to the largest: equal ones would give equal vectors. */
const SEPARATION = 1e-13;

/**
 * All eigenvalues of a dense symmetric matrix, its lowest eigenvectors, and its inverse on their complement at any
 * shift, for the price of one reduction to tridiagonal form: in that form eigenvectors by inverse iteration and linear
 * systems take of the order of n operations.
 */
export class LowSpectrum {
  /** All eigenvalues, ascending. */
  readonly values: Float64Array;
  readonly #form = new TridiagonalForm();
  readonly #shifted: ShiftedTridiagonal;
  /** Of T, the lowest. */
  readonly #vectors: Float64Array[] = [];
  /** Those of them that the present matrix has been asked for. */
  #found: readonly Float64Array[] = [];
  #scale = 0;
  #distance = 1;
  readonly #inside: Float64Array;

  constructor(order: number) {
    this.values = new Float64Array(order);
    this.#shifted = new ShiftedTridiagonal(order);
    this.#inside = new Float64Array(order);
  }

  /** @param matrix - Row-major, of which the lower triangle is read; overwritten */
  decompose(matrix: Float64Array): void {
    const n = this.values.length;
    this.#form.reduce(matrix, n);
    tridiagonalEigenvalues(this.#form.diagonal, this.#form.offDiagonal, this.values);
    this.#scale = Math.max(Math.abs(this.values[0]!), Math.abs(this.values[n - 1]!));
    this.#found = [];
  }

  /** Number of eigenvectors found. */
  get count(): number {
    return this.#found.length;
  }

  /** The eigenvectors of T found. */
  get found(): readonly Float64Array[] {
    return this.#found;
  }

  /** Writes the Q of A = Q T Qᵀ. */
  form(rows: readonly Float64Array[]): void {
    const n = this.values.length;
    const column = new Float64Array(n);
    for (let j = 0; j < n; j++) {
      column.fill(0);
      column[j] = 1;
      this.#form.fromTridiagonal(column, j);
      for (let i = 0; i < n; i++) rows[i]![j] = column[i]!;
    }
  }

  /** x ← (T − σ)⁻¹ x. @returns the distance from σ to the least eigenvalue whose vector has not been found */
  solveTridiagonal(x: Float64Array, sigma: number): number {
    this.shift(sigma);
    this.#shifted.solve(x);
    return this.#distance;
  }

  /** Computes the lowest `count` eigenvectors of T; orthonormal, whatever the eigenvalues. */
  findVectors(count: number): void {
    const n = this.values.length;
    const { diagonal, offDiagonal } = this.#form;
    let shift = Number.NEGATIVE_INFINITY;
    while (this.#vectors.length < count) this.#vectors.push(new Float64Array(n));
    for (let j = 0; j < count; j++) {
      const x = this.#vectors[j]!;
      const others = this.#vectors.slice(0, j);
      shift = Math.max(this.values[j]!, shift + SEPARATION * this.#scale);
      this.#shifted.factor(diagonal, offDiagonal, shift, this.#scale);
      // Golden ratio: components without a pattern that an eigenvector could be orthogonal to.
      for (let i = 0; i < n; i++) x[i] = (((i + 1) * (j + 1) * 0.6180339887498949) % 1) + 0.1;
      for (let step = 0; step < STEPS; step++) {
        this.#shifted.solve(x);
        if (!orthonormalize(x, others)) replace(x, others);
      }
    }
    this.#found = this.#vectors.slice(0, count);
  }

  /** Eigenvector j < count, of norm one. */
  vector(j: number, output: Float64Array): void {
    output.set(this.#vectors[j]!);
    this.#form.fromTridiagonal(output);
  }

  /** Fixes σ in {@link solve}; below the least eigenvalue whose vector has not been found. */
  shift(sigma: number): void {
    this.#shifted.factor(this.#form.diagonal, this.#form.offDiagonal, sigma, this.#scale);
    this.#distance = this.values[Math.min(this.count, this.values.length - 1)]! - sigma;
  }

  /**
   * x ← P (A − σ)⁻¹ P x + (1 − P) x/δ, P the projection off the lowest `count` eigenvectors: the inverse with their
   * eigenvalues replaced by σ + δ, the next one's. Positive definite.
   */
  solve(x: Float64Array): void {
    const inside = this.#inside;
    this.#form.toTridiagonal(x);
    inside.set(x);
    projectOut(x, this.#found);
    for (let i = 0; i < x.length; i++) inside[i] = (inside[i]! - x[i]!) / this.#distance;
    this.#shifted.solve(x);
    projectOut(x, this.#found);
    for (let i = 0; i < x.length; i++) x[i]! += inside[i]!;
    this.#form.fromTridiagonal(x);
  }
}

/** The first unit vector that is not in the span of the others, made orthonormal to them. */
function replace(x: Float64Array, others: readonly Float64Array[]): void {
  for (let i = 0; i < x.length; i++) {
    x.fill(0);
    x[i] = 1;
    if (orthonormalize(x, others)) return;
  }
}
