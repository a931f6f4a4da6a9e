import {
  ArgumentError,
  requireFiniteArray,
  requireInteger,
  requireKnownOptions,
  requireLength,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import { completeOccupations, type Occupations } from './occupations.js';

export interface KohnShamOptions {
  /** n_e, the number of electrons, one per occupied orbital unless `spin` is 2: 1 to grid size − 1. */
  readonly electrons: number;
  /** Bound on the relative residual of every occupied orbital that counts as converged; default 1e-10. */
  readonly tolerance?: number;
  /** Most iterations of the eigensolver, over all its grids; default 200. */
  readonly maxIterations?: number;
  /** Whether the result holds the orbitals; default false. */
  readonly orbitals?: boolean;
  /** Empty orbitals whose eigenvalues are wanted as well; default 1, the least. */
  readonly empty?: number;
  /** How electrons spread over orbitals at a temperature; default null, the lowest orbitals are full. */
  readonly occupations?: Occupations | null;
  /** Electrons that an orbital holds: 1, no spin (default), or 2, spin up and down alike. */
  readonly spin?: 1 | 2;
  /** Called in every iteration. */
  readonly onStep?: (step: KohnShamStep) => void;
  /** Ends a solve between two iterations by an error: its reason. Something has to abort it meanwhile, like `onStep`. */
  readonly signal?: AbortSignal;
}

/** How far an iteration of the eigensolver has come. */
export interface KohnShamStep {
  /** Counted over all grids from 0, the state before the first step. */
  readonly iteration: number;
  /** Points of the grid at work along the axis that has most. */
  readonly points: number;
  /** Largest residual of an occupied orbital on that grid, as {@link KohnShamOptions.tolerance} has it. */
  readonly residual: number;
}

/** What may change from one potential of a solver to the next. */
export interface KohnShamAttempt {
  /**
   * Orbitals to start from on the grid, lowest first, as many as there are: those of a similar potential. The first of
   * them stand for ψ_1, ψ_2, …; the rest comes from the dense start.
   */
  readonly initial?: readonly Float64Array[];
  /** Replaces the solver's tolerance. */
  readonly tolerance?: number;
}

export type CompleteOptions = Required<Omit<KohnShamOptions, 'onStep' | 'signal' | 'occupations'>> &
  Pick<KohnShamOptions, 'onStep' | 'signal'> & { readonly occupations: Required<Occupations> | null };

const OPTIONS = [
  'electrons',
  'tolerance',
  'maxIterations',
  'orbitals',
  'empty',
  'occupations',
  'spin',
  'onStep',
  'signal',
];

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeOptions(options: KohnShamOptions, grid: PeriodicGrid): CompleteOptions {
  requireKnownOptions('options', options, OPTIONS);
  const { tolerance = 1e-10, maxIterations = 200, orbitals = false, empty = 1, onStep, signal } = options;
  const electrons = requireInteger('options.electrons', options.electrons, { min: 1, max: grid.size - 1 });
  if (onStep !== undefined && typeof onStep !== 'function') {
    throw new ArgumentError('options.onStep', onStep, 'a function');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new ArgumentError('options.signal', signal, 'an AbortSignal');
  }
  const spin = requireOneOf<1 | 2>('options.spin', options.spin ?? 1, [1, 2]);
  const occupations = options.occupations ? completeOccupations(options.occupations) : null;
  if (spin === 2 && occupations === null && electrons % 2 === 1) {
    throw new ArgumentError(
      'options.electrons',
      electrons,
      'an even number with options.spin 2, or options.occupations',
    );
  }
  return {
    electrons,
    spin,
    occupations,
    empty: requireInteger('options.empty', empty, { min: 1, max: grid.size - electrons }),
    tolerance: requirePositive('options.tolerance', tolerance),
    maxIterations: requireInteger('options.maxIterations', maxIterations, { min: 1 }),
    orbitals: requireBoolean('options.orbitals', orbitals),
    ...(onStep && { onStep }),
    ...(signal && { signal }),
  };
}

/** Checks what may change from one potential to the next. @throws ArgumentError */
export function checkAttempt(attempt: KohnShamAttempt, grid: PeriodicGrid): KohnShamAttempt {
  requireKnownOptions('options', attempt, ['initial', 'tolerance']);
  const { initial, tolerance } = attempt;
  if (tolerance !== undefined) requirePositive('options.tolerance', tolerance);
  if (initial !== undefined && !Array.isArray(initial)) {
    throw new ArgumentError('options.initial', initial, 'an array of orbitals');
  }
  initial?.forEach((orbital, i) => {
    requireLength(`options.initial[${i}]`, orbital, grid.size);
    requireFiniteArray(`options.initial[${i}]`, orbital);
  });
  return attempt;
}

function requireBoolean(argument: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new ArgumentError(argument, value, 'true or false');
  return value;
}
