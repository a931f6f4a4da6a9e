import type { Network } from '@dyadic/mnn';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fromBoxes, toBoxes } from './boxes.js';
import { density, densityPullback } from './density.js';
import { type Applied, type LayerOperator, layerOperator, type Weights } from './operator.js';
import { TableCache } from './tables.js';
import type { Runtime, Tfjs } from './tfjs.js';
import { denseLayer } from './weights.js';

interface CompiledBranch {
  readonly boxes: number;
  readonly boxPoints: number;
  readonly operators: readonly LayerOperator[];
}

/** A network compiled to TensorFlow.js operations. Everything here runs synchronously on the current backend. */
export class Model {
  readonly #tf: Tfjs;
  readonly #network: Network;
  readonly #tables: TableCache;
  readonly #branches: readonly CompiledBranch[];

  constructor(runtime: Runtime, network: Network) {
    this.#tf = runtime.tf;
    this.#network = network;
    this.#tables = new TableCache(runtime.tf);
    this.#branches = network.branches.map(({ boxes, boxPoints, layers }) => ({
      boxes,
      boxPoints,
      operators: layers.map((layer) => layerOperator(denseLayer(layer), runtime, this.#tables)),
    }));
  }

  /** f(θ, x) for every row of x [batch, inputSize]. */
  predict(parameters: Float32Array, x: Tensor2D): Tensor2D {
    const outputs = this.#branches.map((branch) => {
      const weights = branch.operators.map((operator) => operator.upload(parameters, false));
      return this.#output(branch, this.#forward(branch, weights, x));
    });
    return this.#stage(this.#tf.addN(outputs)).values;
  }

  /**
   * One flat tensor: ‖f(θ, x_s) − t_s‖² for every sample s, then the gradient of Σ_s scale_s ‖f(θ, x_s) − t_s‖² layer
   * by layer, in the form {@link writeGradient} reads. One tensor, because every read from a GPU waits for it.
   *
   * @param x - [batch, inputSize]. @param targets - [batch, outputSize]. @param scale - [batch, 1].
   */
  errorsAndGradient(parameters: Float32Array, x: Tensor2D, targets: Tensor2D, scale: Tensor2D): Tensor1D {
    const tf = this.#tf;
    const passes = this.#branches.map((branch) => {
      const weights = branch.operators.map((operator, index) => operator.upload(parameters, index > 0));
      return { branch, weights, applied: this.#forward(branch, weights, x) };
    });
    const stage = this.#stage(tf.addN(passes.map(({ branch, applied }) => this.#output(branch, applied))));
    const error = tf.sub<Tensor2D>(stage.values, targets);
    const sumGradient = stage.pullback(tf.mul(error, tf.mul(scale, 2)));
    const results: Tensor[] = [tf.sum(tf.square(error), 1)];
    for (const { branch, weights, applied } of passes) {
      results.push(...this.#reverse(branch, weights, applied, sumGradient));
    }
    return tf.concat1d(results.map((tensor) => tf.reshape(tensor, [tensor.size]) as Tensor1D));
  }

  /** Copies what {@link errorsAndGradient} computed, from `from` on, to its places in the flat gradient. */
  writeGradient(source: Float32Array, from: number, gradient: Float32Array): void {
    let position = from;
    for (const { operators } of this.#branches) {
      for (const operator of operators) position = operator.writeGradient(source, position, gradient);
    }
  }

  dispose(): void {
    this.#tables.dispose();
  }

  #forward(branch: CompiledBranch, weights: readonly Weights[], x: Tensor2D): Applied[] {
    let activations = toBoxes(this.#tf, x, this.#network.spec, branch);
    return branch.operators.map((operator, index) => {
      const applied = operator.apply(weights[index]!, activations);
      activations = applied.output;
      return applied;
    });
  }

  #output(branch: CompiledBranch, applied: readonly Applied[]): Tensor2D {
    return fromBoxes(this.#tf, applied.at(-1)!.output, this.#network.spec, branch);
  }

  /** The output stage: f of the branches' sum y, and the map from ∂loss/∂f to ∂loss/∂y. */
  #stage(y: Tensor2D): { readonly values: Tensor2D; readonly pullback: (g: Tensor2D) => Tensor2D } {
    if (this.#network.spec.output === 'linear') return { values: y, pullback: (g) => g };
    const stage = density(this.#tf, y);
    return { values: stage.values, pullback: (g) => densityPullback(this.#tf, y, stage, g) };
  }

  /** Gradients of all layers of the branch, first layer first, weights before biases. */
  #reverse(
    branch: CompiledBranch,
    weights: readonly Weights[],
    applied: readonly Applied[],
    sumGradient: Tensor2D,
  ): Tensor[] {
    let dy = toBoxes(this.#tf, sumGradient, this.#network.spec, branch);
    const gradients: Tensor[][] = [];
    for (let index = branch.operators.length - 1; index >= 0; index--) {
      const operator = branch.operators[index]!;
      const dz = operator.pullback(applied[index]!, dy);
      const { weight, bias } = operator.gradient(applied[index]!, dz);
      gradients.unshift([...weight, bias]);
      if (index > 0) dy = operator.inputGradient(weights[index]!, dz);
    }
    return gradients.flat();
  }
}
