import { square } from '@dyadic/elementary';
import type { PeriodicGrid } from '@dyadic/spectral';
import { KohnShamSolver } from './kohn-sham-solver.js';
import type { KohnShamState } from './kohn-sham-state.js';
import { chemicalPotential, type Occupation, occupation } from './occupations.js';
import type { CompleteOptions, KohnShamAttempt } from './options.js';

/** Occupations below this are none. */
const NEGLIGIBLE = 1e-13;
/** Orbitals beyond the full ones to begin with: so many, and this part of them. */
const SPARE = 4;
const SPARE_PART = 0.25;

/**
 * The Kohn-Sham map with orbitals that hold up to `spin` electrons and, at a temperature, parts of them,
 *
 *   ρ = Σ_i f_i |ψ_i|²,   f_i = spin · f((ε_i − μ)/T),   Σ f_i = n_e,
 *
 * from as many orbitals as hold anything. A frontier that is degenerate is then filled evenly: the map is smooth.
 */
export class FractionalSolver {
  readonly #grid: PeriodicGrid;
  readonly #options: CompleteOptions;
  /** By number of orbitals. */
  readonly #solvers = new Map<number, KohnShamSolver>();

  constructor(grid: PeriodicGrid, options: CompleteOptions) {
    this.#grid = grid;
    this.#options = options;
  }

  solve(potential: Float64Array, attempt: KohnShamAttempt): KohnShamState {
    const { electrons, spin, occupations } = this.#options;
    const full = Math.ceil(electrons / spin);
    const most = this.#grid.size - 1;
    const spare = Math.max(SPARE, Math.ceil(SPARE_PART * full), (attempt.initial?.length ?? 0) - full);
    let count = occupations ? Math.min(most, full + spare) : full;
    for (;;) {
      const state = this.#solver(count).solve(potential, attempt);
      const { eigenvalues } = state;
      if (!occupations) return this.#result(state, Array(count).fill({ f: 1, s: 0, slope: 0 }), null);
      const mu = chemicalPotential(occupations, eigenvalues.subarray(0, count), electrons / spin);
      const filled = Array.from(eigenvalues, (e) => occupation(occupations, (e - mu) / occupations.temperature));
      const enough = count === most || !(Math.abs(filled[count]!.f) > NEGLIGIBLE);
      if (enough || state.status === 'diverged') return this.#result(state, filled.slice(0, count), mu);
      count = Math.min(most, Math.ceil(1.5 * count));
    }
  }

  #solver(count: number): KohnShamSolver {
    const known = this.#solvers.get(count);
    if (known) return known;
    const empty = Math.max(1, Math.ceil(this.#options.electrons / this.#options.spin) + this.#options.empty - count);
    const built = new KohnShamSolver(this.#grid, { ...this.#options, electrons: count, empty, orbitals: true });
    this.#solvers.set(count, built);
    return built;
  }

  #result(state: KohnShamState, filled: readonly Occupation[], mu: number | null): KohnShamState {
    const { electrons, spin, occupations, orbitals } = this.#options;
    const density = new Float64Array(this.#grid.size);
    filled.forEach(({ f }, i) => {
      const psi = state.orbitals![i]!;
      for (let x = 0; x < density.length; x++) density[x]! += spin * f * square(psi[x]!);
    });
    const full = Math.ceil(electrons / spin);
    // Where the orbitals that hold nothing are cut is of no consequence.
    const status = state.status === 'degenerate' && occupations ? 'converged' : state.status;
    const sum = (term: (one: Occupation) => number) => filled.reduce((total, one) => total + spin * term(one), 0);
    return {
      density,
      eigenvalues: state.eigenvalues,
      gap: state.eigenvalues[full]! - state.eigenvalues[full - 1]!,
      residual: state.residual,
      iterations: state.iterations,
      status,
      occupations: Float64Array.from(filled, ({ f }) => spin * f),
      entropy: sum(({ s }) => s),
      ...(mu !== null && occupations
        ? { chemicalPotential: mu, densityOfStates: sum(({ slope }) => slope) / occupations.temperature }
        : {}),
      ...(orbitals ? { orbitals: state.orbitals! } : {}),
    };
  }
}
