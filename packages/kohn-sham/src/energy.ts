import { square } from '@dyadic/elementary';
import { integrate, type PeriodicGrid } from '@dyadic/spectral';
import { type LocalDensity, localDensity } from './exchange-correlation.js';
import { HartreePotential, type Interaction } from './interaction.js';
import type { KohnShamState } from './kohn-sham-state.js';
import type { Occupations } from './occupations.js';

/** The parts of the total energy. */
export interface EnergyTerms {
  /** Σ f_i ∫ ½|∇ψ_i|² */
  readonly kinetic: number;
  /** ∫ ρ V_ext */
  readonly external: number;
  /** ½ ∫ ρ v_H[ρ] */
  readonly hartree: number;
  readonly exchangeCorrelation: number;
  /** −T S, zero without a temperature. */
  readonly entropy: number;
  /** The sum: of a fixed point, a minimum of the (free) energy, and dE/dλ = ∫ ρ W for V_ext + λW. */
  readonly total: number;
}

/** The energy of a density, E = T_s + ∫ ρ V_ext + ½ ∫ ρ v_H + E_xc − T S, and its potential. */
export class EnergyFunctional {
  #external: Float64Array;
  readonly #grid: PeriodicGrid;
  readonly #hartree: HartreePotential;
  readonly #local: ((density: number) => LocalDensity) | null;
  readonly #temperature: number;

  /**
   * Of V_ext = 0, until another is set.
   *
   * @param lda - Electrons per orbital of the local density approximation, or null for none. @throws ArgumentError
   */
  constructor(grid: PeriodicGrid, interaction: Interaction, lda: 1 | 2 | null, occupations: Occupations | null) {
    this.#external = new Float64Array(grid.size);
    this.#grid = grid;
    this.#hartree = new HartreePotential(grid, interaction);
    this.#local = lda ? localDensity(grid, interaction, lda) : null;
    this.#temperature = occupations?.temperature ?? 0;
  }

  /** V_ext at the grid points. */
  set external(external: Float64Array) {
    this.#external = external;
  }

  /** V_ext + v_H[ρ] + v_xc(ρ) */
  potentialOf(density: Float64Array): Float64Array {
    const local = this.#local;
    const potential = this.#hartree.of(density).map((v, x) => this.#external[x]! + v);
    if (local) for (let x = 0; x < potential.length; x++) potential[x]! += local(density[x]!).potential;
    return potential;
  }

  /** By Kerker's preconditioner with k₀, or with that of the state's density of states. */
  screened(change: Float64Array, state: { readonly densityOfStates?: number }, k0?: number): Float64Array {
    const { strength } = this.#hartree;
    const squared = k0 === undefined ? (strength * (state.densityOfStates ?? 0)) / this.#grid.volume : square(k0);
    return squared > 0 ? this.#hartree.damp(change, squared) : change;
  }

  /** The terms for the state that the map gave for V; none where it gave no eigenvalues. */
  energyOf(
    state: Partial<KohnShamState> & Pick<KohnShamState, 'density'>,
    potential: Float64Array,
  ): EnergyTerms | null {
    const { density, eigenvalues, occupations, entropy = 0 } = state;
    if (!eigenvalues) return null;
    const filled = occupations ?? new Float64Array(Math.round(this.#integral(density))).fill(1);
    const kinetic =
      filled.reduce((sum, f, i) => sum + f * eigenvalues[i]!, 0) -
      this.#integral(density.map((n, x) => n * potential[x]!));
    const external = this.#integral(density.map((n, x) => n * this.#external[x]!));
    const v = this.#hartree.of(density);
    const hartree = 0.5 * this.#integral(density.map((n, x) => n * v[x]!));
    const local = this.#local;
    const exchangeCorrelation = local ? this.#integral(density.map((n) => local(n).energy)) : 0;
    const cooling = -this.#temperature * entropy;
    const total = kinetic + external + hartree + exchangeCorrelation + cooling;
    return { kinetic, external, hartree, exchangeCorrelation, entropy: cooling, total };
  }

  #integral(values: Float64Array): number {
    return integrate(this.#grid, values);
  }
}
