/** The device: how it is found, what it can hold, and what happens when it is lost. */
import { ArgumentError, DyadicError } from '@dyadic/errors';
import type { FoundAdapter } from './adapter.js';

/** The GPU went away, or refused what it was given: what was computed since the last reading is lost. */
export class DeviceError extends DyadicError {
  constructor(device: string, problem: string) {
    super('device', `${device}: ${problem}`);
  }
}

/** WebGPU's own numbers of buffer usages, which Node does not have as globals. */
export const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
const MAP_READ = 1;

/** Limits that are asked for as high as the adapter goes. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
] as const;

/** Drivers that compute on the CPU. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render/i;

/** What is known of a device before anything runs on it. */
export interface AdapterInfo {
  /** Vendor, architecture and driver in one line. */
  readonly name: string;
  /** Whether the CPU plays its part. */
  readonly software: boolean;
}

export function describeAdapter(info: GPUAdapterInfo): AdapterInfo {
  const { vendor, architecture, device, description } = info;
  const parts = [vendor, architecture, description || device].filter(Boolean);
  const name = parts.join(' ') || 'a device without a name';
  return { name, software: info.isFallbackAdapter === true || SOFTWARE.test(parts.join(' ')) };
}

/** What the bindings of group 0 are. */
export type Layout = readonly GPUBindGroupLayoutEntry[];

const COMPUTE = 4;

/** A binding for compute shaders. */
export function bufferEntry(binding: number, buffer: GPUBufferBindingLayout): GPUBindGroupLayoutEntry {
  return { binding, visibility: COMPUTE, buffer };
}

/** Entry points of a module, ready to run. */
export interface Pipelines {
  readonly group: GPUBindGroupLayout;
  readonly entries: ReadonlyMap<string, GPUComputePipeline>;
}

/** A device with what sessions need of it. One is shared by all sessions of an engine. */
export class Gpu {
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
  #lost: string | undefined;
  /** What the device refused since the last check. */
  #problem: string | undefined;
  readonly #pipelines = new Map<string, Promise<Pipelines>>();

  /** Kept from the garbage collector, which would take Dawn away from under the device. */
  readonly source: GPU;

  private constructor(device: GPUDevice, info: AdapterInfo, source: GPU) {
    this.source = source;
    this.device = device;
    this.info = info;
    device.lost.then(({ reason, message }) => {
      this.#lost = `the device is lost (${reason}): ${message || 'the driver says no more'}`;
    });
    device.onuncapturederror = ({ error }) => {
      this.#problem ??= error.message;
    };
  }

  static async open({ adapter, source }: FoundAdapter): Promise<Gpu> {
    const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
    return new Gpu(await adapter.requestDevice({ requiredLimits }), describeAdapter(adapter.info), source);
  }

  /** @throws DeviceError naming the device, once it is lost, or where it has refused something since the last check */
  check(): void {
    const problem = this.#lost ?? this.#problem;
    this.#problem = undefined;
    if (problem !== undefined) throw new DeviceError(this.info.name, problem);
  }

  /** A buffer of so many bytes, zero. @throws ArgumentError when the device cannot hold that much in one piece */
  buffer(label: string, bytes: number, usage: number): GPUBuffer {
    return this.device.createBuffer({ label, size: this.#rounded(label, bytes), usage });
  }

  /** A buffer that `fill` fills as floats before it is used. */
  filledBuffer(label: string, floats: number, usage: number, fill: (values: Float32Array) => void): GPUBuffer {
    const size = this.#rounded(label, 4 * floats);
    const buffer = this.device.createBuffer({ label, size, usage, mappedAtCreation: true });
    fill(new Float32Array(buffer.getMappedRange(), 0, floats));
    buffer.unmap();
    return buffer;
  }

  /** Bytes of the largest buffer that shaders can read and write. */
  get largestBuffer(): number {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.device.limits;
    return Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  #rounded(label: string, bytes: number): number {
    if (bytes > this.largestBuffer) {
      const most = `at most ${this.largestBuffer} bytes in one buffer, which is what ${this.info.name} has room for`;
      throw new ArgumentError(`memory for ${label}`, bytes, most);
    }
    return Math.max(16, Math.ceil(bytes / 16) * 16);
  }

  /**
   * Pipelines of the entry points of a module, compiled once for all sessions. @throws DeviceError with the compiler's
   * message
   */
  pipelines(label: string, code: () => string, layout: Layout, entries: readonly string[]): Promise<Pipelines> {
    let made = this.#pipelines.get(label);
    if (!made) {
      made = this.#compile(label, code(), layout, entries);
      this.#pipelines.set(label, made);
    }
    return made;
  }

  async #compile(label: string, code: string, layout: Layout, entries: readonly string[]): Promise<Pipelines> {
    this.check();
    const { device } = this;
    const module = device.createShaderModule({ label, code });
    const { messages } = await module.getCompilationInfo();
    const error = messages.find(({ type }) => type === 'error');
    if (error) {
      const line = code.split('\n')[error.lineNum - 1]?.trim();
      throw new DeviceError(this.info.name, `shader ${label}, line ${error.lineNum} (${line}): ${error.message}`);
    }
    const group = device.createBindGroupLayout({ entries: [...layout] });
    const all = device.createPipelineLayout({ bindGroupLayouts: [group] });
    const made = entries.map(async (entryPoint) => {
      const compute = { module, entryPoint };
      return [entryPoint, await device.createComputePipelineAsync({ layout: all, compute })] as const;
    });
    return { group, entries: new Map(await Promise.all(made)) };
  }

  /** Copies what a mapped buffer holds. @throws DeviceError */
  async read(buffer: GPUBuffer, bytes: number, take: (values: Float32Array) => void): Promise<void> {
    this.check();
    try {
      await buffer.mapAsync(MAP_READ, 0, bytes);
    } catch (error) {
      this.check();
      throw new DeviceError(this.info.name, error instanceof Error ? error.message : String(error));
    }
    try {
      take(new Float32Array(buffer.getMappedRange(0, bytes)));
    } finally {
      buffer.unmap();
    }
    this.check();
  }
}
