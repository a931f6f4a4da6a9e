import { join } from 'node:path';
import { type Json, openDataset, type RecipeInput, sha256, writeFileAtomic } from '@dyadic/dataset';
import { generate, type Observed } from '@dyadic/pipeline';
import { formatCell, type Table, table } from '@dyadic/report';
import { summarizeErrors } from '@dyadic/training';
import { z } from 'zod';
import { type Cell, columnOf, dataOf, identityOf } from './cell.js';
import { compactJson, readIfThere } from './result.js';
import { earlierRecipes } from './revisions.js';

/** Raised when what is measured changes. */
const REVISION = 1;

/** Samples whose mean is the constant, and as many others that it is measured on. */
export const SAMPLES = 500;

const constantSchema = z.strictObject({
  /** Of all that the numbers follow from. */
  key: z.string(),
  problem: z.string(),
  preset: z.string(),
  wells: z.int(),
  samples: z.int(),
  /** The mean of the samples, over the grid too. */
  value: z.number(),
  /** Of ε, eq (4.1). */
  mean: z.number(),
  median: z.number(),
  worst: z.number(),
});

/** Errors of a constant prediction, in place of a network, for data of a kind. */
export type Constant = z.infer<typeof constantSchema>;

const fileName = (folder: string) => join(folder, 'constants.json');

/** What is kept in a folder of results. @throws DataError when it is damaged */
export async function readConstants(folder: string): Promise<Constant[]> {
  return (await readIfThere(fileName(folder), z.array(constantSchema))) ?? [];
}

/**
 * The errors of a constant prediction for the data of some cells, one of each kind; measures what is not kept yet, and
 * keeps it.
 *
 * @param recompute - Whether what was measured on data of an earlier revision of the solver is measured anew
 */
export async function measureConstants(
  cells: readonly Cell[],
  folder: string,
  watch: Observed,
  recompute = false,
): Promise<Constant[]> {
  const known = await readConstants(folder);
  const constants: Constant[] = [];
  for (const cell of cells) {
    const [key] = keysOf(cell);
    const kept = recompute ? known.find((constant) => constant.key === key) : constantOf(cell, known);
    constants.push(kept ?? (await measure(cell, key, watch)));
    // What is known of others is kept until all is measured: this call may be stopped.
    if (!kept) await write(folder, [...constants, ...known.filter((other) => !isIn(constants, other))]);
  }
  if (known.some((other) => !isIn(constants, other))) await write(folder, constants);
  return constants;
}

function isIn(constants: readonly Constant[], { key }: Constant): boolean {
  return constants.some((constant) => constant.key === key);
}

async function write(folder: string, constants: readonly Constant[]): Promise<void> {
  await writeFileAtomic(fileName(folder), `${compactJson(constants)}\n`);
}

/** The constant that belongs to the data of a cell; undefined while it is not measured. */
export function constantOf(cell: Cell, constants: readonly Constant[]): Constant | undefined {
  return keysOf(cell).flatMap((key) => constants.find((constant) => constant.key === key) ?? [])[0];
}

/** Of the data of a cell, however many samples of it the cell has; then of those that earlier revisions made. */
function keysOf({ dataset, experiment: { path, output } }: Cell): [string, ...string[]] {
  const keyOf = (recipe: RecipeInput) => {
    const data = identityOf({ ...recipe, samples: 2 * SAMPLES });
    return sha256({ data, output: columnOf(path, recipe, output), revision: REVISION } as unknown as Json);
  };
  return [keyOf(dataset.recipe), ...earlierRecipes(dataset).map(({ recipe }) => keyOf(recipe))];
}

async function measure({ spec, experiment }: Cell, key: string, watch: Observed) {
  const { problem, preset, wells } = spec;
  const data = await dataOf(experiment.datasetFolder, spec, 2 * SAMPLES);
  await generate(data, { ...watch, wait: true });
  const dataset = await openDataset(data.folder);
  const read = async (first: number) => {
    const columns = await dataset.read([experiment.output], first, SAMPLES);
    return Float64Array.from(columns[experiment.output] as Float32Array | Float64Array);
  };
  const seen = await read(0);
  const value = seen.reduce((sum, x) => sum + x, 0) / seen.length;
  const errors = relativeDistances(await read(SAMPLES), value);
  const { mean, median, worst } = summarizeErrors(errors);
  return { key, problem, preset, wells, samples: SAMPLES, value, mean, median, worst };
}

/** ε of a constant for every sample. */
function relativeDistances(samples: Float64Array, value: number): Float64Array {
  const size = samples.length / SAMPLES;
  return Float64Array.from({ length: SAMPLES }, (_, s) => {
    let [distance, norm] = [0, 0];
    for (const x of samples.subarray(s * size, (s + 1) * size)) {
      distance += (x - value) ** 2;
      norm += x ** 2;
    }
    return Math.sqrt(distance / norm);
  });
}

/** The constants alone. */
export function constantTable(constants: readonly Constant[]): Table {
  return table({
    caption: 'Errors of a constant prediction, the mean of as many other samples',
    columns: [
      { title: 'problem' },
      { title: 'preset' },
      { title: 'n_g', format: 'integer' },
      { title: 'samples', format: 'integer' },
      { title: 'constant' },
      { title: 'mean ε', format: 'error' },
      { title: 'median ε', format: 'error' },
      { title: 'worst ε', format: 'error' },
    ],
    rows: constants.map(({ problem, preset, wells, samples, value, mean, median, worst }) => [
      problem,
      preset,
      wells,
      samples,
      formatCell(value, 'error'),
      mean,
      median,
      worst,
    ]),
  });
}
