import {
  ArgumentError,
  requireFinite,
  requireFiniteArray,
  requireInteger,
  requireKnownOptions,
  requireLength,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import { AndersonMixing } from './anderson.js';
import { EnergyFunctional, type EnergyTerms } from './energy.js';
import type { Interaction } from './interaction.js';
import { type KohnShamState, kohnShamSolver } from './kohn-sham-map.js';
import type { Occupations } from './occupations.js';
import type { KohnShamOptions } from './options.js';

/** The least that a stand-in for the Kohn-Sham map gives. */
export interface MapResult {
  /** ρ on the grid, ∫ ρ = n_e. */
  readonly density: Float64Array;
  /** Whether to trust it; an absent status counts as converged. */
  readonly status?: KohnShamState['status'];
  /** D(μ), from which Kerker's preconditioner is chosen where nothing else is said. */
  readonly densityOfStates?: number;
}

export interface Mixing {
  /** β, the part of the residual that is added; default 0.5. */
  readonly beta?: number;
  /** Differences remembered; 0 is plain mixing; default 6. */
  readonly history?: number;
  /**
   * k₀ of Kerker's preconditioner (Phys. Rev. B 23, 1981), which damps waves of the residual that the electrons would
   * screen: factors (k² + κ²)/(k² + κ² + k₀²). Default: k₀² = γ D/volume with D the density of states at μ, what
   * Thomas and Fermi's screening would be, and none without a temperature.
   */
  readonly kerker?: number;
}

export interface SelfConsistentFieldOptions<Result extends MapResult = KohnShamState> {
  /** V_ext at the grid points. */
  readonly external: Float64Array;
  readonly grid: PeriodicGrid;
  /** n_e */
  readonly electrons: number;
  /** v_H[ρ] */
  readonly interaction: Interaction;
  /** As of the eigensolver, {@link KohnShamOptions}: only without `map`. */
  readonly occupations?: Occupations | null;
  readonly spin?: 1 | 2;
  /** Default `none`; `lda` is the local density approximation, of {@link localDensity}. */
  readonly exchangeCorrelation?: 'none' | 'lda';
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
  /** Of ρ and the state; absent where the map gives no eigenvalues. */
  readonly energy?: EnergyTerms;
}

/** The eigensolver's tolerance: at the end, at most, and relative to the residual of the field before. */
const FINEST = 1e-10;
const COARSEST = 1e-4;
const FOLLOWING = 1e-2;
/** Residuals of the field within this factor of the tolerance deserve the finest. */
const NEARLY = 100;

/**
 * The self-consistent field (4.7): a density that its own potential gives back,
 *
 *   ρ = F_KS[V[ρ]],   V[ρ] = V_ext + v_H[ρ] + v_xc(ρ),   (−Δ + κ²) v_H = γ ρ,
 *
 * in atomic units. The unknown of the iteration is V, by Anderson's mixing with Kerker's preconditioner: a step of V is
 * smoother than one of ρ, and ρ, always the image of a map, stays nonnegative with ∫ ρ = n_e. Each solve starts from the
 * orbitals of the last, and to a tolerance that follows the residual of the field.
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
  const { grid, map, mixing, tolerance, maxIterations, initial, functional, kerker, independent } = complete(options);
  let potential = functional.potentialOf(initial);
  const residuals: number[] = [];
  for (;;) {
    const before = residuals.at(-1) ?? (independent ? 0 : Number.POSITIVE_INFINITY);
    const finest = before <= NEARLY * tolerance;
    const state = map(potential, finest ? FINEST : Math.max(FINEST, Math.min(COARSEST, FOLLOWING * before)));
    requireLength('density of options.map', state.density, grid.size);
    const { density } = state;
    const change = functional.potentialOf(density).map((v, x) => v - potential[x]!);
    const residual = rootMeanSquare(change) / Math.max(1, fluctuation(potential));
    residuals.push(residual);
    const status = statusOf(state, residual <= tolerance && (finest || options.map !== undefined), residual);
    const result = () => {
      const energy = functional.energyOf(state, potential);
      return {
        density,
        potential,
        residual,
        residuals,
        iterations: residuals.length,
        state,
        ...(energy && { energy }),
      };
    };
    if (status !== null || residuals.length === maxIterations)
      return { ...result(), status: status ?? 'max-iterations' };
    const next = mixing.next(potential, kerker(change, state));
    if (!next.every(Number.isFinite)) return { ...result(), status: 'diverged' };
    potential = next;
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
  'occupations',
  'spin',
  'exchangeCorrelation',
  'map',
  'mixing',
  'tolerance',
  'maxIterations',
  'initial',
];

/** Fills in the defaults and checks every option. @throws ArgumentError */
function complete<Result extends MapResult>(options: SelfConsistentFieldOptions<Result>) {
  requireKnownOptions('options', options, OPTIONS);
  const { external, grid, electrons, interaction, occupations = null, spin = 1, mixing = {} } = options;
  requireInteger('options.electrons', electrons, { min: 1, max: grid.size - 1 });
  requireLength('options.external', external, grid.size);
  requireFiniteArray('options.external', external);
  const uniform = electrons / grid.volume;
  const initial = options.initial ?? new Float64Array(grid.size).fill(uniform);
  requireLength('options.initial', initial, grid.size);
  requireFiniteArray('options.initial', initial);
  requireKnownOptions('options.mixing', mixing, ['beta', 'history', 'kerker']);
  const beta = requirePositive('options.mixing.beta', mixing.beta ?? 0.5);
  const history = requireInteger('options.mixing.history', mixing.history ?? 6, { min: 0, max: 50 });
  if (mixing.kerker !== undefined) requireFinite('options.mixing.kerker', mixing.kerker, { min: 0 });
  if (options.map !== undefined && typeof options.map !== 'function') {
    throw new ArgumentError('options.map', options.map, 'a function from potential to { density }');
  }
  const kinds = ['none', 'lda'] as const;
  const kind = requireOneOf<'none' | 'lda'>(
    'options.exchangeCorrelation',
    options.exchangeCorrelation ?? 'none',
    kinds,
  );
  const functional = new EnergyFunctional(external, grid, interaction, kind === 'lda' ? spin : null, occupations);
  return {
    grid,
    initial,
    functional,
    kerker: (change: Float64Array, state: MapResult) => functional.screened(change, state, mixing.kerker),
    // The default map is what Result defaults to; a caller who names another Result passes its map.
    map: options.map ?? (eigensolver(grid, { electrons, occupations, spin }) as unknown as InnerMap<Result>),
    mixing: new AndersonMixing(history, beta),
    tolerance: requirePositive('options.tolerance', options.tolerance ?? 1e-8),
    maxIterations: requireInteger('options.maxIterations', options.maxIterations ?? 100, { min: 1 }),
    /** V does not depend on ρ. */
    independent: interaction.strength === 0 && kind === 'none',
  };
}

type InnerMap<Result> = (potential: Float64Array, tolerance: number) => Result;

/** The eigensolver, every solve from the orbitals of the last. */
function eigensolver(grid: PeriodicGrid, options: KohnShamOptions): InnerMap<KohnShamState> {
  const solve = kohnShamSolver(grid, { ...options, orbitals: true });
  let initial: readonly Float64Array[] | undefined;
  return (potential, tolerance) => {
    const { orbitals, ...state } = solve.from(potential, { tolerance, ...(initial && { initial }) });
    if (state.status !== 'diverged') initial = orbitals;
    return state;
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
