import { join } from 'node:path';
import { type Json, openDataset, sha256, writeFileAtomic } from '@dyadic/dataset';
import { generate, type Observed } from '@dyadic/pipeline';
import { type Column, formatCell, type Section, type Table, table } from '@dyadic/report';
import { summarizeErrors } from '@dyadic/training';
import { z } from 'zod';
import { type Cell, columnOf, dataOf, identityOf } from './cell.js';
import { doneOf, type Found } from './report/report-found.js';
import { summarize } from './report/summary.js';
import { compactJson, readIfThere } from './result.js';

/** Raised when what is measured changes. */
const REVISION = 1;

/** Samples whose mean is the constant, and as many others that it is measured on. */
const SAMPLES = 500;

const DATA_COLUMNS: readonly Column[] = [
  { title: 'problem' },
  { title: 'preset' },
  { title: 'n_g', format: 'integer' },
];

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

/** What a constant in the place of a network would give for data of a kind. */
export type Constant = z.infer<typeof constantSchema>;

const fileName = (folder: string) => join(folder, 'constants.json');

/** What is kept in a folder of results. @throws DataError when it is damaged */
export async function readConstants(folder: string): Promise<Constant[]> {
  return (await readIfThere(fileName(folder), z.array(constantSchema))) ?? [];
}

/** What a constant would give for the data of all that is done; measures what is not kept yet, and keeps it. */
export async function measureConstants(found: readonly Found[], folder: string, watch: Observed): Promise<Constant[]> {
  const known = await readConstants(folder);
  const constants: Constant[] = [];
  for (const { cell } of kindsOf(found)) {
    const key = keyOf(cell);
    const kept = known.find((constant) => constant.key === key);
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

/** Of the data of a cell, however many samples of it the cell has. */
function keyOf({ dataset: { recipe }, experiment: { path, output } }: Cell): string {
  const data = identityOf({ ...recipe, samples: 2 * SAMPLES });
  return sha256({ data, output: columnOf(path, recipe, output), revision: REVISION } as unknown as Json);
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
    caption: 'Errors of a constant, the mean of as many other samples',
    columns: [
      ...DATA_COLUMNS,
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

/** How far networks are below a constant: where solutions hardly differ from one, any network has a small error. */
export function constantSection(
  found: readonly Found[],
  constants: readonly Constant[],
): Omit<Section, 'figures' | 'html'> | null {
  const kinds = kindsOf(found);
  if (kinds.length === 0) return null;
  const rows = kinds.flatMap(({ cell, best, paper }) => {
    const constant = constants.find(({ key }) => key === keyOf(cell));
    if (!constant) return [];
    const { problem, preset, wells } = cell.spec;
    return [[problem, preset, wells, constant.mean, paper, best.error, best.scale, constant.mean / best.error]];
  });
  const missing = kinds.length - rows.length;
  return {
    heading: 'What a constant would give',
    paragraphs: [
      `How hard a map is. A constant, the mean of ${SAMPLES} samples, has these errors on ${SAMPLES} others, without a network; for Kohn-Sham it is n_e over the size of the domain. Where it is small, as for odd n_g of the preset paper, whose densities are nearly constant, a small error says less than elsewhere, and so does a small ratio to the paper’s. The last column is what networks gain over the constant.`,
      ...(missing > 0
        ? [`Not measured yet (${missing} of ${kinds.length} kinds of data): dyadic reproduce --constants`]
        : []),
    ],
    tables:
      rows.length === 0
        ? []
        : [
            table({
              caption: 'Test errors of a constant, and the least of the paper’s and of the networks here',
              columns: [
                ...DATA_COLUMNS,
                { title: 'constant', format: 'error', digits: 2 },
                { title: 'paper, least', format: 'error', digits: 2 },
                { title: 'network, least', format: 'error', digits: 2 },
                { title: 'scale' },
                { title: 'constant / network', format: 'ratio' },
              ],
              rows,
            }),
          ],
  };
}

/** Kinds of data that networks were trained on: a cell of each, the least error of any, and the least of the paper. */
function kindsOf(found: readonly Found[]) {
  const kinds = new Map<string, { cell: Cell; best: { error: number; scale: string }; paper: number | null }>();
  for (const one of found) {
    for (const i of doneOf(one)) {
      const { cell } = one.entries[i]!.seeds[0]!;
      const { problem, preset, wells } = cell.spec;
      const key = [problem, preset, wells].join();
      const error = summarize(one.entries[i]!, undefined).best!.errors.test.mean;
      const printed = one.file.rows[i]!.paper.test ?? null;
      const { best, paper } = kinds.get(key) ?? { best: null, paper: null };
      kinds.set(key, {
        cell,
        best: best && best.error <= error ? best : { error, scale: cell.spec.scale },
        paper: paper === null || printed === null ? (paper ?? printed) : Math.min(paper, printed),
      });
    }
  }
  return [...kinds.values()];
}
