import type { Network, ParameterSlice } from '@dyadic/mnn';
import type { Optimizer } from './optimizer.js';

/**
 * An optimizer that leaves the parameters of the network's fixed layers as they are; the optimizer itself where there are none.
 * It has no rule: an engine that ran it would move all.
 */
export function holdFixed(network: Network, moving: Optimizer): Optimizer {
  const slices = network.layers.filter(({ fixed }) => fixed).flatMap(({ weight, bias }) => [weight, bias]);
  return slices.length === 0 ? moving : new Holding(moving, slices);
}

class Holding implements Optimizer {
  readonly #moving: Optimizer;
  readonly #slices: readonly ParameterSlice[];

  constructor(moving: Optimizer, slices: readonly ParameterSlice[]) {
    this.#moving = moving;
    this.#slices = slices;
  }

  get vectors(): Optimizer['vectors'] {
    return this.#moving.vectors;
  }

  get scalars(): Optimizer['scalars'] {
    return this.#moving.scalars;
  }

  set scalars(scalars: Optimizer['scalars']) {
    this.#moving.scalars = scalars;
  }

  step(parameters: Float32Array, gradient: Float32Array, learningRate: number): void {
    const held = this.#slices.map(({ offset, size }) => parameters.slice(offset, offset + size));
    this.#moving.step(parameters, gradient, learningRate);
    this.#slices.forEach(({ offset }, i) => {
      parameters.set(held[i]!, offset);
    });
  }
}
