import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type CellEngine,
  type Reproduced,
  type ReproductionEvent,
  type Request,
  readDeclarations,
  reproduce,
  writeReport,
} from '../src/index.js';

const RECIPE = {
  name: 'tiny',
  description: 'a dataset for tests',
  seed: 7,
  equation: 'nlse',
  grid: { dimension: 1, points: 64 },
  potential: { preset: 'paper', wells: 2 },
  solver: { beta: 10, discretization: 'fourier', tolerance: 1e-9 },
  profiles: { paper: { samples: 1, shardRows: 1 } },
};

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

const SHIFT = {
  problem: 'tiny',
  title: 'other data',
  cell: FIGURE.cells[0],
  samples: 10,
  shifts: [
    { name: 'as trained', overrides: { seed: 8 } },
    { name: 'three wells', overrides: { 'potential.wells': 3 } },
  ],
};

/** A folder of declarations, and a folder of results in it. */
export interface Declared {
  readonly root: string;
  readonly results: string;
}

/** Declarations of a table, a figure and a study of other data, changed as asked. */
export async function declarations(
  changes: { data?: object; problem?: object; table?: object; files?: Record<string, object> } = {},
): Promise<Declared> {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-reproduction-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const files = {
    'data/dataset.json': { ...RECIPE, ...changes.data },
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
  return { root, results: join(root, 'results') };
}

/** The declarations of a Kohn-Sham problem, whose figure shows the cell of two channels. */
export const kohnSham = (tests: number) =>
  declarations({
    data: { equation: 'kohn-sham', potential: { preset: 'localized', wells: 2 }, solver: { tolerance: 1e-9 } },
    problem: {
      output: 'density',
      presets: ['localized'],
      scales: { quick: { train: { share: 0.1 }, validation: 10, test: tests, sampleEvaluations: 400 } },
    },
  });

/** A row of a table or a shift. */
interface Row {
  readonly name: string;
  readonly mean: number;
  readonly channels: number;
  readonly seeds: readonly object[];
}

/** What came of a request. */
export interface Outcome {
  readonly parts: readonly Reproduced[];
  readonly events: readonly ReproductionEvent[];
  /** Names of the cells that were computed. */
  readonly computed: readonly string[];
  /** Rows of a table or a shift. */
  rows(name: string): readonly Row[];
  /** `done` or `missing` and the name of every cell. */
  readonly cells: readonly string[];
}

/** Reproduces what is asked for, at the scale quick. */
export async function run(
  { root, results }: Declared,
  request: Partial<Request>,
  { engine = 'wasm', threads = 1 }: { engine?: CellEngine | 'auto'; threads?: number } = {},
): Promise<Outcome> {
  const declared = await readDeclarations(root);
  const events: ReproductionEvent[] = [];
  const onEvent = (event: ReproductionEvent) => events.push(event);
  const parts: Reproduced[] = [];
  const options = { engine, threads, onEvent };
  for await (const part of reproduce(declared, results, { scale: 'quick', ...request }, options)) parts.push(part);
  return {
    parts,
    events,
    computed: events.flatMap((event) => (event.type === 'cell-done' ? [event.name] : [])),
    rows: (name) => {
      const part = parts.find((part) => 'name' in part && part.name === name);
      return (part as Reproduced & { rows: readonly Row[] }).rows;
    },
    cells: parts.flatMap((part) =>
      part.type === 'cells' ? part.cells.map(({ cell, result }) => `${result ? 'done' : 'missing'} ${cell.name}`) : [],
    ),
  };
}

/** Names of all cells, and whether they are done. */
export async function listed(declared: Declared, request: Partial<Request> = {}, engine?: CellEngine | 'auto') {
  return [...(await run(declared, { all: true, list: true, ...request }, engine && { engine })).cells].sort();
}

/** Writes the page and reads it. */
export async function report({ root, results }: Declared) {
  await writeReport(await readDeclarations(root), results);
  const read = (name: string) => readFile(join(results, name), 'utf8');
  return {
    markdown: await read('README.md'),
    html: await read('index.html'),
    figure: await read('figures/figure-8-1.svg').catch(() => ''),
  };
}

/** The errors of all cells: all that does not depend on the clock. */
export async function errors({ results }: Declared) {
  const names = (await readdir(join(results, 'cells'))).sort();
  const read = async (name: string) => JSON.parse(await readFile(join(results, 'cells', name), 'utf8'));
  return Promise.all(
    names.map(async (name) => ({ name, ...(({ errors, curve }) => ({ errors, curve }))(await read(name)) })),
  );
}
