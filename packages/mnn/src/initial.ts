import { requireFinite, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import type { Layer } from './layer.js';
import type { Network } from './network.js';

/** How to draw the first parameters. */
export interface InitialOptions {
  /**
   * `fan-in` (default): weights normal with variance gain / (window · in), gain 2 before a ReLU and 1 otherwise, the
   * last layer of each branch divided by √branches so that the sum has unit variance (He et al. 2015); biases zero.
   * `normal`: weights and biases all normal with the standard deviation given, as the paper says (§4.1).
   */
  readonly scheme?: 'fan-in' | 'normal';
  /** Standard deviation of the scheme `normal`; default 0.05. */
  readonly deviation?: number;
}

/**
 * Draws a parameter vector from the stream (seed, 'mnn/initial'): the same float32 numbers for the same seed, scheme
 * and network. @throws ArgumentError
 */
export function initialParameters(network: Network, seed: number, options: InitialOptions = {}): Float32Array {
  requireKnownOptions('initial', options, ['scheme', 'deviation']);
  const scheme = requireOneOf<'fan-in' | 'normal'>('initial.scheme', options.scheme ?? 'fan-in', ['fan-in', 'normal']);
  const deviation = requireFinite('initial.deviation', options.deviation ?? 0.05, { min: 0 });
  const stream = randomStream(seed, 'mnn/initial');
  const parameters = new Float32Array(network.parameterCount);
  for (const { layers } of network.branches) {
    for (const layer of layers) {
      const branchShare = layer === layers.at(-1) ? 1 / Math.sqrt(network.branches.length) : 1;
      const weightDeviation = scheme === 'normal' ? deviation : branchShare * fanInDeviation(layer);
      fillNormal(parameters, layer.weight, weightDeviation, stream);
      if (scheme === 'normal') fillNormal(parameters, layer.bias, deviation, stream);
    }
  }
  return parameters;
}

function fanInDeviation(layer: Layer): number {
  const fanIn = layer.window ** layer.dimension * layer.inputChannels;
  return Math.sqrt((layer.activation === 'relu' ? 2 : 1) / fanIn);
}

function fillNormal(parameters: Float32Array, slice: Layer['weight'], deviation: number, stream: RandomStream): void {
  for (let i = slice.offset; i < slice.offset + slice.size; i++) parameters[i] = deviation * stream.normal();
}
