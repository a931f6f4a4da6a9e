import { inputSources, type Network, outputSources } from '@dyadic/mnn';
import type { Rank, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tfjs } from './tfjs.js';

/**
 * Converts samples, field after field, to entries at [point of the padded grid, field] and back, by gathers of columns. One field
 * on a grid without padding needs no conversion.
 */
export class Frame {
  readonly #tf: Tfjs;
  readonly #pad: Tensor1D | undefined;
  readonly #crop: Tensor1D | undefined;
  readonly #uncrop: Tensor1D | undefined;

  constructor(tf: Tfjs, network: Network) {
    this.#tf = tf;
    const { inputs, outputs, inputSize, outputSize, fit, paddedShape } = network;
    const columns = (table: Int32Array, zero: number) =>
      tf.keep(
        tf.tensor1d(
          table.map((column) => (column < 0 ? zero : column)),
          'int32',
        ),
      );
    if (inputs > 1 || fit !== undefined) this.#pad = columns(inputSources(network), inputSize);
    if (outputs === 1 && fit === undefined) return;
    const sources = outputSources(network);
    const inverse = new Int32Array(paddedShape.reduce((all, points) => all * points, outputs)).fill(-1);
    sources.forEach((place, number) => {
      inverse[place] = number;
    });
    this.#crop = columns(sources, 0);
    this.#uncrop = columns(inverse, outputSize);
  }

  /** Samples [batch, inputSize] in the order of the padded grid. */
  pad(x: Tensor2D): Tensor2D {
    return this.#gather(x, this.#pad);
  }

  /** The output of the boxes as samples [batch, outputSize]. */
  crop(y: Tensor2D): Tensor2D {
    return this.#crop ? this.#tf.gather(y, this.#crop, 1) : y;
  }

  /** The transpose of {@link crop}. */
  uncrop(g: Tensor2D): Tensor2D {
    return this.#gather(g, this.#uncrop);
  }

  dispose(): void {
    for (const table of [this.#pad, this.#crop, this.#uncrop]) table?.dispose();
  }

  /** Gathers columns of x; the index past the last column is a column of zeros. */
  #gather(x: Tensor2D, columns: Tensor1D | undefined): Tensor2D {
    if (columns === undefined) return x;
    const tf = this.#tf;
    return tf.gather(tf.concat2d([x, tf.zeros<Rank.R2>([x.shape[0], 1])], 1), columns, 1);
  }
}
