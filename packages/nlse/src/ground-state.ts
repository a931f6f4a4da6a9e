import { ArgumentError, requireFiniteArray, requireLength } from '@dyadic/errors';
import { type FourierBasis, fourierBasis, type PeriodicGrid } from '@dyadic/spectral';
import { FlowState, NlseOperator } from './operator.js';
import { type CompleteOptions, completeOptions, type GroundStateOptions } from './options.js';
import { TangentSolver } from './tangent-solver.js';
import { normalize } from './vector.js';

/** A ground state, or how far the flow came. */
export interface GroundState {
  /** u on the grid, ∫ u² = 1. */
  readonly u: Float64Array;
  /** E of eq (4.2), the chemical potential μ = ∫ |∇u|² + V u² + β u⁴. */
  readonly chemicalPotential: number;
  /** The energy ∫ |∇u|² + V u² + (β/2) u⁴, which u minimises. */
  readonly energy: number;
  /** Root mean square over the grid of −Δu + Vu + βu³ − Eu, relative to max(1, |E|). */
  readonly residual: number;
  /** Steps of the flow, rejected ones included. */
  readonly iterations: number;
  /**
   * `converged`: the residual is within the tolerance and u is positive. `max-iterations`: it is not yet.
   * `diverged`: the numbers left the finite range.
   */
  readonly status: 'converged' | 'max-iterations' | 'diverged';
}

/** Relative size of negative values that rounding explains; anything beyond is the sign of an excited state. */
const NEGATIVE_ROUNDING = 1e-8;
/** Energy changes below this, relative, are rounding. */
const ENERGY_ROUNDING = 1e-12;

/**
 * The positive ground state of the nonlinear Schrödinger equation (4.2) on a periodic grid,
 *
 *   −Δu + V u + β u³ = E u,   ∫ u² = 1,   u > 0,
 *
 * by the normalized gradient flow (Bao and Du, SIAM J. Sci. Comput. 25, 2004) in Fourier space: u_t = −(H(u) − μ) u on
 * the sphere ∫ u² = 1, one linearly implicit Euler step at a time,
 *
 *   (1/τ + −Δ + V + 3βu² − μ) d = −r on the tangent space,   u ← (u + d)/‖u + d‖,   r = H(u) u − μ u.
 *
 * A step that would raise the energy is taken back and τ divided by 4; otherwise τ doubles, so that the flow ends as
 * Newton's method (pseudo-transient continuation; Kelley and Keyes, SIAM J. Numer. Anal. 35, 1998). For β ≥ 0 the
 * energy is convex in the density u², hence a positive stationary point is the ground state; a limit that changes sign
 * is an excited state, and the flow starts again from |u|.
 *
 * @param potential - V at the grid points, any finite values; a constant added to V is added to E.
 * @throws ArgumentError for a wrong length, a value that is not finite, or a wrong option. Lack of convergence is no
 * error: see {@link GroundState.status}.
 *
 * @example
 * const grid = periodicGrid({ dimension: 1, points: 320 });
 * const { u, chemicalPotential, status } = groundState(potential, grid, { beta: 10 });
 */
export function groundState(
  potential: Float64Array,
  grid: PeriodicGrid,
  options: GroundStateOptions = {},
): GroundState {
  return groundStateSolver(grid, options)(potential);
}

/** {@link groundState} for many potentials on one grid: transforms are planned once. Not reentrant. */
export function groundStateSolver(
  grid: PeriodicGrid,
  options: GroundStateOptions = {},
): (potential: Float64Array) => GroundState {
  const complete = completeOptions(options);
  const basis = fourierBasis(grid);
  const spectral = complete.discretization === 'fourier';
  const laplacian = spectral ? basis.negativeLaplacian() : basis.negativeLaplacianFiniteDifferences();
  const initial = initialCoefficients(basis, complete.initial);
  return (potential) => {
    requireLength('potential', potential, grid.size);
    requireFiniteArray('potential', potential);
    return flow(new NlseOperator(basis, laplacian, potential, complete.beta), initial, complete);
  };
}

function flow(operator: NlseOperator, initial: Float64Array, options: CompleteOptions): GroundState {
  const { tolerance, maxIterations, onStep } = options;
  const solver = new TangentSolver(operator);
  const step = new Float64Array(operator.basis.size);
  let state = new FlowState(operator.basis);
  let trial = new FlowState(operator.basis);
  state.coefficients.set(initial);
  operator.evaluate(state);
  let shift = initialShift(state);
  let iterations = 0;
  for (;;) {
    if (!Number.isFinite(state.energy)) return result(state, iterations, 'diverged');
    if (state.relativeResidual <= tolerance) {
      if (isPositive(state.values)) return result(state, iterations, 'converged');
      restartFromModulus(state, operator);
      shift = initialShift(state);
    }
    if (iterations === maxIterations) return result(state, iterations, 'max-iterations');
    iterations++;
    const timeStep = 1 / shift;
    const solved = solver.solve(state, shift, step);
    if (solved) {
      move(state, step, trial);
      operator.evaluate(trial);
    }
    if (solved && improves(trial, state)) {
      [state, trial] = [trial, state];
      shift /= 2;
      const { energy, chemicalPotential, relativeResidual: residual } = state;
      onStep?.({ iteration: iterations, energy, chemicalPotential, residual, timeStep });
    } else {
      shift *= 4;
    }
  }
}

/** 1/τ of the first step: |μ − λ| ≤ ‖r‖ for some eigenvalue λ of H(u), so the residual is the natural rate. */
function initialShift({ relativeResidual, chemicalPotential }: FlowState): number {
  return 1 + relativeResidual * Math.max(1, Math.abs(chemicalPotential));
}

/** u ← (u + d)/‖u + d‖ */
function move(from: FlowState, step: Float64Array, to: FlowState): void {
  for (let i = 0; i < step.length; i++) to.coefficients[i] = from.coefficients[i]! + step[i]!;
  normalize(to.coefficients);
}

/** The energy falls or, where its changes drown in rounding, the residual does. */
function improves(trial: FlowState, state: FlowState): boolean {
  const rounding = ENERGY_ROUNDING * Math.max(1, Math.abs(state.energy), Math.abs(state.chemicalPotential));
  const change = trial.energy - state.energy;
  return change < -rounding || (change <= rounding && trial.relativeResidual < state.relativeResidual);
}

function isPositive(values: Float64Array): boolean {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return least > -NEGATIVE_ROUNDING * greatest;
}

function restartFromModulus(state: FlowState, operator: NlseOperator): void {
  operator.basis.toCoefficients(state.values.map(Math.abs), state.coefficients);
  normalize(state.coefficients);
  operator.evaluate(state);
}

function initialCoefficients(basis: FourierBasis, initial?: Float64Array): Float64Array {
  const values = initial ?? new Float64Array(basis.grid.size).fill(1);
  requireLength('options.initial', values, basis.grid.size);
  requireFiniteArray('options.initial', values);
  if (values.every((value) => value === 0)) {
    throw new ArgumentError('options.initial', values, 'a field that is not zero everywhere');
  }
  const coefficients = basis.toCoefficients(values);
  normalize(coefficients);
  return coefficients;
}

function result(state: FlowState, iterations: number, status: GroundState['status']): GroundState {
  const { values, chemicalPotential, energy, relativeResidual } = state;
  return { u: values, chemicalPotential, energy, residual: relativeResidual, iterations, status };
}
