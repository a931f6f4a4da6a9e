import { openPredictor, wasmEngine } from '@dyadic/engine-wasm';
import { ArgumentError } from '@dyadic/errors';
import { mnn } from '@dyadic/mnn';
import { afterAll, describe, expect, it } from 'vitest';
import { randomProblem, range } from './problem.js';

const engine = await wasmEngine({ threads: 1 });
const { network, parameters, samples } = randomProblem({ points: 16, levels: 2, channels: 2, kernelLayers: 1 }, 8);
const session = await engine.open(network);
const loaded = session.load(samples);
const gradient = new Float32Array(network.parameterCount);
afterAll(() => session.close());

const changed = (values: Float32Array, index: number, value: number) => {
  const copy = values.slice();
  copy[index] = value;
  return copy;
};

describe('samples that cannot be right are refused, and the message says which', () => {
  it.each([
    ['inputs too short', { inputs: samples.inputs.subarray(1) }, 'samples.inputs is a Float32Array of length 127'],
    ['targets too long', { targets: new Float32Array(129) }, 'an array of length 128'],
    ['a weight missing', { weights: new Float32Array(7) }, 'samples.weights'],
    [
      'NaN in an input',
      { inputs: changed(samples.inputs, 35, Number.NaN) },
      'samples.inputs[35] (entry 3 of sample 2) is NaN',
    ],
    [
      'infinity in a target',
      { targets: changed(samples.targets, 127, Number.POSITIVE_INFINITY) },
      'samples.targets[127] (entry 15 of sample 7) is Infinity',
    ],
    ['a negative weight', { weights: changed(samples.weights, 3, -1) }, 'samples.weights[3] is -1'],
    ['a weight that is NaN', { weights: changed(samples.weights, 3, Number.NaN) }, 'samples.weights[3] is NaN'],
    ['infinite weight', { weights: changed(samples.weights, 0, Number.POSITIVE_INFINITY) }, 'samples.weights[0]'],
  ])('%s', (_, wrong, message) => {
    expect(() => session.load({ ...samples, ...wrong })).toThrow(ArgumentError);
    expect(() => session.load({ ...samples, ...wrong })).toThrow(message);
  });
});

describe('steps that cannot be done are refused', () => {
  it('wrong lengths, indices, samples', async () => {
    const other = await engine.open(network);
    await expect(other.lossAndGradient(parameters, loaded, range(1), gradient)).rejects.toThrow('this session');
    other.close();
    const step = (...args: Parameters<typeof session.lossAndGradient>) => session.lossAndGradient(...args);
    await expect(step(parameters.subarray(1), loaded, range(1), gradient)).rejects.toThrow('parameters is');
    await expect(step(parameters, loaded, range(1), gradient.subarray(1))).rejects.toThrow('gradient is');
    await expect(step(parameters, loaded, range(0), gradient)).rejects.toThrow('at least one sample number');
    await expect(step(parameters, loaded, Uint32Array.of(0, 8), gradient)).rejects.toThrow('indices[1] is 8');
    await expect(session.predict(parameters, new Float32Array(17))).rejects.toThrow('input size 16');
  });

  it('after unload, and after close', async () => {
    const another = await engine.open(network);
    const mine = another.load(samples);
    another.unload(mine);
    another.unload(mine);
    await expect(another.lossAndGradient(parameters, mine, range(1), gradient)).rejects.toThrow('this session');
    another.close();
    another.close();
    expect(() => another.load(samples)).toThrow('session is');
    await expect(another.predict(parameters, samples.inputs)).rejects.toThrow('an open session');
  });

  it('a parameter that is not finite shows in the loss', async () => {
    const broken = changed(parameters, 0, Number.NaN);
    expect(await session.lossAndGradient(broken, loaded, range(3), gradient)).toBeNaN();
  });
});

describe('memory', () => {
  it('a network that no 32-bit memory holds is refused, with its sizes', async () => {
    const huge = mnn({ dimension: 2, points: 640, levels: 6, channels: 6, kernelLayers: 5, connectivity: 'local' });
    await expect(engine.open(huge)).rejects.toThrow(ArgumentError);
    await expect(engine.open(huge)).rejects.toThrow(
      /memory for the network \(GiB\) is \d+.*at most 4 GiB.*409600 points/,
    );
  });

  it('stays flat over 10 000 steps', async () => {
    const small = await engine.open(network);
    const its = small.load(samples);
    await small.lossAndGradient(parameters, its, range(8), gradient);
    const before = { ...small.memory };
    const heap = () => {
      globalThis.gc?.();
      return process.memoryUsage().arrayBuffers;
    };
    const buffers = heap();
    for (let step = 0; step < 10_000; step++) await small.lossAndGradient(parameters, its, range(8), gradient);
    expect(small.memory).toEqual(before);
    expect(heap() - buffers).toBeLessThan(2 ** 20);
    small.close();
  });

  it('of unloaded samples is used again; a larger set grows it; closing gives all back', async () => {
    const small = await engine.open(network);
    const first = small.load(samples);
    const used = small.memory.samples;
    const second = small.load(samples);
    expect(small.memory.samples).toBe(2 * used);
    small.unload(first);
    const third = small.load(samples);
    expect(small.memory.samples).toBe(2 * used);
    const total = small.memory.total;
    const count = 100_000;
    const many = small.load({
      count,
      inputs: new Float32Array(16 * count),
      targets: new Float32Array(16 * count),
      weights: new Float32Array(count),
    });
    expect(small.memory.total).toBeGreaterThan(total + 4 * 31 * count);
    // Samples loaded before the memory grew are still there.
    const expected = new Float32Array(network.parameterCount);
    await session.lossAndGradient(parameters, loaded, range(8), expected);
    for (const it of [second, third]) {
      await small.lossAndGradient(parameters, it, range(8), gradient);
      expect(gradient).toEqual(expected);
    }
    small.unload(many);
    small.close();
    expect(small.memory).toEqual({ network: 0, samples: 0, total: 0 });
  });
});

it('a predictor gives the bits of a session, at once, for any number of samples', async () => {
  const predictor = openPredictor(network);
  const more = Float32Array.from({ length: 777 * network.inputSize }, (_, i) => Math.sin(i));
  for (const inputs of [samples.inputs, more, samples.inputs.slice(0, network.inputSize)]) {
    expect(predictor.predict(parameters, inputs)).toEqual(await session.predict(parameters, inputs));
  }
  // Other parameters are packed anew.
  const others = parameters.map((value) => value / 2);
  expect(predictor.predict(others, samples.inputs)).toEqual(await session.predict(others, samples.inputs));
  predictor.close();
  expect(() => predictor.predict(parameters, samples.inputs)).toThrow('session is');
  expect(() => openPredictor({} as never)).toThrow(ArgumentError);
});
