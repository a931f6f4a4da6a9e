import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Json, sha256OfFile } from '@dyadic/dataset';
import { mnn } from '@dyadic/mnn';
import { initialState, type TrainingPlan, writeCheckpoint } from '@dyadic/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../src/index.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dyadic-export-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function checkpoint(origin: Json, inputScale = 2): Promise<string> {
  const network = mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 });
  const plan: TrainingPlan = {
    epochs: 1,
    batchSize: 1,
    seed: 1,
    optimizer: { name: 'nadam' },
    schedule: { learningRate: 1e-3 },
  };
  const normalizers = { input: { shift: 1, scale: inputScale }, output: { shift: 0, scale: 3 } };
  const path = join(folder, 'checkpoint.safetensors');
  await writeCheckpoint(path, {
    network,
    plan,
    normalizers,
    origin,
    engine: 'wasm',
    state: initialState(network, plan),
  });
  return path;
}

describe('exportOnnx', () => {
  it('writes the model beside the checkpoint, with the columns and the origin of its data', async () => {
    const path = await checkpoint({ input: 'a', output: 'u' });
    const model = await exportOnnx(folder);
    expect(model).toMatchObject({ file: join(folder, 'model.onnx'), inputs: ['a'], outputs: ['u'] });
    const bytes = await readFile(model.file);
    expect(bytes).toHaveLength(model.bytes);
    for (const text of [await sha256OfFile(path), '{"input":"a","output":"u"}']) {
      expect(bytes.includes(text), text).toBe(true);
    }
    const again = await exportOnnx(path, join(folder, 'again.onnx'));
    expect(await readFile(again.file)).toEqual(bytes);
  });

  it('calls the output of a network from a column to itself what predict calls it, as an identifier', async () => {
    await checkpoint({ input: 'a', output: 'a' });
    expect(await exportOnnx(folder)).toMatchObject({ inputs: ['a'], outputs: ['a_prediction'] });
  });

  it('names the checkpoint that has no place in such a file', async () => {
    const path = await checkpoint({ input: 'a', output: 'u' }, 1e-60);
    await expect(exportOnnx(folder)).rejects.toThrow(`${path}: inputs[0].scale is 1e-60`);
  });
});
