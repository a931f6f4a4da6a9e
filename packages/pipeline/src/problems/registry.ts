import type { Presentation, RecipeInput as Recipe } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { kohnSham } from './kohn-sham.js';
import { kohnShamScf } from './kohn-sham-scf.js';
import { nlse } from './nlse.js';
import { type Problem, presentationOf, type TrainedOn } from './problem.js';

/** The problems of this package. */
const OWN: readonly Problem[] = [nlse, kohnSham, kohnShamScf];

/** Problems by name: those of this package and a user's own. */
export type Problems = ReadonlyMap<string, Problem>;

/** The problems of this package and others. @throws ArgumentError if two have the same name */
export function problemsWith(others: readonly Problem[] = []): Problems {
  const problems = new Map<string, Problem>();
  for (const problem of [...OWN, ...others]) {
    if (problems.has(problem.name)) throw new ArgumentError('name', problem.name, 'a name that no other problem has');
    problems.set(problem.name, problem);
  }
  return problems;
}

/** The problem that made a dataset; null for data from another source, and for a problem that is not among `problems`. */
export function problemOf({ generator, problem }: Pick<Recipe, 'generator' | 'problem'>, problems: Problems) {
  const found = problems.get(String(problem.equation));
  return found?.generator === generator.name ? found : null;
}

/** The presentation of a dataset: that of its recipe, else that of its problem, if it is one of this package; else null. */
export function presentationOfRecipe(
  recipe: Pick<Recipe, 'generator' | 'problem' | 'presentation'>,
): Presentation | null {
  if (recipe.presentation) return recipe.presentation;
  const problem = problemOf(recipe, problemsWith());
  return problem && presentationOf(problem, recipe.problem);
}

/** The origin that checkpoints trained on a dataset record; undefined for data of unknown origin. */
export function originOf({ generator, problem }: Pick<Recipe, 'generator' | 'problem'>): TrainedOn | undefined {
  const own = problemOf({ generator, problem }, problemsWith());
  if (!own && generator.sha256 === undefined) return undefined;
  return { equation: String(problem.equation), ...own?.inputs.origin?.(problem) };
}
