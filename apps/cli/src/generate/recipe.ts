import { join } from 'node:path';
import { type Field, type RecipeInput, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { groundStateSolver, REVISION } from '@dyadic/nlse';
import { potentialRecipe } from '@dyadic/potentials';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import { profileOf } from '../profile.js';
import { NLSE_GENERATOR, type NlseProblem, nlseFields } from './nlse.js';

export const RECIPE_FILE = 'dataset.json';

const interval = z.tuple([z.number(), z.number()]);

const recipeFileSchema = z.strictObject({
  $schema: z.string().optional(),
  name: z.string(),
  description: z.string(),
  seed: z.int().min(0),
  equation: z.literal('nlse'),
  grid: z.strictObject({ dimension: z.union([z.literal(1), z.literal(2), z.literal(3)]), points: z.int().min(2) }),
  potential: z.strictObject({
    preset: z.enum(['paper', 'reference-code']),
    wells: z.int().min(1),
    strength: interval.optional(),
    variance: interval.optional(),
  }),
  solver: z.strictObject({
    beta: z.number().min(0),
    discretization: z.enum(['fourier', 'finite-differences']),
    tolerance: z.number().positive(),
    maxIterations: z.int().min(1).default(500),
  }),
  /** Floating-point type of the fields on the grid. */
  precision: z.enum(['float32', 'float64']).default('float32'),
  profiles: z.record(z.string(), z.strictObject({ samples: z.int().min(1), shardRows: z.int().min(1) })),
});

export interface ResolvedRecipe {
  readonly recipe: RecipeInput;
  /** Where the data goes. */
  readonly folder: string;
}

/**
 * Reads `dataset.json` and completes it for a profile.
 *
 * @param folder - The dataset's folder; the data goes to `data/<profile>` in it.
 * @throws DataError naming the file and the entry that is wrong
 */
export async function readRecipe(folder: string, profile: string, samples?: number): Promise<ResolvedRecipe> {
  const path = join(folder, RECIPE_FILE);
  const file = await readDocument(path, recipeFileSchema);
  const chosen = profileOf(path, file.profiles, profile);
  const problem = checkedProblem(path, file);
  const fields: Field[] = nlseFields(problem, file.precision);
  const recipe: RecipeInput = {
    name: file.name,
    seed: file.seed,
    samples: samples ?? chosen.samples,
    shardRows: chosen.shardRows,
    fields,
    generator: { name: NLSE_GENERATOR, version: String(REVISION) },
    problem: problem as unknown as RecipeInput['problem'],
  };
  return { recipe, folder: join(folder, 'data', profile) };
}

/** The libraries know what makes sense: the solver is set up once to see. What they refuse is the file's fault. */
function checkedProblem(path: string, file: z.infer<typeof recipeFileSchema>): NlseProblem {
  try {
    const { equation, solver } = file;
    const potential = potentialRecipe({ equation, dimension: file.grid.dimension, ...file.potential });
    const { length, origin } = potential;
    groundStateSolver(periodicGrid({ ...file.grid, length, origin }), solver);
    return { equation, grid: { ...file.grid, length, origin }, potential, solver };
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}
