import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { expect, it, onTestFinished } from 'vitest';
import { mutated } from '../../training/test/mutations.js';
import { readExperiment, resolveRecipe } from '../src/index.js';

const CASES = Number(process.env.DYADIC_FUZZ ?? 1000);
const SEED = Number(process.env.DYADIC_FUZZ_SEED ?? 0);
const MB = 2 ** 20;

const wells = {
  name: 'x',
  description: 'x',
  seed: 1,
  precision: 'float32',
  profiles: { quick: { samples: 64, shardRows: 8 } },
};
const recipes: Json[] = [
  {
    ...wells,
    equation: 'nlse',
    grid: { dimension: 2, points: 16 },
    potential: { preset: 'paper', wells: 2, strength: [1, 2], variance: [0.01, 0.02] },
    solver: { beta: 10, discretization: 'fourier', method: 'auto', tolerance: 1e-9, maxIterations: 50 },
  },
  {
    ...wells,
    equation: 'kohn-sham',
    grid: { dimension: 1, points: 64 },
    potential: { preset: 'localized', wells: 2, depth: 50 },
    solver: { electrons: 2, tolerance: 1e-9, maxIterations: 50 },
  },
];
const experiment: Json = {
  name: 'x',
  description: 'x',
  dataset: '../data',
  input: 'potential',
  output: 'solution',
  normalization: { input: 'standard', output: 'rms-scale' },
  network: { points: 64, levels: 3, channels: 2, kernelLayers: 2, restriction: { layers: 2 }, padding: 'zero' },
  profiles: {
    quick: {
      splits: { train: 40, validation: 12, test: 12 },
      training: {
        epochs: 12,
        batchSize: 10,
        seed: 1,
        optimizer: { name: 'soap', largestSide: 8 },
        schedule: { learningRate: 1e-2, warmup: 0.1 },
        initial: { gain: 0.3 },
        patience: 3,
        averageDecay: 0.9,
      },
    },
  },
};

/** Reads mutated documents; each is accepted, or refused in words, at once, and what is refused in little memory. */
async function fuzz(
  file: string,
  documents: readonly Json[],
  read: (folder: string) => Promise<unknown>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-fuzz-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  let accepted = 0;
  for (let index = 0; index < CASES; index++) {
    const stream = randomStream(SEED, `test/fuzz/${file}`, index);
    const document = mutated(documents[index % documents.length]!, stream);
    const what = `case ${index}: ${JSON.stringify(document)}`;
    await writeFile(join(folder, file), JSON.stringify(document));
    const before = process.memoryUsage.rss();
    const error = await read(folder).then(
      () => null,
      (cause: unknown) => cause,
    );
    if (error === null) accepted++;
    else {
      const isRefusal = error instanceof DataError || error instanceof ArgumentError;
      expect(isRefusal, `${what}\n${(error as Error).stack}`).toBe(true);
      expect((error as Error).message.length).toBeLessThan(1000);
      expect(process.memoryUsage.rss() - before, what).toBeLessThan(64 * MB);
    }
  }
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThan(CASES);
}

it(`${CASES} changed recipes`, { timeout: 600_000 }, async () => {
  await fuzz('dataset.json', recipes, (folder) => resolveRecipe(folder, 'quick'));
});

it(`${CASES} changed experiments`, { timeout: 600_000 }, async () => {
  await fuzz('experiment.json', [experiment], (folder) => readExperiment(folder, 'quick'));
});
