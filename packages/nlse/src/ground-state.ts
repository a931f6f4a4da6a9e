import { ArgumentError, requireFiniteArray, requireLength } from '@dyadic/errors';
import { type FourierBasis, fourierBasis, type PeriodicGrid } from '@dyadic/spectral';
import { gradientFlow } from './gradient-flow.js';
import { energyRounding, type Method, type Stationary } from './method.js';
import { newtonKrylov } from './newton-krylov.js';
import { completeOptions, type Discretization, type GroundStateOptions } from './options.js';

/** A ground state, or how far the method came. */
export interface GroundState {
  /** u on the grid, ∫ u² = 1. */
  readonly u: Float64Array;
  /** E of eq (4.2), the chemical potential μ = ∫ |∇u|² + V u² + β u⁴. */
  readonly chemicalPotential: number;
  /** The energy ∫ |∇u|² + V u² + (β/2) u⁴, which u minimises. */
  readonly energy: number;
  /** The L² norm on the given grid of −Δu + Vu + βu³ − Eu, relative to max(|E|, 1/length²). */
  readonly residual: number;
  /** Steps on all grids together, rejected ones included. */
  readonly iterations: number;
  /** The method that ran. */
  readonly method: Method['name'];
  /**
   * `converged`: the residual is within the tolerance and u is positive. `max-iterations`: it is not yet.
   * `diverged`: the numbers left the finite range. `not-positive`: the residual is within the tolerance, u changes sign,
   * and starting again from |u| leads to nothing of lower energy: the grid does not resolve V.
   */
  readonly status: 'converged' | 'max-iterations' | 'diverged' | 'not-positive';
}

/** Relative size of negative values that rounding explains; anything beyond is the sign of an excited state. */
const NEGATIVE_ROUNDING = 1e-8;

/**
 * The positive ground state of the nonlinear Schrödinger equation (4.2) on a periodic grid,
 *
 *   −Δu + V u + β u³ = E u,   ∫ u² = 1,   u > 0,
 *
 * the minimiser of ∫ |∇u|² + V u² + (β/2) u⁴ on the sphere ∫ u² = 1, by the normalized gradient flow of Bao and Du
 * (`gradient-flow`) or Newton's method coarse to fine (`newton-krylov`, what `auto` means). Both solve the same
 * discrete equations until the residual on the given grid is within the tolerance.
 *
 * For β ≥ 0 the energy is convex in the density u², hence a positive stationary point is the ground state; a limit that
 * changes sign is an excited state, and the method starts again from |u|, as long as that lowers the energy.
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

/** {@link groundState} for many potentials on one grid: transforms and workspaces are made once. Not reentrant. */
export function groundStateSolver(
  grid: PeriodicGrid,
  options: GroundStateOptions = {},
): (potential: Float64Array) => GroundState {
  const complete = completeOptions(options, grid);
  const { tolerance, maxIterations, beta } = complete;
  const basis = fourierBasis(grid);
  const initial = initialCoefficients(basis, complete.initial);
  const problem = { basis, laplacianOn: laplacianOf(complete.discretization, grid), beta };
  const method = (complete.method === 'gradient-flow' ? gradientFlow : newtonKrylov)(problem, complete);
  return (potential) => {
    requireLength('potential', potential, grid.size);
    requireFiniteArray('potential', potential);
    let found = method.solve(potential, initial, maxIterations);
    let iterations = found.iterations;
    for (let bound = Number.POSITIVE_INFINITY; found.state.relativeResidual <= tolerance; ) {
      const { energy, values } = found.state;
      if (isPositive(values)) return result(method, found, iterations, 'converged');
      if (!(energy < bound)) return result(method, found, iterations, 'not-positive');
      bound = energy - energyRounding(found.state);
      found = method.solve(potential, basis.toCoefficients(values.map(Math.abs)), maxIterations - iterations);
      iterations += found.iterations;
    }
    return result(method, found, iterations, Number.isFinite(found.state.energy) ? 'max-iterations' : 'diverged');
  };
}

/** The symbol of −Δ on the grid and, the same function of the wave vector, on those nested in it. */
function laplacianOf(discretization: Discretization, { spacing }: PeriodicGrid) {
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

function result(method: Method, { state }: Stationary, iterations: number, status: GroundState['status']): GroundState {
  const { values, chemicalPotential, energy, relativeResidual: residual } = state;
  return { u: values.slice(), chemicalPotential, energy, residual, iterations, method: method.name, status };
}
