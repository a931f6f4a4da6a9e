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

/** The discretization of −Δ: spectral, or by second-order central differences. Both are diagonal in the Fourier basis. */
export type Discretization = 'fourier' | 'finite-differences';

/**
 * `gradient-flow`: backward Euler at a fixed time step, the reference. `newton-krylov`: Newton's method on the sphere,
 * coarse to fine. `auto`: `newton-krylov` for every problem, since it solves the same discrete equations to the same
 * residual with far fewer transforms.
 */
export type MethodChoice = 'auto' | 'gradient-flow' | 'newton-krylov';

/** One accepted step, for `onStep`. */
export interface FlowStep {
  /** Number of the step, from 1; rejected steps count. */
  readonly iteration: number;
  /** ∫ |∇u|² + V u² + (β/2) u⁴ after the step. */
  readonly energy: number;
  /** μ = ∫ |∇u|² + V u² + β u⁴ after the step; E of eq (4.2). */
  readonly chemicalPotential: number;
  /** ‖H(u) u − μ u‖ relative to max(|μ|, 1/length²), where length is the longest period. */
  readonly residual: number;
  /** Pseudo-time step τ. */
  readonly timeStep: number;
  /** Points along each axis of the grid of this step. */
  readonly points: readonly number[];
}

/** Options of {@link groundState}. */
export interface GroundStateOptions {
  /**
   * β ≥ 0, the strength of the repulsion; default 10, as in the paper. Attraction, β < 0, is not accepted: the energy is then
   * not convex in u², so a positive stationary point need not be the ground state.
   */
  readonly beta?: number;
  /**
   * `fourier` (default): spectrally accurate. `finite-differences`: second-order central differences, as in the authors'
   * program.
   */
  readonly discretization?: Discretization;
  /** Default `auto`. */
  readonly method?: MethodChoice;
  /** The iteration converges when the relative residual is at most this, above 0; default 1e-10. */
  readonly tolerance?: number;
  /** Most steps on all grids together; default 500, and 20,000 for `gradient-flow`. */
  readonly maxIterations?: number;
  /**
   * τ of `gradient-flow`, above 0; default length², where length is the longest period: the diffusion time across the torus,
   * 1 on the paper's. Only `gradient-flow` accepts it.
   */
  readonly timeStep?: number;
  /** The initial field, `grid.size` numbers that are not all zero, of any norm; default the constant 1. */
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

/** The longest period of a grid: 1/length² is the scale of its kinetic energies. */
export function longestPeriod({ axes }: PeriodicGrid): number {
  return Math.max(...axes.map(({ length }) => length));
}
