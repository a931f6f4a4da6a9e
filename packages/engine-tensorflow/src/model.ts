import { type Branch, type Network, OUTPUT_FORMULAS, type OutputStage, outputGroups, sitesOf } from '@dyadic/mnn';
import type { Rank, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { fromBoxes, onSites, toBoxes } from './boxes.js';
import { Frame } from './frame.js';
import type { Applied, LayerOperator, Weights } from './layer-operator.js';
import { layerOperator } from './operator.js';
import { positive, positivePullback } from './positive.js';
import { TableCache } from './tables.js';
import type { Runtime, Tfjs } from './tfjs.js';
import { denseLayer } from './weights.js';

interface CompiledBranch extends Branch {
  readonly operators: readonly LayerOperator[];
}

/** The result of a layer, and its output, which includes that of the layer it adds, if any. */
interface Step {
  readonly applied: Applied;
  readonly output: Tensor2D;
}

/** f of a group of output fields, and the map from ∂loss/∂f to ∂loss/∂y. */
interface Staged {
  readonly values: Tensor2D;
  readonly pullback: (g: Tensor2D) => Tensor2D;
}

/** A network compiled to TensorFlow.js operations. Everything here runs synchronously on the current backend. */
export class Model {
  readonly #tf: Tfjs;
  readonly #network: Network;
  readonly #tables: TableCache;
  readonly #frame: Frame;
  readonly #branches: readonly CompiledBranch[];

  constructor(runtime: Runtime, network: Network) {
    this.#tf = runtime.tf;
    this.#network = network;
    this.#tables = new TableCache(runtime.tf);
    this.#frame = new Frame(runtime.tf, network);
    this.#branches = network.branches.map((branch) => ({
      ...branch,
      operators: branch.layers.map((layer) => layerOperator(denseLayer(layer), runtime, this.#tables)),
    }));
  }

  /** f(θ, x) for every row of x [batch, inputSize]. */
  predict(parameters: Float32Array, x: Tensor2D): Tensor2D {
    const padded = this.#frame.pad(x);
    const outputs = this.#branches.map((branch) => {
      const weights = branch.operators.map((operator) => operator.upload(parameters, false));
      return this.#output(branch, this.#forward(branch, weights, padded));
    });
    return this.#stages(this.#frame.crop(this.#tf.addN(outputs))).values;
  }

  /**
   * Errors and gradient as one flat tensor, because every read from a GPU waits for it: q_(s,c) = ‖f_c(θ, x_s) − t_(s,c)‖² for
   * every sample s and output field c, then the gradient of Σ_s Σ_c scale_(s,c) q_(s,c), or with `root` of
   * Σ_s √(Σ_c scale_(s,c) q_(s,c)), layer by layer, as {@link writeGradient} reads it.
   *
   * @param x - [batch, inputSize]. @param targets - [batch, outputSize]. @param scale - [batch, outputs].
   */
  errorsAndGradient(
    parameters: Float32Array,
    x: Tensor2D,
    targets: Tensor2D,
    scale: Tensor2D,
    root: boolean,
  ): Tensor1D {
    const tf = this.#tf;
    const padded = this.#frame.pad(x);
    const passes = this.#branches.map((branch) => {
      const weights = branch.operators.map((operator, index) =>
        operator.upload(parameters, sourceOf(branch, index) >= 0),
      );
      return { branch, weights, steps: this.#forward(branch, weights, padded) };
    });
    const sum = this.#frame.crop(tf.addN(passes.map(({ branch, steps }) => this.#output(branch, steps))));
    const stage = this.#stages(sum);
    const error = tf.sub<Tensor2D>(stage.values, targets);
    const { squares, slopes } = this.#errors(error, scale, root);
    const sumGradient = this.#frame.uncrop(stage.pullback(slopes));
    const results: Tensor[] = [squares];
    for (const { branch, weights, steps } of passes) {
      results.push(...this.#reverse(branch, weights, steps, sumGradient));
    }
    return tf.concat1d(results.map((tensor) => tf.reshape(tensor, [tensor.size]) as Tensor1D));
  }

  /** q_(s,c) and the gradient of the loss with respect to f. */
  #errors(error: Tensor2D, scale: Tensor2D, root: boolean): { readonly squares: Tensor2D; readonly slopes: Tensor2D } {
    const tf = this.#tf;
    const fields = this.#network.outputs;
    // d√q/dq = 1/(2√q), and 0 for q = 0.
    if (fields === 1) {
      const squares = tf.sum<Tensor2D>(tf.square(error), 1, true);
      const slope = root ? tf.divNoNan(tf.sqrt(scale), tf.sqrt(squares)) : tf.mul(scale, 2);
      return { squares, slopes: tf.mul(error, slope) };
    }
    const [batch, size] = error.shape;
    const byField = tf.reshape(error, [batch, fields, size / fields]);
    const squares = tf.sum<Tensor2D>(tf.square(byField), 2);
    const total = tf.sqrt(tf.sum(tf.mul(squares, scale), 1, true));
    const factor = root ? tf.divNoNan(scale, total) : tf.mul(scale, 2);
    return { squares, slopes: tf.reshape(tf.mul(byField, tf.reshape(factor, [batch, fields, 1])), [batch, size]) };
  }

  /** Copies the gradient of {@link errorsAndGradient}, from `from` on, to the flat gradient. */
  writeGradient(source: Float32Array, from: number, gradient: Float32Array): void {
    let position = from;
    for (const { operators } of this.#branches) {
      for (const operator of operators) position = operator.writeGradient(source, position, gradient);
    }
  }

  dispose(): void {
    this.#tables.dispose();
    this.#frame.dispose();
  }

  #forward(branch: CompiledBranch, weights: readonly Weights[], x: Tensor2D): Step[] {
    const input = toBoxes(this.#tf, x, this.#network.inputs, branch);
    const steps: Step[] = [];
    branch.operators.forEach((operator, index) => {
      const { adds, addsWithin, sites } = branch.layers[index]!;
      const outputOf = (of: number) => this.#moved(branch, steps[of]?.output ?? input, sitesOf(branch, of), sites);
      const within = addsWithin === undefined ? undefined : outputOf(addsWithin);
      const applied = operator.apply(weights[index]!, outputOf(sourceOf(branch, index)), within);
      const output = adds === undefined ? applied.output : this.#tf.add<Tensor2D>(applied.output, outputOf(adds));
      steps.push({ applied, output });
    });
    return steps;
  }

  /** Activations as a layer on another number of sites takes them. */
  #moved({ boxPoints }: Branch, x: Tensor2D, from: number, sites: number): Tensor2D {
    return onSites(this.#tf, x, boxPoints.length, from, sites);
  }

  #output(branch: CompiledBranch, steps: readonly Step[]): Tensor2D {
    return fromBoxes(this.#tf, steps.at(-1)!.output, this.#network.outputs, branch);
  }

  /** The output stages: f from the sum y of the branches, group by group. */
  #stages(y: Tensor2D): Staged {
    const groups = outputGroups(this.#network);
    if (groups.length === 1) return this.#stage(groups[0]!.stage, y);
    const [batch, size] = y.shape;
    const perField = size / this.#network.outputs;
    const part = (x: Tensor2D, { first, fields }: { first: number; fields: number }) =>
      this.#tf.slice2d(x, [0, first * perField], [batch, fields * perField]);
    const staged = groups.map((group) => this.#stage(group.stage, part(y, group)));
    return {
      values: this.#tf.concat2d(
        staged.map(({ values }) => values),
        1,
      ),
      pullback: (g) =>
        this.#tf.concat2d(
          staged.map(({ pullback }, index) => pullback(part(g, groups[index]!))),
          1,
        ),
    };
  }

  #stage(stage: OutputStage, y: Tensor2D): Staged {
    const formula = OUTPUT_FORMULAS[stage];
    switch (formula.kind) {
      case 'identity':
        return { values: y, pullback: (g) => g };
      case 'mean': {
        const mean = (
          x: Tensor2D, // Divides before adding: the sum of finite numbers may overflow.
        ) => this.#tf.broadcastTo<Rank.R2>(this.#tf.sum(this.#tf.div(x, x.shape[1]), 1, true), x.shape);
        return { values: mean(y), pullback: mean };
      }
      case 'normalized': {
        const applied = positive(this.#tf, formula.power, y);
        return { values: applied.values, pullback: (g) => positivePullback(this.#tf, formula.power, y, applied, g) };
      }
    }
  }

  /** Gradients of all layers of the branch, first layer first, weights before biases. */
  #reverse(
    branch: CompiledBranch,
    weights: readonly Weights[],
    steps: readonly Step[],
    sumGradient: Tensor2D,
  ): Tensor[] {
    // ∂loss/∂output of every layer, accumulated so far.
    const arrived: Tensor2D[] = [];
    const arrive = (at: number, gradient: Tensor2D, from: number) => {
      const dy = this.#moved(branch, gradient, from, branch.layers[at]!.sites);
      arrived[at] = arrived[at] ? this.#tf.add<Tensor2D>(arrived[at], dy) : dy;
    };
    arrive(steps.length - 1, toBoxes(this.#tf, sumGradient, this.#network.outputs, branch), branch.boxes);
    const gradients: Tensor[][] = [];
    for (let index = steps.length - 1; index >= 0; index--) {
      const operator = branch.operators[index]!;
      const { applied } = steps[index]!;
      const { adds, addsWithin, sites } = branch.layers[index]!;
      const source = sourceOf(branch, index);
      if (adds !== undefined && adds >= 0) arrive(adds, arrived[index]!, sites);
      const dz = operator.pullback(applied, arrived[index]!);
      if (addsWithin !== undefined && addsWithin >= 0) arrive(addsWithin, dz, sites);
      const { weight, bias } = operator.gradient(applied, dz);
      gradients.unshift([...weight, ...(bias ? [bias] : [])]);
      if (source >= 0) arrive(source, operator.inputGradient(weights[index]!, dz), sites);
    }
    return gradients.flat();
  }
}

/** The layer whose output a layer reads; −1 is the branch's input. */
function sourceOf({ layers }: Branch, index: number): number {
  return layers[index]!.reads ?? index - 1;
}
