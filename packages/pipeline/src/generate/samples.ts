import {
  type Columns,
  emptyColumn,
  type FailedDraw,
  type Field,
  type NumericArray,
  type Column as Values,
} from '@dyadic/dataset';
import { NumericalError } from '@dyadic/errors';
import type { Precision, Problem, ProblemColumn, SolverState } from '../problems/problem.js';

/**
 * A sample whose solve fails is drawn again as attempt 1, 2, … from the stream of index + attempt · 2⁴⁰, so it is still a
 * function of (recipe, seed, index) alone.
 */
const MOST_ATTEMPTS = 10;
const ATTEMPT_STRIDE = 2 ** 40;

/** A drawn input and its solution. */
interface Draw {
  readonly input: unknown;
  readonly state: SolverState;
  /** Number of draws given up for this sample before. */
  readonly attempt: number;
}

/** All columns of a problem's datasets, in order: inputs, solution, solver state, parameters of the inputs. */
function columnsOf(problem: Problem, settings: object, precision: Precision): ProblemColumn<Draw>[] {
  const shape = problem.domain(settings).axes.map(({ points }) => points);
  const onGrid = { type: precision, shape };
  const { inputs } = problem;
  return [
    ...inputs.columns(settings, onGrid).map(of(({ input }) => input)),
    ...problem.columns(settings, onGrid).map(of(({ state }) => state)),
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
    ...(inputs.parameters?.(settings) ?? []).map(of(({ input }) => input)),
  ];
}

/** Lifts a column of a part of a draw to the draw. */
function of<Part>(part: (draw: Draw) => Part): (column: ProblemColumn<Part>) => ProblemColumn<Draw> {
  return ({ field, value }) => ({ field, value: (draw) => value(part(draw)) });
}

/** The fields of a problem's datasets. */
export function fieldsOf(problem: Problem, settings: object, precision: Precision): Field[] {
  return columnsOf(problem, settings, precision).map(({ field }) => field);
}

/** Computes samples of a problem, in any order. Plans the solver once. */
export class SampleComputer {
  readonly #columns: readonly ProblemColumn<Draw>[];
  readonly #draw: (seed: number, index: number) => unknown;
  readonly #solve: (input: unknown) => SolverState;

  constructor(problem: Problem, settings: object, precision: Precision) {
    this.#columns = columnsOf(problem, settings, precision);
    this.#draw = problem.inputs.draw(settings);
    this.#solve = problem.solve(settings);
  }

  /**
   * Computes the samples [first, first + rows).
   *
   * @returns their columns, and the draws given up
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
      const input = this.#draw(seed, index + attempt * ATTEMPT_STRIDE);
      const state = this.#solve(input);
      const { status, residual, iterations } = state;
      if (status === 'converged') return { input, state, attempt };
      failures.push({ sample: index, attempt, status, residual: Number.isFinite(residual) ? residual : null });
      if (attempt + 1 === MOST_ATTEMPTS) {
        const last = `${status}, residual ${residual.toExponential(1)} after ${iterations} iterations`;
        const advice = status === 'max-iterations' ? '. Raise solver.maxIterations or solver.tolerance' : '';
        throw new NumericalError(`sample ${index} did not converge in ${MOST_ATTEMPTS} draws (last: ${last})${advice}`);
      }
    }
  }
}

/** Writes a sample's value to a column of `rows` rows. @throws NumericalError if the problem returns a wrong number of values */
function enter(column: Values, row: number, value: ReturnType<ProblemColumn<Draw>['value']>, rows: number): void {
  if (typeof value !== 'object') {
    (column as (number | string)[])[row] = value;
    return;
  }
  const size = column.length / rows;
  if (value.length !== size)
    throw new NumericalError(`a column gets ${value.length} values per sample; expected ${size}`);
  (column as NumericArray).set(value, row * size);
}
