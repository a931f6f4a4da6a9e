import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { initialParameters, LOSSES, type MnnOptions, mnn, type Samples } from '../src/index.js';
import * as reference from '../src/reference.js';

const COUNT = 2;

/** A network with random parameters (biases too) and two random samples. */
function randomProblem(options: MnnOptions) {
  const network = mnn(options);
  const stream = randomStream(1, 'mnn/test');
  const normal = (length: number) => Float32Array.from({ length }, () => stream.normal());
  const parameters = Float64Array.from(initialParameters(network, 1), (value) => value + 0.05 * stream.normal());
  const [inputs, targets] = [normal(COUNT * network.inputSize), normal(COUNT * network.outputSize)];
  const samples: Samples = {
    count: COUNT,
    inputs,
    targets,
    weights: Float32Array.of(0.5, 2, 1, 0.25).subarray(0, COUNT * network.outputs),
  };
  return { network, parameters, samples };
}

const SMALL = { points: 16, levels: 2, channels: 2, kernelLayers: 2, activation: 'tanh' } as const;
const PLANE = { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, activation: 'softplus' } as const;

describe('the float64 reference', () => {
  it.each<MnnOptions>([
    SMALL,
    { ...SMALL, levels: 3, kernelLayers: 1, activation: 'softplus', connectivity: 'local' },
    PLANE,
    { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 2, activation: 'tanh' },
    { ...SMALL, output: 'density' },
    { ...PLANE, output: 'density' },
    { ...SMALL, output: 'wavefunction' },
    { ...PLANE, output: 'wavefunction' },
    { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 2, activation: 'softplus', output: 'density' },
    { ...SMALL, admissibility: 'weak' },
    { ...PLANE, connectivity: { kernel: 'local' } },
    { ...SMALL, padding: 'zero' },
    { ...SMALL, activation: 'squareplus' },
    { ...PLANE, padding: 'reflect', connectivity: 'local' },
    { ...SMALL, restriction: { layers: 2 }, interpolation: { layers: 2 } },
    { ...SMALL, kernel: 'residual' },
    { ...PLANE, kernel: 'two-branch' },
    { ...SMALL, inputs: 2, output: 'mean' },
    { ...SMALL, inputs: 3, outputs: 2, output: ['density', 'mean'], kernel: 'residual' },
    { ...PLANE, outputs: 2, output: [{ stage: 'wavefunction', fields: 2 }] },
    { ...SMALL, points: [8, 4], inputs: 2 },
    { ...SMALL, points: 13, fit: 'pad', padding: 'reflect', outputs: 2 },
    { ...PLANE, points: [7, 10], fit: 'pad', padding: 'zero', output: 'density' },
  ])('has the gradients that central differences give: %o', (options) => {
    const { network, parameters, samples } = randomProblem(options);
    const indices = [0, 1];
    const [gradient, errorGradient] = LOSSES.map(
      (loss) => reference.lossAndGradient(network, parameters, samples, indices, loss).gradient,
    );
    const lossAt = (i: number, value: number, exponent: number) => {
      const moved = parameters.with(i, value);
      return indices.reduce((loss, s) => {
        const [from, to] = [s * network.inputSize, (s + 1) * network.inputSize];
        const f = reference.apply(network, moved, samples.inputs.subarray(from, to));
        const { outputs, outputSize } = network;
        const square = f.reduce((sum, value, k) => {
          const weight = samples.weights[s * outputs + Math.floor((k * outputs) / outputSize)]!;
          return sum + weight * (value - samples.targets[s * outputSize + k]!) ** 2;
        }, 0);
        return loss + square ** exponent / COUNT;
      }, 0);
    };
    const h = 1e-4;
    // One weight and one bias of every layer, never the same place twice.
    network.layers.forEach(({ weight, bias }, number) => {
      for (const slice of [weight, bias]) {
        const i = slice.offset + ((7 * number + 3) % slice.size);
        for (const [exponent, g] of [[1, gradient![i]!] as const, [0.5, errorGradient![i]!] as const]) {
          const slope = (lossAt(i, parameters[i]! + h, exponent) - lossAt(i, parameters[i]! - h, exponent)) / (2 * h);
          expect(Math.abs(g - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
        }
      }
    });
  });

  describe('by hand, where every weight is one and the input is a point in box 0', () => {
    const outputOf = (options: Partial<MnnOptions>) => {
      const network = mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1, activation: 'linear', ...options });
      const parameters = new Float64Array(network.parameterCount);
      for (const { weight } of network.layers) parameters.fill(1, weight.offset, weight.offset + weight.size);
      const output = reference.apply(network, parameters, Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0));
      return [0, 2, 4, 6].map((point) => output[point]);
    };

    it('periodic', () => {
      // Level 2: box sums (1, 0, 0, 0); the window of 5 on 4 boxes counts the opposite box twice: (1, 1, 2, 1).
      // Adjacent: the windows of 3 boxes that hold box 0 are those of boxes 3, 0 and 1: (1, 1, 0, 1).
      expect(outputOf({})).toEqual([2, 2, 2, 2]);
    });

    it('zero: nothing comes round the ends', () => {
      expect(outputOf({ padding: 'zero' })).toEqual([1 + 1, 1 + 1, 1, 0]);
    });

    it('reflect: box −1 is box 0', () => {
      // Level 2: windows −2…2, −1…3, 0…4, 1…5, in which boxes 0 and −1 are box 0.
      expect(outputOf({ padding: 'reflect' })).toEqual([2 + 2, 2 + 1, 1, 0]);
    });

    it('weak: level 1 with windows of three on two boxes, each finest box by itself', () => {
      // Level 1: (1, 0) → (1, 2); level 2: (1, 1, 0, 1); adjacent: (1, 0, 0, 0).
      expect(outputOf({ admissibility: 'weak' })).toEqual([1 + 1 + 1, 1 + 1, 2, 2 + 1]);
    });

    it('residual: the level adds its box sums, the linear adjacent layer has no skip', () => {
      expect(outputOf({ kernel: 'residual' })).toEqual([3, 2, 2, 2]);
    });

    it('two-branch: twice the plain one', () => {
      expect(outputOf({ kernel: 'two-branch' })).toEqual([4, 4, 4, 4]);
    });

    it('two layers at either end change nothing, with one channel and weights of one', () => {
      expect(outputOf({ restriction: { layers: 2 }, interpolation: { layers: 2 } })).toEqual([2, 2, 2, 2]);
    });
  });
});
