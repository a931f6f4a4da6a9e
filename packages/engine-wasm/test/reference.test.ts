import { describe, expect, it } from 'vitest';
import { randomProblem, range } from './problem.js';
import * as reference from './reference.js';

describe('the float64 reference', () => {
  it.each([
    { points: 16, levels: 2, channels: 2, kernelLayers: 2, activation: 'tanh' },
    { points: 16, levels: 3, channels: 2, kernelLayers: 1, activation: 'softplus', connectivity: 'local' },
    { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, activation: 'softplus' },
    { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 2, activation: 'tanh' },
    { points: 16, levels: 2, channels: 2, kernelLayers: 2, activation: 'softplus', output: 'density' },
    { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, activation: 'tanh', output: 'density' },
    { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 2, activation: 'softplus', output: 'density' },
  ] as const)('has the gradient that central differences give: %o', (options) => {
    const { network, parameters, samples } = randomProblem(options, 2);
    const { gradient } = reference.lossAndGradient(network, parameters, samples, range(2));
    const theta = Float64Array.from(parameters);
    const lossAt = (i: number, value: number) => {
      const original = theta[i]!;
      theta[i] = value;
      const { loss } = reference.lossAndGradient(network, theta, samples, range(2));
      theta[i] = original;
      return loss;
    };
    const h = 1e-4;
    // One weight and one bias of every layer, never the same place twice.
    network.layers.forEach(({ weight, bias }, number) => {
      for (const slice of [weight, bias]) {
        const i = slice.offset + ((7 * number + 3) % slice.size);
        const slope = (lossAt(i, theta[i]! + h) - lossAt(i, theta[i]! - h)) / (2 * h);
        expect(Math.abs(gradient[i]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
      }
    });
  });

  it('is the sum of its branches applied by hand where every weight is one', () => {
    const { network } = randomProblem({ points: 8, levels: 2, channels: 1, kernelLayers: 1, activation: 'linear' }, 1);
    const parameters = new Float64Array(network.parameterCount);
    for (const { weight } of network.layers) parameters.fill(1, weight.offset, weight.offset + weight.size);
    const input = Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0);
    // Level 2: box sums (1, 0, 0, 0); window of 5 on 4 boxes counts the opposite box twice: (1, 1, 2, 1).
    // Adjacent: the windows of 3 boxes that hold box 0 are those of boxes 3, 0 and 1.
    expect([...reference.apply(network, parameters, input)]).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });
});
