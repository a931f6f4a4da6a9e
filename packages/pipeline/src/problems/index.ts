import type { Recipe } from '@dyadic/dataset';
import { kohnSham } from './kohn-sham.js';
import { nlse } from './nlse.js';
import type { Generator, Problem } from './problem.js';

/** The equations that `dyadic generate` solves, by the name that recipes give them. */
export const GENERATORS: Readonly<Record<Problem['equation'], Generator>> = { nlse, 'kohn-sham': kohnSham };

/** The problem of a dataset that `dyadic generate` made; null for data from elsewhere. */
export function problemOf({ generator, problem }: Recipe): Problem | null {
  const own = Object.values(GENERATORS).some(({ solver }) => solver === generator.name);
  return own ? (problem as unknown as Problem) : null;
}

/** Plans the solver of a problem. @throws ArgumentError for settings that make no sense */
export function planSolver(problem: Problem): ReturnType<Generator['plan']> {
  return GENERATORS[problem.equation].plan(problem);
}
