import { ArgumentError, DyadicError } from '@dyadic/errors';
import { initialParameters, type MnnOptions, mnn } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';
import { normals, randomSamples, relativeDifference } from './data.js';

const engine = await tensorflowEngine({ backend: 'wasm' });
const network = mnn({ points: 64, levels: 4, channels: 3, kernelLayers: 2 });
const theta = initialParameters(network, 3);

async function steps(indexLists: readonly Uint32Array[]) {
  const session = await engine.open(network);
  const loaded = session.load(randomSamples(network, 12));
  const parameters = theta.slice();
  const gradient = new Float32Array(network.parameterCount);
  const losses: number[] = [];
  for (const indices of indexLists) {
    losses.push(await session.lossAndGradient(parameters, loaded, indices, gradient));
    for (let i = 0; i < gradient.length; i++) parameters[i]! -= 1e-3 * gradient[i]!;
  }
  session.close();
  return { losses, parameters };
}

describe('a session', () => {
  it('gives bit-identical steps run to run', async () => {
    const lists = [0, 1, 2, 3].map((k) => Uint32Array.from({ length: 7 - k }, (_, i) => (5 * i + k) % 12));
    const [first, second] = [await steps(lists), await steps(lists)];
    expect(second.losses).toEqual(first.losses);
    expect(second.parameters).toEqual(first.parameters);
    expect(first.losses.at(-1)).not.toBe(first.losses[0]);
  });

  it('leaks no tensor over steps, predictions and batch sizes, and close frees everything', async () => {
    const before = tf.memory().numTensors;
    const session = await engine.open(network);
    const loaded = session.load(randomSamples(network, 12));
    const gradient = new Float32Array(network.parameterCount);
    const counts = new Set<number>();
    for (let round = 0; round < 4; round++) {
      for (let batch = 1; batch <= 6; batch++) {
        const indices = Uint32Array.from({ length: batch }, (_, i) => i);
        await session.lossAndGradient(theta, loaded, indices, gradient);
      }
      await session.predict(theta, normals(3 * network.inputSize, 1));
      counts.add(tf.memory().numTensors);
    }
    expect(counts.size).toBe(1);
    session.unload(loaded);
    session.close();
    session.close();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps its own copy of the samples', async () => {
    const session = await engine.open(network);
    const samples = randomSamples(network, 2);
    const loaded = session.load(samples);
    const gradient = new Float32Array(network.parameterCount);
    const first = await session.lossAndGradient(theta, loaded, Uint32Array.of(0, 1), gradient);
    samples.inputs.fill(0);
    samples.targets.fill(0);
    expect(await session.lossAndGradient(theta, loaded, Uint32Array.of(0, 1), gradient)).toBe(first);
    session.close();
  });

  it('works beside a session on another backend', async () => {
    const other = await tensorflowEngine({ backend: 'cpu' });
    const [onWasm, onCpu] = [await engine.open(network), await other.open(network)];
    const inputs = normals(2 * network.inputSize, 4);
    const [a, b] = await Promise.all([onWasm.predict(theta, inputs), onCpu.predict(theta, inputs)]);
    expect(relativeDifference(a, b)).toBeLessThan(1e-5);
    for (const [session, backend] of [
      [onWasm, 'wasm'],
      [onCpu, 'cpu'],
      [onWasm, 'wasm'],
    ] as const) {
      await session.predict(theta, inputs);
      expect(tf.getBackend()).toBe(backend);
    }
    onWasm.close();
    onCpu.close();
  });
});

describe('periodicity', () => {
  it('window 5 on 4 boxes wraps onto itself', async () => {
    const small = mnn({ points: 8, levels: 2, channels: 2, kernelLayers: 1, activation: 'linear' });
    const parameters = normals(small.parameterCount, 2);
    const session = await engine.open(small);
    for (let point = 0; point < 8; point++) {
      const impulse = new Float32Array(8);
      impulse[point] = 1;
      const output = await session.predict(parameters, impulse);
      expect(relativeDifference(output, apply(small, parameters, impulse))).toBeLessThan(1e-5);
    }
    session.close();
  });

  it.each<MnnOptions>([
    { points: 64, levels: 4, channels: 3, kernelLayers: 2 },
    { dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 2, kernel: 'residual' },
    { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, kernel: 'two-branch' },
  ])('shifting the input by N/4 along an axis shifts the output, to rounding: %o', async (options) => {
    const network = mnn(options);
    const { dimension, shape } = network;
    const points = shape[0]!;
    const parameters = normals(network.parameterCount, 8, 0.3);
    const inputs = normals(network.inputSize, 3);
    const session = await engine.open(network);
    const output = await session.predict(parameters, inputs);
    for (let axis = 0; axis < dimension; axis++) {
      const stride = points ** axis;
      const shift = (values: Float32Array, by: number) =>
        values.map((_, i) => {
          const index = Math.floor(i / stride) % points;
          return values[i + (((index + by) % points) - index) * stride]!;
        });
      for (const by of [points / 4, points / 2]) {
        const shifted = await session.predict(parameters, shift(inputs, by));
        expect(relativeDifference(shifted, shift(output, by))).toBeLessThan(1e-5);
      }
      const finer = await session.predict(parameters, shift(inputs, points / 8));
      expect(relativeDifference(finer, shift(output, points / 8))).toBeGreaterThan(1e-3);
    }
    session.close();
  });
});

describe('wrong arguments', () => {
  it('are refused by name, with the sample', async () => {
    const session = await engine.open(network);
    const good = randomSamples(network, 3);
    const N = network.inputSize;
    const broken = (values: Float32Array, at: number, value: number) => {
      const copy = values.slice();
      copy[at] = value;
      return copy;
    };
    const load = (changes: object) => () => session.load({ ...good, ...changes });
    expect(load({ inputs: good.inputs.subarray(1) })).toThrow(/samples\.inputs.*length 192/);
    expect(load({ targets: new Float32Array(1) })).toThrow(/samples\.targets/);
    expect(load({ weights: new Float32Array(4) })).toThrow(/samples\.weights/);
    expect(load({ count: 0 })).toThrow(/samples\.count/);
    expect(load({ inputs: broken(good.inputs, N + 5, Number.NaN) })).toThrow(
      /samples\.inputs\[69\] \(entry 5 of sample 1\) is NaN/,
    );
    expect(load({ targets: broken(good.targets, 2 * N, 1 / 0) })).toThrow(
      /samples\.targets\[128\] \(entry 0 of sample 2\)/,
    );
    expect(load({ weights: broken(good.weights, 2, Number.NaN) })).toThrow(ArgumentError);

    const loaded = session.load(good);
    const gradient = new Float32Array(network.parameterCount);
    const call = (parameters: Float32Array, samples: typeof loaded, indices: number[], into = gradient) =>
      session.lossAndGradient(parameters, samples, Uint32Array.from(indices), into);
    await expect(call(theta.subarray(1), loaded, [0])).rejects.toThrow(/parameters/);
    await expect(call(theta, loaded, [0, 3])).rejects.toThrow(/indices\[1\] is 3/);
    await expect(call(theta, loaded, [])).rejects.toThrow(/indices/);
    await expect(call(theta, loaded, [0], new Float32Array(1))).rejects.toThrow(/gradient/);
    await expect(call(theta, { count: 3 }, [0])).rejects.toThrow(/samples/);
    await expect(session.predict(theta, new Float32Array(N + 1))).rejects.toThrow(
      /a multiple of the network's input size 64/,
    );
    await expect(session.predict(theta, broken(good.inputs, N, Number.NaN))).rejects.toThrow(
      /inputs\[64\] \(entry 0 of sample 1\)/,
    );
    expect(await session.predict(theta, new Float32Array(0))).toHaveLength(0);
    session.unload(loaded);
    await expect(call(theta, loaded, [0])).rejects.toThrow(ArgumentError);
    session.close();
    await expect(session.predict(theta, new Float32Array(N))).rejects.toThrow(DyadicError);
  });
});
