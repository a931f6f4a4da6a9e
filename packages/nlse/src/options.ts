import { square } from '@dyadic/elementary';
import {
  ArgumentError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';

/** How −Δ acts on the grid. Both are diagonal in the Fourier basis. */
export type Discretization = 'fourier' | 'finite-differences';

/**
 * `gradient-flow`: backward Euler at a fixed time step, the reference. `newton-krylov`: Newton's method on the sphere,
 * coarse to fine. `auto`: newton-krylov for every problem, because it solves the same discrete equations to the same
 * residual with far fewer transforms.
 */
export type MethodChoice = 'auto' | 'gradient-flow' | 'newton-krylov';

/** What happened in one step. */
export interface FlowStep {
  readonly iteration: number;
  readonly energy: number;
  readonly chemicalPotential: number;
  /** ‖Hu − μu‖ relative to max(|μ|, 1/length²), length the longest period. */
  readonly residual: number;
  /** Pseudo-time step τ that led here. */
  readonly timeStep: number;
  /** Points along each axis of the grid the step was taken on. */
  readonly points: readonly number[];
}

export interface GroundStateOptions {
  /**
   * β ≥ 0, the strength of the repulsion; default 10, the paper's. Attraction, β < 0, is refused: the energy is no longer
   * convex in u², and nothing that can be checked at a positive stationary point proves it the ground state.
   */
  readonly beta?: number;
  /**
   * `fourier` (default): spectrally accurate. `finite-differences`: second-order central differences, what the
   * authors' program uses.
   */
  readonly discretization?: Discretization;
  /** Default `auto`. */
  readonly method?: MethodChoice;
  /** Bound on the relative residual that counts as converged; default 1e-10. */
  readonly tolerance?: number;
  /** Most steps; default 500, and 20 000 for `gradient-flow`. */
  readonly maxIterations?: number;
  /** τ of `gradient-flow`; default length², length the longest period: the time of diffusion across the
   * torus, 1 on the paper's. */
  readonly timeStep?: number;
  /** Where the method starts: any field with a nonzero norm; default the constant 1. */
  readonly initial?: Float64Array;
  /** Called after every accepted step. */
  readonly onStep?: (step: FlowStep) => void;
}

export interface CompleteOptions {
  readonly beta: number;
  readonly discretization: Discretization;
  readonly method: 'gradient-flow' | 'newton-krylov';
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly timeStep: number;
  readonly initial: Float64Array | undefined;
  readonly onStep: ((step: FlowStep) => void) | undefined;
}

const DISCRETIZATIONS: readonly Discretization[] = ['fourier', 'finite-differences'];
const METHODS: readonly MethodChoice[] = ['auto', 'gradient-flow', 'newton-krylov'];
const KNOWN = ['beta', 'discretization', 'method', 'tolerance', 'maxIterations', 'timeStep', 'initial', 'onStep'];

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeOptions(options: GroundStateOptions, grid: PeriodicGrid): CompleteOptions {
  requireKnownOptions('options', options, KNOWN);
  const choice = requireOneOf('options.method', options.method ?? 'auto', METHODS);
  const method = choice === 'auto' ? 'newton-krylov' : choice;
  if (method !== 'gradient-flow' && options.timeStep !== undefined) {
    const expected = "no time step: 'newton-krylov' chooses its own, 'gradient-flow' takes one";
    throw new ArgumentError('options.timeStep', options.timeStep, expected);
  }
  const maxIterations = options.maxIterations ?? (method === 'gradient-flow' ? 20_000 : 500);
  return {
    beta: requireFinite('options.beta', options.beta ?? 10, { min: 0 }),
    discretization: requireOneOf('options.discretization', options.discretization ?? 'fourier', DISCRETIZATIONS),
    method,
    tolerance: requirePositive('options.tolerance', options.tolerance ?? 1e-10),
    maxIterations: requireInteger('options.maxIterations', maxIterations, { min: 1 }),
    timeStep: requirePositive('options.timeStep', options.timeStep ?? square(longestPeriod(grid))),
    initial: options.initial,
    onStep: options.onStep,
  };
}

/** The longest period of a grid's axes: 1/length² is the scale of its kinetic energies. */
export function longestPeriod({ axes }: PeriodicGrid): number {
  return Math.max(...axes.map(({ length }) => length));
}
