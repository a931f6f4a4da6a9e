import type { OptionTable } from '@dyadic/errors';
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
export interface OptimizerKind<Settings extends object = object> {
  /** Its options: plans, JSON Schemas and the page of options have them from here. */
  readonly options: OptionTable;
  /** What the state takes; allocates none of it. @throws ArgumentError where a network is too large for it */
  stateShape(network: Network, settings: Settings): OptimizerStateShape;
  /** The optimizer before its first step. @throws ArgumentError */
  create(network: Network, settings: Settings): Optimizer;
}

/** A decay rate β. */
export const decay = { type: 'number', least: 0, below: 1 } as const;

/** The options of Adam's family, with the usual defaults. */
export const ADAM_OPTIONS = {
  beta1: { ...decay, default: 0.9, description: 'β₁, decay of the first moment' },
  beta2: { ...decay, default: 0.999, description: 'β₂, decay of the second moment' },
  epsilon: { type: 'number', above: 0, default: 1e-8, description: 'ε in the denominator' },
} as const satisfies OptionTable;

export const WEIGHT_DECAY = {
  weightDecay: { type: 'number', least: 0, default: 0, description: 'λ, decoupled weight decay' },
} as const satisfies OptionTable;

/** The state of an optimizer of Adam's family: two moments of the gradient, and the steps done among other numbers. */
export function momentShape({ parameterCount }: Network, scalars: readonly string[]): OptimizerStateShape {
  return { vectors: { firstMoment: parameterCount, secondMoment: parameterCount }, scalars };
}
