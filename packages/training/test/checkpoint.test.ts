import { readFile, truncate, writeFile } from 'node:fs/promises';
import { mnn } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import {
  type CheckpointInfo,
  readCheckpoint,
  requireSameRun,
  type TrainingState,
  train,
  writeCheckpoint,
} from '../src/index.js';
import { decodeTensors, encodeTensors } from '../src/safetensors.js';
import { elementwiseSession, network, plan, samples, temporaryFile } from './fixtures.js';

const info: CheckpointInfo = {
  network,
  plan,
  normalizers: { input: { shift: 0, scale: 1 }, output: { shift: 0.1, scale: 3 } },
  origin: { dataset: 'test', splits: { train: 50 } },
  engine: 'elementwise',
};

const run = (from?: TrainingState, onEpoch?: (state: TrainingState) => Promise<void>) =>
  train({
    network,
    session: elementwiseSession(),
    train: samples(50, 1),
    validation: samples(20, 2),
    plan,
    ...(from && { from }),
    ...(onEpoch && { onEpoch }),
  });

async function saved(): Promise<string> {
  const path = await temporaryFile('checkpoint.safetensors');
  await writeCheckpoint(path, { ...info, state: await run() });
  return path;
}

describe('checkpoints', () => {
  it('resume(k) + train(n − k) = train(n), bit for bit, for every k', async () => {
    const path = await temporaryFile('whole');
    const whole = await run(undefined, (state) => writeCheckpoint(`${path}-${state.epoch}`, { ...info, state }));
    const expected = await readFile(`${path}-${whole.epoch}`);
    for (let k = 1; k < plan.epochs; k++) {
      const { state } = await readCheckpoint(`${path}-${k}`);
      expect(state.epoch).toBe(k);
      const resumed = await run(state);
      await writeCheckpoint(`${path}-resumed`, { ...info, state: resumed });
      expect((await readFile(`${path}-resumed`)).equals(expected)).toBe(true);
    }
  });

  it('gives back what was saved', async () => {
    const path = await saved();
    const { state, ...rest } = await readCheckpoint(path);
    expect(rest).toEqual(info);
    expect(state.history).toHaveLength(plan.epochs);
    expect(state.history[0]).toMatchObject({ epoch: 1, loss: expect.any(Number), validation: expect.any(Number) });
  });

  it('reads files from before networks had an output stage: theirs is linear, and the run goes on', async () => {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const document = JSON.parse(metadata.dyadic!);
    expect(document.network.output).toBe('linear');
    delete document.network.output;
    await writeFile(path, encodeTensors({ tensors, metadata: { dyadic: JSON.stringify(document) } }));
    const found = await readCheckpoint(path);
    expect(found.network).toEqual(network);
    expect(() => requireSameRun(path, found, info)).not.toThrow();
    const density = { ...info, network: mnn({ ...network.spec, output: 'density' }) };
    expect(() => requireSameRun(path, found, density)).toThrow(/network\.output was "linear", is now "density"/);
  });

  it('is a safetensors file: header length, JSON, aligned little-endian floats', async () => {
    const bytes = await readFile(await saved());
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
    const { dtype, shape, data_offsets } = header.parameters;
    expect({ dtype, shape }).toEqual({ dtype: 'F32', shape: [network.parameterCount] });
    const { state } = await readCheckpoint(await saved());
    expect(bytes.readFloatLE(8 + length + data_offsets[0] + 4)).toBe(state.parameters[1]);
    expect(length % 8).toBe(0);
  });

  it.each<[string, (path: string) => Promise<void>, RegExp]>([
    ['truncated', (path) => truncate(path, 700), /is not a whole safetensors file|truncated or damaged/],
    ['empty', (path) => truncate(path, 0), /is not a whole safetensors file/],
    ['garbage', (path) => writeFile(path, Buffer.alloc(900, 65)), /is not a whole safetensors file/],
    [
      'a flipped bit in the parameters',
      async (path) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 3]! ^= 16;
        await writeFile(path, bytes);
      },
      /is damaged: tensor 'parameters' has changed/,
    ],
  ])('refuses a file that is %s', async (_, damage, message) => {
    const path = await saved();
    await damage(path);
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });

  it('refuses a file that is missing', async () => {
    await expect(readCheckpoint('/nowhere/checkpoint')).rejects.toThrow('/nowhere/checkpoint: does not exist');
  });

  it('refuses to go on as another run, naming the difference', () => {
    const other = mnn({ ...network.spec, channels: 3 });
    expect(() => requireSameRun('c', info, info)).not.toThrow();
    expect(() => requireSameRun('c', info, { ...info, network: other })).toThrow(/network\.channels was 1, is now 3/);
    expect(() => requireSameRun('c', info, { ...info, plan: { ...plan, seed: 9 } })).toThrow(
      /plan\.seed was 5, is now 9/,
    );
    expect(() => requireSameRun('c', info, { ...info, origin: { dataset: 'x' } })).toThrow(
      /origin\.dataset was "test"/,
    );
  });
});
