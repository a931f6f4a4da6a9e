import { wasmEngine } from '@dyadic/engine-wasm';
import { initialParameters, type MnnOptions, mnn, type Network, type Samples } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { type Move, moveSamples, moveSamplesBack } from '../src/augment.js';
import {
  fieldErrors,
  type Normalizers,
  prepareSamples,
  relativeErrors,
  type TrainingPlan,
  toDataUnits,
  toNetworkUnits,
  train as trainNetwork,
} from '../src/index.js';
import { type SampleData, sourceOf } from '../src/source.js';

const GRID = { levels: 2, channels: 2, kernelLayers: 1 } as const;

function normals(length: number, seed: number): Float32Array {
  const stream = randomStream(seed, 'training/test/fields');
  return Float32Array.from({ length }, () => 3 + stream.normal());
}

describe('augmentation of several fields on a box', () => {
  const network = mnn({ ...GRID, points: [4, 8, 4], inputs: 2, outputs: 3 });
  const count = 400;

  /** Fields that number their grid points: after a move they say where each value came from. */
  function moved(augment: Move['augment'], of: Network = network): Samples {
    const size = of.inputSize / of.inputs;
    const numbered = (fields: number) => Float32Array.from({ length: count * fields * size }, (_, i) => i % size);
    const weights = new Float32Array(count * of.outputs).fill(1);
    const samples = { count, inputs: numbered(of.inputs), targets: numbered(of.outputs), weights };
    moveSamples(of, samples, { augment, seed: 3, window: 0 });
    return samples;
  }

  it('moves every field of a sample alike, and back', () => {
    const samples = moved('torus');
    const size = 4 * 8 * 4;
    for (let s = 0; s < count; s++) {
      const first = samples.inputs.subarray(2 * s * size, (2 * s + 1) * size);
      expect(samples.inputs.subarray((2 * s + 1) * size, (2 * s + 2) * size)).toEqual(first);
      for (const c of [0, 1, 2]) {
        expect(samples.targets.subarray((3 * s + c) * size, (3 * s + c + 1) * size)).toEqual(first);
      }
    }
    moveSamplesBack(network, samples, { augment: 'torus', seed: 3, window: 0 });
    expect(samples.inputs).toEqual(Float32Array.from(samples.inputs, (_, i) => i % size));
  });

  it.each([
    ['torus', 8 * 8 * 2],
    ['reflections', 8 * 8],
  ] as const)('%s: exchanges axes of equally many points, or none', (augment, perTranslation) => {
    // Orders and signs of the axes, seen at the neighbours of the first point.
    const place = (point: number) => [Math.floor(point / 32), Math.floor(point / 4) % 8, point % 4];
    const { inputs } = moved(augment);
    const met = new Set<string>();
    for (let s = 0; s < count; s++) {
      const field = inputs.subarray(2 * s * 128, (2 * s + 1) * 128);
      const origin = place(field[0]!);
      const steps = [32, 4, 1].map((stride) =>
        place(field[stride]!).map((along, axis) => {
          const points = [4, 8, 4][axis]!;
          const step = (along - origin[axis]! + points) % points;
          return step > points / 2 ? step - points : step;
        }),
      );
      for (const step of steps) expect(step.map(Math.abs).sort()).toEqual([0, 0, 1]);
      // The axis of eight points stays where it is.
      expect(Math.abs(steps[1]![1]!)).toBe(1);
      met.add(steps.join(';'));
    }
    expect(met.size).toBe(perTranslation / 8);
  });
});

describe('several output fields', () => {
  const options: MnnOptions = { ...GRID, points: 8, outputs: 3, output: ['linear', 'mean', 'linear'] };
  const network = mnn(options);
  const normalizers: Normalizers = {
    input: { shift: 1, scale: 2 },
    output: [
      { shift: 0, scale: 3 },
      { shift: 4, scale: 3 },
      { shift: -1, scale: 0.5 },
    ],
  };
  const raw = { count: 5, inputs: normals(5 * 8, 1), targets: normals(5 * 24, 2) };

  it('each counts a third, relative to its own norm, and a number relative to the size of all numbers', async () => {
    const samples = prepareSamples(network, raw, normalizers);
    const session = await (await wasmEngine({ threads: 1 })).open(network);
    const parameters = initialParameters(network, 1).map((value) => value + 0.1);
    const predicted = toDataUnits(network, normalizers, await session.predict(parameters, samples.inputs));
    const byField = await fieldErrors(network, session, parameters, samples);
    const errors = await relativeErrors(network, session, parameters, samples);
    for (let s = 0; s < 5; s++) {
      const expected = [0, 1, 2].map((c) => {
        const at = (values: ArrayLike<number>) => Array.from({ length: 8 }, (_, i) => values[24 * s + 8 * c + i]!);
        const [found, wanted] = [at(predicted), at(raw.targets)];
        const distance = Math.hypot(...found.map((value, i) => value - wanted[i]!));
        return distance / (c === 1 ? Math.sqrt(8) * 5 : Math.hypot(...wanted)); // √(4² + 3²)
      });
      expected.forEach((error, c) => {
        expect(byField[3 * s + c]).toBeCloseTo(error, 5);
      });
      expect(errors[s]).toBeCloseTo(Math.hypot(...expected) / Math.sqrt(3), 5);
    }
    const loaded = session.load(samples);
    const gradient = new Float32Array(network.parameterCount);
    const loss = await session.lossAndGradient(parameters, loaded, Uint32Array.of(0, 1, 2, 3, 4), gradient, 'error');
    expect(loss).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / 5, 5);
    session.close();
  });

  it('count in the loss as the plan weighs them, and alike in what is validated', async () => {
    const samples = prepareSamples(network, raw, normalizers);
    const weights = samples.weights.slice();
    const session = await (await wasmEngine({ threads: 1 })).open(network);
    const plan: TrainingPlan = {
      epochs: 1,
      batchSize: 5,
      seed: 1,
      optimizer: { name: 'adamw' },
      schedule: { learningRate: 1e-30, shape: 'constant' },
    };
    const { readInto, count } = sourceOf(network, samples);
    const fieldWeights = [1, 2, 6];
    const trained = (train: SampleData, changes: Partial<TrainingPlan>) =>
      trainNetwork({ network, session, train, validation: samples, plan: { ...plan, ...changes } });
    const { history, best } = await trained(samples, { fieldWeights });
    const byField = await fieldErrors(network, session, best, samples);
    const expected = byField.reduce((sum, error, i) => sum + (fieldWeights[i % 3]! / 9) * error ** 2, 0) / 5;
    expect(history[0]!.loss).toBeCloseTo(expected, 5);
    const errors = await relativeErrors(network, session, best, samples);
    expect(history[0]!.validation).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / 5, 6);
    expect(samples.weights).toEqual(weights);
    // Read piece by piece they are the same; equal weights change nothing.
    expect((await trained({ count, readInto }, { fieldWeights })).history).toEqual(history);
    expect((await trained(samples, { fieldWeights: [3, 3, 3] })).history).toEqual((await trained(samples, {})).history);
    await expect(trained(samples, { fieldWeights: [1, 2] })).rejects.toThrow('training.fieldWeights');
    await expect(trained(samples, { fieldWeights: [1, 2, 0] })).rejects.toThrow('training.fieldWeights[2] is 0');
    session.close();
  });

  it('are converted field by field', () => {
    const inputs = toNetworkUnits(network, normalizers, raw.inputs);
    expect(inputs[3]).toBeCloseTo((raw.inputs[3]! - 1) / 2, 6);
    const outputs = toDataUnits(
      network,
      normalizers,
      Float32Array.from({ length: 24 }, () => 2),
    );
    expect([outputs[0], outputs[8], outputs[16]]).toEqual([6, 10, 0]);
  });

  it('a number may be zero, a field may not', () => {
    const zero = (c: number) => ({ ...raw, targets: raw.targets.map((t, i) => (Math.floor(i / 8) === c ? 0 : t)) });
    expect(() => prepareSamples(network, zero(1), normalizers)).not.toThrow();
    expect(() => prepareSamples(network, zero(2), normalizers)).toThrow('targets of sample 0, field 2 is 0');
  });

  it('as many normalizers as fields are asked for', () => {
    const few = { ...normalizers, output: [{ shift: 0, scale: 1 }] };
    expect(() => prepareSamples(network, raw, few)).toThrow('normalizers.output');
  });
});
