import type { FourierBasis } from '@dyadic/spectral';
import type { Interaction, NlseOperator, SphereState } from './operator.js';
import type { FlowStep } from './options.js';

/** An iteration from any state to a stationary one, H(u) u = μ u. Owns its workspaces and reuses them from solve to solve. */
export interface Method {
  readonly name: 'gradient-flow' | 'newton-krylov';
  /** The operator on the given grid; its potential is that of the last solve. */
  readonly operator: NlseOperator;
  /**
   * @param initial - Coefficients of any nonzero function; its norm does not matter.
   * @param maxIterations - Most steps.
   * @param onGivenGrid - Take every step on the given grid, because coarser ones may lose what distinguishes the initial state,
   * such as the signs of wells far apart. Default false.
   * @returns a state on the grid, overwritten by the next solve: stationary within the tolerance, or the last one reached
   */
  solve(potential: Float64Array, initial: Float64Array, maxIterations: number, onGivenGrid?: boolean): Stationary;
}

export interface Stationary {
  readonly state: SphereState;
  readonly iterations: number;
}

/** The discrete problem: the grid, the symbol of −Δ on it and on the grids nested in it, and β, which may change between solves. */
export interface Discretized extends Interaction {
  readonly basis: FourierBasis;
  readonly laplacianOn: (basis: FourierBasis) => Float64Array;
}

/** The description of a step that `onStep` receives. */
export function flowStep(operator: NlseOperator, state: SphereState, iteration: number, timeStep: number): FlowStep {
  const { energy, chemicalPotential, relativeResidual: residual } = state;
  return { iteration, energy, chemicalPotential, residual, timeStep, points: operator.basis.grid.shape };
}

/** Energy differences up to this are rounding. */
export function energyRounding({ energy, scale }: SphereState): number {
  return 1e-12 * Math.max(scale, Math.abs(energy));
}
