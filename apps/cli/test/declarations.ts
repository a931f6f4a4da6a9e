import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RECIPE } from './fixtures.js';

export const PROBLEM = {
  description: 'a problem for tests',
  dataset: '../data',
  input: 'potential',
  output: 'solution',
  presets: ['paper', 'reference-code'],
  network: { points: 64, levels: 3 },
  recipes: {
    ours: {
      description: 'ours',
      normalization: { input: 'standard', output: 'standard' },
      batch: { size: 10 },
      training: { optimizer: { name: 'soap' }, schedule: { learningRate: 1e-2 }, augment: 'torus' },
    },
  },
  scales: {
    quick: { train: { share: 0.1 }, validation: 10, test: 20, sampleEvaluations: 400 },
    long: { train: { most: 40 }, validation: 10, test: 20, sampleEvaluations: 150_000 },
  },
};
export const TABLE = {
  problem: 'tiny',
  title: 'error against channels',
  varies: ['channels'],
  common: { train: 400, wells: 2, kernelLayers: 1 },
  rows: [
    { channels: 1, paper: { parameters: 5, train: 1e-3, test: 1e-3 } },
    { channels: 2, paper: { train: 1e-3, test: 5e-4 } },
  ],
};
export const FIGURE = {
  problem: 'tiny',
  title: 'a sample',
  cells: [{ train: 400, wells: 2, channels: 2, kernelLayers: 1 }],
};
export const SHIFT = {
  problem: 'tiny',
  title: 'other data',
  cell: FIGURE.cells[0],
  samples: 10,
  shifts: [
    { name: 'as trained', overrides: { seed: 8 } },
    { name: 'three wells', overrides: { 'potential.wells': 3 } },
  ],
};

/** A folder of declarations with a table, a figure and a study of other data. */
export async function declarations(
  changes: { data?: object; problem?: object; table?: object; files?: Record<string, object> } = {},
) {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-reproduce-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const files = {
    'data/dataset.json': { ...RECIPE, profiles: { paper: { samples: 1, shardRows: 1 } }, ...changes.data },
    'problems/tiny.json': { ...PROBLEM, ...changes.problem },
    'tables/1.json': { ...TABLE, ...changes.table },
    'figures/8.json': FIGURE,
    'shifts/tiny.json': SHIFT,
    ...changes.files,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), JSON.stringify(content));
  }
  const results = join(root, 'results');
  return { root, results, reproduce: (...args: string[]) => ['reproduce', root, '--results', results, ...args] };
}

type Declared = Awaited<ReturnType<typeof declarations>>;

/** The errors of all cells: all that does not depend on the clock. */
export async function errors({ results }: Declared) {
  const names = (await readdir(join(results, 'cells'))).sort();
  const read = async (name: string) => JSON.parse(await readFile(join(results, 'cells', name), 'utf8'));
  return Promise.all(
    names.map(async (name) => ({ name, ...(({ errors, curve }) => ({ errors, curve }))(await read(name)) })),
  );
}

/** The objects that a run with --json printed. */
export const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
