import type { Bound } from './eigen-block.js';
import type { CompleteOptions } from './options.js';

/** Empty orbitals within this relative distance of the last occupied one must be resolved too. */
const CLUSTER = 1e-2;
/** The empty orbitals are wanted for their eigenvalues, whose error is of the order of the residual squared. */
export const EMPTY_TOLERANCE = 1e-6;

/** What is good enough for which orbital of a solve. */
export class Bounds {
  readonly #options: CompleteOptions;
  readonly #volume: number;
  readonly #tolerance: number;
  readonly #mean: number;
  #steps = 0;

  /** @param mean - Of V, which the eigenvalues lack */
  constructor(options: CompleteOptions, volume: number, tolerance: number, mean: number) {
    this.#options = options;
    this.#volume = volume;
    this.#tolerance = tolerance;
    this.#mean = mean;
  }

  /** Root mean square of a residual of this norm, relative to max(1, |ε|): ‖r‖ = √volume · rms. */
  relative(norm: number, epsilon: number): number {
    return (this.#tolerance * norm) / this.#allowed(epsilon);
  }

  /** The norm that an empty orbital of this energy may have. */
  empty(epsilon: number): number {
    return EMPTY_TOLERANCE * Math.max(1, Math.abs(epsilon + this.#mean));
  }

  /**
   * Occupied orbitals must meet the tolerance. An empty one at distance δ mixes with them by about ‖r‖ ‖r_empty‖/δ over
   * the distance to the rest of the spectrum, and needs only what makes that harmless. Those above the last one asked for
   * must be known well enough not to belong below it: an eigenvalue lies within ‖r‖ of ε.
   *
   * @param safety - Factor on every bound
   * @param points - Of the grid, along the axis that has most
   */
  on(points: number, safety: number, truncated = false): Bound {
    const { electrons, empty, onStep, signal } = this.#options;
    const last = electrons + empty - 1;
    const apart = (index: number, eigenvalues: Float64Array) => 0.5 * (eigenvalues[index]! - eigenvalues[last]!);
    const bound = (index: number, eigenvalues: Float64Array) => {
      const allowed = safety * this.#allowed(eigenvalues[index]!);
      if (index < electrons) return allowed;
      const distance = eigenvalues[index]! - eigenvalues[electrons - 1]!;
      const enough = safety * this.empty(eigenvalues[index]!);
      const first = Math.max(allowed, Math.min(enough, 1e-3 * distance));
      return index <= last ? first : Math.max(first, Math.min(1e-2 * distance, apart(index, eigenvalues)));
    };
    const required = (index: number, eigenvalues: Float64Array, norm: number) =>
      index <= last ||
      norm > apart(index, eigenvalues) ||
      eigenvalues[index]! - eigenvalues[electrons - 1]! < CLUSTER * Math.max(1, Math.abs(eigenvalues[index]!));
    const watch = (norms: Float64Array, eigenvalues: Float64Array) => {
      signal?.throwIfAborted();
      if (!onStep) return;
      let residual = 0;
      for (let i = 0; i < electrons; i++) residual = Math.max(residual, this.relative(norms[i]!, eigenvalues[i]!));
      onStep({ iteration: this.#steps++, points, residual });
    };
    return { bound, required, truncated, ...(onStep || signal ? { watch } : {}) };
  }

  #allowed(epsilon: number): number {
    return this.#tolerance * Math.max(1, Math.abs(epsilon + this.#mean)) * Math.sqrt(this.#volume);
  }
}
