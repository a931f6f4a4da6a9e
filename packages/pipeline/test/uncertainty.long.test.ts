import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { evaluateUncertainty, openExperiment, openModel, predict, readExperiment, train } from '@dyadic/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE, type Workspace, workspace } from './workspace.js';

let space: Workspace;
const opened = async (seed: number, set = {}) =>
  openExperiment(await readExperiment(space.app, 'quick', { set: { 'training.seed': seed, ...set } }));
const runs: string[] = [];

beforeAll(async () => {
  space = await workspace();
  for (const seed of [1, 2, 3]) {
    const open = await opened(seed);
    runs.push(open.experiment.runFolder);
    await train(open, ENGINE);
  }
});
afterAll(() => space?.remove());

const norm = (x: ArrayLike<number>) => Math.hypot(...Array.from(x));

/** Mean and relative spread of the members for a sample, from what each predicts alone. */
async function expected(potential: Float32Array) {
  const outputs: Float32Array[] = [];
  for (const run of runs) {
    const model = await openModel(run, ENGINE);
    outputs.push(await model.predict(potential));
    model.close();
  }
  const mean = Float64Array.from(potential, (_, i) => outputs.reduce((sum, output) => sum + output[i]!, 0) / 3);
  const distances = outputs.map((output) => norm(mean.map((value, i) => output[i]! - value)));
  return { mean, spread: norm(distances) / Math.SQRT2 / norm(mean) };
}

describe('an ensemble of runs', () => {
  it('predicts its mean, and writes the spread of each sample as a column', async () => {
    const out = join(space.root, 'predicted');
    const data = join(space.root, 'data', 'data', 'quick');
    await predict(runs[0]!, data, out, { ...ENGINE, uncertainty: runs.slice(1) });
    const columns = await (await openDataset(out)).read(['potential', 'solution', 'solution-spread'], 7, 1);
    const { mean, spread } = await expected(columns.potential as Float32Array);
    const found = columns.solution as Float32Array;
    expect(norm(mean.map((value, i) => value - found[i]!))).toBeLessThan(1e-6 * norm(mean));
    expect(spread).toBeGreaterThan(1e-4);
    expect(Math.abs((columns['solution-spread'] as Float32Array)[0]! / spread - 1)).toBeLessThan(1e-5);
  });

  it('is measured on the splits, against the errors of its mean', async () => {
    const open = await opened(1);
    const { uncertainty, page } = await evaluateUncertainty(open, runs.slice(1), ENGINE);
    const pairs: { error: number; spread: number }[] = [];
    for (let s = 0; s < open.splits.test.count; s++) {
      const { inputs, targets } = await open.splits.test.read(s, 1);
      const { mean, spread } = await expected(inputs);
      pairs.push({ error: norm(mean.map((value, i) => value - targets[i]!)) / norm(targets), spread });
    }
    const average = pairs.reduce((sum, { error }) => sum + error, 0) / pairs.length;
    expect(Math.abs(uncertainty.error / average - 1)).toBeLessThan(1e-5);
    expect(uncertainty.members).toHaveLength(3);
    const covered = pairs.filter(({ error, spread }) => error <= uncertainty.factor * spread).length / pairs.length;
    expect(uncertainty.covered).toBeCloseTo(covered, 12);
    expect(uncertainty.groups.map(({ samples }) => samples)).toEqual(Array(10).fill(1));
    expect(await readFile(page, 'utf8')).toContain('Calibration');
  });

  it('takes runs of the same map alone', async () => {
    const other = await opened(1, { 'network.points': 32, input: 'solution', output: 'potential' });
    await train(other, ENGINE);
    const { runFolder } = other.experiment;
    await expect(evaluateUncertainty(await opened(1), [runFolder], ENGINE)).rejects.toThrow(
      /is of solution ↦ potential on 32 points; expected potential ↦ solution on 32 points/,
    );
  });
});
