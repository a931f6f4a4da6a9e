import { square } from '@dyadic/elementary';
import { randomStream } from '@dyadic/random';
import { axpy, dot } from '@dyadic/spectral';
import { CorrectionEquation, type Thoroughness } from './correction-equation.js';
import { type Hamiltonian, longestPeriod } from './hamiltonian.js';
import type { Preconditioner } from './preconditioner.js';
import { orthonormalize, projectOut } from './vector.js';

/** What is good enough, given the index of a vector and all eigenvalues of the block. */
export interface Bound {
  /** Largest ‖Hψ_i − ε_i ψ_i‖; a vector above it is improved. */
  readonly bound: (index: number, eigenvalues: Float64Array) => number;
  /** Whether the iteration must go on while the vector, of residual `norm`, is above its bound; the others only help. */
  readonly required: (index: number, eigenvalues: Float64Array, norm: number) => boolean;
  /** Sees the norms of the residuals in every iteration, and may end it by an error. */
  readonly watch?: (norms: Float64Array, eigenvalues: Float64Array) => void;
  /** Whether a finer grid follows: no residual then needs to be below the vector's truncation error on this one. */
  readonly truncated: boolean;
}

/** A block of vectors on one grid that an iteration takes to the lowest eigenvectors, and what can be asked about it. */
export abstract class EigenBlock {
  /** Eigenvectors, orthonormal. Set the first `count` before a run. */
  readonly vectors: Float64Array[] = [];
  /** Their eigenvalues, ascending. */
  readonly eigenvalues: Float64Array;
  protected readonly hamiltonian: Hamiltonian;
  protected readonly correction: CorrectionEquation;
  protected readonly residual: Float64Array;
  protected readonly maxCount: number;
  /** Where {@link findBelow} starts, made when first used. */
  readonly #noise: Float64Array[] = [];
  #count = 0;

  constructor(hamiltonian: Hamiltonian, preconditioner: Preconditioner, maxCount: number) {
    this.hamiltonian = hamiltonian;
    this.correction = new CorrectionEquation(hamiltonian, preconditioner);
    this.maxCount = maxCount;
    this.eigenvalues = new Float64Array(maxCount);
    this.residual = new Float64Array(hamiltonian.basis.size);
  }

  /**
   * Iterates the first `count` vectors until all meet their bounds, rounding forbids progress, or the numbers leave the
   * finite range.
   *
   * @returns the number of iterations
   */
  abstract run(count: number, bound: Bound, maxIterations: number): number;

  /** Size of the block, which a run may have enlarged. */
  get count(): number {
    return this.#count;
  }

  /** The eigenvectors, `count` of them. */
  get block(): readonly Float64Array[] {
    return this.vectors.slice(0, this.#count);
  }

  /** Takes the first vectors, orthonormal, as the block. */
  set count(count: number) {
    this.#count = count;
  }

  /** ‖Hψ − εψ‖ of vector i and its eigenvalue, from scratch. */
  measure(i: number, values?: Float64Array): number {
    const x = this.vectors[i]!;
    const r = this.residual;
    this.hamiltonian.apply(x, r, values);
    const epsilon = dot(x, r) / dot(x, x);
    this.eigenvalues[i] = epsilon;
    axpy(r, -epsilon, x);
    return Math.sqrt(dot(r, r));
  }

  /**
   * Looks for a vector that the block lacks although it has energy below σ, as happens when the start had no part in its
   * symmetry. The search starts from noise, which has a part in every symmetry.
   *
   * @param sigma - An energy, or one per coefficient
   * @param known - The vectors of the block to keep away from. One that is no eigenvector yet may hide another: it has a
   * part of it, and lends what is orthogonal to both a part of its own energy.
   * @param attempt - Chooses the noise. What one noise has in a degenerate eigenspace is a single vector; when that is
   * found, the same noise is blind to the rest.
   * @returns one orthonormal to the known ones, on the way to an eigenvector, or null when none was found
   */
  findBelow(
    sigma: number | Float64Array,
    known: readonly Float64Array[],
    attempt: number,
    thoroughness: Thoroughness,
  ): Float64Array | null {
    this.#noise[attempt] ??= noise(this.hamiltonian, attempt);
    const vector = this.#noise[attempt].slice();
    projectOut(vector, known);
    const found = this.correction.findBelow(sigma, known, vector, thoroughness);
    return found && orthonormalize(vector, known) ? vector : null;
  }

  /** xᵀHx */
  energy(x: Float64Array): number {
    this.hamiltonian.apply(x, this.residual);
    return dot(x, this.residual);
  }

  /** Appends a vector to the block, which the next run makes orthonormal, or puts it in the place of the last where the block cannot grow. */
  append(vector: Float64Array): void {
    if (this.#count < this.maxCount) this.#count++;
    this.vectors[this.#count - 1]!.set(vector);
  }
}

/** Noise with an equal part of the kinetic energy in every wave, the same whenever it is asked for. */
export function noise(hamiltonian: Hamiltonian, index: number): Float64Array {
  const { basis, kinetic } = hamiltonian;
  const stream = randomStream(0, 'kohn-sham/missing', index);
  const longest = 2 * square(Math.PI / longestPeriod(basis.grid));
  const result = kinetic.map((energy) => stream.uniform(-1, 1) / Math.sqrt(energy + longest));
  basis.makeReal(result);
  return result;
}
