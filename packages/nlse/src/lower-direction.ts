import { square } from '@dyadic/elementary';
import { randomStream } from '@dyadic/random';
import { axpy, dot } from '@dyadic/spectral';
import type { NlseOperator } from './operator.js';
import { normalize } from './vector.js';

/** Most vectors of a Krylov basis, and most numbers in all of them. */
const LARGEST_BASIS = 64;
const LARGEST_STORAGE = 2 ** 23;
const RESTARTS = 20;
/** The search ends when the residual of the Ritz pair is at most this fraction of its distance above μ. */
const SETTLED = 1e-2;
/** An eigenvalue counts as lower than μ if it lies below by more than this, in units of the state's scale. */
const MARGIN = 1e-9;

/** A stationary state on the given grid. */
export interface Candidate {
  readonly u: Float64Array;
  readonly chemicalPotential: number;
  readonly scale: number;
}

/**
 * Searches for v ⟂ u, ‖v‖ = 1, with ⟨v, H(u) v⟩ < μ, by the Lanczos method from a random vector.
 *
 * If there is none, u is the ground state among all functions on the grid, whatever their signs: for β ≥ 0 and any v of norm
 * one, v⁴ ≥ 2u²v² − u⁴ pointwise, so
 *
 *   E(v) ≥ ⟨v, H(u) v⟩ − (β/2) ∫ u⁴ ≥ μ − (β/2) ∫ u⁴ = E(u).
 *
 * On grids of up to {@link LARGEST_BASIS} points the Krylov space is the whole space, and the answer exact to rounding. On
 * larger ones the method restarts from the lowest Ritz vector until it has converged.
 *
 * @returns coefficients of v, or undefined
 */
export function lowerDirection(operator: NlseOperator, { u, chemicalPotential, scale }: Candidate) {
  const { basis } = operator;
  const state = basis.toCoefficients(u);
  basis.makeReal(state);
  normalize(state);
  const bound = chemicalPotential - MARGIN * scale;
  const krylov = new KrylovSpace(operator, u, state);
  const stream = randomStream(0, 'nlse/lower-direction');
  let start = basis.toCoefficients(Float64Array.from(u, () => stream.normal()));
  for (let restart = 0; restart < RESTARTS; restart++) {
    const ritz = krylov.lowestRitzPair(start);
    if (!ritz) return undefined;
    if (ritz.value < bound) return ritz.vector;
    if (ritz.residual <= SETTLED * (ritz.value - bound)) return undefined;
    start = ritz.vector;
  }
  return undefined;
}

/** Krylov spaces of H(u) on the functions orthogonal to u, an invariant subspace. */
class KrylovSpace {
  readonly #operator: NlseOperator;
  /** V + βu² on the grid. */
  readonly #multiplier: Float64Array;
  readonly #u: Float64Array;
  readonly #field: Float64Array;
  readonly #vectors: Float64Array[] = [];
  readonly #most: number;

  constructor(operator: NlseOperator, values: Float64Array, coefficients: Float64Array) {
    const { potential, beta, basis } = operator;
    this.#operator = operator;
    this.#multiplier = potential.map((v, i) => v + beta * square(values[i]!));
    this.#u = coefficients;
    this.#field = new Float64Array(basis.grid.size);
    const room = Math.max(8, Math.floor(LARGEST_STORAGE / basis.size));
    this.#most = Math.min(basis.grid.size - 1, LARGEST_BASIS, room);
  }

  /** The lowest Ritz pair of the Krylov space of a start vector; undefined if that is parallel to u. */
  lowestRitzPair(start: Float64Array) {
    const vectors = this.#vectors;
    const diagonal: number[] = [];
    const offDiagonal: number[] = [];
    let next: Float64Array = Float64Array.from(start);
    let norm = this.#orthonormalize(next, 0);
    if (!(norm > 0)) return undefined;
    let size = 0;
    let reach = 0;
    while (size < this.#most) {
      vectors[size] = next;
      next = this.#apply(next);
      diagonal.push(dot(vectors[size]!, next));
      size++;
      reach = Math.max(reach, Math.abs(diagonal.at(-1)!), norm);
      norm = this.#orthonormalize(next, size);
      // The remainder is rounding: the space is invariant.
      if (!(norm > 1e-14 * reach)) break;
      offDiagonal.push(norm);
    }
    const value = lowestEigenvalue(diagonal, offDiagonal.slice(0, size - 1));
    const weights = eigenvector(diagonal, offDiagonal.slice(0, size - 1), value);
    const vector = new Float64Array(start.length);
    for (let i = 0; i < size; i++) axpy(vector, weights[i]!, vectors[i]!);
    return { value, vector, residual: (offDiagonal[size - 1] ?? 0) * Math.abs(weights[size - 1]!) };
  }

  /** Orthogonalises x against u and the first `count` vectors, twice for stability, and normalises it. @returns ‖x‖ before */
  #orthonormalize(x: Float64Array, count: number): number {
    this.#operator.basis.makeReal(x);
    for (let pass = 0; pass < 2; pass++) {
      axpy(x, -dot(this.#u, x), this.#u);
      for (let i = 0; i < count; i++) axpy(x, -dot(this.#vectors[i]!, x), this.#vectors[i]!);
    }
    const norm = Math.sqrt(dot(x, x));
    normalize(x);
    return norm;
  }

  /** H(u) x */
  #apply(x: Float64Array): Float64Array {
    const { basis, laplacian } = this.#operator;
    const field = basis.toValues(x, this.#field);
    for (let i = 0; i < field.length; i++) field[i]! *= this.#multiplier[i]!;
    const image = basis.toCoefficients(field);
    for (let i = 0; i < image.length; i++) image[i]! += laplacian[i]! * x[i]!;
    return image;
  }
}

/** The lowest eigenvalue of a symmetric tridiagonal matrix, by bisection on the signs of the pivots of T − x. */
function lowestEigenvalue(diagonal: readonly number[], offDiagonal: readonly number[]): number {
  const radius = diagonal.map((_, i) => Math.abs(offDiagonal[i - 1] ?? 0) + Math.abs(offDiagonal[i] ?? 0));
  let low = Math.min(...diagonal.map((d, i) => d - radius[i]!));
  let high = Math.min(...diagonal);
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return low;
    if (isPositiveDefinite(diagonal, offDiagonal, middle)) low = middle;
    else high = middle;
  }
}

function isPositiveDefinite(diagonal: readonly number[], offDiagonal: readonly number[], shift: number): boolean {
  let pivot = diagonal[0]! - shift;
  for (let i = 1; i < diagonal.length && pivot > 0; i++)
    pivot = diagonal[i]! - shift - square(offDiagonal[i - 1]!) / pivot;
  return pivot > 0;
}

/** The unit eigenvector of the lowest eigenvalue by inverse iteration; `value` approximates the eigenvalue from below. */
function eigenvector(diagonal: readonly number[], offDiagonal: readonly number[], value: number): Float64Array {
  const n = diagonal.length;
  const scale = Math.max(...diagonal.map(Math.abs), ...offDiagonal.map(Math.abs), Number.MIN_VALUE);
  // T − value is positive definite up to rounding, so no pivoting is needed.
  const pivots = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const coupled = i === 0 ? 0 : square(offDiagonal[i - 1]!) / pivots[i - 1]!;
    pivots[i] = Math.max(diagonal[i]! - value - coupled, 1e-16 * scale);
  }
  const x = new Float64Array(n).fill(1);
  for (let iteration = 0; iteration < 3; iteration++) {
    for (let i = 1; i < n; i++) x[i]! -= (offDiagonal[i - 1]! / pivots[i - 1]!) * x[i - 1]!;
    for (let i = n - 1; i >= 0; i--)
      x[i] = x[i]! / pivots[i]! - (i < n - 1 ? (offDiagonal[i]! / pivots[i]!) * x[i + 1]! : 0);
    normalize(x);
  }
  return x;
}
