import { type WasmSession, wasmEngine } from '@dyadic/engine-wasm';
import * as reference from '@dyadic/mnn/reference';
import { afterAll, describe, expect, it } from 'vitest';
import { difference, randomProblem, range } from './problem.js';

const engine = await wasmEngine({ threads: 1 });
const opened: WasmSession[] = [];
afterAll(() => {
  for (const session of opened) session.close();
});
async function open(...[network]: Parameters<typeof engine.open>) {
  const session = await engine.open(network);
  opened.push(session);
  return session;
}

describe('batches', async () => {
  const { network, parameters, samples } = randomProblem({ points: 32, levels: 3, channels: 3, kernelLayers: 2 }, 150);
  const session = await open(network);
  const loaded = session.load(samples);

  it.each([1, 3, 4, 15, 16, 17, 33, 100, 129, 150])('of %i samples', async (count) => {
    const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
    const loss = await session.lossAndGradient(parameters, loaded, range(count), gradient);
    const expected = reference.lossAndGradient(network, parameters, samples, range(count));
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-6);
    expect(difference(gradient, expected.gradient)).toBeLessThan(5e-6);
  });

  it('a later small batch has nothing left over from a larger one before', async () => {
    const first = new Float32Array(network.parameterCount);
    const again = new Float32Array(network.parameterCount);
    const loss = await session.lossAndGradient(parameters, loaded, range(5), first);
    await session.lossAndGradient(parameters, loaded, range(150), again);
    expect(await session.lossAndGradient(parameters, loaded, range(5), again)).toBe(loss);
    expect(again).toEqual(first);
  });

  it('a sample without error has no slope under the loss of errors, and another loss is refused', async () => {
    const targets = await session.predict(parameters, samples.inputs);
    const exact = session.load({ ...samples, targets });
    const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
    // The same kernels, the same bits: the residual is zero and not just small.
    expect(await session.lossAndGradient(parameters, exact, range(6), gradient, 'error')).toBe(0);
    expect(gradient.every((g) => g === 0)).toBe(true);
    session.unload(exact);
    const step = session.lossAndGradient(parameters, loaded, range(6), gradient, 'errors' as 'error');
    await expect(step).rejects.toThrow("loss is 'errors'; expected one of 'squared-error', 'error'");
  });

  it('a sample of weight zero does not count', async () => {
    const weights = samples.weights.slice();
    weights[1] = 0;
    const weighted = session.load({ ...samples, weights });
    const gradient = new Float32Array(network.parameterCount);
    const both = await session.lossAndGradient(parameters, weighted, Uint32Array.of(0, 1), gradient);
    const one = await session.lossAndGradient(parameters, weighted, Uint32Array.of(0), gradient);
    expect(both).toBeCloseTo(one / 2, 6);
    session.unload(weighted);
  });
});

describe('predict', () => {
  it.each([
    { points: 40, levels: 3, channels: 3, kernelLayers: 2 },
    { dimension: 2, points: 16, levels: 2, channels: 3, kernelLayers: 2, activation: 'tanh' },
    { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, connectivity: 'local' },
  ] as const)('agrees with the reference, and one sample with many: %o', async (options) => {
    const { network, parameters, samples } = randomProblem(options, 6);
    const session = await open(network);
    const outputs = await session.predict(parameters, samples.inputs);
    const size = network.inputSize;
    for (let s = 0; s < 6; s++) {
      const input = samples.inputs.subarray(s * size, (s + 1) * size);
      const output = outputs.subarray(s * size, (s + 1) * size);
      expect(difference(output, reference.apply(network, parameters, input))).toBeLessThan(5e-6);
      expect(await session.predict(parameters, input)).toEqual(output);
    }
    session.close();
  });

  it('and gradients see every change of the parameters, in any order of calls', async () => {
    const options = { dimension: 2, points: 12, levels: 2, channels: 2, kernelLayers: 2 } as const;
    const { network, parameters, samples } = randomProblem(options, 4);
    const fresh = async (theta: Float32Array) => {
      const session = await open(network);
      const gradient = new Float32Array(network.parameterCount);
      const loss = await session.lossAndGradient(theta, session.load(samples), range(4), gradient);
      return { loss, gradient, outputs: await session.predict(theta, samples.inputs) };
    };
    const session = await open(network);
    const loaded = session.load(samples);
    const theta = parameters.slice();
    for (const index of [0, 7, network.parameterCount - 1]) {
      const gradient = new Float32Array(network.parameterCount);
      theta[index]! += 0.5;
      const expected = await fresh(theta);
      const predictFirst = index !== 7;
      if (predictFirst) expect(await session.predict(theta, samples.inputs)).toEqual(expected.outputs);
      expect(await session.lossAndGradient(theta, loaded, range(4), gradient)).toBe(expected.loss);
      expect(gradient).toEqual(expected.gradient);
      if (!predictFirst) expect(await session.predict(theta, samples.inputs)).toEqual(expected.outputs);
    }
  });

  it('goes through more samples than fit at a time', async () => {
    const { network, parameters, samples } = randomProblem(
      { points: 8, levels: 2, channels: 1, kernelLayers: 1 },
      2500,
    );
    const session = await open(network);
    const outputs = await session.predict(parameters, samples.inputs);
    const last = samples.inputs.subarray(2499 * 8);
    expect(await session.predict(parameters, last)).toEqual(outputs.subarray(2499 * 8));
    expect(await session.predict(parameters, new Float32Array())).toEqual(new Float32Array());
    session.close();
  });
});

describe('activations are accurate over their whole range', () => {
  const expectedOf = {
    tanh: Math.tanh,
    softplus: (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    // y (y − x) = 1: y of −x is the inverse of y of x.
    squareplus: (x: number) => ((Math.abs(x) + Math.sqrt(x * x + 4)) / 2) ** (x < 0 ? -1 : 1),
  };
  it.each(['tanh', 'softplus', 'squareplus'] as const)('%s', async (activation) => {
    // One box channel: the adjacent part is bias → φ → sum, so that its input is chosen by a bias.
    const options = { points: 4, levels: 2, channels: 1, kernelLayers: 2, activation } as const;
    const { network } = randomProblem(options, 1);
    const session = await open(network);
    const parameters = new Float32Array(network.parameterCount);
    const [first, last] = network.branches.at(-1)!.layers;
    parameters[last!.weight.offset + 1] = 1;
    for (const z of [-100, -20, -5, -1.001, -0.999, -0.3, -1e-4, 0, 1e-4, 0.3, 0.999, 1.001, 3, 9, 20, 88, 200]) {
      parameters[first!.bias.offset] = z;
      const [value] = await session.predict(parameters, new Float32Array(4));
      const expected = expectedOf[activation](Math.fround(z));
      expect(Math.abs(value! - expected)).toBeLessThanOrEqual(2.5e-7 * Math.abs(expected) + 1e-37);
    }
    session.close();
  });

  it('softplus and its slope are zero below 2^-62, so that products of two are never subnormal', async () => {
    const options = { points: 4, levels: 2, channels: 1, kernelLayers: 2, activation: 'softplus' } as const;
    const { network, samples } = randomProblem(options, 1);
    const session = await open(network);
    const parameters = new Float32Array(network.parameterCount);
    const gradient = new Float32Array(network.parameterCount);
    const [first, last] = network.branches.at(-1)!.layers;
    parameters[last!.weight.offset + 1] = 1;
    const at = async (z: number) => {
      parameters[first!.bias.offset] = z;
      await session.lossAndGradient(parameters, session.load(samples), range(1), gradient);
      return (await session.predict(parameters, new Float32Array(4)))[0]!;
    };
    expect((await at(-42.5)) / Math.exp(-42.5)).toBeCloseTo(1, 6);
    expect(await at(-43.5)).toBe(0);
    expect(gradient[first!.bias.offset]).toBe(0);
    expect(gradient[last!.bias.offset]).not.toBe(0);
  });
});
