import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CHECKPOINT_FILE,
  openExperiment,
  type PipelineEvent,
  readSweep,
  type SweepPlan,
  sweep,
  sweepRuns,
  sweepTable,
  train,
} from '../src/index.js';
import { ENGINE, type Workspace, workspace } from './workspace.js';

describe('the runs of a sweep', () => {
  it('are all combinations of lists, the last entry changing first', () => {
    const entries = { 'training.batchSize': [10, 20], 'network.activation': ['tanh', 'relu'] };
    expect(sweepRuns({ entries })).toEqual([
      { 'training.batchSize': 10, 'network.activation': 'tanh' },
      { 'training.batchSize': 10, 'network.activation': 'relu' },
      { 'training.batchSize': 20, 'network.activation': 'tanh' },
      { 'training.batchSize': 20, 'network.activation': 'relu' },
    ]);
  });

  const ranges: SweepPlan['entries'] = {
    'training.schedule.learningRate': { from: 1e-4, to: 1e-1, scale: 'log' },
    'training.optimizer.beta1': { from: 0.5, to: 0.9 },
    'training.batchSize': { from: 1, to: 3, scale: 'integer' },
    'network.activation': ['tanh', 'relu'],
  };

  it('are drawn from ranges, each a function of seed and number', () => {
    const draws = (runs: number, seed: number) => sweepRuns({ entries: ranges, random: { runs, seed } });
    const many = draws(2000, 1);
    expect(draws(50, 1)).toEqual(many.slice(0, 50));
    expect(draws(50, 2)).not.toEqual(many.slice(0, 50));
    const column = (path: string) => many.map((run) => run[path] as number);
    // Of a number uniform in its logarithm, half lie below the geometric mean; of 2,000, within four deviations.
    const below = column('training.schedule.learningRate').filter((rate) => rate < Math.sqrt(1e-5)).length;
    expect(Math.abs(below - 1000)).toBeLessThan(4 * Math.sqrt(500));
    const beta = column('training.optimizer.beta1');
    expect(Math.min(...beta)).toBeGreaterThanOrEqual(0.5);
    expect(Math.max(...beta)).toBeLessThanOrEqual(0.9);
    expect(Math.abs(beta.filter((value) => value < 0.7).length - 1000)).toBeLessThan(4 * Math.sqrt(500));
    for (const size of [1, 2, 3]) {
      const count = column('training.batchSize').filter((value) => value === size).length;
      expect(Math.abs(count - 2000 / 3)).toBeLessThan(4 * Math.sqrt((2000 * 2) / 9));
    }
    for (const rate of column('training.schedule.learningRate')) expect(Number(rate.toPrecision(4))).toBe(rate);
  });

  it('are different from each other', () => {
    const runs = sweepRuns({ entries: { 'training.batchSize': [10, 20] }, random: { runs: 50, seed: 1 } });
    expect(runs).toHaveLength(2);
  });

  describe('in a file', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'dyadic-sweep-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each<[string, unknown, RegExp]>([
      ['a range in a grid', { entries: ranges }, /entries.training.schedule.learningRate .* a list, or random draws/],
      ['an entry that there is not', { entries: { 'training.size': [1] } }, /training' has one of epochs/],
      ['a value that the entry does not allow', { entries: { 'training.batchSize': [1, '2'] } }, /batchSize is '2'/],
      ['a range the wrong way round', { entries: { 'training.seed': { from: 2, to: 1 } } }, /expected from < to/],
      ['a logarithm of zero', { entries: { 'training.seed': { from: 0, to: 1, scale: 'log' } } }, /from > 0/],
      [
        'half a whole number',
        { entries: { 'training.seed': { from: 0.5, to: 1, scale: 'integer' } } },
        /whole numbers/,
      ],
      ['nothing to try', { entries: {} }, /at least one entry/],
      ['an empty list', { entries: { 'training.seed': [] } }, /entries/],
      ['a grid without end', { entries: { 'training.seed': many(400), 'training.batchSize': many(400) } }, /at most/],
    ])('%s is refused, by its name', async (_, plan, message) => {
      const path = join(folder, 'sweep.json');
      await writeFile(path, JSON.stringify(plan));
      await expect(readSweep(path)).rejects.toThrow(message);
      await expect(readSweep(path)).rejects.toThrow(path);
    });
  });
});

function many(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}

describe('a sweep', () => {
  let space: Workspace;
  beforeAll(async () => {
    space = await workspace();
  });
  afterAll(() => space.remove());
  const plan: SweepPlan = { entries: { 'training.batchSize': [5, 10, 20], 'training.schedule.learningRate': [1e-2] } };

  it('makes the runs that train makes with the same entries, part by part, best first, and those that are there once', async () => {
    const { app } = space;
    const alone = {
      set: { 'training.batchSize': 20, 'training.schedule.learningRate': 1e-2 },
      out: join(app, 'alone'),
    };
    await train(await openExperiment(app, alone), ENGINE);
    const parts = [];
    for (const part of [1, 2]) parts.push(await sweep(app, plan, { ...ENGINE, part: { part, parts: 2 } }));
    expect(parts.map(({ runs, done }) => [runs, done.length])).toEqual([
      [3, 2],
      [3, 1],
    ]);
    const [of20] = parts[0]!.done.filter(({ set }) => set['training.batchSize'] === 20);
    for (const file of [CHECKPOINT_FILE, 'metrics.jsonl']) {
      expect((await readFile(join(of20!.folder, file))).equals(await readFile(join(alone.out, file))), file).toBe(true);
    }
    const whole = await sweep(app, plan, ENGINE);
    expect(whole.done.map(({ epochsRun }) => epochsRun)).toEqual([0, 0, 0]);
    const errors = whole.done.map(({ validation }) => validation!);
    expect(errors).toEqual(errors.toSorted((a, b) => a - b));
    expect(new Set(whole.done.map(({ folder }) => folder))).toEqual(
      new Set(parts.flatMap(({ done }) => done.map(({ folder }) => folder))),
    );
  });

  it('goes on after a run that diverges, and says so', async () => {
    const events: PipelineEvent[] = [];
    const rates: SweepPlan = { entries: { 'training.schedule.learningRate': [1e30, 1e-3] } };
    const outcome = await sweep(space.app, rates, { ...ENGINE, onEvent: (event) => void events.push(event) });
    expect(outcome.done.map(({ status, validation }) => [status, validation === null])).toEqual([
      ['trained', false],
      ['diverged', true],
    ]);
    expect(events.filter(({ type }) => type === 'run')).toMatchObject([{ number: 1, runs: 2 }, { number: 2 }]);
    expect(events.filter(({ type }) => type === 'warning')).toHaveLength(1);
    const { rows, notes } = sweepTable(outcome);
    expect(rows.map(([rate]) => rate)).toEqual(['0.001', '1e+30']);
    expect(notes.join(' ')).toMatch(/best run: .*learningRate=0\.001\. .*diverged/);
  });

  it('finds what is wrong in its last run before the first one begins', async () => {
    const points: SweepPlan = { entries: { 'training.epochs': [1], 'network.points': [32, 30] } };
    const began: PipelineEvent[] = [];
    const run = sweep(space.app, points, { ...ENGINE, onEvent: (event) => void began.push(event) });
    await expect(run).rejects.toThrow(/network.points=30\+training.epochs=1: network.points is 30/);
    expect(began).toEqual([]);
  });
});
