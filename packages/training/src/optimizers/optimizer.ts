import { requireFinite } from '@dyadic/errors';

import type { Network, UpdateFactors, UpdateRule } from '@dyadic/mnn';

/** A rule that moves a flat parameter vector, given the gradient of the loss. Written once for all engines. */
export interface Optimizer {
  /** Moves `parameters` in place. */
  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void;
  /** What {@link step} does, as data, for an engine that does it itself; absent where it is no rule of that kind. */
  readonly rule?: UpdateRule;
  /** Counts a step that an engine does itself, and returns its factors. The vectors are then the engine's to move. */
  advance?(learningRate: number): UpdateFactors;
  /** The vectors that the next step depends on; live, so that they can be saved and filled. */
  readonly vectors: Readonly<Record<string, Float32Array>>;
  /** The numbers that the next step depends on. Assigning them, after the vectors are filled, restores a saved optimizer. */
  scalars: Readonly<Record<string, number>>;
}

/** What an optimizer keeps from one step to the next, known before any of it is allocated. */
export interface OptimizerStateShape {
  /** Length of each vector, by name. */
  readonly vectors: Readonly<Record<string, number>>;
  /** Names of the numbers. */
  readonly scalars: readonly string[];
}

/** An optimizer that plans choose by name: an entry of the table in `index.ts`. */
export interface OptimizerKind<Options extends object> {
  /** Every option by its name: one that is left out here does not compile. */
  readonly options: Readonly<Record<keyof Options, true>>;
  /** Checks the options and says what the state takes; allocates none of it. @throws ArgumentError */
  stateShape(network: Network, options: Options): OptimizerStateShape;
  /** The optimizer before its first step. @throws ArgumentError */
  create(network: Network, options: Options): Optimizer;
}

/** The state of an optimizer of Adam's family: two moments of the gradient, and the steps done among other numbers. */
export function momentShape({ parameterCount }: Network, scalars: readonly string[]): OptimizerStateShape {
  return { vectors: { firstMoment: parameterCount, secondMoment: parameterCount }, scalars };
}

/** A decay rate β: from 0 to just below 1. @throws ArgumentError */
export function requireDecay(argument: string, value: unknown): number {
  return requireFinite(argument, value, { min: 0, max: 1 - 2 ** -52 });
}
