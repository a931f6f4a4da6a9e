import { join } from 'node:path';
import {
  parseDocument,
  type RecipeInput,
  readDocument,
  sizeProblem,
  recipeSchema as storedSchema,
} from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { z } from 'zod';
import { type Problem, presentationOf } from '../problems/problem.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import { profileOf } from '../profile.js';
import { withoutComments } from '../schemas/comments.js';
import { folderName, type RecipeOverrides, replaceEntries, requireOverrides } from './overrides.js';
import { fieldsOf } from './samples.js';

/** Name of the file with a dataset's recipe. */
export const RECIPE_FILE = 'dataset.json';

const sizes = z.strictObject({
  samples: z.int().min(1).describe('samples in all'),
  shardRows: z.int().min(1).describe('samples per shard, the unit of work'),
});

/**
 * Most points of a solver's grid, 256³ or 4096²: a solver has some forty float64 fields on it, about 5 GiB, and every worker has
 * its own solver.
 */
const MOST_GRID_POINTS = 2 ** 24;

/** The entries of `dataset.json` common to all problems. */
const commonEntries = z.object({
  $schema: z.string().optional(),
  name: z.string(),
  description: z.string(),
  seed: z.int().min(0),
  equation: z.string().describe('the problem, such as nlse or kohn-sham'),
  precision: z
    .enum(['float32', 'float64'])
    .default('float32')
    .describe('floating-point type of the fields on the grid'),
});
const profilesEntry = z.object({ profiles: z.record(z.string(), sizes).describe('amounts of samples, by name') });

const fileSchema = z.looseObject(profilesEntry.shape);
const recipeSchema = z.looseObject({ ...commonEntries.shape, ...sizes.shape });
type RecipeEntries = z.infer<typeof recipeSchema>;

/** The schema of `dataset.json` for a problem, for editors and documentation. */
export function recipeFileSchema({ name, entries }: Problem): z.ZodType {
  const equation = z.literal(name).describe('the problem');
  return z.strictObject({
    ...commonEntries.shape,
    equation,
    ...profilesEntry.shape,
    ...(entries as z.ZodObject).shape,
  });
}

/** A recipe completed for a profile, see {@link resolveRecipe}. */
export interface ResolvedRecipe {
  readonly recipe: RecipeInput;
  readonly problem: Problem;
  /** Folder of the data: `data/<profile>` beside the recipe, or `data/<profile>+<entry>=<value>…` for a variant. */
  readonly folder: string;
}

/**
 * Reads the recipe `dataset.json` of a folder and completes it for a profile, for {@link generate}. Overrides replace entries: any
 * n_g, preset, number of samples or seed, without another file.
 *
 * @example
 * const variant = await resolveRecipe('datasets/kohn-sham-1d', 'paper', {
 *   'potential.preset': 'localized', 'potential.wells': 5, samples: 20000,
 * });
 * await generate(variant); // into variant.folder; openDataset(variant.folder) reads it
 *
 * @param folder - The folder with `dataset.json`.
 * @param profile - Name of the profile, such as `quick`.
 * @param overrides - Entries of the file by path; `samples` and `shardRows` are those of the profile. Default none.
 * @param problems - The known problems; default those of this package.
 * @throws DataError naming the file and the wrong entry; ArgumentError for an invalid override
 */
export async function resolveRecipe(
  folder: string,
  profile: string,
  overrides: RecipeOverrides = {},
  problems: Problems = problemsWith(),
): Promise<ResolvedRecipe> {
  requireOverrides(overrides);
  const path = join(folder, RECIPE_FILE);
  const { profiles, ...file } = await readDocument(path, z.preprocess(withoutComments, fileSchema));
  const entries = replaceEntries({ ...file, ...profileOf(path, profiles, profile) }, overrides);
  const source = Object.keys(overrides).length > 0 ? `${path} with ${folderName([], overrides)}` : path;
  const resolved = completeRecipe(source, parseDocument(source, entries, recipeSchema), problems);
  return { ...resolved, folder: join(folder, 'data', folderName([profile], overrides)) };
}

function completeRecipe(
  source: string,
  { $schema: _, description: __, name, seed, samples, shardRows, precision, equation, ...rest }: RecipeEntries,
  problems: Problems,
): Pick<ResolvedRecipe, 'recipe' | 'problem'> {
  const problem = problems.get(equation);
  if (!problem) {
    const known = [...problems.keys()].map((one) => `'${one}'`).join(', ');
    throw new DataError(source, `equation is '${equation}'; expected one of ${known}`, {
      remedy: { code: 'name-problem' },
    });
  }
  const settings = completeSettings(source, problem, rest);
  const { generator, revision, module } = problem;
  const recipe = {
    name,
    seed,
    samples,
    shardRows,
    fields: fieldsOf(problem, settings, precision),
    generator: { name: generator, version: String(revision), ...(module && { sha256: module.sha256 }) },
    problem: settings as RecipeInput['problem'],
    // Datasets of this package's problems are older than this entry, and keep their identity without it.
    ...(problemsWith().get(equation) !== problem && { presentation: presentationOf(problem, settings) }),
  };
  // Check sizes before allocating a solver.
  const size = sizeProblem(parseDocument(source, recipe, storedSchema));
  if (size) throw new DataError(source, size);
  refusedBy(source, () => {
    problem.inputs.draw(settings);
    problem.solve(settings);
  });
  return { recipe, problem };
}

/** Completes the problem's entries, and turns its errors into errors of the file. @throws DataError */
function completeSettings(source: string, problem: Problem, rest: object): object {
  const entries = parseDocument(source, rest, problem.entries);
  const settings = refusedBy(source, () => problem.settings(entries));
  const { axes } = refusedBy(source, () => problem.domain(settings));
  if (axes.reduce((product, { points }) => product * points, 1) > MOST_GRID_POINTS) {
    const most = Math.floor(MOST_GRID_POINTS ** (1 / axes.length) + 1e-9);
    throw new DataError(source, `grid.points is ${axes[0]!.points}; expected at most ${most} in ${axes.length}D`);
  }
  return settings;
}

function refusedBy<T>(source: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(source, error.message, { cause: error });
    throw error;
  }
}
