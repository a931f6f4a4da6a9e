import { wasmEngine } from '@dyadic/engine-wasm';
import { type MnnOptions, mnn, type Network } from '@dyadic/mnn';
import * as reference from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';
import { difference, layerwiseDifference, randomProblem, range } from './problem.js';

const engine = await wasmEngine({ threads: 1 });

const SHAPES: MnnOptions[] = [
  { points: 40, levels: 3, channels: 3, kernelLayers: 2 },
  { points: 24, levels: 3, channels: 2, kernelLayers: 2, activation: 'tanh', connectivity: 'local' },
  { dimension: 2, points: 12, levels: 2, channels: 2, kernelLayers: 2, activation: 'softplus' },
  { dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 2 },
  { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, activation: 'tanh' },
];
const CASES = (['density', 'wavefunction'] as const).flatMap((output) =>
  SHAPES.map((shape): MnnOptions & { output: typeof output } => ({ ...shape, output })),
);

async function predict(network: Network, parameters: Float32Array, inputs: Float32Array): Promise<Float32Array> {
  const session = await engine.open(network);
  const outputs = await session.predict(parameters, inputs);
  session.close();
  return outputs;
}

async function lossAndGradient({ network, parameters, samples }: ReturnType<typeof randomProblem>) {
  const session = await engine.open(network);
  const gradient = new Float32Array(network.parameterCount);
  const loss = await session.lossAndGradient(parameters, session.load(samples), range(samples.count), gradient);
  session.close();
  return { loss, gradient };
}

/** Sets the biases of the last adjacent layer, which every output has one of. */
function setLastBias({ layers }: Network, parameters: Float32Array, value: number): void {
  const { bias } = layers.at(-1)!;
  parameters.fill(value, bias.offset, bias.offset + bias.size);
}

describe.each(CASES)('a positive output: %o', (options) => {
  it('has the values and the gradient of the float64 reference', async () => {
    const problem = randomProblem(options, 6);
    const { network, parameters, samples } = problem;
    const outputs = await predict(network, parameters, samples.inputs);
    samplesOf(network, outputs).forEach((output, s) => {
      const input = samples.inputs.subarray(s * network.inputSize, (s + 1) * network.inputSize);
      expect(difference(output, reference.apply(network, parameters, input))).toBeLessThan(5e-6);
    });
    const expected = reference.lossAndGradient(network, parameters, samples, range(6));
    const { loss, gradient } = await lossAndGradient(problem);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-6);
    expect(layerwiseDifference(network, gradient, expected.gradient).difference).toBeLessThan(2e-5);
  });

  it('has the gradient that central differences of the reference give', async () => {
    const problem = randomProblem({ ...options, activation: 'tanh' }, 3, 2);
    const { network, samples } = problem;
    const { gradient } = await lossAndGradient(problem);
    const theta = Float64Array.from(problem.parameters);
    const lossAt = (i: number, value: number) => {
      const moved = theta.with(i, value);
      return samplesOf(network, samples.inputs).reduce((loss, input, s) => {
        const f = reference.apply(network, moved, input);
        const target = samples.targets.subarray(s * f.length, (s + 1) * f.length);
        return loss + (samples.weights[s]! / 3) * f.reduce((sum, value, i) => sum + (value - target[i]!) ** 2, 0);
      }, 0);
    };
    const h = 1e-4;
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    network.layers.forEach(({ weight, bias }, number) => {
      for (const slice of [weight, bias]) {
        const i = slice.offset + ((7 * number + 3) % slice.size);
        const slope = (lossAt(i, theta[i]! + h) - lossAt(i, theta[i]! - h)) / (2 * h);
        expect(Math.abs(gradient[i]! - slope)).toBeLessThan(2e-5 * largest);
      }
    });
  });

  it.each([1, 30, 1e3, 1e8])('is never negative and has the norm 1, parameters times %d', async (size) => {
    const { network, parameters, samples } = randomProblem(options, 7);
    const outputs = await predict(
      network,
      parameters.map((value) => size * value),
      samples.inputs,
    );
    for (const output of samplesOf(network, outputs)) {
      expect(output.every((value) => value >= 0)).toBe(true);
      expect(Math.abs(norm(output, options.output) - 1)).toBeLessThan(2e-7);
    }
  });

  it.each([-1e3, -200, -14, 14, 200, 1e3])('is right when the branches sum to about %d', async (value) => {
    const problem = randomProblem(options, 5);
    const { network, parameters, samples } = problem;
    setLastBias(network, parameters, value);
    // What the float32 sums of the branches are is told by the same network without the stage.
    const sums = await predict(mnn({ ...options, output: 'linear' }), parameters, samples.inputs);
    const outputs = await predict(network, parameters, samples.inputs);
    const size = network.outputSize;
    samplesOf(network, outputs).forEach((output, s) => {
      const y = Float64Array.from(sums.subarray(s * size, (s + 1) * size));
      expect(difference(output, reference.outputStage(options.output, y))).toBeLessThan(1e-6);
      expect(Math.abs(norm(output, options.output) - 1)).toBeLessThan(2e-7);
    });
    const { loss, gradient } = await lossAndGradient(problem);
    const expected = reference.lossAndGradient(network, parameters, samples, range(5));
    // A float32 near y is known to y · 6e-8 only, and e^y no better.
    const tolerance = 1e-5 + 1e-6 * Math.abs(value);
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(tolerance);
    expect(difference(gradient, expected.gradient)).toBeLessThan(tolerance);
  });
});

describe('a positive output', () => {
  it('of samples in one chunk does not depend on the others', async () => {
    const { network, parameters, samples } = randomProblem(CASES[0]!, 4);
    const loud = samples.inputs.slice();
    loud.subarray(network.inputSize, 2 * network.inputSize).fill(1e30);
    const [quiet, other] = [
      await predict(network, parameters, samples.inputs),
      await predict(network, parameters, loud),
    ];
    for (const s of [0, 2, 3]) expect(samplesOf(network, other)[s]).toEqual(samplesOf(network, quiet)[s]);
  });

  it.each([
    { points: 40, levels: 3, channels: 3, kernelLayers: 2, output: 'density' },
    { dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 2, output: 'density' },
    { dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 2, output: 'wavefunction' },
  ] as const)('moves with its input, by whole boxes of level 2: %o', async (options) => {
    const { network, parameters, samples } = randomProblem(options, 1);
    const quarter = network.inputSize / 4; // along the first axis
    const shifted = (values: Float32Array) => values.map((_, i) => values[(i + quarter) % values.length]!);
    const output = await predict(network, parameters, samples.inputs);
    const moved = await predict(network, parameters, shifted(samples.inputs));
    expect(difference(moved, shifted(output))).toBeLessThan(5e-6);
    expect(difference(shifted(output), output)).toBeGreaterThan(0.1);
  });

  it.each(['density', 'wavefunction'] as const)(
    '%s is right, with a finite gradient, as long as the branches sum to what float32 holds',
    async (output) => {
      const problem = randomProblem({ points: 40, levels: 3, channels: 3, kernelLayers: 1, output }, 3);
      const { network, parameters, samples } = problem;
      parameters.forEach((value, i) => {
        parameters[i] = 1e10 * value; // three layers: y is of the order 1e30, and its square overflows
      });
      const outputs = await predict(network, parameters, samples.inputs);
      samplesOf(network, outputs).forEach((f, s) => {
        const input = samples.inputs.subarray(s * network.inputSize, (s + 1) * network.inputSize);
        expect(difference(f, reference.apply(network, parameters, input))).toBeLessThan(5e-6);
        expect(Math.abs(norm(f, output) - 1)).toBeLessThan(2e-7);
      });
      const { loss, gradient } = await lossAndGradient(problem);
      expect(Math.abs(loss / reference.lossAndGradient(network, parameters, samples, range(3)).loss - 1)).toBeLessThan(
        2e-6,
      );
      expect(gradient.every(Number.isFinite)).toBe(true);
      // Another layer's overflow is not hidden.
      const huge = parameters.map((value) => 1e10 * value);
      expect((await predict(network, huge, samples.inputs)).some(Number.isNaN)).toBe(true);
    },
  );

  it('of a parameter that is not finite is NaN', async () => {
    const { network, parameters, samples } = randomProblem(CASES[0]!, 1);
    parameters[network.layers.at(-1)!.bias.offset] = Number.NaN;
    expect((await predict(network, parameters, samples.inputs)).every(Number.isNaN)).toBe(true);
  });
});

function samplesOf(network: Network, values: Float32Array): Float32Array[] {
  const size = network.inputSize;
  return Array.from({ length: values.length / size }, (_, s) => values.subarray(s * size, (s + 1) * size));
}

/** What the stage makes 1: the mean, or the root of the mean square; in float64. */
function norm(values: Float32Array, stage: 'density' | 'wavefunction'): number {
  const mean = (power: number) => Float64Array.from(values).reduce((sum, f) => sum + f ** power, 0) / values.length;
  return stage === 'density' ? mean(1) : Math.sqrt(mean(2));
}
