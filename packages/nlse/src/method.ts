import type { FourierBasis } from '@dyadic/spectral';
import type { Interaction, NlseOperator, SphereState } from './operator.js';
import type { FlowStep } from './options.js';

/** A way from any state to a stationary one, H(u) u = μ u. Workspaces are its own and serve one solve after the other. */
export interface Method {
  readonly name: 'gradient-flow' | 'newton-krylov';
  /** The operator on the given grid; its potential is that of the last solve. */
  readonly operator: NlseOperator;
  /**
   * @param initial - Coefficients of any function but zero; its norm does not matter.
   * @param maxIterations - Steps allowed.
   * @param onGivenGrid - Take every step on the given grid: coarser ones need not resolve what the start is about, such as
   * the signs of wells far apart. Default false.
   * @returns a state on the grid, overwritten by the next solve: stationary within the tolerance, or where it stopped
   */
  solve(potential: Float64Array, initial: Float64Array, maxIterations: number, onGivenGrid?: boolean): Stationary;
}

export interface Stationary {
  readonly state: SphereState;
  readonly iterations: number;
}

/** What a method works on: the grid, the symbol of −Δ on it and on those nested in it, and β, which the next solve may have changed. */
export interface Discretized extends Interaction {
  readonly basis: FourierBasis;
  readonly laplacianOn: (basis: FourierBasis) => Float64Array;
}

/** A step for `onStep`. */
export function flowStep(operator: NlseOperator, state: SphereState, iteration: number, timeStep: number): FlowStep {
  const { energy, chemicalPotential, relativeResidual: residual } = state;
  return { iteration, energy, chemicalPotential, residual, timeStep, points: operator.basis.grid.shape };
}

/** Changes of the energy up to this are rounding. */
export function energyRounding({ energy, scale }: SphereState): number {
  return 1e-12 * Math.max(scale, Math.abs(energy));
}
