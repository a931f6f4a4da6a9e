import { requireFiniteArray, requireLength } from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import { FractionalSolver } from './fractional.js';
import { KohnShamSolver } from './kohn-sham-solver.js';
import type { KohnShamState } from './kohn-sham-state.js';
import { checkAttempt, completeOptions, type KohnShamAttempt, type KohnShamOptions } from './options.js';

/**
 * The Kohn-Sham map F_KS from potential to density (4.5), (4.6) on a periodic grid in atomic units, without spin,
 *
 *   (−½Δ + V) ψ_i = ε_i ψ_i,   ∫ ψ_i ψ_j = δ_ij,   ε_1 ≤ ε_2 ≤ …,   ρ = Σ_{i ≤ n_e} |ψ_i|².
 *
 * Pseudo-spectral in space. The eigenpairs come from a block Jacobi-Davidson iteration, started from a dense eigensolve in
 * the lowest plane waves and run on coarser grids, as far as these resolve the orbitals, before the grid itself.
 *
 * @param potential - V at the grid points, any finite values; a constant added to V is added to the eigenvalues.
 * @throws ArgumentError for a wrong length, a value that is not finite, or a wrong option. Lack of convergence is no
 * error: see {@link KohnShamState.status}.
 *
 * @example
 * const grid = periodicGrid({ dimension: 1, points: 320, length: 2, origin: -1 });
 * const { density, eigenvalues, gap, status } = kohnShamMap(potential, grid, { electrons: 2 });
 */
export function kohnShamMap(
  potential: Float64Array,
  grid: PeriodicGrid,
  options: KohnShamOptions & Pick<KohnShamAttempt, 'initial'>,
): KohnShamState {
  // Options that are missing are refused by name.
  const { initial, ...rest } = options ?? {};
  const solve = kohnShamSolver(grid, options ? rest : options);
  return initial === undefined ? solve(potential) : solve.from(potential, { initial });
}

/** The Kohn-Sham map on one grid. */
export interface KohnShamSolve {
  (potential: Float64Array): KohnShamState;
  /** The same with orbitals to start from, or another tolerance. */
  from(potential: Float64Array, attempt: KohnShamAttempt): KohnShamState;
}

/** {@link kohnShamMap} for many potentials on one grid: transforms are planned once. Not reentrant. */
export function kohnShamSolver(grid: PeriodicGrid, options: KohnShamOptions): KohnShamSolve {
  const complete = completeOptions(options, grid);
  const whole = complete.occupations === null && complete.spin === 1;
  const solver = whole ? new KohnShamSolver(grid, complete) : new FractionalSolver(grid, complete);
  const from = (potential: Float64Array, attempt: KohnShamAttempt) => {
    requireLength('potential', potential, grid.size);
    requireFiniteArray('potential', potential);
    return solver.solve(potential, checkAttempt(attempt, grid));
  };
  // One parameter, so that an array's map does not give its index for the second.
  return Object.assign((potential: Float64Array) => from(potential, {}), { from });
}
