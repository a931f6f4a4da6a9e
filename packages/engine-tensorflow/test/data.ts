import { type MnnOptions, mnn, type Network, type Samples } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';

export function normals(length: number, seed: number, deviation = 1): Float32Array {
  const stream = randomStream(seed, 'engine-tensorflow/test');
  return Float32Array.from({ length }, () => deviation * stream.normal());
}

/** Random samples with unequal weights. */
export function randomSamples(network: Network, count: number, seed = 1): Samples {
  return {
    count,
    inputs: normals(count * network.inputSize, seed),
    targets: normals(count * network.outputSize, seed + 1),
    weights: Float32Array.from({ length: count }, (_, s) => 1 / (s + 2)),
  };
}

/** Networks that together hold every kind of layer, dimension, connectivity and activation. */
export const NETWORKS: readonly MnnOptions[] = [
  { points: 48, levels: 4, channels: 3, kernelLayers: 2 },
  { points: 40, levels: 3, channels: 2, kernelLayers: 3, activation: 'tanh', connectivity: 'local' },
  { points: 16, levels: 2, channels: 2, kernelLayers: 1, activation: 'softplus' },
  { points: 12, levels: 2, channels: 4, kernelLayers: 2, activation: 'linear' },
  { dimension: 2, points: 16, levels: 3, channels: 2, kernelLayers: 2, activation: 'softplus' },
  { dimension: 2, points: 8, levels: 2, channels: 1, kernelLayers: 2, connectivity: 'local' },
  { dimension: 2, points: 12, levels: 2, channels: 3, kernelLayers: 2, activation: 'linear' },
  { dimension: 3, points: 8, levels: 2, channels: 1, kernelLayers: 1, activation: 'tanh' },
  { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 2 },
  { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 1, activation: 'softplus', connectivity: 'local' },
  { points: 24, levels: 3, channels: 3, kernelLayers: 2, output: 'density' },
  { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, activation: 'tanh', output: 'density' },
  { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 1, output: 'density' },
  // The extensions.
  { points: 12, levels: 2, channels: 2, kernelLayers: 1, admissibility: 'weak' },
  { points: 12, levels: 2, channels: 3, kernelLayers: 2, admissibility: 'weak', activation: 'tanh' },
  { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, admissibility: 'weak', connectivity: 'local' },
  { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 1, admissibility: 'weak' },
  { points: 24, levels: 3, channels: 3, kernelLayers: 2, connectivity: { kernel: 'local' } },
  { points: 24, levels: 2, channels: 2, kernelLayers: 2, connectivity: { restriction: 'local', adjacent: 'local' } },
  { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, connectivity: { interpolation: 'local' } },
  {
    points: 16,
    levels: 2,
    channels: 3,
    kernelLayers: 1,
    restriction: { layers: 1, activation: 'tanh' },
    interpolation: { layers: 3, activation: 'softplus' },
  },
  {
    dimension: 2,
    points: 8,
    levels: 2,
    channels: 3,
    kernelLayers: 2,
    restriction: { layers: 2 },
    interpolation: { layers: 2, activation: 'linear' },
  },
  { points: 20, levels: 2, channels: 3, kernelLayers: 2, padding: 'zero' },
  { points: 24, levels: 3, channels: 2, kernelLayers: 2, padding: 'zero', connectivity: 'local' },
  { dimension: 2, points: 8, levels: 3, channels: 2, kernelLayers: 2, padding: 'zero', activation: 'tanh' },
  { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 2, padding: 'zero' },
  { points: 20, levels: 2, channels: 3, kernelLayers: 2, padding: 'reflect' },
  { points: 24, levels: 3, channels: 2, kernelLayers: 2, padding: 'reflect', connectivity: 'local' },
  { dimension: 2, points: 8, levels: 3, channels: 2, kernelLayers: 2, padding: 'reflect', activation: 'tanh' },
  { dimension: 3, points: 4, levels: 2, channels: 2, kernelLayers: 2, padding: 'reflect' },
  { points: 24, levels: 3, channels: 3, kernelLayers: 3, kernel: 'residual' },
  { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 2, kernel: 'residual', activation: 'tanh' },
  { points: 24, levels: 3, channels: 3, kernelLayers: 1, kernel: 'two-branch', activation: 'softplus' },
  { dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 3, kernel: 'two-branch' },
  ...(['residual', 'two-branch'] as const).flatMap((kernel): MnnOptions[] =>
    ([1, 2, 3] as const).map((dimension) => ({
      dimension,
      points: 8,
      levels: dimension === 3 ? 1 : 2,
      channels: 2,
      kernelLayers: 2,
      admissibility: 'weak',
      padding: dimension === 2 ? 'zero' : 'reflect',
      connectivity: { kernel: 'local' },
      restriction: { layers: 2 },
      interpolation: { layers: 2, activation: 'tanh' },
      kernel,
      output: 'density',
    })),
  ),
];

/** A short name and the network. */
export const CASES = NETWORKS.map((options) => {
  const { dimension = 1, points, levels, channels, kernelLayers, ...others } = options;
  return [`${dimension}D N=${points} L=${levels} ${JSON.stringify(others)}`, mnn(options)] as const;
});

/** max |a − b| / max |b|. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let scale = 0;
  for (let i = 0; i < b.length; i++) {
    difference = Math.max(difference, Math.abs(a[i]! - b[i]!));
    scale = Math.max(scale, Math.abs(b[i]!));
  }
  return difference / scale;
}
