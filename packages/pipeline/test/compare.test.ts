import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  compareRuns,
  comparisonFigure,
  comparisonPage,
  comparisonTable,
  evaluate,
  openExperiment,
  train,
} from '../src/index.js';
import { ENGINE, type Workspace, workspace } from './workspace.js';

let space: Workspace;
let folders: { plain: string; wide: string; slow: string };
beforeAll(async () => {
  space = await workspace();
  const runs = { plain: {}, wide: { 'network.channels': 4 }, slow: { 'training.schedule.learningRate': 1e-9 } };
  const made = Object.entries(runs).map(async ([name, set]) => {
    const open = await openExperiment(space.app, { set, out: join(space.app, 'runs', name) });
    await train(open, ENGINE);
    if (name === 'wide') await evaluate(open, ENGINE);
    return [name, open.experiment.runFolder];
  });
  folders = Object.fromEntries(await Promise.all(made));
});
afterAll(() => space.remove());

describe('runs that are compared', () => {
  it('come best first, with what they have otherwise and what was measured', async () => {
    const { runs, entries, incomparable } = await compareRuns(Object.values(folders));
    expect(runs.at(-1)!.run).toBe(folders.slow);
    expect(runs[0]!.validation).toBeLessThanOrEqual(runs[1]!.validation!);
    expect(entries).toEqual(['network.channels', 'training.schedule.learningRate']);
    expect(incomparable).toEqual([]);
    const wide = runs.find(({ run }) => run === folders.wide)!;
    expect(wide.differing).toEqual({ 'network.channels': 4, 'training.schedule.learningRate': 1e-2 });
    expect(runs.map(({ test }) => test !== null)).toEqual(runs.map((run) => run === wide));
    expect(runs.every(({ epochs, finished, history }) => epochs === 4 && finished && history.length === 4)).toBe(true);
  });

  it('that trained on after their evaluation have no test error', async () => {
    const out = folders.wide;
    const set = { 'network.channels': 4, 'training.epochs': 6 };
    await train(await openExperiment(space.app, { set, out }), ENGINE);
    const { runs } = await compareRuns([out]);
    expect(runs).toMatchObject([{ epochs: 6, test: null, differing: {} }]);
  });

  it('are told by the names of their folders, and their curves are in one figure', async () => {
    const comparison = await compareRuns([folders.plain, folders.slow]);
    const { rows, notes } = comparisonTable(comparison);
    expect(rows.map(([run]) => run)).toEqual(['plain', 'slow']);
    expect(notes[0]).toBe(`Runs of ${join(space.app, 'runs')}.`);
    const figure = await comparisonFigure(comparison);
    for (const name of ['plain', 'slow']) expect(figure).toContain(name);
    expect(await comparisonPage(comparison)).toContain(figure!.slice(0, 60));
  });

  it('of different samples are not ranked without a word', async () => {
    const set = { 'splits.validation': 5 };
    const other = await openExperiment(space.app, { set });
    await train(other, ENGINE);
    const comparison = await compareRuns([folders.plain, other.experiment.runFolder]);
    expect(comparison.incomparable).toEqual(['splits.validation']);
    expect(comparisonTable(comparison).notes.join(' ')).toMatch(/different samples \(splits.validation\)/);
  });

  it('without a checkpoint are told of; what is no run, or named twice, is refused', async () => {
    const empty = join(space.app, 'runs', 'empty');
    await mkdir(empty);
    const comparison = await compareRuns([folders.plain, empty]);
    expect([comparison.runs.length, comparison.empty]).toEqual([1, [empty]]);
    expect(comparisonTable(comparison).notes.join(' ')).toMatch(/Without a checkpoint yet: empty/);
    expect(await comparisonFigure({ ...comparison, runs: [] })).toBeNull();
    await expect(compareRuns([])).rejects.toThrow(/at least one/);
    await expect(compareRuns([folders.plain, `${folders.plain}/`])).rejects.toThrow(/every run once/);
    await expect(compareRuns([join(space.app, 'nothing')])).rejects.toThrow(/nothing/);
    const broken = join(empty, 'checkpoint.safetensors');
    await writeFile(broken, 'x');
    await expect(compareRuns([empty])).rejects.toThrow(broken);
  });
});
