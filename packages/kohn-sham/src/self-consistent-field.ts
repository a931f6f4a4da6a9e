import {
  ArgumentError,
  requireFiniteArray,
  requireInteger,
  requireKnownOptions,
  requireLength,
  requirePositive,
} from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import { AndersonMixing } from './anderson.js';
import { HartreePotential, type Interaction } from './interaction.js';
import { type KohnShamState, kohnShamSolver } from './kohn-sham-map.js';

/** The least that a stand-in for the Kohn-Sham map gives. */
export interface MapResult {
  /** ρ on the grid, ∫ ρ = n_e. */
  readonly density: Float64Array;
  /** Whether to trust it; an absent status counts as converged. */
  readonly status?: KohnShamState['status'];
}

export interface Mixing {
  /** β, the part of the residual that is added; default 0.5. */
  readonly beta?: number;
  /** Differences remembered; 0 is plain mixing; default 6. */
  readonly history?: number;
}

export interface SelfConsistentFieldOptions<Result extends MapResult = KohnShamState> {
  /** V_ext at the grid points. */
  readonly external: Float64Array;
  readonly grid: PeriodicGrid;
  /** n_e */
  readonly electrons: number;
  /** v_H[ρ] */
  readonly interaction: Interaction;
  /** F_KS; default the eigensolver of `kohnShamSolver`. A surrogate may stand in. */
  readonly map?: (potential: Float64Array) => Result;
  readonly mixing?: Mixing;
  /** Bound on the relative residual that counts as converged; default 1e-8. */
  readonly tolerance?: number;
  /** Most evaluations of the map; default 100. */
  readonly maxIterations?: number;
  /** Density to start from, taken as it is; default uniform. */
  readonly initial?: Float64Array;
}

export interface SelfConsistentField<Result extends MapResult = KohnShamState> {
  /** ρ = F_KS[V] for the V below. */
  readonly density: Float64Array;
  /** V, which equals V_ext + v_H[ρ] to within the residual. */
  readonly potential: Float64Array;
  /** Root mean square of V_ext + v_H[F_KS[V]] − V, relative to max(1, rms of V − mean V); of the last iteration. */
  readonly residual: number;
  /** The residual of every iteration. */
  readonly residuals: readonly number[];
  /** Evaluations of the map. */
  readonly iterations: number;
  /**
   * `converged`: the residual is within the tolerance. `degenerate`: it is, but the map says so of its own frontier.
   * `max-iterations`: it is not yet, or the map's own iteration is not. `diverged`: numbers left the finite range.
   */
  readonly status: KohnShamState['status'];
  /** What the map gave last: eigenvalues and gap when it is the eigensolver. */
  readonly state: Result;
}

/**
 * The self-consistent field (4.7): a density that its own potential gives back,
 *
 *   ρ = F_KS[V[ρ]],   V[ρ] = V_ext + v_H[ρ],   (−Δ + κ²) v_H = γ ρ,
 *
 * in atomic units, without spin, exchange or correlation. The unknown of the iteration is V, by Anderson's mixing: a
 * step of V is smoother than one of ρ, and ρ, always the image of a map, stays nonnegative with ∫ ρ = n_e.
 *
 * @throws ArgumentError for wrong options, or for a map whose density has the wrong length. Lack of convergence is no
 * error: see {@link SelfConsistentField.status}.
 *
 * @example
 * const { density, residuals } = selfConsistentField({ external, grid, electrons: 2, interaction: { strength: 10 } });
 */
export function selfConsistentField<Result extends MapResult = KohnShamState>(
  options: SelfConsistentFieldOptions<Result>,
): SelfConsistentField<Result> {
  const { external, grid, map, mixing, tolerance, maxIterations, initial, hartree } = complete(options);
  const potentialOf = (density: Float64Array) => hartree.of(density).map((v, x) => external[x]! + v);
  let potential: Float64Array = potentialOf(initial);
  const residuals: number[] = [];
  for (;;) {
    const state = map(potential);
    requireLength('density of options.map', state.density, grid.size);
    const change = potentialOf(state.density).map((v, x) => v - potential[x]!);
    const residual = rootMeanSquare(change) / Math.max(1, fluctuation(potential));
    residuals.push(residual);
    const status = statusOf(state, residual <= tolerance, residual);
    if (status !== null || residuals.length === maxIterations) {
      const iterations = residuals.length;
      const { density } = state;
      return { density, potential, residual, residuals, iterations, status: status ?? 'max-iterations', state };
    }
    potential = mixing.next(potential, change);
    if (!potential.every(Number.isFinite)) {
      const iterations = residuals.length;
      return { density: state.density, potential, residual, residuals, iterations, status: 'diverged', state };
    }
  }
}

/** null: go on. */
function statusOf(state: MapResult, settled: boolean, residual: number): KohnShamState['status'] | null {
  if (state.status === 'diverged' || !Number.isFinite(residual)) return 'diverged';
  return settled ? (state.status ?? 'converged') : null;
}

const OPTIONS = [
  'external',
  'grid',
  'electrons',
  'interaction',
  'map',
  'mixing',
  'tolerance',
  'maxIterations',
  'initial',
];

/** Fills in the defaults and checks every option. @throws ArgumentError */
function complete<Result extends MapResult>(options: SelfConsistentFieldOptions<Result>) {
  requireKnownOptions('options', options, OPTIONS);
  const { external, grid, electrons, interaction, mixing = {} } = options;
  requireInteger('options.electrons', electrons, { min: 1, max: grid.size - 1 });
  requireLength('options.external', external, grid.size);
  requireFiniteArray('options.external', external);
  const uniform = electrons / grid.volume;
  const initial = options.initial ?? new Float64Array(grid.size).fill(uniform);
  requireLength('options.initial', initial, grid.size);
  requireFiniteArray('options.initial', initial);
  requireKnownOptions('options.mixing', mixing, ['beta', 'history']);
  const beta = requirePositive('options.mixing.beta', mixing.beta ?? 0.5);
  const history = requireInteger('options.mixing.history', mixing.history ?? 6, { min: 0, max: 50 });
  if (options.map !== undefined && typeof options.map !== 'function') {
    throw new ArgumentError('options.map', options.map, 'a function from potential to { density }');
  }
  return {
    external,
    grid,
    initial,
    hartree: new HartreePotential(grid, interaction),
    // The default map is what Result defaults to; a caller who names another Result passes its map.
    map: options.map ?? (kohnShamSolver(grid, { electrons }) as unknown as (potential: Float64Array) => Result),
    mixing: new AndersonMixing(history, beta),
    tolerance: requirePositive('options.tolerance', options.tolerance ?? 1e-8),
    maxIterations: requireInteger('options.maxIterations', options.maxIterations ?? 100, { min: 1 }),
  };
}

function rootMeanSquare(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
}

/** Root mean square of V − mean V. */
function fluctuation(values: Float64Array): number {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return rootMeanSquare(values.map((v) => v - mean));
}
