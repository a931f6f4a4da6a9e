import { join } from 'node:path';
import { parseDocument, type RecipeInput, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { type PotentialRecipe, potentialRecipe } from '@dyadic/potentials';
import { z } from 'zod';
import { GENERATORS, planSolver } from '../problems/index.js';
import type { Problem } from '../problems/problem.js';
import { profileOf } from '../profile.js';
import { folderName, type RecipeOverrides, replaceEntries, requireOverrides } from './overrides.js';
import { columnsOf } from './samples.js';

export const RECIPE_FILE = 'dataset.json';

const sizes = z.strictObject({ samples: z.int().min(1), shardRows: z.int().min(1) });

const profilesSchema = z.looseObject({ profiles: z.record(z.string(), sizes) });

const interval = z.tuple([z.number(), z.number()]);

export const equationSchema = z.enum(['nlse', 'kohn-sham']);
export const presetSchema = z.enum(['paper', 'reference-code', 'localized']);

/** A recipe of one profile. What makes sense in `potential` and `solver` is said by the packages they are for. */
const recipeSchema = sizes.extend({
  $schema: z.string().optional(),
  name: z.string(),
  description: z.string(),
  seed: z.int().min(0),
  equation: equationSchema,
  grid: z.strictObject({ dimension: z.union([z.literal(1), z.literal(2), z.literal(3)]), points: z.int().min(2) }),
  potential: z.strictObject({
    preset: presetSchema,
    wells: z.int().min(1),
    strength: interval.optional(),
    variance: interval.optional(),
    depth: z.number().optional(),
  }),
  solver: z.looseObject({}),
  /** Floating-point type of the fields on the grid. */
  precision: z.enum(['float32', 'float64']).default('float32'),
});
type RecipeEntries = z.infer<typeof recipeSchema>;

export interface ResolvedRecipe {
  readonly recipe: RecipeInput;
  /** Where the data goes: `data/<profile>` beside the recipe, or `data/<profile>+<entry>=<value>…` of a variant. */
  readonly folder: string;
}

/**
 * Reads the recipe `dataset.json` of a folder and completes it for a profile, with some entries replaced: any n_g,
 * preset, number of samples or seed, without another file. What comes back is what `generate` computes.
 *
 * @example
 * const variant = await resolveRecipe('datasets/kohn-sham-1d', 'paper', {
 *   'potential.preset': 'localized', 'potential.wells': 5, samples: 20000,
 * });
 * await generate(variant, { signal }, output); // into variant.folder; openDataset(variant.folder) reads it
 *
 * @param overrides - Entries of the file by their path; `samples` and `shardRows` are those of the profile.
 * @throws DataError naming the file and the entry that is wrong; ArgumentError for an override that is none
 */
export async function resolveRecipe(
  folder: string,
  profile: string,
  overrides: RecipeOverrides = {},
): Promise<ResolvedRecipe> {
  requireOverrides(overrides);
  const path = join(folder, RECIPE_FILE);
  const { profiles, ...file } = await readDocument(path, profilesSchema);
  const entries = replaceEntries({ ...file, ...profileOf(path, profiles, profile) }, overrides);
  const source = Object.keys(overrides).length > 0 ? `${path} with ${folderName([], overrides)}` : path;
  const recipe = completeRecipe(source, parseDocument(source, entries, recipeSchema));
  return { recipe, folder: join(folder, 'data', folderName([profile], overrides)) };
}

function completeRecipe(source: string, entries: RecipeEntries): RecipeInput {
  const { name, seed, samples, shardRows, precision, equation } = entries;
  const problem = checkedProblem(source, entries);
  const { solver, revision } = GENERATORS[equation];
  return {
    name,
    seed,
    samples,
    shardRows,
    fields: columnsOf(problem, precision).map(({ field }) => field),
    generator: { name: solver, version: String(revision) },
    problem: problem as unknown as RecipeInput['problem'],
  };
}

/** The libraries know what makes sense: the solver is set up once to see. What they refuse is the file's fault. */
function checkedProblem(source: string, { equation, grid, ...entries }: RecipeEntries): Problem {
  const potential = refusedBy(source, () =>
    potentialRecipe({ equation, dimension: grid.dimension, ...entries.potential }),
  );
  const solver = completeSettings(source, potential, entries.solver);
  const { length, origin } = potential;
  const problem = { equation, grid: { ...grid, length, origin }, potential, solver };
  refusedBy(source, () => planSolver(problem));
  return problem;
}

function completeSettings(source: string, potential: PotentialRecipe, solver: object): object {
  const settings = GENERATORS[potential.equation].settings(potential);
  return parseDocument(source, { solver }, z.object({ solver: settings })).solver;
}

function refusedBy<T>(source: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(source, error.message, { cause: error });
    throw error;
  }
}
