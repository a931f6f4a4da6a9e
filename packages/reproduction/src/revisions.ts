/** Data of earlier revisions of a solver, which are the same but for rounding. */
import type { RecipeInput } from '@dyadic/dataset';
import type { ResolvedRecipe } from '@dyadic/pipeline';

/** A recipe as an earlier revision of its solver had it. */
export interface EarlierRecipe {
  readonly recipe: RecipeInput;
  /** Most by which its samples differ from those of the present revision, ‖u − u'‖₂ / ‖u‖₂: the sum of the steps' bounds. */
  readonly difference: number;
}

/**
 * The recipe as earlier revisions of its solver had it, the newest first, as far back as the solver bounds by how much
 * samples differ.
 */
export function earlierRecipes({ recipe, problem }: Pick<ResolvedRecipe, 'recipe' | 'problem'>): EarlierRecipe[] {
  const { revisions } = problem;
  const earlier: EarlierRecipe[] = [];
  let difference = 0;
  for (let i = revisions.length - 1; i > 0; i--) {
    const step = revisions[i]!.difference;
    if (step === null) break;
    difference += step;
    const generator = { ...recipe.generator, version: String(revisions[i - 1]!.revision) };
    earlier.push({ recipe: { ...recipe, generator }, difference });
  }
  return earlier;
}
