import { initialParameters, type MnnOptions, mnn, type Network, type Samples } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';

/** A network with random parameters (biases too) and random samples. */
export function randomProblem(options: MnnOptions, count: number) {
  const network = mnn(options);
  const stream = randomStream(1, 'engine-webgpu/test');
  const parameters = initialParameters(network, 1).map((value) => value + 0.05 * stream.normal());
  return { network, parameters, samples: randomSamples(network, count) };
}

export function randomSamples({ inputSize, outputSize }: Network, count: number): Samples {
  const stream = randomStream(2, 'engine-webgpu/test');
  const normal = (length: number) => Float32Array.from({ length }, () => stream.normal());
  const weights = new Float32Array(count).fill(1 / outputSize);
  return { count, inputs: normal(count * inputSize), targets: normal(count * outputSize), weights };
}

/** Largest difference, relative to the largest number expected. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

export const range = (count: number, first = 0) => Uint32Array.from({ length: count }, (_, i) => first + i);
