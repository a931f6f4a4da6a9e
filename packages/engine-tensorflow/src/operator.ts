/**
 * One layer as TensorFlow.js operations, forward and reverse. The reverse pass is hand-written rather than taped: the adjoint of a
 * layer is a layer of the same kind (with mirrored windows), so it runs on the same fast kernels, and wasm lacks the gradient
 * kernels that a tape requires (Conv2DBackpropFilter, UnsortedSegmentSum).
 *
 * Activations are matrices [batch · sites^d, channels] throughout.
 */
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FusedActivation } from './activation.js';
import { FourierOperator } from './fourier.js';
import { type Applied, type LayerGradient, LayerOperator, type Weights } from './layer-operator.js';
import type { TableCache } from './tables.js';
import type { Runtime } from './tfjs.js';
import { adjointMatrix, type DenseLayer, forwardMatrix, type GradientOrder, writeWeightGradient } from './weights.js';

/** A layer of eq (2.10): its windows times a matrix. */
abstract class WindowOperator extends LayerOperator {
  /** The order of ∂loss/∂W in {@link gradient}. */
  protected readonly order: GradientOrder = 'layout';
  protected readonly slabs: number = 1;

  override upload(parameters: Float32Array, withAdjoint: boolean): Weights {
    const { inputs, outputs } = this.dense;
    const { offset, size } = this.dense.layer.bias;
    return {
      forward: this.factors(forwardMatrix(this.dense, parameters), inputs, outputs),
      bias: this.biasTensor(parameters.slice(offset, offset + size)),
      adjoint: withAdjoint ? this.factors(adjointMatrix(this.dense, parameters), outputs, inputs) : [],
    };
  }

  protected override product(weights: Weights, x: Tensor2D, fused: FusedActivation) {
    const read = this.read(x);
    return { read, z: this.multiply(read, weights.forward, weights.bias, fused) };
  }

  /** With reflection, computes the extended sites first and then sums images. */
  override inputGradient(weights: Weights, dz: Tensor2D): Tensor2D {
    const dx = this.multiply(this.readTransposed(dz), weights.adjoint);
    return this.reflects ? this.#sumImages(dx, this.batchOf(dz)) : dx;
  }

  #sumImages(dx: Tensor2D, batch: number): Tensor2D {
    const [rows] = this.tables.get('images', this.dense, batch);
    const channels = dx.shape[1];
    const images = this.gather(dx, rows!, true);
    return this.tf.sum(this.tf.reshape(images, [batch * this.dense.siteCount, 3 ** this.dense.dimension, channels]), 1);
  }

  override writeGradient(source: Float32Array, from: number, gradient: Float32Array): number {
    const { weight, bias } = this.dense.layer;
    writeWeightGradient(this.dense, this.order, this.slabs, source, from, gradient);
    const afterWeight = from + weight.size;
    gradient.set(source.subarray(afterWeight, afterWeight + bias.size), bias.offset);
    return afterWeight + bias.size;
  }

  /** Whether windows extend into a mirror image. */
  protected get reflects(): boolean {
    return this.dense.padding === 'reflect' && this.dense.places > 1;
  }

  /** Gathers rows of x by a table; `zeros` if it may contain the index past the last row, a row of zeros. */
  protected gather(x: Tensor2D, rows: Tensor2D, zeros = this.dense.padding === 'zero'): Tensor {
    const padding: [[number, number], [number, number]] = [
      [0, 1],
      [0, 0],
    ];
    return this.tf.gatherND(zeros ? this.tf.pad(x, padding) : x, rows);
  }

  /** Left factors of the transposed layer. Its windows are mirrored, so it reads as the layer does, except with reflection. */
  protected readTransposed(dz: Tensor2D): Tensor[] {
    return this.read(dz);
  }

  protected biasTensor(values: Float32Array): Tensor {
    return this.tf.tensor1d(values);
  }

  protected abstract factors(matrix: Float32Array, inputs: number, outputs: number): Tensor[];
  protected abstract read(x: Tensor2D): Tensor[];
  protected abstract multiply(
    read: readonly Tensor[],
    factors: readonly Tensor[],
    bias?: Tensor,
    activation?: FusedActivation,
  ): Tensor2D;
}

/** The operator for a layer. */
export function layerOperator(dense: DenseLayer, runtime: Runtime, tables: TableCache): LayerOperator {
  if (dense.layer.kind === 'fourier') return new FourierOperator(dense, runtime, tables);
  if (dense.local) return new LocalOperator(dense, runtime, tables);
  if (dense.places === 1) return new PointwiseOperator(dense, runtime, tables);
  if (dense.dilation !== undefined) return new DilatedOperator(dense, runtime, tables);
  return new ConvolutionOperator(dense, runtime, tables);
}

/** A convolutional layer with a window of one place: one matrix product over all samples and sites. */
class PointwiseOperator extends WindowOperator {
  // The wasm backend packs the right factor of a product once per storage, whatever its shape, and reshaped tensors share storage.
  // A right factor must therefore not be a view of the network's input (x of a restriction) or of its output gradient (dz of an
  // interpolation). Transposes are explicit because wasm multiplies transposed operands slowly.
  protected override readonly order = this.dense.layer.kind === 'restriction' ? 'swapped' : 'layout';

  protected override factors(matrix: Float32Array, inputs: number, outputs: number): Tensor[] {
    return [this.tf.tensor2d(matrix, [inputs, outputs])];
  }

  protected override read(x: Tensor2D): Tensor[] {
    return [x];
  }

  protected override multiply(
    [x]: readonly Tensor[],
    [factor]: readonly Tensor[],
    bias?: Tensor,
    activation?: FusedActivation,
  ): Tensor2D {
    return this.tf.fused.matMul({ a: x as Tensor2D, b: factor as Tensor2D, bias, activation }) as Tensor2D;
  }

  override gradient({ read }: Applied, dz: Tensor2D): LayerGradient {
    const { tf, order } = this;
    const x = read[0] as Tensor2D;
    const weight = order === 'swapped' ? tf.matMul(tf.transpose(x), dz) : tf.matMul(tf.transpose(dz), x);
    return { weight: [weight], bias: tf.sum(dz, 0) };
  }
}

/** A convolutional kernel layer: padding by one row gather, then a convolution without padding. */
class ConvolutionOperator extends WindowOperator {
  protected override readonly order: GradientOrder;
  protected override readonly slabs: number;
  /** Output sites and window on the two axes of TensorFlow.js's convolution. */
  readonly #sites: [number, number];
  readonly #window: [number, number];

  constructor(dense: DenseLayer, runtime: Runtime, tables: TableCache) {
    super(dense, runtime, tables);
    const { dimension, sites, window } = dense;
    this.#sites = dimension === 1 ? [sites, 1] : [sites, sites];
    this.#window = dimension === 1 ? [window, 1] : [window, window];
    this.slabs = dimension === 3 ? window : 1;
    this.order = runtime.tf.getKernel('Conv2DBackpropFilter', runtime.backend) ? 'filter' : 'swapped';
  }

  protected override factors(matrix: Float32Array, inputs: number, outputs: number): Tensor[] {
    const size = matrix.length / this.slabs;
    return Array.from({ length: this.slabs }, (_, slab) =>
      this.tf.tensor4d(matrix.subarray(slab * size, (slab + 1) * size), [...this.#window, inputs, outputs]),
    );
  }

  protected override read(x: Tensor2D): Tensor[] {
    return this.#slabs(x, this.tables.get('padded', this.dense, this.batchOf(x)), this.#sites);
  }

  protected override readTransposed(dz: Tensor2D): Tensor[] {
    if (!this.reflects) return this.read(dz);
    const extended = this.#sites.map((sites, axis) => sites + this.#window[axis]! - 1);
    return this.#slabs(dz, this.tables.get('extended', this.dense, this.batchOf(dz)), extended, true);
  }

  /** The images that a convolution without padding maps to `outputs` sites on its two axes. */
  #slabs(x: Tensor2D, tables: readonly Tensor2D[], outputs: readonly number[], zeros?: boolean): Tensor[] {
    const [rows, columns] = outputs.map((extent, axis) => extent + this.#window[axis]! - 1) as [number, number];
    return tables.map((table) => this.tf.reshape(this.gather(x, table, zeros), [-1, rows, columns, x.shape[1]]));
  }

  protected override multiply(
    read: readonly Tensor[],
    factors: readonly Tensor[],
    bias?: Tensor,
    activation?: FusedActivation,
  ): Tensor2D {
    const { tf } = this;
    const last = read.length - 1;
    const convolved = read.map((x, slab) => {
      const common = { x: x as Tensor4D, filter: factors[slab] as Tensor4D, strides: 1, pad: 'valid' as const };
      // With several slabs, bias and activation follow the sum.
      return tf.fused.conv2d(last === 0 ? { ...common, bias, activation } : common);
    });
    let sum: Tensor = convolved[0]!;
    if (last > 0) {
      sum = tf.addN(convolved);
      if (bias) sum = tf.add(sum, bias);
      if (activation === 'relu') sum = tf.relu(sum);
    }
    const channels = sum.shape[3]!;
    return tf.reshape(sum, [sum.size / channels, channels]);
  }

  override gradient({ read }: Applied, dz: Tensor2D): LayerGradient {
    const weight = this.order === 'filter' ? this.#filterGradient(read, dz) : this.#swappedGradient(read, dz);
    return { weight, bias: this.tf.sum(dz, 0) };
  }

  #filterGradient(read: readonly Tensor[], dz: Tensor2D): Tensor[] {
    const { tf, dense } = this;
    const dy = tf.reshape(dz, [this.#images(dz), ...this.#sites, dense.outputs]);
    const filterShape = [...this.#window, dense.inputs, dense.outputs];
    const attributes = { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', dimRoundingMode: undefined, filterShape };
    return read.map((x) => tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, attributes as never));
  }

  /**
   * ∂loss/∂W[j, c, c'] = Σ_{s,i} x[s, i + j, c] dz[s, i, c'] is itself a convolution of x with dz as the filter, with samples and
   * input channels swapped.
   */
  #swappedGradient(read: readonly Tensor[], dz: Tensor2D): Tensor[] {
    const { tf, dense } = this;
    const images = this.#images(dz);
    const filter = tf.reshape(tf.transpose(tf.reshape(dz, [images, dz.shape[0] / images, dense.outputs]), [1, 0, 2]), [
      ...this.#sites,
      images,
      dense.outputs,
    ]) as Tensor4D;
    return read.map((x) => {
      const [, rows, columns] = x.shape as [number, number, number, number];
      const swapped = tf.transpose(tf.reshape(x, [images, rows * columns, dense.inputs]), [2, 1, 0]);
      return tf.conv2d(tf.reshape(swapped, [dense.inputs, rows, columns, images]) as Tensor4D, filter, 1, 'valid');
    });
  }

  /** Number of images in the convolution: samples, times the sites on the first of three axes. */
  #images(x: Tensor2D): number {
    return x.shape[0] / (this.#sites[0] * this.#sites[1]);
  }
}

/** A dilated convolutional kernel layer: window gather, then one matrix product. */
class DilatedOperator extends WindowOperator {
  protected override factors(matrix: Float32Array, inputs: number, outputs: number): Tensor[] {
    return [this.tf.tensor2d(matrix, [this.dense.places * inputs, outputs])];
  }

  protected override read(x: Tensor2D): Tensor[] {
    return this.#windows(x, 'gathered');
  }

  protected override readTransposed(dz: Tensor2D): Tensor[] {
    return this.reflects ? this.#windows(dz, 'transposed gathered', true) : this.read(dz);
  }

  #windows(x: Tensor2D, kind: 'gathered' | 'transposed gathered', zeros?: boolean): Tensor[] {
    const [rows] = this.tables.get(kind, this.dense, this.batchOf(x));
    return [this.tf.reshape(this.gather(x, rows!, zeros), [-1, this.dense.places * x.shape[1]])];
  }

  protected override multiply(
    [windows]: readonly Tensor[],
    [factor]: readonly Tensor[],
    bias?: Tensor,
    activation?: FusedActivation,
  ): Tensor2D {
    return this.tf.fused.matMul({ a: windows as Tensor2D, b: factor as Tensor2D, bias, activation }) as Tensor2D;
  }

  override gradient({ read }: Applied, dz: Tensor2D): LayerGradient {
    const { tf } = this;
    return { weight: [tf.matMul(tf.transpose(dz), read[0] as Tensor2D)], bias: tf.sum(dz, 0) };
  }
}

/** A layer with its own matrix at every site: window gather, then one matrix product per site, batched. */
class LocalOperator extends WindowOperator {
  protected override biasTensor(values: Float32Array): Tensor {
    return this.tf.tensor3d(values, [this.dense.siteCount, 1, this.dense.outputs]);
  }

  protected override factors(matrix: Float32Array, inputs: number, outputs: number): Tensor[] {
    const fanIn = this.dense.places * inputs;
    return [this.tf.tensor3d(matrix, [matrix.length / fanIn / outputs, fanIn, outputs])];
  }

  protected override read(x: Tensor2D): Tensor[] {
    return this.#windows(x, 'windows');
  }

  protected override readTransposed(dz: Tensor2D): Tensor[] {
    return this.reflects ? this.#windows(dz, 'transposed windows', true) : this.read(dz);
  }

  #windows(x: Tensor2D, kind: 'windows' | 'transposed windows', zeros?: boolean): Tensor[] {
    const batch = this.batchOf(x);
    const [rows] = this.tables.get(kind, this.dense, batch);
    return [this.tf.reshape(this.gather(x, rows!, zeros), [-1, batch, this.dense.places * x.shape[1]])];
  }

  protected override multiply(
    [windows]: readonly Tensor[],
    [factor]: readonly Tensor[],
    bias?: Tensor,
    activation?: FusedActivation,
  ): Tensor2D {
    const { tf } = this;
    let z = tf.matMul(windows as Tensor3D, factor as Tensor3D);
    if (bias) z = tf.add(z, bias);
    if (activation === 'relu') z = tf.relu(z);
    const [sites, batch, channels] = z.shape;
    return tf.reshape(tf.transpose(z, [1, 0, 2]), [batch * sites, channels]);
  }

  override gradient({ read }: Applied, dz: Tensor2D): LayerGradient {
    const { tf, dense } = this;
    const batch = this.batchOf(dz);
    const bySite = tf.transpose(tf.reshape(dz, [batch, dense.siteCount, dense.outputs]), [1, 0, 2]);
    const weight = tf.matMul(bySite, read[0] as Tensor3D, true);
    return { weight: [weight], bias: tf.sum(tf.reshape(dz, [batch, dense.siteCount * dense.outputs]), 0) };
  }
}
