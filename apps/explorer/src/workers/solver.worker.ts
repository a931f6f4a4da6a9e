/** The numerical solvers, away from the page's own thread. */
import { kohnShamSolver, selfConsistentFieldSolver } from '@dyadic/kohn-sham';
import { groundStateSolver } from '@dyadic/nlse';
import { FIELD, gridOf, type Problem, problemOf } from '../problems.js';
import { serveRequests } from './requests.js';

export interface SolveRequest {
  readonly problem: string;
  readonly potential: Float64Array;
  readonly parameter: number;
}

export interface Solved {
  readonly solution: Float64Array;
  readonly status: string;
  readonly residual: number;
  readonly iterations: number;
  readonly milliseconds: number;
}

type Solve = (potential: Float64Array) => Omit<Solved, 'milliseconds'>;

/** The solver planned last: dragging a well changes the potential alone. */
let planned: { readonly key: string; readonly solve: Solve } | undefined;

function plan(problem: Problem, parameter: number): Solve {
  const grid = gridOf(problem);
  switch (problem.equation) {
    case 'nlse': {
      const solve = groundStateSolver(grid, { beta: parameter });
      return (potential) => {
        const { u, ...result } = solve(potential);
        return { solution: u, ...result };
      };
    }
    case 'kohn-sham': {
      const solve = kohnShamSolver(grid, { electrons: parameter });
      return (potential) => {
        const { density, status, residual, iterations } = solve(potential);
        return { solution: density, status, residual, iterations };
      };
    }
    case 'field': {
      const { screening, ...field } = FIELD;
      const solve = selfConsistentFieldSolver(grid, { ...field, interaction: { strength: parameter, screening } });
      return (external) => {
        const { density, status, residual, iterations } = solve(external);
        return { solution: density, status, residual, iterations };
      };
    }
    default:
      return problem.equation satisfies never;
  }
}

serveRequests<SolveRequest>(({ problem, potential, parameter }): Solved => {
  const key = `${problem}/${parameter}`;
  if (planned?.key !== key) planned = { key, solve: plan(problemOf(problem), parameter) };
  const start = performance.now();
  const { solution, status, residual, iterations } = planned.solve(potential);
  return { solution, status, residual, iterations, milliseconds: performance.now() - start };
});
