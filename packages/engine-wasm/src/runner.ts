import type { Kernels } from './kernels.js';
import { LANES, VECTOR } from './lanes.js';
import type { LayerPlan, PassPlan, Plan, ProductPlan, StagesPlan } from './plan.js';
import { fourierAdjoint, fourierProduct, fourierWeightGradient } from './waves.js';
import { winogradProduct, winogradWeightGradient } from './winograd.js';

/** A batch, a window of samples to predict, or an optimizer's update, cut into tasks that threads take. All plain numbers. */
export interface Job {
  readonly kind: 'gradient' | 'predict' | 'update';
  readonly tasks: number;
  /** Tasks of a gradient or prediction; those after them bring the optimizer's bases up to date. */
  readonly parts: number;
  /** Address of the optimizer's state, where there is one. */
  readonly soap: number;
  /** Samples, rounded up to whole chunks. */
  readonly chunks: number;
  /** Addresses of the first sample's input and target (or output, when predicting). */
  readonly inputs: number;
  readonly targets: number;
  /** Address of the index of each sample, padded to whole chunks. */
  readonly indices: number;
  /** Address of each sample's factor under the loss's sum, or, with `root`, under its square root; zero for padding. */
  readonly weights: number;
  /** Samples without padding. */
  readonly count: number;
  /** 1 where the loss is the sum of the samples' errors, 0 where it is that of their squares. */
  readonly root: number;
}

/** Sites whose rows and columns the weight gradient holds in the first-level cache at a time. */
const GRADIENT_SITES = 128;

/** Runs tasks of a job on one thread, in a workspace of its own. */
export class Runner {
  readonly #plan: Plan;
  readonly #kernels: Kernels;
  readonly #workspace: number;

  constructor(plan: Plan, kernels: Kernels, thread: number) {
    this.#plan = plan;
    this.#kernels = kernels;
    this.#workspace = plan.workspace + thread * plan.workspaceBytes;
  }

  run(job: Job, task: number): void {
    if (job.kind === 'update') this.#kernels.soapUpdate(job.soap, task);
    else if (task >= job.parts) this.#kernels.soapCurvature(job.soap, task - job.parts);
    else this.#part(job, task);
  }

  /** Part t of T covers the chunks from ⌊t n / T⌋ up to ⌊(t + 1) n / T⌋, one after the other. */
  #part(job: Job, task: number): void {
    const start = Math.floor((task * job.chunks) / job.parts);
    const end = Math.floor(((task + 1) * job.chunks) / job.parts);
    for (let chunk = start; chunk < end; chunk++) {
      if (job.kind === 'predict') this.#predict(job, chunk);
      else this.#gradient(job, chunk, task, chunk > start ? 1 : 0);
    }
  }

  #predict(job: Job, chunk: number): void {
    const { outputSize, outputOrder } = this.#plan;
    const values = this.#forward(job, chunk);
    const first = chunk * LANES;
    const to = job.targets + 4 * outputSize * first;
    const count = Math.min(LANES, job.count - first);
    this.#kernels.scatterChunk(values, outputOrder, outputSize, to, count);
  }

  /** Adds the loss and the gradient of a chunk to those of its task; the first chunk overwrites what was there. */
  #gradient(job: Job, chunk: number, task: number, add: number): void {
    const { outputSize, outputOrder, outputs, sum, crop, stages, losses } = this.#plan;
    const values = this.#forward(job, chunk);
    const lanes = 4 * LANES * chunk;
    const residual = this.#workspace + (stages?.gradient ?? sum);
    const loss = losses + 8 * task;
    const { targets, root } = job;
    const [indices, weights] = [job.indices + lanes, job.weights + outputs * lanes];
    const kernels = this.#kernels;
    kernels.lossAndResidual(
      values,
      residual,
      outputOrder,
      outputSize,
      outputs,
      targets,
      indices,
      weights,
      loss,
      add,
      root,
    );
    if (stages) this.#stagesBack(stages);
    if (crop) this.#run([crop.backward]);
    this.#backward(this.#plan.slots + task * this.#plan.slotBytes, add);
  }

  /** Applies the network to a chunk and returns the address of its output. */
  #forward(job: Job, chunk: number): number {
    const { inputSize, inputOrder, received, pad, crop, stages, sum, branches } = this.#plan;
    const workspace = this.#workspace;
    const indices = job.indices + 4 * LANES * chunk;
    this.#kernels.gatherChunk(workspace + received, inputOrder, inputSize, job.inputs, indices);
    if (pad) this.#run([pad]);
    for (const layers of branches) {
      for (const layer of layers) {
        this.#run(layer.passesBefore);
        this.#product(layer, layer.forward, workspace + layer.input, workspace + layer.output, 0);
        this.#run(layer.passes);
      }
    }
    if (crop) this.#run([crop.forward]);
    if (stages === undefined) return workspace + sum;
    this.#stages(stages);
    return workspace + stages.values;
  }

  /** f of y, group by group. */
  #stages({ values, groups }: StagesPlan): void {
    const kernels = this.#kernels;
    for (const group of groups) {
      const [y, f] = [this.#plan.sum, values].map((start) => this.#workspace + start + group.first * VECTOR);
      switch (group.kind) {
        case 'identity':
          this.#run([group.forward]);
          break;
        case 'mean':
          kernels.mean(y!, f!, group.size);
          break;
        case 'normalized':
          kernels.positive(y!, f!, group.size, group.power);
          break;
      }
    }
  }

  /** The gradient with respect to y, in the place of y, from that with respect to f. */
  #stagesBack({ values, gradient, groups }: StagesPlan): void {
    const kernels = this.#kernels;
    for (const group of groups) {
      const at = [this.#plan.sum, values, gradient].map((start) => this.#workspace + start + group.first * VECTOR);
      const [y, f, g] = at as [number, number, number];
      switch (group.kind) {
        case 'identity':
          this.#run([group.backward]);
          break;
        case 'mean':
          kernels.mean(g, y, group.size);
          break;
        case 'normalized':
          kernels.positiveGradient(y, g, f, group.size, group.power);
          break;
      }
    }
  }

  /** From the gradient with respect to y, which is that at the output of every branch, back to the first layers. */
  #backward(slot: number, add: number): void {
    const { branches } = this.#plan;
    const workspace = this.#workspace;
    // The branch that ran last first: its activations are still in the cache.
    for (let branch = branches.length - 1; branch >= 0; branch--) {
      const layers = branches[branch]!;
      for (let index = layers.length - 1; index >= 0; index--) {
        const layer = layers[index]!;
        const { backward } = layer;
        const x = workspace + layer.input;
        const delta = workspace + layer.delta;
        this.#run(layer.deltaPasses);
        this.#weightGradient(layer, x, delta, slot, add);
        if (backward === undefined) continue;
        this.#product(layer, backward, delta, workspace + backward.gradient, x);
        this.#run(backward.passes);
      }
    }
  }

  #run(passes: readonly PassPlan[]): void {
    const workspace = this.#workspace;
    for (const { x, table, places, channels, sites, y, activated, epilogue } of passes) {
      const [from, to] = [workspace + x, workspace + y];
      this.#kernels.sumPlaces(from, table, places, channels, to, sites, epilogue, workspace + activated);
    }
  }

  #product(layer: LayerPlan, product: ProductPlan, x: number, y: number, activated: number): void {
    if (layer.fourier) {
      const bench = { kernels: this.#kernels, workspace: this.#workspace };
      const { weights, epilogue } = product;
      if (product === layer.backward) fourierAdjoint(bench, layer.fourier, weights, [y, activated], epilogue);
      else fourierProduct(bench, layer.fourier, weights, [x, y, activated], epilogue);
      return;
    }
    if (layer.winograd) {
      const { zeros, frequencies } = this.#plan;
      const [v, m] = [this.#workspace + frequencies[0], this.#workspace + frequencies[1]];
      const backward = product === layer.backward;
      winogradProduct(this.#kernels, layer.winograd, product, backward, [x, y, activated, v, m], zeros);
      return;
    }
    const { sites, from, to, runs, weights, bias, epilogue } = product;
    const { table, places, channels } = to;
    const kernels = this.#kernels;
    if (!layer.local) {
      kernels.sharedProduct(x, runs, y, table, places, channels, weights, bias, sites, epilogue, activated);
      return;
    }
    const { table: inTable, places: inPlaces, channels: inChannels } = from;
    kernels.localProduct(
      x,
      inTable,
      inPlaces,
      inChannels,
      y,
      table,
      places,
      channels,
      weights,
      bias,
      sites,
      epilogue,
      activated,
    );
  }

  #weightGradient(layer: LayerPlan, x: number, delta: number, slot: number, add: number): void {
    const { sites, local, rowsAreInputs, winograd, fourier } = layer;
    if (fourier) {
      const bench = { kernels: this.#kernels, workspace: this.#workspace };
      fourierWeightGradient(bench, fourier, delta, slot + layer.weightGradient, add);
      return;
    }
    const { from, to } = layer.forward;
    const kernels = this.#kernels;
    const [left, right] = rowsAreInputs ? [x, delta] : [delta, x];
    const [rows, columns] = rowsAreInputs ? [from, to] : [to, from];
    const target = slot + layer.weightGradient;
    const { places, channels } = columns;
    const table = layer.columns;
    if (winograd) {
      const { frequencies } = this.#plan;
      const [v, m] = [this.#workspace + frequencies[0], this.#workspace + frequencies[1]];
      winogradWeightGradient(kernels, winograd, layer.forward, [x, delta, v, m], slot + winograd.gradient, add);
    } else if (local) {
      kernels.localWeightGradient(left, rows.channels, right, table, places, channels, sites, target, add);
    } else {
      for (let first = 0; first < sites; first += GRADIENT_SITES) {
        kernels.sharedWeightGradient(
          left + first * rows.channels * VECTOR,
          rows.channels,
          right,
          table + 4 * first,
          4 * sites,
          places,
          channels,
          Math.min(GRADIENT_SITES, sites - first),
          target,
          first > 0 ? 1 : add,
        );
      }
    }
    const biases = slot + layer.biasGradient;
    kernels.biasGradient(delta, to.table, to.places, to.channels, sites, local ? 1 : 0, biases, add);
  }
}
