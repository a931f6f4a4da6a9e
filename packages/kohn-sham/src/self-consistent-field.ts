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
import { EnergyFunctional } from './energy.js';
import {
  type FieldIteration,
  type FieldStep,
  fieldIteration,
  type MapRequest,
  type MapResult,
  type SelfConsistentField,
} from './field-iteration.js';
import type { Interaction } from './interaction.js';
import { kohnShamSolver } from './kohn-sham-map.js';
import type { KohnShamState } from './kohn-sham-state.js';
import type { Occupations } from './occupations.js';
import type { KohnShamOptions } from './options.js';

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

/** Options that all potentials of a field solver share. */
export interface FieldOptions {
  /** n_e */
  readonly electrons: number;
  /** v_H[ρ] */
  readonly interaction: Interaction;
  /** As of the eigensolver, {@link KohnShamOptions}: only without `map`. */
  readonly occupations?: Occupations | null;
  readonly spin?: 1 | 2;
  /** Default `none`; `lda` is the local density approximation, of `localDensity`. */
  readonly exchangeCorrelation?: 'none' | 'lda';
  readonly mixing?: Mixing;
  /** Bound on the relative residual that counts as converged; default 1e-8. */
  readonly tolerance?: number;
  /** Most evaluations of the map; default 100. */
  readonly maxIterations?: number;
  /** Called after every evaluation of the map. */
  readonly onStep?: (step: FieldStep) => void;
  /** Ends the iteration before an evaluation by an error: its reason. */
  readonly signal?: AbortSignal;
}

/** What changes from one field to the next. */
export interface FieldStart {
  /** Density to start from, taken as it is; default uniform. */
  readonly initial?: Float64Array;
  /** Replaces the solver's. */
  readonly maxIterations?: number;
}

export interface SelfConsistentFieldOptions<Result extends MapResult = KohnShamState> extends FieldOptions, FieldStart {
  /** V_ext at the grid points. */
  readonly external: Float64Array;
  readonly grid: PeriodicGrid;
  /** F_KS; default the eigensolver of `kohnShamSolver`. May be a surrogate. */
  readonly map?: (potential: Float64Array) => Result;
}

/** The same with a map that takes its time. */
export interface AsyncFieldOptions<Result extends MapResult> extends Omit<SelfConsistentFieldOptions<Result>, 'map'> {
  readonly map: (potential: Float64Array) => Promise<Result>;
}

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
  const { external, grid, initial, map, ...rest } = checkShape(options);
  const field = new Field(grid, rest, map !== undefined);
  // The default map is what Result defaults to; a caller who names another Result passes its map.
  const inner = map ?? (eigensolver(grid, rest)() as unknown as InnerMap<Result>);
  return solveWith(field.iterate<Result>(external, { initial }), ({ potential, tolerance }) =>
    inner(potential, tolerance),
  );
}

/**
 * {@link selfConsistentField} with a map that answers later, such as a network on a device or in other threads.
 *
 * @throws ArgumentError as {@link selfConsistentField}, and whatever the map throws
 */
export async function selfConsistentFieldAsync<Result extends MapResult>(
  options: AsyncFieldOptions<Result>,
): Promise<SelfConsistentField<Result>> {
  const { external, grid, initial, map, ...rest } = checkShape(options);
  if (map === undefined) throw new ArgumentError('options.map', map, 'a function from potential to { density }');
  const iteration = new Field(grid, rest, true).iterate<Result>(external, { initial });
  let step = iteration.next();
  while (!step.done) step = iteration.next(await map(step.value.potential));
  return step.value;
}

/** {@link selfConsistentField} of the eigensolver for many external potentials on one grid: transforms are planned once. */
export function selfConsistentFieldSolver(
  grid: PeriodicGrid,
  options: FieldOptions,
): (external: Float64Array, start?: FieldStart) => SelfConsistentField {
  const field = new Field(grid, options, false);
  const fresh = eigensolver(grid, options);
  return (external, start = {}) => {
    requireKnownOptions('options', start, ['initial', 'maxIterations']);
    const map = fresh();
    return solveWith(field.iterate(external, start), ({ potential, tolerance }) => map(potential, tolerance));
  };
}

function solveWith<Result extends MapResult>(
  iteration: Generator<MapRequest, SelfConsistentField<Result>, Result>,
  answer: (request: MapRequest) => Result,
): SelfConsistentField<Result> {
  let step = iteration.next();
  while (!step.done) step = iteration.next(answer(step.value));
  return step.value;
}

const SHAPE = ['external', 'grid', 'map', 'initial'];
const OPTIONS = [
  'electrons',
  'interaction',
  'occupations',
  'spin',
  'exchangeCorrelation',
  'mixing',
  'tolerance',
  'maxIterations',
  'onStep',
  'signal',
];

/** Checks that no option is unknown, and the map. @throws ArgumentError */
function checkShape<Options extends { readonly map?: unknown }>(options: Options): Options {
  requireKnownOptions('options', options, [...SHAPE, ...OPTIONS]);
  if (options.map !== undefined && typeof options.map !== 'function') {
    throw new ArgumentError('options.map', options.map, 'a function from potential to { density }');
  }
  return options;
}

/** A field with its options complete and checked. */
class Field {
  readonly #grid: PeriodicGrid;
  readonly #uniform: number;
  readonly #beta: number;
  readonly #history: number;
  readonly #plan: Omit<FieldIteration, 'initial' | 'mixing'>;

  /** @throws ArgumentError */
  constructor(grid: PeriodicGrid, options: FieldOptions, standIn: boolean) {
    requireKnownOptions('options', options, OPTIONS);
    const { electrons, interaction, occupations = null, spin = 1, mixing = {}, onStep, signal } = options;
    requireInteger('options.electrons', electrons, { min: 1, max: grid.size - 1 });
    requireKnownOptions('options.mixing', mixing, ['beta', 'history', 'kerker']);
    if (mixing.kerker !== undefined) requireFinite('options.mixing.kerker', mixing.kerker, { min: 0 });
    if (onStep !== undefined && typeof onStep !== 'function') {
      throw new ArgumentError('options.onStep', onStep, 'a function');
    }
    if (signal !== undefined && !(signal instanceof AbortSignal)) {
      throw new ArgumentError('options.signal', signal, 'an AbortSignal');
    }
    const kinds = ['none', 'lda'] as const;
    const kind = requireOneOf<'none' | 'lda'>(
      'options.exchangeCorrelation',
      options.exchangeCorrelation ?? 'none',
      kinds,
    );
    this.#grid = grid;
    this.#uniform = electrons / grid.volume;
    this.#beta = requirePositive('options.mixing.beta', mixing.beta ?? 0.5);
    this.#history = requireInteger('options.mixing.history', mixing.history ?? 6, { min: 0, max: 50 });
    this.#plan = {
      functional: new EnergyFunctional(grid, interaction, kind === 'lda' ? spin : null, occupations),
      kerker: mixing.kerker,
      tolerance: requirePositive('options.tolerance', options.tolerance ?? 1e-8),
      maxIterations: requireInteger('options.maxIterations', options.maxIterations ?? 100, { min: 1 }),
      standIn,
      independent: interaction.strength === 0 && kind === 'none',
      onStep,
      signal,
    };
  }

  /** @throws ArgumentError */
  iterate<Result extends MapResult>(
    external: Float64Array,
    {
      initial,
      maxIterations = this.#plan.maxIterations,
    }: { [Entry in keyof FieldStart]: FieldStart[Entry] | undefined },
  ) {
    const { size } = this.#grid;
    requireLength('options.external', external, size);
    requireFiniteArray('options.external', external);
    const start = initial ?? new Float64Array(size).fill(this.#uniform);
    requireLength('options.initial', start, size);
    requireFiniteArray('options.initial', start);
    this.#plan.functional.external = external;
    const mixing = new AndersonMixing(this.#history, this.#beta);
    requireInteger('options.maxIterations', maxIterations, { min: 1 });
    return fieldIteration<Result>({ ...this.#plan, mixing, initial: start, maxIterations });
  }
}

type InnerMap<Result> = (potential: Float64Array, tolerance: number) => Result;

/** Maps by the eigensolver, planned once: in each, every solve starts from the orbitals of the last. */
function eigensolver(
  grid: PeriodicGrid,
  { electrons, occupations = null, spin = 1, signal }: FieldOptions,
): () => InnerMap<KohnShamState> {
  const options: KohnShamOptions = { electrons, occupations, spin, orbitals: true, ...(signal && { signal }) };
  const solve = kohnShamSolver(grid, options);
  return () => {
    let initial: readonly Float64Array[] | undefined;
    return (potential, tolerance) => {
      const { orbitals, ...state } = solve.from(potential, { tolerance, ...(initial && { initial }) });
      if (state.status !== 'diverged') initial = orbitals;
      return state;
    };
  };
}
