import type { Columns, Field, Recipe } from '@dyadic/dataset';
import { NumericalError } from '@dyadic/errors';
import { type GroundState, type GroundStateOptions, groundStateSolver } from '@dyadic/nlse';
import { evaluatePotential, type PotentialRecipe, type Sample, samplePotential } from '@dyadic/potentials';
import { type GridOptions, periodicGrid } from '@dyadic/spectral';

/** The `problem` entry of an NLSE dataset's recipe. */
export interface NlseProblem {
  readonly equation: 'nlse';
  readonly grid: Required<GridOptions>;
  readonly potential: PotentialRecipe;
  readonly solver: Required<Pick<GroundStateOptions, 'beta' | 'discretization' | 'tolerance' | 'maxIterations'>>;
}

/** The problem of a dataset that `dyadic generate` made; null for data from elsewhere. */
export function nlseProblem({ generator, problem }: Recipe): NlseProblem | null {
  return generator.name === NLSE_GENERATOR ? (problem as unknown as NlseProblem) : null;
}

/** Name under which recipes know the solver. */
export const NLSE_GENERATOR = '@dyadic/nlse';

/**
 * A sample whose solve does not converge is drawn again as attempt 1, 2, … from the stream of index + attempt · 2⁴⁰:
 * still a function of (recipe, seed, index) alone. The column `attempt` tells.
 */
const MOST_ATTEMPTS = 10;
const ATTEMPT_STRIDE = 2 ** 40;

/** The columns of an NLSE dataset. */
export function nlseFields({ grid, potential }: NlseProblem, precision: 'float32' | 'float64'): Field[] {
  const fieldShape = new Array<number>(grid.dimension).fill(grid.points);
  const field = (name: string, type: Field['type'], shape: number[], description: string): Field => ({
    name,
    type,
    shape,
    description,
  });
  return [
    field('potential', precision, fieldShape, 'V at the grid points'),
    field('solution', precision, fieldShape, 'u, the ground state of eq (4.2), ∫u² = 1, u > 0'),
    field('chemicalPotential', 'float64', [], 'E of eq (4.2)'),
    field('energy', 'float64', [], '∫ |∇u|² + V u² + β/2 u⁴'),
    field('residual', 'float64', [], 'rms of −Δu + Vu + βu³ − Eu, relative to max(1, |E|)'),
    field('iterations', 'int32', [], 'steps of the gradient flow'),
    field('status', 'utf8', [], 'converged, always: others are drawn again'),
    field('attempt', 'int32', [], 'draws given up before this one'),
    field('variance', 'float64', [], 'T of eq (4.4)'),
    field('strengths', 'float64', [potential.wells], 'ρ_i of eq (4.4)'),
    field('centers', 'float64', [potential.wells, grid.dimension], 'c_i of eq (4.4)'),
  ];
}

/** Computes the samples [first, first + rows) of an NLSE dataset. @throws NumericalError when a sample can not be had */
export function nlseColumns(
  problem: NlseProblem,
  precision: 'float32' | 'float64',
  seed: number,
  first: number,
  rows: number,
): Columns {
  const grid = periodicGrid(problem.grid);
  const solve = groundStateSolver(grid, problem.solver);
  const { wells, dimension } = problem.potential;
  const FieldArray = precision === 'float32' ? Float32Array : Float64Array;
  const columns = {
    potential: new FieldArray(rows * grid.size),
    solution: new FieldArray(rows * grid.size),
    chemicalPotential: new Float64Array(rows),
    energy: new Float64Array(rows),
    residual: new Float64Array(rows),
    iterations: new Int32Array(rows),
    status: new Array<string>(rows),
    attempt: new Int32Array(rows),
    variance: new Float64Array(rows),
    strengths: new Float64Array(rows * wells),
    centers: new Float64Array(rows * wells * dimension),
  };
  for (let row = 0; row < rows; row++) {
    const { sample, potential, state, attempt } = firstConverged(problem, seed, first + row, (s) => {
      const values = evaluatePotential(s, grid);
      return { potential: values, state: solve(values) };
    });
    columns.potential.set(potential, row * grid.size);
    columns.solution.set(state.u, row * grid.size);
    columns.chemicalPotential[row] = state.chemicalPotential;
    columns.energy[row] = state.energy;
    columns.residual[row] = state.residual;
    columns.iterations[row] = state.iterations;
    columns.status[row] = state.status;
    columns.attempt[row] = attempt;
    columns.variance[row] = sample.variance;
    columns.strengths.set(
      sample.wells.map((well) => well.strength),
      row * wells,
    );
    columns.centers.set(
      sample.wells.flatMap((well) => [...well.center]),
      row * wells * dimension,
    );
  }
  return columns;
}

interface Solved {
  readonly potential: Float64Array;
  readonly state: GroundState;
}

function firstConverged(
  { potential }: NlseProblem,
  seed: number,
  index: number,
  solve: (sample: Sample) => Solved,
): Solved & { sample: Sample; attempt: number } {
  let last: GroundState | undefined;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const sample = samplePotential(potential, seed, index + attempt * ATTEMPT_STRIDE);
    const solved = solve(sample);
    if (solved.state.status === 'converged') return { ...solved, sample, attempt };
    last = solved.state;
  }
  const { status, residual, iterations } = last!;
  throw new NumericalError(
    `sample ${index} did not converge in ${MOST_ATTEMPTS} draws (last: ${status}, residual ${residual.toExponential(1)} after ${iterations} iterations). Raise solver.maxIterations or solver.tolerance`,
  );
}
