import { ArgumentError, requireLength, requireOneOf } from '@dyadic/errors';
import {
  LOSSES,
  type LoadedSamples,
  type Loss,
  type Network,
  requireIndices,
  requireInputs,
  requireMoves,
  requireSamples,
  type Samples,
  type Session,
  type UpdateRule,
} from '@dyadic/mnn';
import { WebgpuDescent } from './descent.js';
import type { Form } from './form.js';
import { bufferEntry, type Gpu, type Layout, type Pipelines, USAGE } from './gpu.js';
import { Program, type Work } from './program.js';
import { copyOrdered, DeviceSamples } from './samples.js';
import { STEP_WORDS } from './shaders/bindings.js';
import { SUM_MODULE, SUM_THREADS } from './shaders/sum.js';

const SUM_LAYOUT: Layout = [
  bufferEntry(0, { type: 'read-only-storage' }),
  bufferEntry(1, { type: 'storage' }),
  bufferEntry(2, { type: 'uniform' }),
];

/** Buffers of a prediction, for `size` samples at a time. */
interface Prediction {
  readonly size: number;
  readonly inputs: GPUBuffer;
  readonly indices: GPUBuffer;
  readonly outputs: GPUBuffer;
  readonly readback: GPUBuffer;
}

/** A network on a GPU. */
export class WebgpuSession implements Session {
  readonly moves = true;
  readonly #gpu: Gpu;
  readonly #network: Network;
  readonly #program: Program;
  readonly #sum: Pipelines;
  readonly #gradient: GPUBuffer;
  #sumGroup: { readonly generation: number; readonly group: GPUBindGroup } | undefined;
  /** Where gradient and losses are read. */
  #readback: { readonly buffer: GPUBuffer; readonly losses: number } | undefined;
  #prediction: Prediction | undefined;
  #predictionGroup: { readonly generation: number; readonly group: GPUBindGroup } | undefined;
  readonly #loaded = new Set<DeviceSamples>();
  readonly #descents = new Set<WebgpuDescent>();
  #closed = false;

  private constructor(gpu: Gpu, program: Program, sum: Pipelines) {
    this.#gpu = gpu;
    this.#network = program.network;
    this.#program = program;
    this.#sum = sum;
    const bytes = 4 * program.plan.parameters;
    this.#gradient = gpu.buffer('gradient', bytes, USAGE.storage | USAGE.copySource);
  }

  static async open(gpu: Gpu, network: Network, form?: Form): Promise<WebgpuSession> {
    gpu.check();
    const program = await Program.open(gpu, network, form);
    const sum = await gpu.pipelines('sum', () => SUM_MODULE, SUM_LAYOUT, ['addParts']);
    return new WebgpuSession(gpu, program, sum);
  }

  /** What computes a sample: a workgroup with its activations in workgroup memory or in a buffer, or the whole device. */
  get form(): Form {
    return this.#program.form;
  }

  /** Dispatches so far. */
  get dispatches(): number {
    return this.#program.dispatches;
  }

  /** What loss and gradient of a batch take at least. */
  work(batchSize: number): Work {
    return this.#program.workOf(batchSize);
  }

  load(samples: Samples): DeviceSamples {
    this.#requireOpen();
    requireSamples(this.#network, samples);
    const loaded = new DeviceSamples(this.#gpu, this.#network, this.#program.plan.frame, samples);
    this.#loaded.add(loaded);
    return loaded;
  }

  unload(samples: LoadedSamples): void {
    if (this.#loaded.delete(samples as DeviceSamples)) (samples as DeviceSamples).destroy();
  }

  async lossAndGradient(
    parameters: Float32Array,
    samples: LoadedSamples,
    indices: Uint32Array,
    gradient: Float32Array,
    loss: Loss = 'squared-error',
    moves?: Uint32Array,
  ): Promise<number> {
    this.#requireOpen();
    requireLength('parameters', parameters, this.#network.parameterCount);
    requireLength('gradient', gradient, this.#network.parameterCount);
    requireOneOf<Loss>('loss', loss, LOSSES);
    const own = this.#requireOwn(samples);
    requireIndices(indices, own.count);
    const [program, count] = [this.#program, indices.length];
    if (moves) requireMoves(this.#network, moves, count);
    const { queue } = this.#gpu.device;
    const batch = { count, first: 0, loss, ...(moves && { moves: count }) };
    program.reserve(count, count + (moves?.length ?? 0), 1);
    program.writeSteps([batch]);
    queue.writeBuffer(program.parameters, 0, parameters as Float32Array<ArrayBuffer>);
    queue.writeBuffer(program.indices, 0, indices as Uint32Array<ArrayBuffer>);
    if (moves) queue.writeBuffer(program.indices, 4 * count, moves as Uint32Array<ArrayBuffer>);
    const encoder = this.#gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    program.encodeGradient(pass, own, batch, 0);
    pass.setPipeline(this.#sum.entries.get('addParts')!);
    pass.setBindGroup(0, this.#groupOfSum());
    const workgroups = Math.ceil(parameters.length / SUM_THREADS);
    pass.dispatchWorkgroups(Math.min(workgroups, 65_535), Math.ceil(workgroups / 65_535));
    program.dispatches++;
    pass.end();
    const bytes = 4 * parameters.length;
    const readback = this.#readbackFor(count);
    encoder.copyBufferToBuffer(this.#gradient, 0, readback, 0, bytes);
    encoder.copyBufferToBuffer(program.losses, 0, readback, bytes, 4 * count);
    queue.submit([encoder.finish()]);
    let sum = 0;
    await this.#gpu.read(readback, bytes + 4 * count, (values) => {
      gradient.set(values.subarray(0, parameters.length));
      for (const value of values.subarray(parameters.length)) sum += value;
    });
    return sum / count;
  }

  async predict(parameters: Float32Array, inputs: Float32Array): Promise<Float32Array> {
    this.#requireOpen();
    requireLength('parameters', parameters, this.#network.parameterCount);
    const count = requireInputs(this.#network, inputs);
    const { inputSize, outputSize } = this.#network;
    const { input, output } = this.#program.plan.frame;
    const results = new Float32Array(count * outputSize);
    const { queue } = this.#gpu.device;
    queue.writeBuffer(this.#program.parameters, 0, parameters as Float32Array<ArrayBuffer>);
    const most = Math.min(this.#program.predictionSize, powerOfTwoAbove(count));
    for (let first = 0; first < count; first += most) {
      const now = Math.min(most, count - first);
      const prediction = this.#predictionFor(most);
      const group = this.#groupOfPrediction(prediction);
      const ordered = new Float32Array(now * input.length);
      for (let s = 0; s < now; s++) copyOrdered(ordered, s * input.length, inputs, (first + s) * inputSize, input);
      this.#program.writePrediction(now);
      queue.writeBuffer(prediction.inputs, 0, ordered);
      const encoder = this.#gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      this.#program.encodePrediction(pass, group, now);
      pass.end();
      encoder.copyBufferToBuffer(prediction.outputs, 0, prediction.readback, 0, 4 * now * outputSize);
      queue.submit([encoder.finish()]);
      await this.#gpu.read(prediction.readback, 4 * now * outputSize, (values) => {
        for (let i = 0; i < values.length; i++) {
          results[outputSize * (first + Math.floor(i / outputSize)) + output[i % outputSize]!] = values[i]!;
        }
      });
    }
    return results;
  }

  async descend(rule: UpdateRule): Promise<WebgpuDescent | undefined> {
    this.#requireOpen();
    const descent = await WebgpuDescent.open(this.#program, rule, (samples) =>
      this.#requireOwn(samples as LoadedSamples),
    );
    if (descent) this.#descents.add(descent);
    return descent;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const descent of this.#descents) descent.close();
    for (const samples of this.#loaded) samples.destroy();
    this.#loaded.clear();
    this.#program.destroy();
    this.#gradient.destroy();
    this.#readback?.buffer.destroy();
    this.#freePrediction();
  }

  #requireOpen(): void {
    if (this.#closed) throw new ArgumentError('session', 'closed', 'an open session');
    this.#gpu.check();
  }

  #requireOwn(samples: LoadedSamples): DeviceSamples {
    if (this.#loaded.has(samples as DeviceSamples)) return samples as DeviceSamples;
    throw new ArgumentError('samples', samples, 'samples that this session has loaded');
  }

  #groupOfSum(): GPUBindGroup {
    const { generation, parts, steps } = this.#program;
    if (this.#sumGroup?.generation !== generation) {
      const buffers = [{ buffer: parts }, { buffer: this.#gradient }, { buffer: steps, size: 4 * STEP_WORDS }];
      const entries = buffers.map((resource, binding) => ({ binding, resource }));
      const group = this.#gpu.device.createBindGroup({ layout: this.#sum.group, entries });
      this.#sumGroup = { generation, group };
    }
    return this.#sumGroup.group;
  }

  #readbackFor(losses: number): GPUBuffer {
    if (!this.#readback || this.#readback.losses < losses) {
      this.#readback?.buffer.destroy();
      const bytes = 4 * (this.#network.parameterCount + losses);
      this.#readback = { buffer: this.#gpu.buffer('readback', bytes, USAGE.mapRead | USAGE.copyTarget), losses };
    }
    return this.#readback.buffer;
  }

  #predictionFor(size: number): Prediction {
    if (this.#prediction && this.#prediction.size >= size) return this.#prediction;
    this.#freePrediction();
    const gpu = this.#gpu;
    const read = 4 * size * this.#program.plan.frame.input.length;
    const given = 4 * size * this.#network.outputSize;
    const indices = gpu.buffer('numbers of a prediction', 4 * size, USAGE.storage | USAGE.copyTarget);
    gpu.device.queue.writeBuffer(
      indices,
      0,
      Uint32Array.from({ length: size }, (_, i) => i),
    );
    this.#prediction = {
      size,
      indices,
      inputs: gpu.buffer('inputs of a prediction', read, USAGE.storage | USAGE.copyTarget),
      outputs: gpu.buffer('outputs of a prediction', given, USAGE.storage | USAGE.copySource),
      readback: gpu.buffer('readback of a prediction', given, USAGE.mapRead | USAGE.copyTarget),
    };
    return this.#prediction;
  }

  #groupOfPrediction({ size, inputs, indices, outputs }: Prediction): GPUBindGroup {
    if (this.#predictionGroup?.generation !== this.#program.generation) {
      const group = this.#program.predictionGroup(size, inputs, indices, outputs);
      this.#predictionGroup = { generation: this.#program.generation, group };
    }
    return this.#predictionGroup.group;
  }

  #freePrediction(): void {
    const { inputs, indices, outputs, readback } = this.#prediction ?? {};
    for (const buffer of [inputs, indices, outputs, readback]) buffer?.destroy();
    this.#prediction = undefined;
    this.#predictionGroup = undefined;
  }
}

function powerOfTwoAbove(count: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(count, 1)));
}
