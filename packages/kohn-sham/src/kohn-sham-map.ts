import { requireFiniteArray, requireLength } from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import type { Bound } from './block-eigensolver.js';
import { CoarseGrids, Level } from './level.js';
import { type CompleteOptions, completeOptions, type KohnShamOptions } from './options.js';
import { PlaneWaves } from './plane-waves.js';

/** What the Kohn-Sham map gives for one potential, or how far the eigensolver came. */
export interface KohnShamState {
  /** ρ = Σ_{i ≤ n_e} |ψ_i|² on the grid, ∫ ρ = n_e. */
  readonly density: Float64Array;
  /** ε_1 ≤ … ≤ ε_{n_e+1}, one more than is occupied. */
  readonly eigenvalues: Float64Array;
  /** ε_{n_e+1} − ε_{n_e}, the distance from the last occupied to the first empty orbital. */
  readonly gap: number;
  /** Largest of the occupied orbitals' root mean square over the grid of Hψ − εψ, relative to max(1, |ε|). */
  readonly residual: number;
  /** Iterations of the eigensolver over all its grids. */
  readonly iterations: number;
  /**
   * `converged`: the residual is within the tolerance. `degenerate`: it is, but the gap is within its own uncertainty,
   * ‖r_{n_e}‖ + ‖r_{n_e+1}‖ (r = Hψ − εψ) or 1e-12 max(1, |ε|, max |V − mean V|), whichever is larger: which orbital of
   * the frontier is filled, and with it the density, is then arbitrary. `max-iterations`: it is not yet.
   * `diverged`: the numbers left the finite range.
   */
  readonly status: 'converged' | 'degenerate' | 'max-iterations' | 'diverged';
  /** ψ_1 … ψ_{n_e} on the grid, ∫ ψ_i ψ_j = δ_ij, signs arbitrary; when asked for. */
  readonly orbitals?: readonly Float64Array[];
}

/** Relative size of a gap that rounding explains. */
const GAP_ROUNDING = 1e-12;
/** Plane waves of the dense start: at least this many, and at least this many per eigenvector. */
const LEAST_PLANE_WAVES = 33;
const PLANE_WAVES_PER_VECTOR = 3;
/** The block ends at a jump of the eigenvalues by at least this much of their width. */
const RELATIVE_JUMP = 0.05;
/** Empty orbitals within this relative distance of the last occupied one must be resolved too. */
const CLUSTER = 1e-2;
/** The first empty orbital is wanted for its eigenvalue, whose error is of the order of the residual squared. */
const EMPTY_TOLERANCE = 1e-6;
/** Attempts to improve what the carried images called converged and a fresh evaluation does not. */
const MAX_REPAIRS = 5;

/**
 * The Kohn-Sham map F_KS from potential to density (4.5), (4.6) on a periodic grid in atomic units, without spin,
 *
 *   (−½Δ + V) ψ_i = ε_i ψ_i,   ∫ ψ_i ψ_j = δ_ij,   ε_1 ≤ ε_2 ≤ …,   ρ = Σ_{i ≤ n_e} |ψ_i|².
 *
 * Pseudo-spectral in space. The eigenpairs come from LOBPCG, started from a dense eigensolve in the lowest plane waves
 * and run on the coarsest grid that resolves V before the grid itself.
 *
 * @param potential - V at the grid points, any finite values; a constant added to V is added to the eigenvalues.
 * @throws ArgumentError for a wrong length, a value that is not finite, or a wrong option. Lack of convergence is no
 * error: see {@link KohnShamState.status}.
 *
 * @example
 * const grid = periodicGrid({ dimension: 1, points: 320, length: 2, origin: -1 });
 * const { density, eigenvalues, gap, status } = kohnShamMap(potential, grid, { electrons: 2 });
 */
export function kohnShamMap(potential: Float64Array, grid: PeriodicGrid, options: KohnShamOptions): KohnShamState {
  return kohnShamSolver(grid, options)(potential);
}

/** {@link kohnShamMap} for many potentials on one grid: transforms are planned once. Not reentrant. */
export function kohnShamSolver(
  grid: PeriodicGrid,
  options: KohnShamOptions,
): (potential: Float64Array) => KohnShamState {
  const solver = new KohnShamSolver(grid, completeOptions(options, grid));
  return (potential) => {
    requireLength('potential', potential, grid.size);
    requireFiniteArray('potential', potential);
    return solver.solve(potential);
  };
}

class KohnShamSolver {
  readonly #grid: PeriodicGrid;
  readonly #options: CompleteOptions;
  readonly #waves: PlaneWaves;
  readonly #fine: Level;
  readonly #coarse: CoarseGrids;
  readonly #spectrum: Float64Array;
  readonly #maxBlock: number;
  /** Mean of V, taken off before anything else: sums of small and large numbers lose the small ones. */
  #mean = 0;

  constructor(grid: PeriodicGrid, options: CompleteOptions) {
    const wanted = options.electrons + 1;
    this.#grid = grid;
    this.#options = options;
    this.#waves = new PlaneWaves(grid, Math.max(LEAST_PLANE_WAVES, PLANE_WAVES_PER_VECTOR * wanted));
    this.#maxBlock = Math.min(this.#waves.count, 2 * wanted + 4);
    this.#fine = new Level(grid, this.#waves, this.#maxBlock);
    this.#coarse = new CoarseGrids(this.#fine.hamiltonian, this.#waves, this.#maxBlock);
    this.#spectrum = new Float64Array(this.#fine.hamiltonian.basis.size);
  }

  solve(potential: Float64Array): KohnShamState {
    const { hamiltonian, solver } = this.#fine;
    const { tolerance, maxIterations } = this.#options;
    this.#mean = potential.reduce((sum, value) => sum + value, 0) / potential.length;
    for (let i = 0; i < potential.length; i++) hamiltonian.potential[i] = potential[i]! - this.#mean;
    hamiltonian.basis.toCoefficients(hamiltonian.potential, this.#spectrum);
    this.#waves.decompose(this.#spectrum);
    let block = this.#blockSize();
    const norm = tolerance * Math.sqrt(this.#grid.volume);
    const coarse = this.#waves.complete ? null : this.#coarse.choose(this.#spectrum, this.#depth(), 0.1 * norm);
    let iterations = 0;
    this.#start(coarse?.level ?? this.#fine, block);
    if (coarse) {
      iterations = coarse.level.solver.run(block, this.#bound(0.3), maxIterations);
      block = coarse.level.solver.count;
      for (let i = 0; i < block; i++) coarse.prolong(coarse.level.solver.vectors[i]!, solver.vectors[i]!);
    }
    for (let repairs = 0; ; repairs++) {
      const outcome = this.#measure();
      const stuck = repairs === MAX_REPAIRS || iterations >= maxIterations;
      if (stuck || outcome.satisfied || !Number.isFinite(outcome.residual)) return this.#result(outcome, iterations);
      iterations += solver.run(block, this.#bound(0.5), maxIterations - iterations);
      block = solver.count;
    }
  }

  /** n_e + 1, and what belongs to the same cluster: a cluster cut in two converges as slowly as it is narrow. */
  #blockSize(): number {
    const { values, count } = this.#waves;
    const last = Math.min(this.#maxBlock, count);
    let size = this.#options.electrons + 1;
    while (size < last && values[size]! - values[size - 1]! < RELATIVE_JUMP * (values[size]! - values[0]!)) size++;
    return size;
  }

  #start({ low, solver }: Level, block: number): void {
    for (let i = 0; i < block; i++) {
      solver.vectors[i]!.fill(0);
      low.scatter(this.#waves.vectors, solver.vectors[i]!, i * this.#waves.count);
    }
  }

  /** max |V − mean V| */
  #depth(): number {
    let depth = 0;
    for (const v of this.#fine.hamiltonian.potential) depth = Math.max(depth, Math.abs(v));
    return depth;
  }

  /** ‖r‖ = √volume · rms is allowed to be tolerance · max(1, |ε|) · √volume. */
  #allowed(epsilon: number): number {
    return this.#options.tolerance * Math.max(1, Math.abs(epsilon + this.#mean)) * Math.sqrt(this.#grid.volume);
  }

  /**
   * Occupied orbitals must meet the tolerance. An empty one at distance δ mixes with them by about ‖r‖ ‖r_empty‖/δ over
   * the distance to the rest of the spectrum, and needs only what makes that harmless.
   */
  #bound(safety: number): Bound {
    const { electrons } = this.#options;
    const bound = (index: number, eigenvalues: Float64Array) => {
      const allowed = safety * this.#allowed(eigenvalues[index]!);
      if (index < electrons) return allowed;
      const distance = eigenvalues[index]! - eigenvalues[electrons - 1]!;
      if (index > electrons) return Math.max(allowed, 1e-2 * distance);
      const enough = EMPTY_TOLERANCE * Math.max(1, Math.abs(eigenvalues[index]! + this.#mean));
      return Math.max(allowed, Math.min(safety * enough, 1e-3 * distance));
    };
    const required = (index: number, eigenvalues: Float64Array) =>
      index <= electrons ||
      eigenvalues[index]! - eigenvalues[electrons - 1]! < CLUSTER * Math.max(1, Math.abs(eigenvalues[index]!));
    return { bound, required };
  }

  /** Residuals from scratch of the n_e + 1 vectors on the fine grid, and the density on the way. */
  #measure(): Outcome {
    const { solver } = this.#fine;
    const { electrons, orbitals, tolerance } = this.#options;
    const density = new Float64Array(this.#grid.size);
    const values = new Float64Array(this.#grid.size);
    const kept: Float64Array[] = [];
    const norms = new Float64Array(electrons + 1);
    let residual = 0;
    for (let i = 0; i <= electrons; i++) {
      norms[i] = solver.measure(i, values);
      if (i === electrons) break;
      for (let x = 0; x < values.length; x++) density[x]! += values[x]! ** 2;
      if (orbitals) kept.push(values.slice());
      residual = largest(residual, (tolerance * norms[i]!) / this.#allowed(solver.eigenvalues[i]!));
    }
    const { bound } = this.#bound(1);
    const satisfied = norms.every((norm, i) => norm <= bound(i, solver.eigenvalues));
    return { density, orbitals: kept, residual, satisfied, frontier: norms[electrons - 1]! + norms[electrons]! };
  }

  #result({ density, orbitals, residual, satisfied, frontier }: Outcome, iterations: number): KohnShamState {
    const { electrons } = this.#options;
    const eigenvalues = this.#fine.solver.eigenvalues.slice(0, electrons + 1).map((epsilon) => epsilon + this.#mean);
    const gap = eigenvalues[electrons]! - eigenvalues[electrons - 1]!;
    const scale = Math.max(1, this.#depth(), Math.abs(eigenvalues[electrons]!));
    const uncertainty = Math.max(frontier, GAP_ROUNDING * scale);
    const status = !Number.isFinite(residual + gap)
      ? 'diverged'
      : !satisfied
        ? 'max-iterations'
        : gap <= uncertainty
          ? 'degenerate'
          : 'converged';
    const state = { density, eigenvalues, gap, residual, iterations, status } as const;
    return this.#options.orbitals ? { ...state, orbitals } : state;
  }
}

interface Outcome {
  readonly density: Float64Array;
  readonly orbitals: Float64Array[];
  readonly residual: number;
  /** Whether all of the n_e + 1 vectors meet their bounds. */
  readonly satisfied: boolean;
  /** ‖r_{n_e}‖ + ‖r_{n_e+1}‖ */
  readonly frontier: number;
}

/** The larger of two, or NaN when either is. */
function largest(a: number, b: number): number {
  return a >= b ? a : b;
}
