import { requireFinite, requireInteger, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';

/** How −Δ acts on the grid. Both are diagonal in the Fourier basis. */
export type Discretization = 'fourier' | 'finite-differences';

/** What happened in one step of the flow. */
export interface FlowStep {
  readonly iteration: number;
  readonly energy: number;
  readonly chemicalPotential: number;
  readonly residual: number;
  /** Pseudo-time step τ that led here. */
  readonly timeStep: number;
}

export interface GroundStateOptions {
  /** β ≥ 0, the strength of the repulsion; default 10, the paper's. */
  readonly beta?: number;
  /**
   * `fourier` (default): spectrally accurate. `finite-differences`: second-order central differences, what the
   * authors' program uses.
   */
  readonly discretization?: Discretization;
  /** Bound on the relative residual that counts as converged; default 1e-10. */
  readonly tolerance?: number;
  /** Most steps of the flow; default 500. */
  readonly maxIterations?: number;
  /** Where the flow starts: any field with a nonzero norm; default the constant 1. */
  readonly initial?: Float64Array;
  /** Called after every accepted step. */
  readonly onStep?: (step: FlowStep) => void;
}

export interface CompleteOptions {
  readonly beta: number;
  readonly discretization: Discretization;
  readonly tolerance: number;
  readonly maxIterations: number;
  readonly initial: Float64Array | undefined;
  readonly onStep: ((step: FlowStep) => void) | undefined;
}

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeOptions(options: GroundStateOptions): CompleteOptions {
  const known = ['beta', 'discretization', 'tolerance', 'maxIterations', 'initial', 'onStep'];
  requireKnownOptions('options', options, known);
  const choices: Discretization[] = ['fourier', 'finite-differences'];
  return {
    beta: requireFinite('options.beta', options.beta ?? 10, { min: 0 }),
    discretization: requireOneOf('options.discretization', options.discretization ?? 'fourier', choices),
    tolerance: requirePositive('options.tolerance', options.tolerance ?? 1e-10),
    maxIterations: requireInteger('options.maxIterations', options.maxIterations ?? 500, { min: 1 }),
    initial: options.initial,
    onStep: options.onStep,
  };
}
