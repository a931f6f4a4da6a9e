import { ArgumentError, requireLength, requireOneOf } from '@dyadic/errors';
import {
  type Descent,
  LOSS_POWERS,
  LOSSES,
  type LoadedSamples,
  type Loss,
  type Network,
  requireIndices,
  requireInputs,
  requireSamples,
  type Samples,
  type Session,
  type UpdateRule,
} from '@dyadic/mnn';
import { compile } from './compile.js';
import { WasmDescent } from './descent.js';
import { instantiate, type Kernels } from './kernels.js';
import { LANES } from './lanes.js';
import { createMemory, Heap } from './memory.js';
import type { LayerPlan, PermutationPlan, Plan } from './plan.js';
import type { Job } from './runner.js';
import { SoapMatrices, soapBytes, sumOfSizes } from './soap-matrices.js';
import { ThreadPool } from './thread-pool.js';
import { transformFilters } from './winograd.js';

/** Samples in the engine's memory: inputs one after the other at `inputs`, targets at `targets`. */
class WasmSamples implements LoadedSamples {
  readonly count: number;
  readonly inputs: number;
  readonly targets: number;
  readonly weights: Float32Array;

  constructor(count: number, inputs: number, targets: number, weights: Float32Array) {
    this.count = count;
    this.inputs = inputs;
    this.targets = targets;
    this.weights = weights;
  }
}

/** Beyond this the state of an optimizer would leave too little of the memory that it shares with the samples. */
const MOST_SOAP_BYTES = 2 ** 29;

/** Bytes of memory a session holds. */
export interface SessionMemory {
  /** The network: weights, tables, gradients, workspaces. Fixed when the session opens. */
  readonly network: number;
  /** Loaded samples and the largest batch's indices. */
  readonly samples: number;
  /** All that was taken from the machine; it grows when samples are loaded and shrinks when the session closes. */
  readonly total: number;
}

/** The memory of a network for so many threads, with its tables, and the kernels that work on it. */
function laidOut(network: Network, module: WebAssembly.Module, threads: number) {
  const { plan, constants } = compile(network, threads);
  const memory = createMemory(plan.bytes, threads > 1);
  for (const { address, values } of constants) new Uint32Array(memory.buffer).set(values, address / 4);
  return { plan, memory, kernels: instantiate(module, memory) };
}

/** A network compiled into one WebAssembly memory. */
export class WasmSession implements Session {
  readonly #network: Network;
  readonly #plan: Plan;
  readonly #heap: Heap;
  readonly #kernels: Kernels;
  readonly #pool: ThreadPool;
  readonly #layers: readonly LayerPlan[];
  readonly #loaded = new Set<LoadedSamples>();
  /** Which packings are those of the parameters held. */
  #packed = { forward: false, backward: false };
  #memory: WebAssembly.Memory | undefined;
  /** Views of the memory, renewed when it has grown. */
  #floats: Float32Array;
  #words: Uint32Array;
  #doubles: Float64Array;
  /** Indices and weights of a batch, padded to whole chunks; larger when a larger batch comes. */
  #batch = { capacity: 0, indices: 0, weights: 0 };

  private constructor(network: Network, plan: Plan, memory: WebAssembly.Memory, kernels: Kernels, pool: ThreadPool) {
    this.#network = network;
    this.#plan = plan;
    this.#layers = plan.branches.flat();
    this.#memory = memory;
    this.#kernels = kernels;
    this.#pool = pool;
    this.#heap = new Heap(memory, plan.bytes);
    this.#floats = new Float32Array(memory.buffer);
    this.#words = new Uint32Array(memory.buffer);
    this.#doubles = new Float64Array(memory.buffer);
  }

  /** Compiles a network for `threads` threads; the module must want a shared memory when they are more than one. */
  static async open(network: Network, module: WebAssembly.Module, threads: number): Promise<WasmSession> {
    const { plan, memory, kernels } = laidOut(network, module, threads);
    const pool = await ThreadPool.start(threads, plan, kernels, module, memory);
    return new WasmSession(network, plan, memory, kernels, pool);
  }

  /** Compiles a network for the calling thread, at once; the module must be that for a memory of its own. */
  static openHere(network: Network, module: WebAssembly.Module): WasmSession {
    const { plan, memory, kernels } = laidOut(network, module, 1);
    return new WasmSession(network, plan, memory, kernels, ThreadPool.alone(plan, kernels));
  }

  /** What the session takes of the machine's memory, in bytes. */
  get memory(): SessionMemory {
    const total = this.#memory?.buffer.byteLength ?? 0;
    return { network: this.#memory ? this.#plan.bytes : 0, samples: this.#memory ? this.#heap.used : 0, total };
  }

  /** Tasks that threads other than the caller's have completed so far. */
  get workerTasks(): number {
    return this.#pool.completedByWorkers;
  }

  load(given: Samples): LoadedSamples {
    this.#requireOpen();
    requireSamples(this.#network, given);
    const { count, inputs, targets, weights } = given;
    const { inputSize, outputSize } = this.#network;
    const bytes = 4 * count * (inputSize + outputSize);
    const detail = `${count} samples of ${inputSize} inputs and ${outputSize} targets`;
    const address = this.#heap.allocate(bytes, 'memory for the samples', detail);
    this.#renewViews();
    this.#floats.set(inputs, address / 4);
    this.#floats.set(targets, address / 4 + inputs.length);
    const samples = new WasmSamples(count, address, address + 4 * inputs.length, weights.slice());
    this.#loaded.add(samples);
    return samples;
  }

  unload(samples: LoadedSamples): void {
    if (this.#loaded.delete(samples)) this.#heap.free((samples as WasmSamples).inputs);
  }

  async lossAndGradient(
    parameters: Float32Array,
    samples: LoadedSamples,
    indices: Uint32Array,
    gradient: Float32Array,
    loss: Loss = 'squared-error',
  ): Promise<number> {
    this.#requireOpen();
    const plan = this.#plan;
    requireLength('gradient', gradient, plan.parameterCount);
    this.#setParameters(parameters);
    this.#pack(true);
    const job = this.#gradientJob(samples, indices, loss);
    await this.#pool.run(job);
    const sum = this.#collect(job.parts, plan.unpack.to);
    gradient.set(this.#floats.subarray(plan.unpack.to / 4, plan.unpack.to / 4 + plan.unpack.count));
    return sum;
  }

  async descend(rule: UpdateRule): Promise<Descent | undefined> {
    this.#requireOpen();
    const { matrices } = rule;
    if (!matrices) return undefined; // what such a rule does for every number costs less than handing it out
    const { parameterCount } = this.#plan;
    const bytes = soapBytes(sumOfSizes(matrices), parameterCount);
    if (bytes > MOST_SOAP_BYTES) return undefined;
    const start = this.#heap.allocate(bytes, 'memory for the optimizer', `the bases of ${matrices.length} matrices`);
    this.#renewViews();
    this.#floats.fill(0, start / 4, (start + bytes) / 4);
    const soap = new SoapMatrices({ ...rule, matrices }, parameterCount, this.#kernels, this.#memory!, start);
    return new WasmDescent(soap, parameterCount, this.#pool, {
      requireBatch: (samples, indices) => void this.#requireBatch(samples, indices),
      gradientJob: (samples, indices, loss) => {
        if (this.#kernels.update(this.#plan.parameters, soap.parameters, parameterCount) === 1) this.#unpacked();
        this.#pack(true);
        return this.#gradientJob(samples, indices, loss);
      },
      collect: (parts) => this.#collect(parts, soap.gradient),
      floats: () => {
        this.#requireOpen();
        return this.#floats;
      },
      free: () => this.#heap.free(start),
    });
  }

  async predict(parameters: Float32Array, inputs: Float32Array): Promise<Float32Array> {
    const outputs = this.#roomFor(inputs);
    for (const job of this.#predictions(parameters, inputs, outputs)) await this.#pool.run(job);
    return outputs;
  }

  /** `predict` on the calling thread, at once; the same bits. */
  predictHere(parameters: Float32Array, inputs: Float32Array): Float32Array {
    const outputs = this.#roomFor(inputs);
    for (const job of this.#predictions(parameters, inputs, outputs)) this.#pool.runHere(job);
    return outputs;
  }

  /** As many outputs as there are inputs, which are checked. */
  #roomFor(inputs: Float32Array): Float32Array {
    this.#requireOpen();
    return new Float32Array(requireInputs(this.#network, inputs) * this.#plan.outputSize);
  }

  /** The jobs of a prediction, a window of samples each. Its outputs are copied when the next one is asked for. */
  *#predictions(parameters: Float32Array, inputs: Float32Array, outputs: Float32Array): Generator<Job> {
    const { inputSize, outputSize, windowCount, windowInputs, windowOutputs, windowIndices } = this.#plan;
    const all = inputs.length / inputSize;
    this.#setParameters(parameters);
    this.#pack(false);
    for (let first = 0; first < all; first += windowCount) {
      const count = Math.min(windowCount, all - first);
      this.#floats.set(inputs.subarray(first * inputSize, (first + count) * inputSize), windowInputs / 4);
      const chunks = Math.ceil(count / LANES);
      const parts = { tasks: chunks, parts: chunks, chunks, soap: 0 };
      const job = { kind: 'predict', ...parts, count, inputs: windowInputs, weights: 0, root: 0 } as const;
      yield { ...job, targets: windowOutputs, indices: windowIndices };
      const from = windowOutputs / 4;
      outputs.set(this.#floats.subarray(from, from + count * outputSize), first * outputSize);
    }
  }

  close(): void {
    if (this.#memory === undefined) return;
    this.#pool.close();
    this.#memory = undefined;
    this.#loaded.clear();
    this.#floats = new Float32Array();
    this.#words = new Uint32Array();
    this.#doubles = new Float64Array();
  }

  #requireOpen(): void {
    if (this.#memory === undefined) throw new ArgumentError('session', 'closed', 'an open session');
  }

  /** Copies θ in. Who predicts sample by sample keeps θ, which is then packed already. */
  #setParameters(parameters: Float32Array): void {
    const { parameterCount, parameters: held, arriving } = this.#plan;
    requireLength('parameters', parameters, parameterCount);
    this.#floats.set(parameters, arriving / 4);
    if (this.#kernels.update(held, arriving, parameterCount) === 1) this.#unpacked();
  }

  #unpacked(): void {
    this.#packed = { forward: false, backward: false };
  }

  /** Brings θ into the order in which the forward (or also the backward) pass reads it, unless it is so already. */
  #pack(backward: boolean): void {
    const { packForward, packBackward, parameters: held } = this.#plan;
    if (!this.#packed.forward) {
      this.#permute(packForward, held);
      transformFilters(this.#kernels, this.#layers, false);
      this.#packed.forward = true;
    }
    if (backward && !this.#packed.backward) {
      this.#permute(packBackward, held);
      transformFilters(this.#kernels, this.#layers, true);
      this.#packed.backward = true;
    }
  }

  #permute({ to, map, count }: Pick<PermutationPlan, 'to' | 'map' | 'count'>, from: number): void {
    this.#kernels.permute(to, from, map, count);
  }

  /** Loss and gradient of a batch as a job for the pool. */
  #gradientJob(samples: LoadedSamples, indices: Uint32Array, loss: Loss): Job {
    const root = Number(LOSS_POWERS[requireOneOf<Loss>('loss', loss, LOSSES)] === 1);
    const { inputs, targets } = this.#writeBatch(samples, indices, root);
    const count = indices.length;
    const chunks = Math.ceil(count / LANES);
    const parts = Math.min(chunks, this.#plan.slotCount);
    return { kind: 'gradient', tasks: parts, parts, soap: 0, chunks, inputs, targets, count, root, ...this.#batch };
  }

  /** Adds up what the parts of a batch have left: writes the gradient to an address and returns the loss. */
  #collect(parts: number, gradient: number): number {
    const { slots, slotBytes, slotFloats, unpack, losses } = this.#plan;
    this.#kernels.sumInOrder(slots, slots, slotBytes, parts, slotFloats);
    this.#gatherFilterGradients();
    this.#permute({ ...unpack, to: gradient }, slots);
    let sum = 0;
    for (let part = 0; part < parts; part++) sum += this.#doubles[losses / 8 + part]!;
    return sum;
  }

  /** From the gradients of transformed weights to those of the weights, in the first slot. */
  #gatherFilterGradients(): void {
    const { slots } = this.#plan;
    for (const { winograd, forward, weightGradient } of this.#layers) {
      if (winograd === undefined) continue;
      const { from, to } = forward;
      this.#kernels.filterTransformAdjoint(
        slots + winograd.gradient,
        to.channels,
        from.channels,
        slots + weightGradient,
      );
    }
  }

  /**
   * Writes the indices of a batch, and w_(s,c) / B, which under a root is w_(s,c) / B², chunk by chunk and in each field by
   * field; padding repeats the last sample with weight 0.
   */
  #writeBatch(samples: LoadedSamples, indices: Uint32Array, root: number): WasmSamples {
    const loaded = this.#requireBatch(samples, indices);
    const count = indices.length;
    const divisor = root ? count * count : count;
    const padded = Math.ceil(count / LANES) * LANES;
    this.#reserveBatch(padded);
    const firstIndex = this.#batch.indices / 4;
    const firstWeight = this.#batch.weights / 4;
    const { outputs } = this.#plan;
    for (let position = 0; position < padded; position++) {
      const index = indices[Math.min(position, count - 1)]!;
      this.#words[firstIndex + position] = index;
      const lane = position % LANES;
      const first = firstWeight + (position - lane) * outputs + lane;
      for (let c = 0; c < outputs; c++) {
        const weight = loaded.weights[index * outputs + c]!;
        this.#floats[first + c * LANES] = position < count ? weight / divisor : 0;
      }
    }
    return loaded;
  }

  #requireBatch(samples: LoadedSamples, indices: Uint32Array): WasmSamples {
    if (!this.#loaded.has(samples)) throw new ArgumentError('samples', samples, 'samples loaded by this session');
    requireIndices(indices, samples.count);
    return samples as WasmSamples;
  }

  #reserveBatch(count: number): void {
    if (count <= this.#batch.capacity) return;
    const capacity = 2 ** Math.ceil(Math.log2(Math.max(count, 1024)));
    if (this.#batch.capacity > 0) this.#heap.free(this.#batch.indices);
    this.#batch.capacity = 0;
    const bytes = 4 * capacity * (1 + this.#plan.outputs);
    const indices = this.#heap.allocate(bytes, 'memory for a batch', `${count} samples`);
    this.#batch = { capacity, indices, weights: indices + 4 * capacity };
    this.#renewViews();
  }

  #renewViews(): void {
    const { buffer } = this.#memory!;
    if (this.#floats.buffer === buffer) return;
    this.#floats = new Float32Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
  }
}
