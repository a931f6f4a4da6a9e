import {
  type FourierOptions,
  initialParameters,
  type MnnOptions,
  type Network,
  networkFromDocument,
  type Samples,
} from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';

/** A network with random parameters (biases too) and random samples. */
export function randomProblem(options: MnnOptions | FourierOptions, count: number, seed = 1) {
  const network = networkFromDocument(options);
  const stream = randomStream(seed, 'engine-wasm/test');
  const normal = (length: number) => Float32Array.from({ length }, () => stream.normal());
  const parameters = initialParameters(network, seed);
  parameters.forEach((value, i) => {
    parameters[i] = value + 0.05 * stream.normal();
  });
  const samples: Samples = {
    count,
    inputs: normal(count * network.inputSize),
    targets: normal(count * network.outputSize),
    weights: Float32Array.from({ length: count }, () => 0.5 + Math.abs(stream.normal())),
  };
  return { network, parameters, samples };
}

/** Largest difference, relative to the largest number expected. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const distance = Math.abs(actual[i]! - expected[i]!);
    worst = Math.max(worst, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return worst / largest;
}

/** {@link difference} in each layer's weights and biases by themselves, the worst of them. */
export function layerwiseDifference(network: Network, actual: Float32Array, expected: Float64Array) {
  const parts = network.layers.flatMap(({ name, weight, bias }) => [
    { name: `${name} weight`, ...weight },
    { name: `${name} bias`, ...bias },
  ]);
  return parts
    .map(({ name, offset, size }) => ({
      name,
      difference: difference(actual.subarray(offset, offset + size), expected.subarray(offset, offset + size)),
    }))
    .reduce((worst, part) => (part.difference > worst.difference ? part : worst));
}

export const range = (count: number) => Uint32Array.from({ length: count }, (_, i) => i);
