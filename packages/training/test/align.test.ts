import { mnn } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { type Alignment, alignedSources } from '../src/align.js';
import { moveSamples } from '../src/augment.js';
import {
  decodeCheckpoint,
  encodeCheckpoint,
  initialState,
  loadModel,
  loadModelSync,
  prepareSamples,
  relativeErrors,
  requireAlignment,
  type TrainingPlan,
  toDataUnits,
} from '../src/index.js';

const plan: TrainingPlan = {
  epochs: 1,
  batchSize: 4,
  seed: 3,
  optimizer: { name: 'nadam' },
  schedule: { learningRate: 0.01 },
};
const COUNT = 12;

/** The same random samples as they are, and each moved by a random symmetry of the torus. */
function pairs(dimension: 1 | 2 | 3, points: number) {
  const network = mnn({ dimension, points, levels: 2, channels: 2, kernelLayers: 1 });
  const size = network.inputSize;
  const stream = randomStream(7, 'test/align');
  const random = () => Float32Array.from({ length: COUNT * size }, () => stream.normal());
  const samples = { count: COUNT, inputs: random(), targets: random(), weights: new Float32Array(COUNT).fill(1) };
  const moved = { ...samples, inputs: samples.inputs.slice(), targets: samples.targets.slice() };
  moveSamples(network, moved, { augment: 'torus', seed: 5, window: 0 });
  return { network, size, samples, moved };
}

/** c of m periods along an axis of a field whose origin is moved, as the definition says it. */
function coefficient(field: Float32Array, shape: readonly number[], axis: number, m: number, translation: number) {
  const stride = shape.slice(axis + 1).reduce((all, n) => all * n, 1);
  let [re, im] = [0, 0];
  field.forEach((value, i) => {
    const angle = (2 * Math.PI * m * ((Math.floor(i / stride) % shape[axis]!) - translation)) / shape[axis]!;
    re += (value * Math.cos(angle)) / field.length;
    im -= (value * Math.sin(angle)) / field.length;
  });
  return { re, im };
}

describe.each<[1 | 2 | 3, number, Alignment]>([
  [1, 40, { by: 'minimum' }],
  [1, 40, { by: 'phase' }],
  [1, 40, { by: 'phase', periods: 4 }],
  [1, 40, { by: 'phase', periods: 3 }],
  [2, 8, { by: 'minimum' }],
  [2, 8, { by: 'phase', periods: 2 }],
  [3, 4, { by: 'phase', periods: 2 }],
])('in %iD on %i points by %j', (dimension, points, align) => {
  const { network, size, samples, moved } = pairs(dimension, points);
  const { shape } = network;
  const aligned = (inputs: Float32Array, s: number) => {
    const field = inputs.subarray(s * size, (s + 1) * size);
    const sources = alignedSources(shape, align, field);
    expect(new Set(sources).size).toBe(size);
    return Float32Array.from(sources, (source) => field[source]!);
  };

  it('puts a sample and what symmetries make of it in one place', () => {
    for (let s = 0; s < COUNT; s++) expect(aligned(moved.inputs, s)).toEqual(aligned(samples.inputs, s));
  });

  it('puts it where the definition says', () => {
    const m = align.periods ?? 1;
    for (let s = 0; s < COUNT; s++) {
      const field = aligned(samples.inputs, s);
      if (align.by === 'minimum') expect(field[0]).toBe(Math.min(...field));
      const sizes = shape.map((n, axis) => {
        const at = (t: number, m: number) => coefficient(field, shape, axis, m, t);
        const here = at(0, m);
        expect(at(0, 1).im).toBeGreaterThanOrEqual(-1e-9);
        for (let t = 0; align.by === 'phase' && t < n; t++) {
          // As low as any place within half a period of the grid, and the lowest of one period among the m such places.
          if (t < n / m / 2 || t > n - n / m / 2) expect(here.re).toBeLessThanOrEqual(at(t, m).re + 1e-9);
          if (n % m === 0 && t % (n / m) === 0) expect(at(0, 1).re).toBeLessThanOrEqual(at(t, 1).re + 1e-9);
        }
        return Math.hypot(here.re, here.im);
      });
      for (let axis = 1; axis < shape.length; axis++) expect(sizes[axis]).toBeLessThanOrEqual(sizes[axis - 1]! + 1e-9);
    }
  });

  it('makes a model that commutes with all symmetries, to the last bit', async () => {
    const state = initialState(network, plan);
    const normalizers = { input: { shift: 0.1, scale: 2 }, output: { shift: -0.3, scale: 1.5 }, align };
    const bytes = encodeCheckpoint({ network, plan, normalizers, origin: {}, engine: 'wasm', state });
    expect(decodeCheckpoint('a checkpoint', bytes).normalizers).toEqual(normalizers);
    const model = loadModelSync(bytes);
    // The predictions of the samples, moved as these.
    const predicted = { ...samples, targets: model.predict(samples.inputs).slice(), inputs: samples.inputs.slice() };
    moveSamples(network, predicted, { augment: 'torus', seed: 5, window: 0 });
    expect(model.predict(moved.inputs)).toEqual(predicted.targets);
    const other = await loadModel(bytes);
    expect(await other.predict(moved.inputs)).toEqual(predicted.targets);

    // ε of the aligned pairs is that of the predictions in the positions of the data.
    const session = { predict: async (_: Float32Array, inputs: Float32Array) => direct(inputs) } as never;
    const direct = (inputs: Float32Array) => inputs.map((x, i) => Math.sin(x) + 0.1 * (i % size));
    const prepared = prepareSamples(network, moved, normalizers);
    const errors = await relativeErrors(network, session, state.best, prepared);
    const outputs = toDataUnits(network, normalizers, direct(prepared.inputs), moved.inputs);
    errors.forEach((error, s) => {
      let [difference, norm] = [0, 0];
      for (let i = s * size; i < (s + 1) * size; i++) {
        difference += (outputs[i]! - moved.targets[i]!) ** 2;
        norm += moved.targets[i]! ** 2;
      }
      expect(error).toBeCloseTo(Math.sqrt(difference / norm), 5);
    });
    model.close();
    other.close();
  });
});

describe('an alignment that makes no sense', () => {
  it.each([
    [{ by: 'phases' }, /align\.by is 'phases'; expected/],
    [{ by: 'phase', periods: 0 }, /align\.periods is 0/],
    [{ by: 'phase', periods: 5 }, /align\.periods is 5; expected .*4/],
    [{ by: 'minimum', periods: 2 }, /align\.periods is 2; expected nothing/],
    [{ by: 'phase', period: 2 }, /align\.period/],
  ])('%j is refused', (align, message) => {
    expect(() => requireAlignment('align', align as Alignment, [8, 16])).toThrow(message);
  });
});
