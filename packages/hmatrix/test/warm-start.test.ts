import { mnn, type Network, type Samples } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { convolutionMatrix, linearFit, warmStart } from '../src/index.js';
import { denseProduct, distance, grid, smoothConvolution } from './kernels.js';

/** Pairs (v, shift + A (v − center)), v of unit variance around `center`; random weights. */
function affineSamples(network: Network, count: number, [center, shift]: [number, number]): Samples {
  const { dimension, shape } = network;
  const points = shape[0]!;
  const matrix = smoothConvolution(grid(dimension, points));
  const stream = randomStream(3, 'test/samples');
  const deviations = Array.from({ length: count }, () =>
    Float64Array.from({ length: matrix.size }, () => stream.normal()),
  );
  const flat = (f: (v: Float64Array) => Float64Array) => Float32Array.from(deviations.flatMap((v) => [...f(v)]));
  return {
    count,
    inputs: flat((v) => v.map((x) => center + x)),
    targets: flat((v) => denseProduct(matrix, v).map((u) => shift + u)),
    weights: Float32Array.from({ length: count }, () => stream.uniform(0.5, 1)),
  };
}

/** shift + A (v − center) for a new v, and v. */
function held(network: Network, fit: ReturnType<typeof linearFit>) {
  const { dimension, shape } = network;
  const points = shape[0]!;
  const stream = randomStream(4, 'test/held');
  const v = Float64Array.from({ length: network.inputSize }, () => fit.center + stream.normal());
  const image = denseProduct(
    convolutionMatrix(grid(dimension, points), fit.response),
    v.map((x) => x - fit.center),
  );
  return { v, image: image.map((x) => x + fit.shift) };
}

describe('linearFit', () => {
  it.each([
    [1, 48],
    [2, 12],
    [3, 4],
  ] as const)('finds the convolution that made the samples, %dD', (dimension, points) => {
    const network = mnn({ dimension, points, levels: 2, channels: 2, kernelLayers: 1 });
    // Many samples: the means of inputs and targets are then those of the map only up to 1/√numbers.
    const samples = affineSamples(network, 200, [0.5, -2]);
    const fit = linearFit(network, samples);
    const truth = smoothConvolution(grid(dimension, points));
    const response = Float64Array.from({ length: truth.size }, (_, i) => truth.entry(i, 0));
    expect(distance(fit.response, response)).toBeLessThan(1e-4);
  });

  it('has a gradient of zero: the weighted residuals are orthogonal to every translation of the inputs', () => {
    const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1 });
    const samples = affineSamples(network, 5, [0, 0]);
    const stream = randomStream(5, 'test/targets');
    const targets = samples.targets.map((t) => t + stream.normal());
    const { response, center, shift } = linearFit(network, { ...samples, targets }, { ridge: 0 });
    for (let by = 0; by < 16; by++) {
      let [product, size] = [0, 0];
      for (let s = 0; s < 5; s++) {
        const v = Float64Array.from(samples.inputs.subarray(16 * s, 16 * s + 16), (x) => x - center);
        const image = denseProduct(convolutionMatrix(grid(1, 16), response), v);
        for (let i = 0; i < 16; i++) {
          const residual = targets[16 * s + i]! - shift - image[i]!;
          product += samples.weights[s]! * residual * v[(i + by) % 16]!;
          size += Math.abs(samples.weights[s]! * residual * v[(i + by) % 16]!);
        }
      }
      expect(Math.abs(product)).toBeLessThan(1e-6 * size);
    }
  });

  it('says nothing about frequencies that the inputs do not have', () => {
    const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1 });
    const samples = { ...affineSamples(network, 3, [0, 0]), inputs: new Float32Array(48).fill(2) };
    expect(linearFit(network, samples).response.every((c) => c === 0)).toBe(true);
  });
});

describe('warmStart', () => {
  it.each([
    ['1D', { points: 48, levels: 3, channels: 24, kernelLayers: 3 }],
    ['1D, one layer', { points: 48, levels: 3, channels: 24, kernelLayers: 1 }],
    ['1D, local', { points: 24, levels: 2, channels: 12, kernelLayers: 2, connectivity: 'local' }],
    ['1D, weak', { points: 16, levels: 2, channels: 16, kernelLayers: 2, admissibility: 'weak' }],
    ['1D, odd number of channels', { points: 24, levels: 3, channels: 13, kernelLayers: 2 }],
    ['2D', { dimension: 2, points: 8, levels: 2, channels: 8, kernelLayers: 2 }],
    ['3D', { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 2 }],
    ['no activation', { points: 24, levels: 2, channels: 12, kernelLayers: 2, activation: 'linear' }],
  ] as const)('without noise and at full rank the network is the linear fit: %s', (_, options) => {
    const network = mnn(options);
    const samples = affineSamples(network, 40, [0.5, -2]);
    const fit = linearFit(network, samples);
    const parameters = warmStart(network, samples, { seed: 1, noise: 0 });
    const { v, image } = held(network, fit);
    expect(distance(apply(network, parameters, v), image)).toBeLessThan(1e-5);
  });

  it('is near the linear fit at the rank that the channels allow, and the same for the same seed', () => {
    const network = mnn({ points: 160, levels: 5, channels: 6, kernelLayers: 5 });
    const samples = affineSamples(network, 20, [0, 0]);
    const { v, image } = held(network, linearFit(network, samples));
    expect(distance(apply(network, warmStart(network, samples, { seed: 1, noise: 0 }), v), image)).toBeLessThan(1e-2);
    expect(warmStart(network, samples, { seed: 2 })).toEqual(warmStart(network, samples, { seed: 2 }));
    expect(warmStart(network, samples, { seed: 2 })).not.toEqual(warmStart(network, samples, { seed: 3 }));
  });

  it.each([
    [{ activation: 'tanh' }, "network.activation is 'tanh'"],
    [{ channels: 1 }, 'network.channels is 1'],
    [{ output: 'density' }, "network.output is 'density'"],
    [{ padding: 'zero' }, "network.padding is 'zero'"],
  ] as const)('refuses a network with %o', (options, message) => {
    const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1, ...options });
    expect(() => warmStart(network, affineSamples(network, 2, [0, 0]), { seed: 1 })).toThrow(message);
  });

  it('refuses options and samples that are wrong', () => {
    const network = mnn({ points: 16, levels: 2, channels: 2, kernelLayers: 1 });
    const samples = affineSamples(network, 2, [0, 0]);
    expect(() => warmStart(network, samples, { seed: 1, noise: -1 })).toThrow('warmStart.noise is -1');
    expect(() => warmStart(network, samples, { seed: 1, noises: 1 } as never)).toThrow('warmStart.noises');
    expect(() => linearFit(network, { ...samples, targets: new Float32Array(3) })).toThrow('samples.targets');
  });
});
