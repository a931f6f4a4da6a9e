import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate, resolveRecipe } from '@dyadic/pipeline'; // built: its workers are JavaScript

const RECIPE = {
  name: 'tiny',
  description: 'a dataset for tests',
  seed: 7,
  equation: 'nlse',
  grid: { dimension: 1, points: 32 },
  potential: { preset: 'paper', wells: 2 },
  solver: { beta: 10, discretization: 'fourier', tolerance: 1e-8 },
  profiles: { quick: { samples: 40, shardRows: 10 } },
};

export const EXPERIMENT = {
  name: 'tiny',
  description: 'an experiment for tests',
  dataset: '../data',
  input: 'potential',
  output: 'solution',
  normalization: { input: 'standard', output: 'standard' },
  network: { points: 32, levels: 2, channels: 2, kernelLayers: 1 },
  profiles: {
    quick: {
      splits: { train: 20, validation: 10, test: 10 },
      training: {
        epochs: 4,
        batchSize: 10,
        seed: 1,
        optimizer: { name: 'nadam' },
        schedule: { learningRate: 1e-2 },
      },
    },
  },
};

/** The engine of tests: one thread, whatever the machine. */
export const ENGINE = { engine: 'wasm', threads: 1 } as const;

export interface Workspace {
  /** Folder of `data` and `app`. */
  readonly root: string;
  /** Folder of `experiment.json`. */
  readonly app: string;
  remove(): Promise<void>;
}

/** An experiment with its data, in a temporary folder. */
export async function workspace(): Promise<Workspace> {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-pipeline-'));
  const [data, app] = [join(root, 'data'), join(root, 'app')];
  for (const folder of [data, app]) await mkdir(folder);
  await writeFile(join(data, 'dataset.json'), JSON.stringify(RECIPE));
  await writeFile(join(app, 'experiment.json'), JSON.stringify(EXPERIMENT));
  await generate(await resolveRecipe(data, 'quick'), { workers: 1 });
  return { root, app, remove: () => rm(root, { recursive: true, force: true }) };
}
