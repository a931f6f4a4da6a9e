import { ArgumentError } from '@dyadic/errors';
import type { Optimizer, OptimizerStateShape } from './optimizer.js';

/**
 * The state of an optimizer that this program does not have, as a checkpoint holds it: the network can be evaluated, and
 * the checkpoint written again, but training cannot be resumed.
 */
export class UnknownOptimizer implements Optimizer {
  readonly vectors: Readonly<Record<string, Float32Array>>;
  readonly scalars: Readonly<Record<string, number>>;
  readonly #name: string;

  constructor(
    { name }: { readonly name: string },
    vectors: Readonly<Record<string, Float32Array>>,
    scalars: Readonly<Record<string, number>>,
  ) {
    this.#name = name;
    this.vectors = vectors;
    this.scalars = scalars;
  }

  /** @throws ArgumentError always */
  step(): never {
    throw new ArgumentError('optimizer.name', this.#name, 'an optimizer that was passed when the checkpoint was read');
  }
}

/** In a checkpoint that is for prediction alone (`forPrediction`). */
export class AbsentOptimizer implements Optimizer {
  readonly vectors = {};
  readonly scalars = {};

  /** @throws ArgumentError always */
  step(): never {
    throw new ArgumentError('optimizer', 'left out', 'the checkpoint of a training: this one is for prediction alone');
  }
}

/** What the state of an optimizer that is there already takes. */
export function stateShapeOf({ vectors, scalars }: Optimizer): OptimizerStateShape {
  const lengths = Object.entries(vectors).map(([name, { length }]) => [name, length]);
  return { vectors: Object.fromEntries(lengths), scalars: Object.keys(scalars) };
}
