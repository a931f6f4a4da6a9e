import { readFile } from 'node:fs/promises';
import { wasmEngine } from '@dyadic/engine-wasm';
import { DataError } from '@dyadic/errors';
import { mnn } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  forPrediction,
  initialState,
  loadModel,
  loadModelSync,
  type TrainingPlan,
} from '../src/index.js';

const network = mnn({ points: 32, levels: 3, channels: 2, kernelLayers: 1 });
const plan: TrainingPlan = {
  epochs: 1,
  batchSize: 4,
  seed: 3,
  optimizer: { name: 'nadam' },
  schedule: { learningRate: 0.01 },
};
const state = initialState(network, plan);
// The best parameters are those that predict, not the last ones.
const best = state.parameters.map((value) => 1.5 * value);
const normalizers = { input: { shift: -3, scale: 2.5 }, output: { shift: 0.2, scale: 0.7 } };
const bytes = encodeCheckpoint({
  network,
  plan,
  normalizers,
  origin: {},
  engine: 'wasm',
  state: { ...state, best },
});
const fields = Float64Array.from({ length: 5 * 32 }, (_, i) => -3 + 4 * Math.sin(0.7 * i));

describe('a model from the bytes of a checkpoint', () => {
  it('predicts in the units of the data, as the float64 reference says', async () => {
    const model = await loadModel(bytes);
    const found = await model.predict(fields);
    expect(found.length).toBe(5 * 32);
    for (let first = 0; first < found.length; first += 32) {
      const input = fields.subarray(first, first + 32).map((x) => (x + 3) / 2.5);
      apply(network, best, input).forEach((y, i) => {
        expect(found[first + i]).toBeCloseTo(0.2 + 0.7 * y, 5);
      });
    }
    expect(model.checkpoint.normalizers).toEqual(normalizers);
    model.close();
  });

  it('gives the same bits at once, on the calling thread', async () => {
    const model = await loadModel(bytes, { engine: await wasmEngine({ threads: 1 }) });
    const here = loadModelSync(bytes);
    expect(here.predict(fields)).toEqual(await model.predict(fields));
    expect(here.predict(fields.subarray(0, 32))).toEqual((await model.predict(fields)).subarray(0, 32));
    expect(() => here.predict(fields.subarray(1))).toThrow('inputs');
    expect(() => here.predict(fields.map((x) => x / 0))).toThrow('finite');
    model.close();
    here.close();
  });

  it('is the same without what only the training needs, which then cannot go on', () => {
    const checkpoint = decodeCheckpoint('model', bytes);
    const small = encodeCheckpoint(forPrediction(checkpoint));
    expect(small.length).toBeLessThan(0.7 * bytes.length);
    const [whole, part] = [loadModelSync(bytes), loadModelSync(small)];
    expect(part.predict(fields)).toEqual(whole.predict(fields));
    const { parameters, optimizer } = part.checkpoint.state;
    expect(() => optimizer.step(parameters, parameters, 1)).toThrow('for prediction alone');
    expect(encodeCheckpoint(part.checkpoint)).toEqual(small);
  });

  it('refuses bytes that are no whole checkpoint', async () => {
    await expect(loadModel(bytes.subarray(0, bytes.length - 1))).rejects.toThrow(DataError);
    const flipped = Uint8Array.from(bytes);
    flipped[bytes.length - 100]! ^= 1;
    expect(() => loadModelSync(flipped)).toThrow('the checkpoint: is damaged');
  });
});

it('in a browser nothing of the package imports a module of Node or knows its own address', async () => {
  const entry = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { browser } = JSON.parse(entry).exports['.'] as { browser: string };
  const bundle = await build({
    stdin: { contents: `export * from './${browser}';`, resolveDir: new URL('..', import.meta.url).pathname },
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
  });
  expect(bundle.warnings).toEqual([]);
  // A module of Node would have ended the build; an address would be one that no bundler knows.
  expect(bundle.outputFiles[0]!.text.match(/.*import\.meta.*/)).toBeNull();
});
