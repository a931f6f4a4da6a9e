import { ShiftedTridiagonal } from './shifted-tridiagonal.js';
import { tridiagonalEigenvalues } from './symmetric-eigen.js';
import { TridiagonalForm } from './tridiagonal-form.js';
import { orthonormalize, projectOut } from './vector.js';

/** Steps of inverse iteration: one gains some ten digits, another makes sure. */
export const STEPS = 2;
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
  protected readonly form: TridiagonalForm;
  protected readonly shifted: ShiftedTridiagonal;
  /** Largest |eigenvalue|. */
  protected scale = 0;
  /** Of T, the lowest. */
  readonly #vectors: Float64Array[] = [];
  /** Those of them that the present matrix has been asked for. */
  #found: readonly Float64Array[] = [];
  #distance = 1;
  readonly #inside: Float64Array;

  /** @param form - Does the reduction */
  constructor(order: number, form = new TridiagonalForm()) {
    this.form = form;
    this.values = new Float64Array(order);
    this.shifted = new ShiftedTridiagonal(order);
    this.#inside = new Float64Array(order);
  }

  /** @param matrix - Row-major, of which the lower triangle is read; overwritten */
  decompose(matrix: Float64Array): void {
    const n = this.values.length;
    this.form.reduce(matrix, n);
    tridiagonalEigenvalues(this.form.diagonal, this.form.offDiagonal, this.values);
    this.scale = Math.max(Math.abs(this.values[0]!), Math.abs(this.values[n - 1]!));
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

  protected set found(vectors: readonly Float64Array[]) {
    this.#found = vectors;
  }

  /** x ← (T − σ)⁻¹ x. @returns the distance from σ to the least eigenvalue whose vector has not been found */
  solveTridiagonal(x: Float64Array, sigma: number): number {
    this.shift(sigma);
    this.shifted.solve(x);
    return this.#distance;
  }

  /** Computes the lowest `count` eigenvectors of T; orthonormal, whatever the eigenvalues. */
  findVectors(count: number): void {
    const n = this.values.length;
    const { diagonal, offDiagonal } = this.form;
    const shifts = this.shifts(count);
    while (this.#vectors.length < count) this.#vectors.push(new Float64Array(n));
    for (let j = 0; j < count; j++) {
      const x = this.#vectors[j]!;
      const others = this.#vectors.slice(0, j);
      this.shifted.factor(diagonal, offDiagonal, shifts[j]!, this.scale);
      fillBefore(x, n, j);
      for (let step = 0; step < STEPS; step++) {
        this.shifted.solve(x);
        if (!orthonormalize(x, others)) replace(x, others);
      }
    }
    this.#found = this.#vectors.slice(0, count);
  }

  /** The shifts of inverse iteration: the eigenvalues, kept apart. */
  protected shifts(count: number): Float64Array {
    const shifts = this.values.slice(0, count);
    for (let j = 1; j < count; j++) shifts[j] = Math.max(shifts[j]!, shifts[j - 1]! + SEPARATION * this.scale);
    return shifts;
  }

  /** Eigenvector j < count, of norm one. */
  vector(j: number, output: Float64Array): void {
    output.set(this.#vectors[j]!);
    this.form.fromTridiagonal(output);
  }

  /** Fixes σ in {@link solve}; below the least eigenvalue whose vector has not been found. */
  shift(sigma: number): void {
    this.shifted.factor(this.form.diagonal, this.form.offDiagonal, sigma, this.scale);
    this.#distance = this.values[Math.min(this.count, this.values.length - 1)]! - sigma;
  }

  /**
   * x ← P (A − σ)⁻¹ P x + (1 − P) x/δ, P the projection off the lowest `count` eigenvectors: the inverse with their
   * eigenvalues replaced by σ + δ, the next one's. Positive definite.
   */
  solve(x: Float64Array): void {
    const inside = this.#inside;
    this.form.toTridiagonal(x);
    inside.set(x);
    projectOut(x, this.#found);
    for (let i = 0; i < x.length; i++) inside[i] = (inside[i]! - x[i]!) / this.#distance;
    this.shifted.solve(x);
    projectOut(x, this.#found);
    for (let i = 0; i < x.length; i++) x[i]! += inside[i]!;
    this.form.fromTridiagonal(x);
  }
}

/** What inverse iteration for vector j begins with: by the golden ratio, components without a pattern that an eigenvector could be orthogonal to. */
export function fillBefore(x: Float64Array, n: number, j: number): void {
  for (let i = 0; i < n; i++) x[i] = (((i + 1) * (j + 1) * 0.6180339887498949) % 1) + 0.1;
}

/** The first unit vector that is not in the span of the others, made orthonormal to them. */
export function replace(x: Float64Array, others: readonly Float64Array[]): void {
  for (let i = 0; i < x.length; i++) {
    x.fill(0);
    x[i] = 1;
    if (orthonormalize(x, others)) return;
  }
}
