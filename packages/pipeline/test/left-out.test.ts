/** A sample whose output is zero everywhere has no relative error: it weighs nothing, counts nowhere, and is told of. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset } from '@dyadic/dataset';
import { loadModelSync } from '@dyadic/training';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorTable, evaluate, evaluateData, openExperiment, train } from '../src/index.js';
import { ENGINE, EXPERIMENT } from './workspace.js';

const [POINTS, SAMPLES] = [32, 20];

/** 12 training, 4 validation and 4 test samples u ↦ cos u; of those in `zeros` the output is zero. */
async function experiment(zeros: readonly number[]) {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-left-out-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const field = (name: string) => ({ name, type: 'float32' as const, shape: [POINTS], description: '' });
  const u = Float32Array.from({ length: SAMPLES * POINTS }, (_, i) => Math.sin(i * i));
  const v = u.map((x, i) => (zeros.includes(Math.floor(i / POINTS)) ? 0 : Math.cos(x)));
  const data = join(root, 'data/data/quick');
  const [generator, fields] = [{ name: 'test', version: '1' }, [field('u'), field('v')]];
  const recipe = { name: 'zero', seed: 1, samples: SAMPLES, shardRows: SAMPLES, generator, problem: {}, fields };
  await mkdir(join(root, 'data/data'), { recursive: true });
  const writer = await createDataset(data, recipe, { about: '' });
  await writer.write(0, { u, v });
  await writer.close();
  const { quick } = EXPERIMENT.profiles;
  const profile = { splits: { train: 12, validation: 4, test: 4 }, training: { ...quick.training, batchSize: 4 } };
  const app = join(root, 'app');
  await mkdir(app);
  const told = { ...EXPERIMENT, input: 'u', output: 'v', profiles: { quick: profile } };
  await writeFile(join(app, 'experiment.json'), JSON.stringify(told));
  const warnings: string[] = [];
  const options = {
    ...ENGINE,
    onEvent: (event: { type: string; message?: string }) => {
      if (event.type === 'warning') warnings.push(event.message!);
    },
  };
  return { open: await openExperiment(app), data, u, v, options, warnings };
}

describe('outputs that are zero everywhere', () => {
  it('are left out of training, evaluation and of other data, each of which says so once', async () => {
    const { open, data, u, v, options, warnings } = await experiment([5, 17]);
    const { state } = await train(open, options);
    expect(warnings.splice(0)).toEqual([
      expect.stringMatching(/^1 of 12 samples of the train split has .* zero everywhere \(sample 5, counted from 0\)/),
    ]);
    const { evaluation, page } = await evaluate(open, options);
    expect(warnings.splice(0)).toEqual([
      expect.stringMatching(/^1 of 12 samples of the train split .*sample 5/),
      expect.stringMatching(/^1 of 4 samples of the test split .*sample 1,/),
    ]);
    // The errors of the others, computed here from the outputs of the model.
    const { runFolder } = open.experiment;
    const { splits } = evaluation;
    const model = loadModelSync(await readFile(join(runFolder, 'checkpoint.safetensors')));
    const errors = (first: number, count: number) =>
      Array.from({ length: count }, (_, s) => {
        const range = [(first + s) * POINTS, (first + s + 1) * POINTS] as const;
        const [predicted, target] = [model.predict(u.subarray(...range)), v.subarray(...range)];
        const norm = Math.hypot(...target);
        return norm === 0 ? [] : [Math.hypot(...target.map((t, i) => t - predicted[i]!)) / norm];
      }).flat();
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(splits.train).toMatchObject({ samples: 11, leftOut: 1 });
    expect(splits.train.mean).toBeCloseTo(mean(errors(0, 12)), 5);
    expect(splits.test).toMatchObject({ samples: 3, leftOut: 1 });
    expect(splits.test.mean).toBeCloseTo(mean(errors(16, 4)), 5);
    expect(splits.test.worst).toBeCloseTo(Math.max(...errors(16, 4)), 5);
    expect(splits.validation).not.toHaveProperty('leftOut');
    expect(state.bestError).toBeCloseTo(splits.validation.mean, 6);
    const stored = JSON.parse(await readFile(join(runFolder, 'evaluation.json'), 'utf8'));
    expect(stored.splits.test.leftOut).toBe(1);
    expect((await evaluate(open, options)).fresh).toBe(false);
    expect(errorTable(evaluation).columns.at(-1)!.title).toBe('left out');
    expect(errorTable(evaluation).rows.map((row) => row.at(-1))).toEqual([1, 0, 1]);
    expect(await readFile(page, 'utf8')).not.toContain('NaN');
    const measured = await evaluateData(runFolder, data, options);
    expect(measured).toMatchObject({ samples: 18, leftOut: 2 });
    expect(measured.mean).toBeCloseTo(mean(errors(0, 20)), 5);
    expect(warnings).toEqual([expect.stringMatching(/^2 of 20 samples of .*quick have .*the first is sample 5,/)]);
    model.close();
  });

  it.each([
    ['train', 0, 12],
    ['validation', 12, 4],
  ])('are refused where nothing else is in the %s split', async (split, first, count) => {
    const { open, options } = await experiment(Array.from({ length: count }, (_, s) => first + s));
    await expect(train(open, options)).rejects.toThrow(
      new RegExp(`'u' ↦ 'v': every output of the ${split} split is zero everywhere`),
    );
  });

  it('are refused where nothing else is in the test split', async () => {
    const { open, options } = await experiment([16, 17, 18, 19]);
    await train(open, options);
    await expect(evaluate(open, options)).rejects.toThrow(/every output of the test split is zero everywhere/);
  });
});
