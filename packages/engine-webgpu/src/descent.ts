/** An optimizer on the device: steps are submitted many at a time and wait for nobody. */
import { ArgumentError, requireInteger, requireLength, requireOneOf } from '@dyadic/errors';
import {
  type Descent,
  LOSSES,
  type Loss,
  type RotatedMatrix,
  requireIndices,
  requireMoves,
  type UpdateFactors,
  type UpdateRule,
} from '@dyadic/mnn';
import { bufferEntry, type Gpu, type Layout, USAGE } from './gpu.js';
import { type Batch, MOST_WORKGROUPS, type Program, type Work } from './program.js';
import type { DeviceSamples } from './samples.js';
import { columnShape, HOUSEHOLDER_ENTRIES, householderModule, longestSide, SLAB } from './shaders/householder.js';
import { LISTS, SOAP_ENTRIES, SOAP_MODULE } from './shaders/soap.js';
import { ELEMENTWISE_MODULE, ELEMENTWISE_THREADS, UPDATE_BINDINGS, UPDATE_WORDS } from './shaders/update.js';
import { DUE, layOut, type MatrixTasks, type StateLayout } from './soap-layout.js';

const ALIGNMENT = 256;

const WRITTEN: ReadonlySet<string> = new Set(['parameters', 'state', 'history']);
const LAYOUT: Layout = [
  ...UPDATE_BINDINGS.map((name, i) => bufferEntry(i, { type: WRITTEN.has(name) ? 'storage' : 'read-only-storage' })),
  bufferEntry(UPDATE_BINDINGS.length, { type: 'uniform', hasDynamicOffset: true, minBindingSize: 4 * UPDATE_WORDS }),
  bufferEntry(UPDATE_BINDINGS.length + 1, { type: 'uniform', hasDynamicOffset: true, minBindingSize: 16 }),
];

type Vectors = Readonly<Record<string, Float32Array>>;

/** A pipeline, its workgroups, and the number of a list of tasks or of a panel. */
type Dispatch = readonly [pipeline: GPUComputePipeline, workgroups: number, part?: number];

/** What a rule is done by: the dispatches of step t. */
interface Method {
  readonly group: GPUBindGroupLayout;
  dispatches(step: number): readonly Dispatch[];
}

/** Buffers for so many steps that are submitted together. */
interface Ahead {
  readonly steps: number;
  readonly updates: GPUBuffer;
  readonly history: GPUBuffer;
}

export class WebgpuDescent implements Descent {
  readonly #program: Program;
  readonly #rule: UpdateRule;
  readonly #layout: StateLayout;
  readonly #method: Method;
  /** Its own: predictions of other parameters may come in between. */
  readonly #parameters: GPUBuffer;
  readonly #state: GPUBuffer;
  readonly #matrices: GPUBuffer;
  readonly #numbers: GPUBuffer;
  readonly #requireOwn: (samples: unknown) => DeviceSamples;
  #ahead: Ahead | undefined;
  #group: { readonly generation: number; readonly ahead: Ahead; readonly group: GPUBindGroup } | undefined;
  /** Where losses are read, used again and again. */
  readonly #readbacks: GPUBuffer[] = [];
  #closed = false;

  private constructor(
    program: Program,
    rule: UpdateRule,
    layout: StateLayout,
    method: Method,
    requireOwn: (samples: unknown) => DeviceSamples,
  ) {
    const { gpu, plan } = program;
    this.#program = program;
    this.#rule = rule;
    this.#layout = layout;
    this.#method = method;
    this.#requireOwn = requireOwn;
    const usage = USAGE.storage | USAGE.copyTarget | USAGE.copySource;
    this.#parameters = gpu.buffer('parameters that are optimized', 4 * plan.parameters, usage);
    this.#state = gpu.buffer("the optimizer's state", 4 * (layout.size + 1), usage);
    this.#matrices = gpu.buffer('matrices', layout.words.byteLength, USAGE.storage | USAGE.copyTarget);
    gpu.device.queue.writeBuffer(this.#matrices, 0, layout.words as Uint32Array<ArrayBuffer>);
    const numbers = Uint32Array.from({ length: MOST_PARTS * (ALIGNMENT / 4) }, (_, word) => word / (ALIGNMENT / 4));
    this.#numbers = gpu.buffer('numbers', numbers.byteLength, USAGE.uniform | USAGE.copyTarget);
    gpu.device.queue.writeBuffer(this.#numbers, 0, numbers);
  }

  /** @param requireOwn - Refuses samples that are not the session's. @returns nothing where bases are too long for the device */
  static async open(
    program: Program,
    rule: UpdateRule,
    requireOwn: (samples: unknown) => DeviceSamples,
  ): Promise<WebgpuDescent | undefined> {
    const { gpu, plan } = program;
    const sides = (rule.matrices ?? []).flatMap(({ left, right }) => [left, right]);
    if (sides.some((side) => side > longestSide(gpu.device.limits.maxComputeInvocationsPerWorkgroup))) return undefined;
    const layout = layOut(rule, plan.parameters);
    const { tasks } = layout;
    const method = await (tasks ? soap(gpu, tasks, plan.parameters) : elementwise(gpu, plan.parameters));
    return new WebgpuDescent(program, rule, layout, method, requireOwn);
  }

  write(parameters: Float32Array, vectors: Vectors): void {
    this.#requireOpen();
    requireLength('parameters', parameters, this.#program.plan.parameters);
    const { queue } = this.#program.gpu.device;
    queue.writeBuffer(this.#parameters, 0, parameters as Float32Array<ArrayBuffer>);
    // Behind all else, whether a loss was no finite number.
    queue.writeBuffer(this.#state, 4 * this.#layout.size, Float32Array.of(0));
    for (const { name, start, size } of this.#layout.vectors) {
      requireLength(`vectors.${name}`, vectors[name]!, size);
      queue.writeBuffer(this.#state, 4 * start, vectors[name] as Float32Array<ArrayBuffer>);
    }
  }

  async run(
    samples: unknown,
    indices: Uint32Array,
    batchSize: number,
    factors: readonly UpdateFactors[],
    loss: Loss = 'squared-error',
    moves?: Uint32Array,
  ): Promise<Float32Array> {
    this.#requireOpen();
    const own = this.#requireOwn(samples);
    requireIndices(indices, own.count);
    requireInteger('batchSize', batchSize, { min: 1 });
    requireOneOf<Loss>('loss', loss, LOSSES);
    requireLength('factors', factors, Math.ceil(indices.length / batchSize));
    const [program, steps] = [this.#program, factors.length];
    if (moves) requireMoves(program.network, moves, indices.length);
    const { device } = program.gpu;
    const batches = factors.map((_, k): Batch => {
      const first = k * batchSize;
      const count = Math.min(batchSize, indices.length - first);
      return { first, count, loss, ...(moves && { moves: indices.length + first * program.network.dimension }) };
    });
    program.reserve(batches[0]!.count, indices.length + (moves?.length ?? 0), steps);
    program.writeSteps(batches);
    device.queue.writeBuffer(program.indices, 0, indices as Uint32Array<ArrayBuffer>);
    if (moves) device.queue.writeBuffer(program.indices, 4 * indices.length, moves as Uint32Array<ArrayBuffer>);
    const ahead = this.#reserve(steps);
    device.queue.writeBuffer(ahead.updates, 0, this.#updates(batches, factors));
    const group = this.#groupOf(ahead);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    batches.forEach((batch, k) => {
      program.encodeGradient(pass, own, batch, k, this.#parameters);
      this.#encodeUpdate(pass, group, k, factors[k]!.step);
    });
    pass.end();
    const readback = this.#readbacks.pop() ?? this.#newReadback(ahead.steps);
    encoder.copyBufferToBuffer(ahead.history, 0, readback, 0, 4 * steps);
    device.queue.submit([encoder.finish()]);
    const losses = new Float32Array(steps);
    await program.gpu.read(readback, 4 * steps, (values) => losses.set(values));
    if (this.#closed || readback.size < 4 * this.#ahead!.steps) readback.destroy();
    else this.#readbacks.push(readback);
    return losses;
  }

  async read(parameters: Float32Array, vectors: Vectors): Promise<void> {
    this.#requireOpen();
    const { gpu, plan } = this.#program;
    const { vectors: places } = this.#layout;
    const [count, stateSize] = [plan.parameters, stateOf(this.#layout)];
    const readback = gpu.buffer('readback of a state', 4 * (count + stateSize), USAGE.mapRead | USAGE.copyTarget);
    try {
      const encoder = gpu.device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.#parameters, 0, readback, 0, 4 * count);
      encoder.copyBufferToBuffer(this.#state, 0, readback, 4 * count, 4 * stateSize);
      gpu.device.queue.submit([encoder.finish()]);
      await gpu.read(readback, 4 * (count + stateSize), (values) => {
        parameters.set(values.subarray(0, count));
        for (const { name, start, size } of places) {
          vectors[name]!.set(values.subarray(count + start, count + start + size));
        }
      });
    } finally {
      readback.destroy();
    }
  }

  /** What a step takes at least, its gradient included: the optimizer reads the parts, and parameters and state both ways. */
  work(batchSize: number): Work {
    const { multiplyAdds, bytes } = this.#program.workOf(batchSize);
    const parts = this.#program.partsOf(batchSize);
    const { matrices, refreshEvery = 1 } = this.#rule;
    const floats = (parts + 2) * this.#program.plan.parameters + 2 * stateOf(this.#layout);
    const products = Math.round(productsOf(matrices ?? [], refreshEvery));
    return { multiplyAdds: multiplyAdds + products, bytes: bytes + 4 * floats };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const own = [this.#parameters, this.#state, this.#matrices, this.#numbers, ...this.#readbacks];
    for (const buffer of own) buffer.destroy();
    this.#freeAhead();
  }

  #requireOpen(): void {
    if (this.#closed) throw new ArgumentError('descent', 'closed', 'an open one');
    this.#program.gpu.check();
  }

  /** @param slot - Of the step among those that are submitted together. */
  #encodeUpdate(pass: GPUComputePassEncoder, group: GPUBindGroup, slot: number, step: number): void {
    for (const [pipeline, workgroups, part = 0] of this.#method.dispatches(step)) {
      pass.setBindGroup(0, group, [slot * ALIGNMENT, part * ALIGNMENT]);
      pass.setPipeline(pipeline);
      pass.dispatchWorkgroups(Math.min(workgroups, MOST_WORKGROUPS), Math.ceil(workgroups / MOST_WORKGROUPS));
      this.#program.dispatches++;
    }
  }

  /** The words of `Update` for every step. */
  #updates(batches: readonly Batch[], factors: readonly UpdateFactors[]): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array((ALIGNMENT / 4) * batches.length);
    const floats = new Float32Array(words.buffer);
    const { beta1, beta2, epsilon, refreshEvery = 1 } = this.#rule;
    const { size, tasks } = this.#layout;
    factors.forEach(({ step, shrink, gradient, moment, second }, k) => {
      const { count } = batches[k]!;
      const at = (ALIGNMENT / 4) * k;
      words.set([count, this.#program.partsOf(count), this.#program.plan.parameters, k, step, size], at);
      floats.set([shrink, gradient, moment, second, beta1, beta2, epsilon], at + 6);
      words[at + 13] = refreshEvery;
      const lists = tasks?.due(step)?.lists;
      if (lists)
        words.set(
          DUE.flatMap((name) => [lists[name].start, lists[name].count, 0, 0]),
          at + 16,
        );
    });
    return words;
  }

  #reserve(steps: number): Ahead {
    if (this.#ahead && this.#ahead.steps >= steps) return this.#ahead;
    this.#freeAhead();
    const { gpu } = this.#program;
    this.#ahead = {
      steps,
      updates: gpu.buffer('updates', ALIGNMENT * steps, USAGE.uniform | USAGE.copyTarget),
      history: gpu.buffer('losses of steps', 4 * steps, USAGE.storage | USAGE.copySource),
    };
    for (const readback of this.#readbacks.splice(0)) readback.destroy();
    return this.#ahead;
  }

  #freeAhead(): void {
    this.#ahead?.updates.destroy();
    this.#ahead?.history.destroy();
  }

  #newReadback(steps: number): GPUBuffer {
    return this.#program.gpu.buffer('readback of losses', 4 * steps, USAGE.mapRead | USAGE.copyTarget);
  }

  #groupOf(ahead: Ahead): GPUBindGroup {
    const { generation, parts, losses, gpu } = this.#program;
    if (this.#group?.generation !== generation || this.#group.ahead !== ahead) {
      const buffers = [this.#matrices, this.#parameters, parts, losses, this.#state, ahead.history];
      const uniforms = [
        { buffer: ahead.updates, size: 4 * UPDATE_WORDS },
        { buffer: this.#numbers, size: 16 },
      ];
      const resources = [...buffers.map((buffer) => ({ buffer })), ...uniforms];
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      const group = gpu.device.createBindGroup({ layout: this.#method.group, entries });
      this.#group = { generation, ahead, group };
    }
    return this.#group.group;
  }
}

/** Floats of the vectors. */
function stateOf({ vectors }: StateLayout): number {
  const { start, size } = vectors.at(-1)!;
  return start + size;
}

/**
 * Multiply-adds of SOAP's matrices in a step on average: Gram matrices, to the bases and back, and in every so many steps the power
 * step, its QR factorization with Q (4/3 n³), and the first moment from the old bases to the new ones.
 */
function productsOf(matrices: readonly RotatedMatrix[], refreshEvery: number): number {
  return matrices.reduce((sum, { rows, columns, left, right }) => {
    const across = rows * columns * (left + right);
    const refresh = (7 / 3) * (left ** 3 + right ** 3) + 2 * across;
    return sum + 3 * across + refresh / refreshEvery;
  }, 0);
}

async function elementwise(gpu: Gpu, parameters: number): Promise<Method> {
  const { group, entries } = await gpu.pipelines('elementwise', () => ELEMENTWISE_MODULE, LAYOUT, ['elementwise']);
  const dispatches: Dispatch[] = [[entries.get('elementwise')!, Math.ceil(parameters / ELEMENTWISE_THREADS)]];
  return { group, dispatches: () => dispatches };
}

/** Numbers of lists of tasks, and of panels of the longest columns. */
const MOST_PARTS = 16;

/** A dispatch a list of tasks. */
async function soap(gpu: Gpu, tasks: MatrixTasks, parameters: number): Promise<Method> {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = gpu.device.limits;
  const threads = Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX);
  const { group, entries } = await gpu.pipelines('soap', () => SOAP_MODULE, LAYOUT, SOAP_ENTRIES);
  const ofSide = async (side: number) => {
    const shape = columnShape(side, threads);
    const label = `householder-${shape.threads}-${shape.quads}`;
    const made = await gpu.pipelines(label, () => householderModule(shape), LAYOUT, HOUSEHOLDER_ENTRIES);
    return [side, made.entries] as const;
  };
  const bySide = new Map(await Promise.all(tasks.sides.map(ofSide)));
  const dispatches = (step: number): Dispatch[] => {
    const due = tasks.due(step);
    const list = (name: (typeof LISTS)[number]): Dispatch => {
      const count = tasks.always[name].count + (due?.lists[name].count ?? 0);
      return [entries.get('tasks')!, count, LISTS.indexOf(name)];
    };
    const gradient: Dispatch = [entries.get('gradient')!, Math.ceil(parameters / ELEMENTWISE_THREADS)];
    if (!due) return [gradient, list('rotate'), list('change')];
    const factorizations = bySide.get(due.side)!;
    const { count } = due.lists.factor;
    const panels = Array.from({ length: Math.ceil(due.side / SLAB) }, (_, panel): Dispatch => {
      return [factorizations.get('factor')!, count, panel];
    });
    const bases: Dispatch = [factorizations.get('accumulate')!, count];
    return [gradient, list('rotate'), list('change'), list('leave'), ...panels, bases, list('turn')];
  };
  return { group, dispatches };
}
