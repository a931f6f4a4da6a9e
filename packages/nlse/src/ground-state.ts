import { ArgumentError, requireFinite, requireFiniteArray, requireLength } from '@dyadic/errors';
import { type FourierBasis, fourierBasis, type PeriodicGrid } from '@dyadic/spectral';
import { gradientFlow } from './gradient-flow.js';
import { lowerDirection } from './lower-direction.js';
import { energyRounding, type Method } from './method.js';
import { newtonKrylov } from './newton-krylov.js';
import type { SphereState } from './operator.js';
import { completeOptions, type Discretization, type GroundStateOptions } from './options.js';

/** A ground state, or the last state of an iteration that did not converge; see {@link GroundState.status}. */
export interface GroundState {
  /** u on the grid, `grid.size` numbers, ∫ u² = 1. */
  readonly u: Float64Array;
  /** The chemical potential μ = ∫ |∇u|² + V u² + β u⁴, E of eq (4.2). */
  readonly chemicalPotential: number;
  /** The energy ∫ |∇u|² + V u² + (β/2) u⁴, which u minimises. */
  readonly energy: number;
  /** The L² norm of −Δu + Vu + βu³ − Eu on the given grid, relative to max(|E|, 1/length²), where length is the longest period. */
  readonly residual: number;
  /** Steps on all grids together, rejected ones included. */
  readonly iterations: number;
  /** The method that ran. */
  readonly method: Method['name'];
  /**
   * `converged`: the residual is within the tolerance, u is positive and, if the grid does not resolve u, the search found no
   * lower function of changing sign. `max-iterations`: the residual is not yet within the tolerance. `diverged`: the iteration
   * produced non-finite numbers. `not-positive`: the residual is within the tolerance, and either u changes sign or a function v
   * that does has ⟨v, H(u) v⟩ < E, because the Fourier grid does not resolve V; u is then the lowest stationary state found.
   */
  readonly status: 'converged' | 'max-iterations' | 'diverged' | 'not-positive';
}

/** Negative values up to this relative size are rounding; larger ones indicate an excited state. */
const NEGATIVE_ROUNDING = 1e-8;

/**
 * The positive ground state of the nonlinear Schrödinger equation (4.2) on a periodic grid,
 *
 *   −Δu + V u + β u³ = E u,   ∫ u² = 1,   u > 0,
 *
 * the minimiser of ∫ |∇u|² + V u² + (β/2) u⁴ on the sphere ∫ u² = 1, eq (4.2) of the paper, by the normalized gradient flow of
 * Bao and Du (`gradient-flow`) or by Newton's method coarse to fine (`newton-krylov`, the default). Both solve the same discrete
 * equations until the residual on the given grid is within the tolerance.
 *
 * For β ≥ 0 the energy is convex in the density u², so a positive stationary point is the ground state. A limit that changes sign
 * is an excited state, or has different signs in wells too far apart to interact; the method then restarts from |u| on the given
 * grid, since coarser ones may lose the signs. On a Fourier grid that does not resolve u, a positive stationary point need not be
 * the lowest: a Lanczos search for v ⟂ u with ⟨v, H(u) v⟩ < E either proves u the ground state or gives a lower state from which
 * the method continues.
 *
 * @param potential - V on the grid, `grid.size` finite numbers, row-major; a constant added to V is added to E.
 * @param grid - The domain, in one to three dimensions; the points of every axis a product of powers of 2, 3 and 5.
 * @throws ArgumentError for a wrong length, a non-finite value, or a wrong option. Lack of convergence does not throw: see
 * {@link GroundState.status}.
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

/**
 * {@link groundState} for many potentials on one grid: plans transforms and allocates workspaces once. Not reentrant.
 *
 * @returns a function of a potential and, optionally, β ≥ 0, default that of the options
 * @throws ArgumentError for a wrong option or grid; the returned function throws for a wrong potential or β
 */
export function groundStateSolver(
  grid: PeriodicGrid,
  options: GroundStateOptions = {},
): (potential: Float64Array, beta?: number) => GroundState {
  const complete = completeOptions(options, grid);
  const { tolerance, maxIterations } = complete;
  const basis = fourierBasis(grid);
  const initial = initialCoefficients(basis, complete.initial);
  const laplacianOn = laplacianOf(complete.discretization, grid);
  const problem = { basis, laplacianOn, beta: complete.beta };
  const method = (complete.method === 'gradient-flow' ? gradientFlow : newtonKrylov)(problem, complete);
  // The finite-difference −Δ has nonpositive off-diagonal entries, so a positive stationary state is the ground state.
  const positiveIsEnough = complete.discretization === 'finite-differences';
  return (potential, beta = complete.beta) => {
    problem.beta = requireFinite('beta', beta, { min: 0 });
    requireLength('potential', potential, grid.size);
    requireFiniteArray('potential', potential);
    let iterations = 0;
    const attempt = (start: Float64Array, onGivenGrid: boolean) => {
      const found = method.solve(potential, start, maxIterations - iterations, onGivenGrid);
      iterations += found.iterations;
      return found.state;
    };
    const isStationary = (state: SphereState) => state.relativeResidual <= tolerance;
    let state = attempt(initial, false);
    while (isStationary(state)) {
      const positive = isPositive(state.values);
      if (positive && (positiveIsEnough || method.operator.resolves(state))) {
        return result(method, state, iterations, 'converged');
      }
      const found = result(method, state, iterations, positive ? 'converged' : 'not-positive');
      const { scale, energy } = state;
      const rounding = energyRounding(state);
      if (!positive) {
        // |u| has no more energy than u, except on a Fourier grid that does not resolve it.
        state = attempt(basis.toCoefficients(found.u.map(Math.abs)), true);
        const isAsLow = state.energy <= energy + rounding && isStationary(state) && isPositive(state.values);
        if (isAsLow || state.energy < energy - rounding || (positiveIsEnough && !isStationary(state))) continue;
        if (positiveIsEnough) return { ...found, iterations, status: 'not-positive' };
      }
      const direction = lowerDirection(method.operator, { ...found, scale });
      if (!direction) return { ...found, iterations };
      state = attempt(direction, true);
      if (!(state.energy < energy - rounding)) return { ...found, iterations, status: 'not-positive' };
    }
    return result(method, state, iterations, Number.isFinite(state.energy) ? 'max-iterations' : 'diverged');
  };
}

/** The symbol of −Δ on the grid and on those nested in it: the same function of the wave vector on all. */
function laplacianOf(discretization: Discretization, { axes }: PeriodicGrid) {
  const spacing = axes.map((axis) => axis.spacing);
  return (basis: FourierBasis) =>
    discretization === 'fourier' ? basis.negativeLaplacian() : basis.negativeLaplacianFiniteDifferences(spacing);
}

function isPositive(values: Float64Array): boolean {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    greatest = Math.max(greatest, values[i]!);
  }
  return least > -NEGATIVE_ROUNDING * greatest;
}

function initialCoefficients(basis: FourierBasis, initial?: Float64Array): Float64Array {
  const values = initial ?? new Float64Array(basis.grid.size).fill(1);
  requireLength('options.initial', values, basis.grid.size);
  requireFiniteArray('options.initial', values);
  if (values.every((value) => value === 0)) {
    throw new ArgumentError('options.initial', values, 'a field that is not zero everywhere');
  }
  return basis.toCoefficients(values);
}

function result(
  method: Method,
  { values, chemicalPotential, energy, relativeResidual: residual }: SphereState,
  iterations: number,
  status: GroundState['status'],
): GroundState {
  return { u: values.slice(), chemicalPotential, energy, residual, iterations, method: method.name, status };
}
