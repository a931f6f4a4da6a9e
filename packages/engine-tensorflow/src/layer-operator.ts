/** The interface of layers to the model: a map and its reverse pass. Everything here runs on the current backend. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { activate, type FusedActivation, fusedActivation, pullback } from './activation.js';
import type { TableCache } from './tables.js';
import type { Runtime, Tfjs } from './tfjs.js';
import type { DenseLayer } from './weights.js';

/** A layer's parameters on the device for one call. */
export interface Weights {
  /** One right factor per slab, see {@link paddedRows}. */
  readonly forward: readonly Tensor[];
  /** Absent if the layer has none. */
  readonly bias?: Tensor;
  /** Right factors of the transposed layer, for ∂loss/∂x. */
  readonly adjoint: readonly Tensor[];
}

/** The values of the forward pass that the reverse pass needs. */
export interface Applied {
  /** Left factors of the layer: padded inputs, one per slab, or gathered windows, or the input itself. */
  readonly read: readonly Tensor[];
  readonly output: Tensor2D;
}

/** Gradients on the device, each read as a flat array. */
export interface LayerGradient {
  /** One per slab, in the operator's order. */
  readonly weight: readonly Tensor[];
  /** Absent if the layer has none. */
  readonly bias?: Tensor;
}

/** A layer as TensorFlow.js operations. */
export abstract class LayerOperator {
  readonly dense: DenseLayer;
  protected readonly tf: Tfjs;
  protected readonly tables: TableCache;

  constructor(dense: DenseLayer, { tf }: Pick<Runtime, 'tf'>, tables: TableCache) {
    this.dense = dense;
    this.tf = tf;
    this.tables = tables;
  }

  /** Copies the layer's parameters to the device; the adjoint too if the reverse pass goes through this layer. */
  abstract upload(parameters: Float32Array, withAdjoint: boolean): Weights;

  /** y = φ(W x + b + η'). */
  apply(weights: Weights, x: Tensor2D, within?: Tensor2D): Applied {
    const { activation } = this.dense.layer;
    const fused = fusedActivation(activation);
    if (within === undefined) {
      const { read, z } = this.product(weights, x, fused);
      return { read, output: activate(this.tf, activation, z) };
    }
    const { read, z } = this.product(weights, x, 'linear');
    const sum = this.tf.add<Tensor2D>(z, within);
    return { read, output: activate(this.tf, activation, fused === 'relu' ? this.tf.relu(sum) : sum) };
  }

  /** ∂loss/∂z from ∂loss/∂y. */
  pullback({ output }: Applied, dy: Tensor2D): Tensor2D {
    return pullback(this.tf, this.dense.layer.activation, output, dy);
  }

  /** ∂loss/∂x = Wᵀ ∂loss/∂z. */
  abstract inputGradient(weights: Weights, dz: Tensor2D): Tensor2D;

  /** ∂loss/∂W and ∂loss/∂b from ∂loss/∂z. */
  abstract gradient(applied: Applied, dz: Tensor2D): LayerGradient;

  /** Copies the gradient, read from `source` at `from`, to the flat gradient. @returns the position after it in `source` */
  abstract writeGradient(source: Float32Array, from: number, gradient: Float32Array): number;

  /** W x + b with the fused part of φ. */
  protected abstract product(
    weights: Weights,
    x: Tensor2D,
    fused: FusedActivation,
  ): { readonly read: readonly Tensor[]; readonly z: Tensor2D };

  protected batchOf(x: Tensor2D): number {
    return x.shape[0] / this.dense.siteCount;
  }
}
