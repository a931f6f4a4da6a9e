import type { Presentation, RecipeInput as Recipe } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { kohnSham } from './kohn-sham.js';
import { kohnShamScf } from './kohn-sham-scf.js';
import { nlse } from './nlse.js';
import { type Problem, presentationOf, type TrainedOn } from './problem.js';

/** The problems of this package. */
const OWN: readonly Problem[] = [nlse, kohnSham, kohnShamScf];

/** Problems by the names that recipes give them: those of this package and a user's own. */
export type Problems = ReadonlyMap<string, Problem>;

/** This package's problems and others. @throws ArgumentError when two have one name */
export function problemsWith(others: readonly Problem[] = []): Problems {
  const problems = new Map<string, Problem>();
  for (const problem of [...OWN, ...others]) {
    if (problems.has(problem.name)) throw new ArgumentError('name', problem.name, 'a name that no other problem has');
    problems.set(problem.name, problem);
  }
  return problems;
}

/** The problem that made a dataset; null for data from elsewhere, and for a problem that is not at hand. */
export function problemOf({ generator, problem }: Pick<Recipe, 'generator' | 'problem'>, problems: Problems) {
  const found = problems.get(String(problem.equation));
  return found?.generator === generator.name ? found : null;
}

/** How figures and the card show a dataset: as it says itself, or as its problem does; null where neither is known. */
export function presentationOfRecipe(
  recipe: Pick<Recipe, 'generator' | 'problem' | 'presentation'>,
): Presentation | null {
  if (recipe.presentation) return recipe.presentation;
  const problem = problemOf(recipe, problemsWith());
  return problem && presentationOf(problem, recipe.problem);
}

/** What a network trained on a dataset remembers of its inputs; undefined for data of which nothing is known. */
export function originOf({ generator, problem }: Pick<Recipe, 'generator' | 'problem'>): TrainedOn | undefined {
  const own = problemOf({ generator, problem }, problemsWith());
  if (!own && generator.sha256 === undefined) return undefined;
  return { equation: String(problem.equation), ...own?.inputs.origin?.(problem) };
}
