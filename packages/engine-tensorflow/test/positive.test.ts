import { type MnnOptions, mnn, type Network } from '@dyadic/mnn';
import * as reference from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';
import { normals, randomSamples, relativeDifference } from './data.js';

const engines = await Promise.all((['wasm', 'cpu'] as const).map((backend) => tensorflowEngine({ backend })));

const SHAPES: MnnOptions[] = [
  { points: 40, levels: 3, channels: 3, kernelLayers: 2 },
  { dimension: 2, points: 12, levels: 2, channels: 2, kernelLayers: 2, connectivity: 'local' },
  { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, activation: 'tanh' },
];
const CASES = (['density', 'wavefunction'] as const).flatMap((output) => SHAPES.map((shape) => ({ ...shape, output })));

function samplesOf(network: Network, values: Float32Array): Float32Array[] {
  const size = network.outputSize;
  return Array.from({ length: values.length / size }, (_, s) => values.subarray(s * size, (s + 1) * size));
}

/** What the stage makes 1: the mean, or the root of the mean square; in float64. */
function norm(values: Float32Array, stage: 'density' | 'wavefunction'): number {
  const mean = (power: number) => Float64Array.from(values).reduce((sum, f) => sum + f ** power, 0) / values.length;
  return stage === 'density' ? mean(1) : Math.sqrt(mean(2));
}

describe.each(engines.map((engine) => [engine.name, engine] as const))('a positive output on %s', (_, engine) => {
  async function predict(network: Network, theta: Float32Array, inputs: Float32Array): Promise<Float32Array> {
    const session = await engine.open(network);
    const outputs = await session.predict(theta, inputs);
    session.close();
    return outputs;
  }

  describe.each(CASES)('%o', (options) => {
    const network = mnn(options);
    const inputs = normals(5 * network.inputSize, 1);

    it.each([0.3, 30, 1e3, 1e8])('is never negative and has the norm 1, parameters of size %d', async (deviation) => {
      const outputs = await predict(network, normals(network.parameterCount, 2, deviation), inputs);
      for (const output of samplesOf(network, outputs)) {
        expect(output.every((value) => value >= 0)).toBe(true);
        expect(Math.abs(norm(output, options.output) - 1)).toBeLessThan(2e-6);
      }
    });

    it.each([-1e3, -200, -21, -19, 200])('is right when the branches sum to about %d', async (value) => {
      const theta = normals(network.parameterCount, 3, 0.1);
      const { bias } = network.layers.at(-1)!;
      theta.fill(value, bias.offset, bias.offset + bias.size);
      // What the float32 sums of the branches are is told by the same network without the stage.
      const sums = samplesOf(network, await predict(mnn({ ...options, output: 'linear' }), theta, inputs));
      const outputs = samplesOf(network, await predict(network, theta, inputs));
      outputs.forEach((output, s) => {
        expect(
          relativeDifference(output, reference.outputStage(options.output, Float64Array.from(sums[s]!))),
        ).toBeLessThan(2e-6);
      });

      const samples = randomSamples(network, 2);
      const session = await engine.open(network);
      const gradient = new Float32Array(network.parameterCount);
      const loss = await session.lossAndGradient(theta, session.load(samples), Uint32Array.of(0, 1), gradient);
      session.close();
      // A float32 near y is known to y · 6e-8 only, and e^y no better.
      const tolerance = 1e-4 + 1e-6 * Math.abs(value);
      const expected = reference.lossAndGradient(network, theta, samples, [0, 1]);
      expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(tolerance);
      expect(relativeDifference(gradient, expected.gradient)).toBeLessThan(tolerance);
    });
  });

  it.each([CASES[0]!, { ...CASES[1]!, connectivity: 'convolutional' } as const])(
    'moves with its input, by whole boxes of level 2: %o',
    async (options) => {
      const network = mnn(options);
      const theta = normals(network.parameterCount, 8, 0.3);
      const input = normals(network.inputSize, 3);
      const quarter = network.inputSize / 4; // along the first axis
      const shifted = (values: Float32Array) => values.map((_, i) => values[(i + quarter) % values.length]!);
      const output = await predict(network, theta, input);
      const moved = await predict(network, theta, shifted(input));
      expect(relativeDifference(moved, shifted(output))).toBeLessThan(1e-5);
      expect(relativeDifference(shifted(output), output)).toBeGreaterThan(0.1);
    },
  );
});

it('engines are named by the backend that computes', () => {
  expect(engines.map((engine) => engine.name)).toEqual(['tensorflow-wasm', 'tensorflow-cpu']);
});
