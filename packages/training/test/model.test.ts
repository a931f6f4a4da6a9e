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
  type InputColumns,
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
const one = encodeCheckpoint({
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
    const model = await loadModel(one);
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
    const model = await loadModel(one, { engine: await wasmEngine({ threads: 1 }) });
    const here = loadModelSync(one);
    expect(here.predict(fields)).toEqual(await model.predict(fields));
    expect(here.predict(fields.subarray(0, 32))).toEqual((await model.predict(fields)).subarray(0, 32));
    expect(() => here.predict(fields.subarray(1))).toThrow('inputs');
    expect(() => here.predict(fields.map((x) => x / 0))).toThrow('finite');
    model.close();
    here.close();
  });

  it('is the same without what only the training needs, which then cannot go on', () => {
    const checkpoint = decodeCheckpoint('model', one);
    const small = encodeCheckpoint(forPrediction(checkpoint));
    expect(small.length).toBeLessThan(0.7 * one.length);
    const [whole, part] = [loadModelSync(one), loadModelSync(small)];
    expect(part.predict(fields)).toEqual(whole.predict(fields));
    const { parameters, optimizer } = part.checkpoint.state;
    expect(() => optimizer.step(parameters, parameters, 1)).toThrow('for prediction alone');
    expect(encodeCheckpoint(part.checkpoint)).toEqual(small);
  });

  it('refuses bytes that are no whole checkpoint', async () => {
    await expect(loadModel(one.subarray(0, one.length - 1))).rejects.toThrow(DataError);
    const flipped = Uint8Array.from(one);
    flipped[one.length - 100]! ^= 1;
    expect(() => loadModelSync(flipped)).toThrow('the checkpoint: is damaged');
  });
});

describe('inputs and outputs by the names of their columns', () => {
  const network = mnn({
    points: 16,
    levels: 2,
    channels: 2,
    kernelLayers: 1,
    inputs: 2,
    outputs: 2,
    output: ['linear', 'mean'],
  });
  const state = initialState(network, plan);
  const units = (shift: number, scale: number) => ({ shift, scale });
  const bytes = encodeCheckpoint({
    network,
    plan,
    normalizers: { input: [units(-3, 2), units(50, 30)], output: [units(0.2, 0.7), units(5, 2)] },
    origin: { input: ['potential', 'beta'], output: ['solution', 'energy'], numbers: ['beta', 'energy'] },
    engine: 'wasm',
    state,
  });
  const potential = Float64Array.from({ length: 3 * 16 }, (_, i) => -3 + Math.sin(0.7 * i));
  const beta = [10, 20, 70];
  const flat = beta.flatMap((b, s) => [...potential.subarray(16 * s, 16 * s + 16), ...new Array<number>(16).fill(b)]);

  it('are those of flat fields, numbers as numbers, whether one waits or not', async () => {
    const model = await loadModel(bytes, { engine: await wasmEngine({ threads: 1 }) });
    const here = loadModelSync(bytes);
    expect(model.columns).toEqual({
      input: ['potential', 'beta'],
      output: ['solution', 'energy'],
      numbers: ['beta', 'energy'],
    });
    const expected = here.predict(flat);
    const found = here.predict({ beta, potential });
    expect(await model.predict({ potential, beta })).toEqual(found);
    expect(Object.keys(found)).toEqual(['solution', 'energy']);
    expect(found.energy).toHaveLength(3);
    for (let s = 0; s < 3; s++) {
      expect(found.solution!.subarray(16 * s, 16 * s + 16)).toEqual(expected.subarray(32 * s, 32 * s + 16));
      expect(found.energy![s]).toBeCloseTo(expected[32 * s + 16]!, 5);
      // The reference, in float64.
      const input = flat.slice(32 * s, 32 * s + 32).map((x, i) => (i < 16 ? (x + 3) / 2 : (x - 50) / 30));
      expect(found.energy![s]).toBeCloseTo(5 + 2 * apply(network, state.best, input)[16]!, 4);
    }
    // One number holds for all samples, in place of a column of equal numbers and of a field.
    expect(here.predict({ potential, beta: 20 })).toEqual(here.predict({ potential, beta: [20, 20, 20] }));
    expect(here.predict({ potential: -3, beta: 20 })).toEqual(
      here.predict({ potential: new Float32Array(16).fill(-3), beta: [20] }),
    );
    model.close();
    here.close();
  });

  it.each<[InputColumns, string]>([
    [{ potential }, 'inputs.beta is undefined; expected a number per sample, or one number for all'],
    [{ beta }, 'inputs.potential is undefined; expected 16 numbers per sample, or one number for all'],
    [{ potential, beta, gamma: 1 }, "inputs is 'gamma'; expected columns potential, beta"],
    [{ potential, beta: [1, 2] }, 'inputs.beta.length is 2; expected 3 numbers: 3 samples, as in potential'],
    [{ potential: potential.subarray(1), beta }, 'inputs.potential.length is 47; expected a multiple of 16'],
    [{ potential, beta: 'ten' as never }, "inputs.beta is 'ten'"],
    [{ potential, beta: Number.NaN }, 'finite'],
  ])('%o are refused', (inputs, message) => {
    expect(() => loadModelSync(bytes).predict(inputs)).toThrow(message);
  });

  it('have the names of one field too, and names of their own where the checkpoint has none', () => {
    const model = loadModelSync(one);
    expect(model.columns).toEqual({ input: ['potential'], output: ['prediction'], numbers: [] });
    expect(model.predict({ potential: fields })).toEqual({ prediction: model.predict(fields) });
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
