import type { Network, Samples } from '@dyadic/mnn';
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
