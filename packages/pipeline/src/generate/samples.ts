import { type Columns, emptyColumn, type FailedDraw, type NumericArray, type Column as Values } from '@dyadic/dataset';
import { NumericalError } from '@dyadic/errors';
import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { type PeriodicGrid, periodicGrid } from '@dyadic/spectral';
import { GENERATORS, planSolver } from '../problems/index.js';
import type { Column, Draw, Problem, SolverState } from '../problems/problem.js';

/** Floating-point type of the fields on the grid. */
export type Precision = 'float32' | 'float64';

/**
 * A draw that fails is given up, and the sample drawn again as attempt 1, 2, … from the stream of
 * index + attempt · 2⁴⁰: still a function of (recipe, seed, index) alone.
 */
const MOST_ATTEMPTS = 10;
const ATTEMPT_STRIDE = 2 ** 40;

/** All columns of a problem's datasets, in order. */
export function columnsOf(problem: Problem, precision: Precision): Column[] {
  const { dimension, points } = problem.grid;
  const { wells } = problem.potential;
  const { columns, letters } = GENERATORS[problem.equation];
  const onGrid = { type: precision, shape: new Array<number>(dimension).fill(points) };
  return [
    {
      field: { name: 'potential', ...onGrid, description: 'V at the grid points' },
      value: ({ potential }) => potential,
    },
    ...columns(problem, onGrid),
    {
      field: { name: 'iterations', type: 'int32', shape: [], description: 'iterations of the solver' },
      value: ({ state }) => state.iterations,
    },
    {
      field: { name: 'status', type: 'utf8', shape: [], description: 'converged, always: others are drawn again' },
      value: ({ state }) => state.status,
    },
    {
      field: { name: 'attempt', type: 'int32', shape: [], description: 'draws given up before this one' },
      value: ({ attempt }) => attempt,
    },
    {
      field: { name: 'variance', type: 'float64', shape: [], description: letters.variance },
      value: ({ sample }) => sample.variance,
    },
    {
      field: { name: 'strengths', type: 'float64', shape: [wells], description: letters.strengths },
      value: ({ sample }) => sample.wells.map(({ strength }) => strength),
    },
    {
      field: { name: 'centers', type: 'float64', shape: [wells, dimension], description: letters.centers },
      value: ({ sample }) => sample.wells.flatMap(({ center }) => center),
    },
  ];
}

/** Computes samples of a problem, any of them in any order. The solver is planned once. */
export class SampleComputer {
  readonly #problem: Problem;
  readonly #columns: readonly Column[];
  readonly #grid: PeriodicGrid;
  readonly #solve: (potential: Float64Array) => SolverState;

  constructor(problem: Problem, precision: Precision) {
    this.#problem = problem;
    this.#columns = columnsOf(problem, precision);
    this.#grid = periodicGrid(problem.grid);
    this.#solve = planSolver(problem);
  }

  /**
   * The samples [first, first + rows), and the draws given up for them.
   *
   * @throws NumericalError when all draws for a sample fail
   */
  compute(seed: number, first: number, rows: number): { columns: Columns; failures: FailedDraw[] } {
    const columns = Object.fromEntries(this.#columns.map(({ field }) => [field.name, emptyColumn(field, rows)]));
    const failures: FailedDraw[] = [];
    for (let row = 0; row < rows; row++) {
      const draw = this.#converged(seed, first + row, failures);
      for (const column of this.#columns) enter(columns[column.field.name]!, row, column.value(draw), rows);
    }
    return { columns, failures };
  }

  #converged(seed: number, index: number, failures: FailedDraw[]): Draw {
    for (let attempt = 0; ; attempt++) {
      const sample = samplePotential(this.#problem.potential, seed, index + attempt * ATTEMPT_STRIDE);
      const potential = evaluatePotential(sample, this.#grid);
      const state = this.#solve(potential);
      const { status, residual, iterations } = state;
      if (status === 'converged') return { sample, potential, state, attempt };
      failures.push({ sample: index, attempt, status, residual: Number.isFinite(residual) ? residual : null });
      if (attempt + 1 === MOST_ATTEMPTS) {
        const last = `${status}, residual ${residual.toExponential(1)} after ${iterations} iterations`;
        const advice = status === 'max-iterations' ? '. Raise solver.maxIterations or solver.tolerance' : '';
        throw new NumericalError(`sample ${index} did not converge in ${MOST_ATTEMPTS} draws (last: ${last})${advice}`);
      }
    }
  }
}

/** Enters a sample's value in a column of so many rows. */
function enter(column: Values, row: number, value: ReturnType<Column['value']>, rows: number): void {
  if (typeof value === 'object') (column as NumericArray).set(value, (row * column.length) / rows);
  else (column as (number | string)[])[row] = value;
}
