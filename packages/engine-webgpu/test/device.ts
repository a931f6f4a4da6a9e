import { type WebgpuEngine, type WebgpuEngineOptions, webgpuEngine } from '@dyadic/engine-webgpu';
import { it } from 'vitest';

/**
 * Dawn sets workgroup memory to zero by a constant of its whole length where the driver takes one, over which
 * SwiftShader's compiler spends a minute; without, a loop does it.
 */
const OPTIONS = ['disable-dawn-features=vulkan_use_zero_initialize_workgroup_memory_extension'];

/** An engine on what there is here, or the reason why there is none. */
export async function engineHere(options: WebgpuEngineOptions = {}): Promise<WebgpuEngine | Error> {
  try {
    const { create } = (await import('webgpu')) as unknown as { create(options: string[]): object };
    return await webgpuEngine({ gpu: create(OPTIONS), ...options });
  } catch (error) {
    return error as Error;
  }
}

/** The engine for tests that need a device; where there is none, one test is skipped that says why. */
export async function engineOrSkip(options: WebgpuEngineOptions = {}): Promise<WebgpuEngine | undefined> {
  const engine = await engineHere(options);
  if (!(engine instanceof Error)) return engine;
  it.skip(`on a device: ${engine.message}`);
  return undefined;
}

/** A device of one's own for shaders on their own; where there is none, one test is skipped that says why. */
export async function deviceOrSkip(): Promise<GPUDevice | undefined> {
  const engine = await engineOrSkip();
  if (!engine) return undefined;
  engine.close();
  const { create } = (await import('webgpu')) as unknown as { create(options: string[]): GPU };
  gpu = create(OPTIONS);
  const adapter = (await gpu.requestAdapter())!;
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } = adapter.limits;
  return adapter.requestDevice({ requiredLimits: { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX } });
}
/** Kept from the garbage collector, which would take the device along. */
let gpu: GPU | undefined;

/** A WebGPU that counts the buffers made and those alive, and submissions. */
export async function countingGpu() {
  const { create } = (await import('webgpu')) as unknown as { create(options: string[]): GPU };
  const real = create(OPTIONS);
  let created = 0;
  let submitted = 0;
  const alive = new Set<object>();
  const watch = (device: GPUDevice) => {
    const make = device.createBuffer.bind(device);
    device.createBuffer = (descriptor) => {
      const buffer = make(descriptor);
      created++;
      alive.add(buffer);
      const destroy = buffer.destroy.bind(buffer);
      buffer.destroy = () => {
        alive.delete(buffer);
        return destroy();
      };
      return buffer;
    };
    const submit = device.queue.submit.bind(device.queue);
    device.queue.submit = (commands) => {
      submitted++;
      return submit(commands);
    };
    return device;
  };
  const gpu = {
    real,
    async requestAdapter(options: object) {
      const adapter = await real.requestAdapter(options);
      if (!adapter) return null;
      const { limits, info } = adapter;
      return { limits, info, requestDevice: async (wanted: object) => watch(await adapter.requestDevice(wanted)) };
    },
  };
  return { gpu, created: () => created, alive: () => alive.size, submitted: () => submitted };
}

/** A WebGPU whose adapter does not say that it computes on the CPU: shaders are then those of a GPU. */
export async function disguisedGpu() {
  const { create } = (await import('webgpu')) as unknown as { create(options: string[]): GPU };
  const real = create(OPTIONS);
  return {
    real,
    async requestAdapter(options: object) {
      const adapter = await real.requestAdapter(options);
      if (!adapter) return null;
      const info = { vendor: 'any', architecture: 'any', device: '', description: 'a GPU' };
      return {
        limits: adapter.limits,
        info,
        requestDevice: (wanted: object) => adapter.requestDevice(wanted as object),
      };
    },
  };
}
