import { square } from '@dyadic/elementary';
import { type Hamiltonian, longestPeriod } from './hamiltonian.js';
import type { PlaneWavesOnGrid } from './plane-waves.js';

/** Least energy difference in the low part, relative to the width of the block, and to that of all. */
const LEAST_DIFFERENCE = 0.01;
const LEAST_OF_ALL = 1e-6;
/** Least energy difference in the high part, relative to the kinetic energy of the wave. */
const LEAST_KINETIC = 0.1;

/**
 * An approximate (H − ε)⁻¹ outside the block of eigenvectors sought, symmetric and positive definite. In the low plane
 * waves it is exact, the inverse of H restricted to them, but for the lowest eigenvalues, which are lifted. Above them it
 * is (½|k|² − ε)⁻¹, V having mean zero: there the kinetic energy dominates.
 */
export class Preconditioner {
  readonly #kinetic: Float64Array;
  /** Least difference of energies per coefficient, above zero. */
  readonly #least: Float64Array;
  /** (½|k|² − ε)⁻¹ */
  readonly #inverse: Float64Array;
  readonly #low: PlaneWavesOnGrid;
  readonly #components: Float64Array;

  /** @param low - Their restriction of H is to be decomposed, and the eigenvectors of the block found, before use */
  constructor(hamiltonian: Hamiltonian, low: PlaneWavesOnGrid) {
    this.#low = low;
    this.#components = new Float64Array(low.waves.count);
    this.#kinetic = hamiltonian.kinetic;
    const longest = 2 * square(Math.PI / longestPeriod(hamiltonian.basis.grid));
    this.#least = this.#kinetic.map((kinetic) => LEAST_KINETIC * Math.max(kinetic, longest));
    this.#inverse = new Float64Array(this.#kinetic.length);
  }

  /** Fixes ε in {@link apply}. */
  shift(epsilon: number): void {
    const kinetic = this.#kinetic;
    for (let i = 0; i < kinetic.length; i++) this.#inverse[i] = 1 / Math.max(kinetic[i]! - epsilon, this.#least[i]!);
    this.#low.waves.spectrum.shift(this.lowEnergy(epsilon));
  }

  /** What stands for ε in the low waves. */
  lowEnergy(epsilon: number): number {
    const { values, count } = this.#low.waves.spectrum;
    const above = values[Math.min(count, values.length - 1)]!;
    // Positive even if ε, of a vector by which the block has grown, lies above the rest of the restricted spectrum.
    const width = Math.max(LEAST_DIFFERENCE * (above - values[0]!), LEAST_OF_ALL * (values.at(-1)! - values[0]!));
    return Math.min(epsilon, above - width);
  }

  /** output = (½|k|² − ε)⁻¹ r, as it is above the low waves. */
  applyHigh(r: Float64Array, epsilon: number, output: Float64Array): void {
    const [kinetic, least] = [this.#kinetic, this.#least];
    for (let i = 0; i < r.length; i++) output[i] = r[i]! / Math.max(kinetic[i]! - epsilon, least[i]!);
  }

  /** output ≈ (H − ε)⁻¹ r outside the block. */
  apply(r: Float64Array, output: Float64Array): void {
    for (let i = 0; i < r.length; i++) output[i] = r[i]! * this.#inverse[i]!;
    this.#low.gather(r, this.#components);
    this.#low.waves.spectrum.solve(this.#components);
    this.#low.scatter(this.#components, output);
  }
}
