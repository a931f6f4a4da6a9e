import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '@dyadic/dataset';
import { openCheckpoint } from '@dyadic/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, exportOnnx, findCheckpoint, openEngine, openExperiment, train } from '../src/index.js';
import { ENGINE, EXPERIMENT, type Workspace, workspace } from './workspace.js';

let place: Workspace;
beforeAll(async () => {
  place = await workspace();
});
afterAll(() => place.remove());

async function open(align: object, training: object = {}) {
  const { quick } = EXPERIMENT.profiles;
  const experiment = {
    ...EXPERIMENT,
    normalization: { ...EXPERIMENT.normalization, align },
    profiles: { quick: { ...quick, training: { ...quick.training, ...training } } },
  };
  await writeFile(join(place.app, 'experiment.json'), JSON.stringify(experiment));
  return openExperiment(place.app);
}

describe('an experiment with aligned samples', () => {
  it('has the errors of a model that predicts in the positions of the data', async () => {
    const opened = await open({ by: 'phase', periods: 2 });
    await train(opened, ENGINE);
    const { evaluation } = await evaluate(opened, ENGINE);
    const { runFolder } = opened.experiment;
    const checkpoint = (await findCheckpoint(runFolder))!;
    expect(checkpoint.normalizers.align).toEqual({ by: 'phase', periods: 2 });
    const model = await openCheckpoint(checkpoint, await openEngine(ENGINE, () => {}));
    const data = await openDataset(opened.experiment.dataFolder);
    const { potential, solution } = await data.read(['potential', 'solution'], 30, 10);
    const predicted = await model.predict(potential as Float64Array);
    const errors = Array.from({ length: 10 }, (_, s) => {
      let [difference, norm] = [0, 0];
      for (let i = 32 * s; i < 32 * (s + 1); i++) {
        difference += (predicted[i]! - Number(solution![i])) ** 2;
        norm += Number(solution![i]) ** 2;
      }
      return Math.sqrt(difference / norm);
    });
    expect(evaluation.splits.test.mean).toBeCloseTo(errors.reduce((a, b) => a + b) / 10, 6);
    model.close();
    await expect(exportOnnx(runFolder)).rejects.toThrow('aligns its samples');
  });

  it.each([
    [{ by: 'phase', periods: 2 }, { augment: 'torus' }, "training.augment is 'torus'"],
    [{ by: 'phase', periods: 17 }, {}, 'normalization.align.periods is 17; expected'],
    [{ by: 'minimum', periods: 2 }, {}, 'normalization.align.periods is 2; expected nothing'],
    [{ by: 'maximum' }, {}, 'normalization.align.by'],
  ])('by %j, trained with %j, is refused', async (align, training, message) => {
    await expect(open(align, training)).rejects.toThrow(message);
  });
});
