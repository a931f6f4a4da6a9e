import { readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Json } from '@dyadic/dataset';
import { sha256OfFile } from '@dyadic/dataset';
import {
  CHECKPOINT_FILE,
  type ExperimentOverrides,
  evaluateData,
  generate,
  openExperiment,
  parseExperimentOverride,
  resolveRecipe,
  train,
} from '@dyadic/pipeline';
import { readCheckpoint } from '@dyadic/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINE, type Workspace, workspace } from './workspace.js';

let space: Workspace;
/** The run that others start from, and other data: a stronger nonlinearity. */
let [first, data] = ['', ''];
beforeAll(async () => {
  space = await workspace();
  first = join(space.app, 'runs/quick');
  await train(await openExperiment(space.app), ENGINE);
  const recipe = await resolveRecipe(join(space.app, '../data'), 'quick', { 'solver.beta': 60 });
  data = recipe.folder;
  await generate(recipe, { workers: 1 });
});
afterAll(() => space.remove());

const SMALL = { 'training.epochs': 2, 'training.schedule.learningRate': 1e-3 };
const tuned = (name: string, set: ExperimentOverrides = {}) =>
  openExperiment(space.app, {
    data,
    out: join(space.app, 'runs', name),
    set: { start: { checkpoint: 'runs/quick' }, ...SMALL, ...set },
  });
const checkpointOf = (name: string) => readCheckpoint(join(space.app, 'runs', name, CHECKPOINT_FILE));

describe('start: { checkpoint }', () => {
  it('goes on from the best parameters of another run, in its units, on other data, and remembers its file', async () => {
    const source = await checkpointOf('quick');
    const before = await evaluateData(first, data, ENGINE);
    // A step of nothing keeps the parameters: what is validated is what the first run had chosen.
    await train(await tuned('still', { 'training.epochs': 1, 'training.schedule.learningRate': 1e-30 }), ENGINE);
    const still = await checkpointOf('still');
    expect(still.state.best).toEqual(source.state.best);
    expect(still.normalizers).toEqual(source.normalizers);
    expect(still.origin).toMatchObject({ start: { checkpoint: await sha256OfFile(join(first, CHECKPOINT_FILE)) } });
    expect((still.origin as Record<string, Json>).dataset).not.toBe((source.origin as Record<string, Json>).dataset);
    // It learns the other data.
    const { state } = await train(await tuned('tuned'), ENGINE);
    expect(state.bestError).toBeLessThan(before.mean);
  });

  it('gives the same bytes again, from wherever the experiment names the file', async () => {
    await train(await tuned('again', { start: { checkpoint: join(first, CHECKPOINT_FILE) } }), ENGINE);
    const bytes = (name: string) => readFile(join(space.app, 'runs', name, CHECKPOINT_FILE));
    expect(await bytes('again')).toEqual(await bytes('tuned'));
    expect(parseExperimentOverride('--set', `start.checkpoint=${relative(space.app, first)}`)).toEqual({
      'start.checkpoint': 'runs/quick',
    });
  });

  it('refuses a file that is not there, another network, and a run that started from another file', async () => {
    await expect(tuned('none', { start: { checkpoint: 'runs/none' } })).rejects.toThrow(
      'runs/none: does not exist; expected the checkpoint that training starts from',
    );
    const other = tuned('other', { 'network.channels': 3 });
    await expect(other.then((open) => train(open, ENGINE))).rejects.toThrow(
      /is no start for this experiment: network\.channels was 2, is now 3/,
    );
    await train(await tuned('random', { start: 'random' }), ENGINE);
    await expect(train(await tuned('random'), ENGINE)).rejects.toThrow('belongs to another training run: origin.start');
    const broken = join(space.app, 'broken.safetensors');
    await writeFile(broken, 'no checkpoint');
    const refused = tuned('broken', { start: { checkpoint: broken } });
    await expect(refused.then((open) => train(open, ENGINE))).rejects.toThrow(broken);
  });
});
