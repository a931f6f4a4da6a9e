/** The plan of a sweep, `sweep.json`, and the runs that follow from it. */
import { type Json, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { z } from 'zod';
import type { ExperimentOverrides } from '../experiment/overrides.js';
import { requireExperimentOverrides } from '../experiment/parse-override.js';
import { withoutComments } from '../schemas/comments.js';

/** Name of the file with a sweep's plan. */
export const SWEEP_FILE = 'sweep.json';

const json: z.ZodType<Json> = z.json();

const choices = z.array(json).min(1).describe('the values to try');
const range = z
  .strictObject({
    from: z.number(),
    to: z.number(),
    scale: z
      .enum(['linear', 'log', 'integer'])
      .optional()
      .describe('uniform (default), uniform in the logarithm, or whole numbers with both ends'),
  })
  .refine(({ from, to }) => from < to, 'expected from < to')
  .refine(({ from, scale }) => scale !== 'log' || from > 0, 'expected from > 0 where scale is log')
  .refine(
    ({ from, to, scale }) => scale !== 'integer' || (Number.isSafeInteger(from) && Number.isSafeInteger(to)),
    'expected whole numbers where scale is integer',
  )
  .describe('a range to draw from');

/** Schema of `sweep.json`. */
export const sweepSchema = z.strictObject({
  $schema: z.string().optional(),
  entries: z
    .record(z.string(), z.union([choices, range]))
    .refine((entries) => Object.keys(entries).length > 0, 'expected at least one entry')
    .describe('entries of the experiment by their path, such as training.batchSize: a list of values or a range'),
  random: z
    .strictObject({
      runs: z.int().min(1).max(100_000).describe('how many'),
      seed: z.int().min(0).describe('of the draws: run i follows from it and from i'),
    })
    .optional()
    .describe('draw every entry of every run at random; without it, every combination of the lists is tried'),
});

/** The runs of a sweep over an experiment: all combinations of lists of values, or a number of random draws. */
export type SweepPlan = z.infer<typeof sweepSchema>;

/** Most runs of a grid; more are probably a mistake. */
const MOST_RUNS = 100_000;

/** Significant digits of a number drawn from a range: enough for a search, and few enough for a folder name. */
const DIGITS = 4;

/** Reads the plan of a sweep from a file. @throws DataError naming the file and the wrong entry */
export async function readSweep(path: string): Promise<SweepPlan> {
  const plan = await readDocument(path, z.preprocess(withoutComments, sweepSchema));
  try {
    sweepRuns(plan);
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
  return plan;
}

/**
 * The overrides of every run, in order; in a grid, the last entry varies fastest. A random draw is a function of seed and
 * number, so increasing the number of runs keeps the first ones. Equal draws are one run.
 *
 * @throws ArgumentError for a grid with a range or with more than 100,000 runs, or a value that its entry does not allow
 */
export function sweepRuns({ entries, random }: SweepPlan): readonly ExperimentOverrides[] {
  const runs = random
    ? Array.from({ length: random.runs }, (_, index) => drawn(entries, random.seed, index))
    : combinations(entries);
  for (const run of runs) requireExperimentOverrides('entries', run);
  return [...new Map(runs.map((run) => [JSON.stringify(run), run])).values()];
}

function combinations(entries: SweepPlan['entries']): ExperimentOverrides[] {
  let runs: ExperimentOverrides[] = [{}];
  for (const [path, values] of Object.entries(entries)) {
    if (!Array.isArray(values)) throw new ArgumentError(`entries.${path}`, values, 'a list, or random draws of ranges');
    if (runs.length * values.length > MOST_RUNS) {
      throw new ArgumentError('runs of the grid', runs.length * values.length, `at most ${MOST_RUNS}`);
    }
    runs = runs.flatMap((run) => values.map((value) => ({ ...run, [path]: value })));
  }
  return runs;
}

function drawn(entries: SweepPlan['entries'], seed: number, index: number): ExperimentOverrides {
  const stream = randomStream(seed, 'pipeline/sweep', index);
  const draw = (values: SweepPlan['entries'][string]): Json => {
    if (Array.isArray(values)) return values[stream.integer(values.length)]!;
    const { from, to, scale = 'linear' } = values;
    if (scale === 'integer') return from + stream.integer(to - from + 1);
    const [a, b] = scale === 'log' ? [Math.log(from), Math.log(to)] : [from, to];
    const value = stream.uniform(a, b);
    return Number((scale === 'log' ? Math.exp(value) : value).toPrecision(DIGITS));
  };
  return Object.fromEntries(Object.entries(entries).map(([path, values]) => [path, draw(values)]));
}
