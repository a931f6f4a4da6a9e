import type { Layer, Network } from '@dyadic/mnn';
import { backwardWiring, biasOrder, forwardWiring, gradientOrder, productOrder, type Wiring } from './wiring.js';

interface LayerPlaces {
  readonly wiring: Wiring;
  /** Positions, in floats, in the packed vectors. */
  readonly forward: { readonly weights: number; readonly bias: number };
  readonly backward: number;
  /** Positions, in floats, in a slot. */
  readonly weightGradient: number;
  readonly biasGradient: number;
}

/** The orders in which the kernels read weights and write gradients, as permutations of the parameter vector. */
export class Packing {
  /** packed[i] = parameters[forward[i]], and likewise for the backward pass. */
  readonly forward: Uint32Array;
  readonly backward: Uint32Array;
  /** gradient[p] = slot[gradient[p]]. */
  readonly gradient: Uint32Array;
  readonly places = new Map<Layer, LayerPlaces>();
  /** Most outputs of a product of the backward pass, over all sites with weights of their own. */
  mostRows = 1;

  constructor(network: Network) {
    const { parameterCount } = network;
    const forward = new Appender(parameterCount);
    const backward = new Appender(parameterCount);
    this.gradient = new Uint32Array(parameterCount);
    let slot = 0;
    const collect = (order: Iterable<number>): number => {
      const start = slot;
      for (const parameter of order) this.gradient[parameter] = slot++;
      return start;
    };
    for (const { layers } of network.branches) {
      for (const layer of layers) {
        const wiring = forwardWiring(network, layer);
        this.places.set(layer, {
          wiring,
          forward: { weights: forward.append(productOrder(wiring)), bias: forward.append(biasOrder(wiring)) },
          backward: layer === layers[0] ? 0 : backward.append(productOrder(backwardWiring(layer, wiring))),
          weightGradient: collect(gradientOrder(wiring, layer.kind === 'interpolation')),
          biasGradient: collect(biasOrder(wiring)),
        });
        this.mostRows = Math.max(this.mostRows, wiring.copies * wiring.input.channels);
      }
    }
    this.forward = forward.values();
    this.backward = backward.values();
  }
}

/** Numbers written one after the other. */
class Appender {
  readonly #values: Uint32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity);
  }

  /** @returns the position of the first of them. */
  append(values: Iterable<number>): number {
    const start = this.#length;
    for (const value of values) this.#values[this.#length++] = value;
    return start;
  }

  values(): Uint32Array {
    return this.#values.slice(0, this.#length);
  }
}
