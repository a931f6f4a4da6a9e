/** A network on a device: its shaders, the buffers that a batch needs, and the dispatches that make a gradient. */
import { LOSS_POWERS, type Loss, type Network } from '@dyadic/mnn';
import { type Form, isSpread, shadersOf } from './form.js';
import { type Gpu, type Pipelines, USAGE } from './gpu.js';
import { type Plan, STAGE, type Stage } from './plan.js';
import type { DeviceSamples } from './samples.js';
import { BINDINGS, type Binding, NETWORK_WORDS, networkWords, STEP_WORDS } from './shaders/bindings.js';
import { MOST_WORKGROUPS, SPREAD_CHUNK, type SpreadEntry } from './shaders/spread.js';
import { NONE } from './tables.js';

/** Most parts of a batch; each has a gradient of its own, and these are added in order. */
const MOST_PARTS = 128;

/** Bytes that gradients of parts, or the workspace, may take, unless one part takes more. */
const ROOM = 2 ** 28;

export { MOST_WORKGROUPS };

/** Bytes from one step to the next in the buffer of steps: what any device can be told to begin at. */
const ALIGNMENT = 256;

/** A batch, as the shaders are told. */
export interface Batch {
  readonly count: number;
  /** Where its sample numbers begin. */
  readonly first: number;
  readonly loss: Loss;
  /** Where among these its moves begin; none by default. */
  readonly moves?: number;
}

/** What a step does at least: each number of the device's memory that it needs is read or written once. */
export interface Work {
  readonly multiplyAdds: number;
  readonly bytes: number;
}

export class Program {
  readonly gpu: Gpu;
  readonly network: Network;
  readonly plan: Plan;
  readonly form: Form;
  /** Dispatches encoded so far. */
  dispatches = 0;
  readonly #pipelines: Pipelines;
  readonly #tables: GPUBuffer;
  readonly #net: GPUBuffer;
  readonly #stages: GPUBuffer | undefined;
  readonly parameters: GPUBuffer;
  #steps: GPUBuffer;
  #stepSlots = 1;
  /** Rounds of the first and largest of the steps that are submitted together. */
  #slotsPerStep = 1;
  /** What a batch needs, which grows with the largest one. */
  #batch: { readonly indices: GPUBuffer; readonly losses: GPUBuffer; readonly parts: GPUBuffer } | undefined;
  #workspace: GPUBuffer | undefined;
  #sizes = { indices: 0, losses: 0, parts: 0, workspace: 0 };
  /** Counts what bind groups depend on. */
  #generation = 0;

  private constructor(gpu: Gpu, network: Network, plan: Plan, form: Form, pipelines: Pipelines) {
    this.gpu = gpu;
    this.network = network;
    this.plan = plan;
    this.form = form;
    this.#pipelines = pipelines;
    this.#tables = gpu.buffer('tables', 4 * plan.tables.length, USAGE.storage | USAGE.copyTarget);
    gpu.device.queue.writeBuffer(this.#tables, 0, plan.tables as Uint32Array<ArrayBuffer>);
    this.#net = gpu.buffer('network', 4 * NETWORK_WORDS, USAGE.uniform | USAGE.copyTarget);
    gpu.device.queue.writeBuffer(this.#net, 0, Uint32Array.from(networkWords(plan, network)));
    const parameterUsage = USAGE.storage | USAGE.copyTarget | USAGE.copySource;
    this.parameters = gpu.buffer('parameters', 4 * plan.parameters, parameterUsage);
    this.#steps = this.#stepBuffer(1);
    this.#stages = isSpread(form) ? this.#writeStages() : undefined;
  }

  /** @param wanted - The form, or what suits network and device. @throws DeviceError, ArgumentError */
  static async open(gpu: Gpu, network: Network, wanted?: Form): Promise<Program> {
    const { form, plan, pipelines } = await shadersOf(gpu, network, wanted);
    return new Program(gpu, network, plan, form, pipelines);
  }

  /** Parts in which a batch is done at the same time; it depends on batch and network alone. */
  partsOf(count: number): number {
    const bytes = Math.max(4 * this.plan.parameters, 4 * this.#workspacePerSample());
    return Math.max(1, Math.min(count, MOST_PARTS, Math.floor(ROOM / bytes)));
  }

  roundsOf(count: number): number {
    return isSpread(this.form) ? Math.ceil(count / this.partsOf(count)) : 1;
  }

  /** Of loss and gradient of a batch: samples, activations and their gradients where these are in a buffer, and the parts. */
  workOf(count: number): Work {
    const { frame, activations, parameters, multiplyAdds } = this.plan;
    const { outputSize, outputs } = this.network;
    const stored = this.form === 'workgroup' ? 0 : 4 * activations;
    const floats = count * (frame.input.length + outputSize + outputs + stored);
    return { multiplyAdds: count * multiplyAdds, bytes: 4 * (floats + (this.partsOf(count) + 1) * parameters) };
  }

  /** Samples of a prediction done at the same time. */
  get predictionSize(): number {
    const perSample = Math.max(this.#workspacePerSample(), this.network.outputSize);
    return Math.max(1, Math.min(1024, Math.floor(ROOM / 4 / perSample)));
  }

  get #buffers() {
    return this.#batch!;
  }
  get indices(): GPUBuffer {
    return this.#buffers.indices;
  }
  get losses(): GPUBuffer {
    return this.#buffers.losses;
  }
  get parts(): GPUBuffer {
    return this.#buffers.parts;
  }
  get steps(): GPUBuffer {
    return this.#steps;
  }

  /** Makes room for batches of `count` samples, `indices` numbers of samples and words of moves, and so many steps. */
  reserve(count: number, indices: number, steps: number): void {
    const { gpu } = this;
    const parts = this.partsOf(count);
    const sizes = this.#sizes;
    if (count > sizes.losses || indices > sizes.indices || parts > sizes.parts) {
      this.#freeBatch();
      sizes.losses = Math.max(count, sizes.losses);
      sizes.indices = Math.max(indices, sizes.indices);
      sizes.parts = Math.max(parts, sizes.parts);
      this.#batch = {
        indices: gpu.buffer('sample numbers', 4 * sizes.indices, USAGE.storage | USAGE.copyTarget),
        losses: gpu.buffer('losses', 4 * sizes.losses, USAGE.storage | USAGE.copySource),
        parts: gpu.buffer('gradients of the parts', 4 * sizes.parts * this.plan.parameters, USAGE.storage),
      };
      this.#generation++;
    }
    this.#reserveWorkspace(parts);
    const slots = steps * this.roundsOf(count);
    if (slots > this.#stepSlots) {
      this.#steps.destroy();
      this.#stepSlots = slots;
      this.#steps = this.#stepBuffer(slots);
      this.#generation++;
    }
  }

  #stepBuffer(slots: number): GPUBuffer {
    return this.gpu.buffer('steps', slots * ALIGNMENT, USAGE.uniform | USAGE.copyTarget);
  }

  #workspacePerSample(): number {
    const { activations } = this.plan;
    return { workgroup: 1, workspace: activations, spread: 2 * activations, tiles: 2 * activations }[this.form];
  }

  #reserveWorkspace(samples: number): void {
    const floats = samples * this.#workspacePerSample();
    if (floats <= this.#sizes.workspace) return;
    this.#workspace?.destroy();
    this.#workspace = this.gpu.buffer('activations', 4 * floats, USAGE.storage);
    this.#sizes.workspace = floats;
    this.#generation++;
  }

  /** Tells the shaders of the batches of coming steps; step k is then encoded as number k. */
  writeSteps(batches: readonly Batch[]): void {
    const perStep = this.roundsOf(batches[0]!.count);
    this.#slotsPerStep = perStep;
    const stride = ALIGNMENT / 4;
    const words = new Uint32Array(stride * perStep * batches.length);
    for (const [k, { count, first, loss, moves = NONE }] of batches.entries()) {
      for (let round = 0; round < perStep; round++) {
        const ofErrors = LOSS_POWERS[loss] === 1 ? 1 : 0;
        const step = [count, first, this.partsOf(count), round, ofErrors, this.plan.parameters, moves];
        words.set(step, stride * (k * perStep + round));
      }
    }
    this.gpu.device.queue.writeBuffer(this.#steps, 0, words);
  }

  /** The loss of every sample of a batch, and the gradients of its parts. */
  encodeGradient(
    pass: GPUComputePassEncoder,
    samples: DeviceSamples,
    batch: Batch,
    step: number,
    parameters = this.parameters,
  ): void {
    const group = this.#groupOf(samples, parameters);
    const parts = this.partsOf(batch.count);
    if (!isSpread(this.form)) {
      this.#dispatch(pass, 'train', group, [step * this.#slotsPerStep * ALIGNMENT], [parts, 1, 1]);
      return;
    }
    for (let round = 0; round < this.roundsOf(batch.count); round++) {
      const at = (step * this.#slotsPerStep + round) * ALIGNMENT;
      this.#encodeForward(pass, group, at, parts);
      this.#dispatch(pass, 'loss', group, [at, 0], [1, 1, parts]);
      for (const [k, stage] of this.plan.backward.entries()) {
        if (stage.kind !== STAGE.delta) continue;
        this.#dispatch(pass, 'delta', group, [at, this.#stageOffset('backward', k)], groups(stage.count, parts));
      }
      const { weights } = this.plan;
      this.#dispatch(pass, 'weights', group, [at, this.#stageOffset('weights', 0)], groups(weights.count, parts));
    }
  }

  /** Outputs of the first `count` samples of `samples`, whose numbers 0, 1, … are in `indices`. */
  encodePrediction(pass: GPUComputePassEncoder, group: GPUBindGroup, count: number): void {
    if (!isSpread(this.form)) {
      this.#dispatch(pass, 'predict', group, [0], [count, 1, 1]);
      return;
    }
    this.#encodeForward(pass, group, 0, count);
    this.#dispatch(pass, 'values', group, [0, 0], [1, 1, count]);
  }

  /** The group of a prediction: its inputs, numbers and outputs take the places of a batch's. */
  predictionGroup(count: number, inputs: GPUBuffer, indices: GPUBuffer, outputs: GPUBuffer): GPUBindGroup {
    this.reserve(1, 1, 1);
    this.#reserveWorkspace(count);
    return this.#group({ inputs, targets: inputs, indices, parts: outputs });
  }

  /** Counts what {@link predictionGroup} depends on. */
  get generation(): number {
    return this.#generation;
  }

  /** Writes the step of a prediction. */
  writePrediction(count: number): void {
    const words = Uint32Array.from({ length: STEP_WORDS }, (_, i) => [count, 0, count, 0, 0, 0, NONE][i] ?? 0);
    this.gpu.device.queue.writeBuffer(this.#steps, 0, words);
  }

  destroy(): void {
    this.#freeBatch();
    for (const buffer of [this.#workspace, this.#stages, this.#tables, this.#net, this.parameters, this.#steps]) {
      buffer?.destroy();
    }
  }

  #freeBatch(): void {
    for (const buffer of Object.values(this.#batch ?? {})) buffer.destroy();
    this.#batch = undefined;
  }

  #encodeForward(pass: GPUComputePassEncoder, group: GPUBindGroup, at: number, samples: number): void {
    const { input, sums } = this.plan.frame;
    this.#dispatch(pass, 'gather', group, [at, 0], groups(Math.ceil(input.length / SPREAD_CHUNK), samples));
    for (const [k, stage] of this.plan.forward.entries()) {
      const merges = stage.kind === STAGE.merge;
      const chunks = merges ? Math.ceil(sums / SPREAD_CHUNK) : stage.count;
      const entry = merges ? 'merge' : 'forward';
      this.#dispatch(pass, entry, group, [at, merges ? 0 : this.#stageOffset('forward', k)], groups(chunks, samples));
    }
  }

  #dispatch(
    pass: GPUComputePassEncoder,
    entry: SpreadEntry | 'train' | 'predict',
    group: GPUBindGroup,
    offsets: number[],
    [x, y, z]: readonly [number, number, number],
  ): void {
    pass.setPipeline(this.#pipelines.entries.get(entry)!);
    pass.setBindGroup(0, group, offsets);
    pass.dispatchWorkgroups(x, y, z);
    this.dispatches++;
  }

  #groupOf(samples: DeviceSamples, parameters: GPUBuffer): GPUBindGroup {
    const [generation, known] = [this.#generation, samples.group];
    if (known?.generation === generation && known.parameters === parameters) return known.group;
    const group = this.#group({ inputs: samples.inputs, targets: samples.targets, parameters });
    samples.group = { generation, parameters, group };
    return group;
  }

  #group(buffers: Partial<Record<Binding, GPUBuffer>>): GPUBindGroup {
    const all = {
      tables: this.#tables,
      parameters: this.parameters,
      ...this.#buffers,
      workspace: this.#workspace!,
      ...buffers,
    } as Record<Binding, GPUBuffer>;
    const uniforms = [
      { buffer: this.#net },
      { buffer: this.#steps, size: 4 * STEP_WORDS },
      ...(this.#stages ? [{ buffer: this.#stages, size: 16 }] : []),
    ];
    const resources = [...BINDINGS.map((name) => ({ buffer: all[name] })), ...uniforms];
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    return this.gpu.device.createBindGroup({ layout: this.#pipelines.group, entries });
  }

  #writeStages(): GPUBuffer {
    const stages = [...this.plan.forward, ...this.plan.backward, this.plan.weights];
    const words = new Uint32Array((ALIGNMENT / 4) * stages.length);
    stages.forEach(({ chunks, count }: Stage, k) => {
      words.set([chunks, count], (ALIGNMENT / 4) * k);
    });
    const buffer = this.gpu.buffer('stages', words.byteLength, USAGE.uniform | USAGE.copyTarget);
    this.gpu.device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  #stageOffset(list: 'forward' | 'backward' | 'weights', k: number): number {
    const { forward, backward } = this.plan;
    const before = { forward: 0, backward: forward.length, weights: forward.length + backward.length }[list];
    return ALIGNMENT * (before + k);
  }
}

/** Workgroups for so many chunks of each of so many samples. */
function groups(chunks: number, samples: number): [number, number, number] {
  return [Math.min(chunks, MOST_WORKGROUPS), Math.ceil(chunks / MOST_WORKGROUPS), samples];
}
