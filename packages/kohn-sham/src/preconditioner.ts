import type { Hamiltonian } from './hamiltonian.js';
import type { PlaneWavesOnGrid } from './plane-waves.js';

/** Least energy difference in the low part, relative to the width of the block: below it, Rayleigh–Ritz sorts things out. */
const LEAST_DIFFERENCE = 0.01;
/** Least energy difference in the high part, relative to the kinetic energy of the wave. */
const LEAST_KINETIC = 0.1;

/**
 * An approximate (H − ε)⁻¹ outside the block of eigenvectors sought, symmetric and positive. In the low plane waves it
 * is exact, from the eigenpairs (λ_j, q_j) of H restricted to them: Σ_{j ≥ block} q_j q_jᵀ/(λ_j − ε). Above them it is
 * (½|k|² − ε)⁻¹, V having mean zero: there the kinetic energy dominates.
 */
export class Preconditioner {
  readonly #kinetic: Float64Array;
  /** Least difference of energies per coefficient, above zero. */
  readonly #least: Float64Array;
  readonly #low: PlaneWavesOnGrid;
  readonly #components: Float64Array;
  readonly #solution: Float64Array;

  constructor(hamiltonian: Hamiltonian, low: PlaneWavesOnGrid) {
    this.#kinetic = hamiltonian.kinetic;
    const longest = 2 * (Math.PI / hamiltonian.basis.grid.length) ** 2;
    this.#least = this.#kinetic.map((kinetic) => LEAST_KINETIC * Math.max(kinetic, longest));
    this.#low = low;
    this.#components = new Float64Array(low.waves.count);
    this.#solution = new Float64Array(low.waves.count);
  }

  /** output = T r for an eigenvalue ε of a block of given size. */
  apply(r: Float64Array, epsilon: number, wanted: number, output: Float64Array): void {
    const kinetic = this.#kinetic;
    const least = this.#least;
    for (let i = 0; i < r.length; i++) {
      const difference = kinetic[i]! - epsilon;
      output[i] = r[i]! / (difference > least[i]! ? difference : least[i]!);
    }
    this.#low.gather(r, this.#components);
    this.#solveLow(epsilon, wanted);
    this.#low.scatter(this.#solution, output);
  }

  #solveLow(epsilon: number, wanted: number): void {
    const { values, vectors, count } = this.#low.waves;
    const above = values[Math.min(wanted, count - 1)]!;
    const least = Math.max(above - epsilon, LEAST_DIFFERENCE * (above - values[0]!)) || 1;
    this.#solution.fill(0);
    for (let j = 0; j < count; j++) {
      const row = j * count;
      let component = 0;
      for (let f = 0; f < count; f++) component += vectors[row + f]! * this.#components[f]!;
      component /= Math.max(values[j]! - epsilon, least);
      for (let f = 0; f < count; f++) this.#solution[f]! += component * vectors[row + f]!;
    }
  }
}
