import { requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { Nadam, type NadamOptions } from './nadam.js';

/**
 * A rule that moves a flat parameter vector, given the gradient of the loss. Written once for all engines; vectors are
 * float32, the arithmetic is float64.
 */
export interface Optimizer {
  /** Moves `parameters` in place. */
  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void;
  /** The vectors that the next step depends on; live, so that they can be saved and filled. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** The numbers that the next step depends on; assigning them restores a saved optimizer. */
  scalars: Readonly<Record<string, number>>;
}

/** Which optimizer, with what settings. */
export type OptimizerOptions = { readonly name: 'nadam' } & NadamOptions;

/** Builds an optimizer in its first state. @throws ArgumentError */
export function optimizer(network: Network, options: OptimizerOptions): Optimizer {
  const { name, ...settings } = options;
  requireOneOf('optimizer.name', name, ['nadam']);
  requireKnownOptions('optimizer', settings, ['beta1', 'beta2', 'epsilon', 'scheduleDecay']);
  return new Nadam(network.parameterCount, settings);
}
