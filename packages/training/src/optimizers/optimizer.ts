import { requireFinite } from '@dyadic/errors';
import type { UpdateFactors, UpdateRule } from '@dyadic/mnn';

/**
 * A rule that moves a flat parameter vector, given the gradient of the loss. Written once for all engines.
 */
export interface Optimizer {
  /** Moves `parameters` in place. */
  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void;
  /** What {@link step} does, as data, for an engine that does it itself. */
  readonly rule: UpdateRule;
  /** Counts a step that an engine does itself, and returns its factors. The vectors are then the engine's to move. */
  advance(learningRate: number): UpdateFactors;
  /** The vectors that the next step depends on; live, so that they can be saved and filled. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** The numbers that the next step depends on. Assigning them, after the vectors are filled, restores a saved optimizer. */
  scalars: Readonly<Record<string, number>>;
}

/** A decay rate β: from 0 to just below 1. @throws ArgumentError */
export function requireDecay(argument: string, value: unknown): number {
  return requireFinite(argument, value, { min: 0, max: 1 - 2 ** -52 });
}
