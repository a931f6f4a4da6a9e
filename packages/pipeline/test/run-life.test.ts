import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { wasmEngine } from '@dyadic/engine-wasm';
import { DeviceError } from '@dyadic/engine-webgpu';
import { InterruptedError } from '@dyadic/errors';
import type { Engine, Session } from '@dyadic/mnn';
import { readCheckpoint } from '@dyadic/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKPOINT_FILE, type ExperimentOverrides, METRICS_FILE, openExperiment, train } from '../src/index.js';
import { ENGINE, type Workspace, workspace } from './workspace.js';

let space: Workspace;
beforeAll(async () => {
  space = await workspace();
});
afterAll(() => space.remove());

const open = (name: string, set: ExperimentOverrides) =>
  openExperiment(space.app, { set, out: join(space.app, 'runs', name) });
const bytesOf = (name: string) =>
  Promise.all([CHECKPOINT_FILE, METRICS_FILE].map((file) => readFile(join(space.app, 'runs', name, file))));
const checkpointOf = (name: string) => readCheckpoint(join(space.app, 'runs', name, CHECKPOINT_FILE));

describe('the bytes of a run (docs/runs.md)', () => {
  const long = { 'training.epochs': 8 };

  it('stopped at half and gone on with are those of the run that was not stopped', async () => {
    await train(await open('whole', long), ENGINE);
    const controller = new AbortController();
    const stopped = train(await open('stopped', long), {
      ...ENGINE,
      checkpointSeconds: 0,
      signal: controller.signal,
      // Two steps an epoch: in the fifth.
      onEvent: (event) => event.type === 'progress' && event.done >= 9 && controller.abort(),
    });
    await expect(stopped).rejects.toThrow(InterruptedError);
    expect((await checkpointOf('stopped')).state.epoch).toBe(4);
    expect((await train(await open('stopped', long), ENGINE)).epochsRun).toBe(4);
    expect(await bytesOf('stopped')).toEqual(await bytesOf('whole'));
  });

  it('of which the device was lost are kept up to the last checkpoint, and gone on with are those of the whole run', async () => {
    const wasm = await wasmEngine({ threads: 1 });
    const failing: Engine = {
      ...wasm,
      async open(network) {
        const session: Session = await wasm.open(network);
        let steps = 0;
        const lossAndGradient: Session['lossAndGradient'] = async (...batch) => {
          // Two steps an epoch: in the sixth.
          if (++steps > 10) throw new DeviceError('nvidia H100', 'the device is lost');
          return session.lossAndGradient(...batch);
        };
        return {
          lossAndGradient,
          load: (samples) => session.load(samples),
          unload: (samples) => session.unload(samples),
          predict: (...inputs) => session.predict(...inputs),
          close: () => session.close(),
        };
      },
    };
    const lost = train(await open('lost', long), { engine: failing, checkpointSeconds: 0 });
    await expect(lost).rejects.toThrow('nvidia H100: the device is lost');
    expect((await checkpointOf('lost')).state.epoch).toBe(5);
    expect((await train(await open('lost', long), ENGINE)).epochsRun).toBe(3);
    expect(await bytesOf('lost')).toEqual(await bytesOf('whole'));
  });

  it('done and given more epochs are those of its first plan up to there, and of the new one from there on', async () => {
    for (const name of ['longer', 'again']) {
      await train(await open(name, { 'training.epochs': 4 }), ENGINE);
      expect((await train(await open(name, long), ENGINE)).epochsRun).toBe(4);
    }
    expect(await bytesOf('again')).toEqual(await bytesOf('longer'));
    // The cosine of the first plan was at its end after 4 epochs: another run than that of 8, and it says so.
    const [longer, whole] = [await checkpointOf('longer'), await checkpointOf('whole')];
    expect(longer.state.parameters).not.toEqual(whole.state.parameters);
    expect(longer.earlier).toMatchObject([{ epoch: 4, plan: { epochs: 4 } }]);
    expect(whole.earlier).toBeUndefined();
    const rates = (of: typeof whole) => of.state.history.slice(4).map(({ learningRate }) => learningRate);
    expect(rates(longer)).toEqual(rates(whole));
  });

  it('and where the schedule does not depend on the number of epochs, the parameters of the run that had them at once', async () => {
    const constant = { 'training.schedule.shape': 'constant' };
    await train(await open('constant', { ...constant, ...long }), ENGINE);
    await train(await open('constant-longer', { ...constant, 'training.epochs': 4 }), ENGINE);
    await train(await open('constant-longer', { ...constant, ...long }), ENGINE);
    const [one, two] = [await checkpointOf('constant'), await checkpointOf('constant-longer')];
    expect(two.state.parameters).toEqual(one.state.parameters);
    expect(two.state.history).toEqual(one.state.history);
  });
});
