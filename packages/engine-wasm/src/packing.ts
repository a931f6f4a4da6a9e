import { type Layer, type Network, sitesOf } from '@dyadic/mnn';
import { multiplierOrder } from './fourier.js';
import {
  biasOrder,
  gradientOrder,
  productOrder,
  type TransposedLayout,
  transposedLayout,
  type WeightLayout,
  weightLayout,
} from './weight-layout.js';

interface LayerPlaces {
  readonly layout: WeightLayout;
  readonly back: TransposedLayout;
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
    for (const branch of network.branches) {
      for (const [index, layer] of branch.layers.entries()) {
        const source = layer.reads ?? index - 1;
        const layout = weightLayout(network, layer, sitesOf(branch, source));
        const back = transposedLayout(layer, layout);
        const fourier = layer.kind === 'fourier';
        const weights = fourier ? multiplierOrder(layer, false) : productOrder(layout);
        const transposed = fourier ? multiplierOrder(layer, true) : productOrder(back);
        const gradients = fourier
          ? multiplierOrder(layer, false)
          : gradientOrder(layout, layer.kind === 'interpolation');
        this.places.set(layer, {
          layout,
          back,
          forward: { weights: forward.append(weights), bias: forward.append(biasOrder(layout)) },
          backward: source < 0 ? 0 : backward.append(transposed),
          weightGradient: collect(gradients),
          biasGradient: collect(biasOrder(layout)),
        });
        this.mostRows = Math.max(this.mostRows, back.copies * back.output.places * back.output.channels);
      }
    }
    this.forward = forward.values();
    this.backward = backward.values();
  }
}

/** Numbers written one after the other. */
class Appender {
  #values: Uint32Array;
  #length = 0;

  constructor(capacity: number) {
    this.#values = new Uint32Array(capacity);
  }

  /** @returns the position of the first of them. */
  append(values: Iterable<number>): number {
    const start = this.#length;
    for (const value of values) {
      if (this.#length === this.#values.length) this.#grow();
      this.#values[this.#length++] = value;
    }
    return start;
  }

  /** Extended sites read weights of their own sites over again, so that there may be more than parameters. */
  #grow(): void {
    const larger = new Uint32Array(2 * this.#values.length);
    larger.set(this.#values);
    this.#values = larger;
  }

  values(): Uint32Array {
    return this.#values.slice(0, this.#length);
  }
}
