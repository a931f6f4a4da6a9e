import { readFile, truncate, writeFile } from 'node:fs/promises';
import { sha256 } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
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

  /** A checkpoint whose metadata was changed by someone who can compute checksums. */
  async function resealed(change: (document: Record<string, unknown>) => void): Promise<string> {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const { checksum: _, ...document } = JSON.parse(metadata.dyadic!);
    change(document);
    const sealed = { ...document, checksum: sha256(document) };
    await writeFile(path, encodeTensors({ tensors, metadata: { dyadic: JSON.stringify(sealed) } }));
    return path;
  }

  it('a network without an entry for its output stage is linear', async () => {
    const path = await resealed((document) => delete (document.network as Record<string, unknown>).output);
    const found = await readCheckpoint(path);
    expect(found.network).toEqual(network);
    const density = { ...info, network: mnn({ ...network.spec, output: 'density' }) };
    expect(() => requireSameRun(path, found, density)).toThrow(/network\.output was "linear", is now "density"/);
  });

  it('refuses edited metadata', async () => {
    const path = await saved();
    const { tensors, metadata } = decodeTensors(path, await readFile(path));
    const dyadic = metadata.dyadic!.replace('"shift":0.1', '"shift":5');
    expect(dyadic).not.toBe(metadata.dyadic);
    await writeFile(path, encodeTensors({ tensors, metadata: { dyadic } }));
    await expect(readCheckpoint(path)).rejects.toThrow(/was edited or damaged: the checksum of its metadata/);
  });

  it.each<[string, (document: Record<string, unknown>) => void, RegExp]>([
    ['no plan', (d) => (d.plan = {}), /training\.epochs is undefined/],
    ['no optimizer settings', (d) => (d.plan = { ...plan, optimizer: null }), /training\.optimizer is null/],
    ['no optimizer state', (d) => (d.optimizer = {}), /says nothing of the optimizer's steps/],
    ['another network', (d) => (d.network = { ...network.spec, channels: 2 }), /tensor 'parameters' is a Float32Array/],
    ['an absurd network', (d) => (d.network = { ...network.spec, channels: 1e6 }), /network\.channels is 1000000/],
    ['no network', (d) => (d.network = {}), /network\.\w+ is undefined/],
  ])('refuses, with one clear error, metadata with %s', async (_, change, message) => {
    const path = await resealed(change);
    await expect(readCheckpoint(path)).rejects.toThrow(DataError);
    await expect(readCheckpoint(path)).rejects.toThrow(message);
  });

  it('refuses a header that gives a tensor as texts', async () => {
    const path = await temporaryFile('checkpoint.safetensors');
    const json = '{"x":{"a":"b"}} ';
    const bytes = Buffer.alloc(8 + json.length);
    bytes.writeBigUInt64LE(BigInt(json.length));
    bytes.write(json, 8);
    await writeFile(path, bytes);
    await expect(readCheckpoint(path)).rejects.toThrow(/its header can not be read/);
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
