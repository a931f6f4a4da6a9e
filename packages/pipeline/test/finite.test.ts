import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset, openDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { mnn } from '@dyadic/mnn';
import { expect, it, onTestFinished } from 'vitest';
import { type Experiment, openSplits } from '../src/index.js';

const [POINTS, SAMPLES] = [8, 10];

it('numbers that are not finite as float32 are refused where samples are read, by column, sample and entry', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-finite-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const field = (name: string) => ({ name, type: 'float64' as const, shape: [POINTS], description: '' });
  const recipe = {
    name: 'spoilt',
    seed: 1,
    samples: SAMPLES,
    shardRows: SAMPLES,
    generator: { name: 'test', version: '1' },
    problem: {},
    fields: [field('u'), field('v')],
  };
  const [u, v] = [new Float64Array(SAMPLES * POINTS).fill(1), new Float64Array(SAMPLES * POINTS).fill(2)];
  // Finite in the dataset, beyond float32: in a training sample, and in the last test sample.
  u[2 * POINTS + 3] = 1e39;
  v[9 * POINTS] = -1e300;
  const writer = await createDataset(folder, recipe, { about: '' });
  await writer.write(0, { u, v });
  await writer.close();
  const network = mnn({ points: POINTS, levels: 2, channels: 1, kernelLayers: 1 });
  const splits = openSplits(
    { network, input: 'u', output: 'v', splits: { train: 4, validation: 2, test: 2 } } as Experiment,
    await openDataset(folder),
  );
  await expect(splits.train.read(0, 2)).resolves.toMatchObject({ count: 2 });
  await expect(splits.train.read(1, 3)).rejects.toThrow(DataError);
  await expect(splits.train.read(1, 3)).rejects.toThrow(/'u' has Infinity at sample 2, entry 3 \(counted from 0\)/);
  await expect(splits.test.read(1, 1)).rejects.toThrow(/'v' has -Infinity at sample 9, entry 0/);
});
