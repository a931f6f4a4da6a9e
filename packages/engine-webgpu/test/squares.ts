/** The factorizations of SOAP on their own: matrices in, Qᵀ out. */
import { FACTOR_LIST } from '../src/shaders/householder.js';
import { UPDATE_BINDINGS, UPDATE_WORDS } from '../src/shaders/update.js';

export const USAGE = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;
export const padded = (n: number) => 4 * Math.ceil(n / 4);

/** Where squares have what they are factored to, as in the state of SOAP. */
export function squareTasks(sides: readonly number[], slab: number) {
  let at = 0;
  const take = (floats: number) => {
    const start = at;
    at += floats;
    return start;
  };
  const places = sides.map((n) => ({ n, basis: take(n * padded(n)), room: take((2 * n + 1) * padded(n) + 4) }));
  const slabs = places.flatMap(({ n, basis, room }) =>
    Array.from({ length: Math.ceil(n / slab) }, (_, k) => [n, basis, room, k]).flat(),
  );
  return { places, slabs, floats: at };
}

/** A device with the bindings of the optimizer's shaders, and nothing else in them. */
export function bench(device: GPUDevice, tasks: ReturnType<typeof squareTasks>) {
  const { storage, copyTarget, copySource, uniform } = USAGE;
  const words = Uint32Array.from(tasks.slabs);
  const buffer = (size: number, usage: number) => device.createBuffer({ size: Math.max(16, size), usage });
  const state = buffer(4 * tasks.floats + 16, storage | copyTarget | copySource);
  const matrices = buffer(words.byteLength, storage | copyTarget);
  const update = buffer(4 * UPDATE_WORDS, uniform | copyTarget);
  device.queue.writeBuffer(matrices, 0, words);
  const slabs = tasks.slabs.length / 4;
  const step = new Uint32Array(UPDATE_WORDS);
  step[5] = tasks.floats;
  step.set([0, slabs], 16 + 4 * FACTOR_LIST);
  const panels = buffer(16 * 256, uniform | copyTarget);
  device.queue.writeBuffer(
    panels,
    0,
    Uint32Array.from({ length: 16 * 64 }, (_, k) => k / 64),
  );
  device.queue.writeBuffer(update, 0, step);
  const written = new Set<string>(['parameters', 'state', 'history']);
  const layout = device.createBindGroupLayout({
    entries: [
      ...UPDATE_BINDINGS.map((name, binding) => ({
        binding,
        visibility: 4,
        buffer: { type: (written.has(name) ? 'storage' : 'read-only-storage') as GPUBufferBindingType },
      })),
      { binding: UPDATE_BINDINGS.length, visibility: 4, buffer: { type: 'uniform' as const } },
      {
        binding: UPDATE_BINDINGS.length + 1,
        visibility: 4,
        buffer: { type: 'uniform' as const, hasDynamicOffset: true },
      },
    ],
  });
  const spare = UPDATE_BINDINGS.map(() => buffer(16, storage));
  const own: Record<string, GPUBuffer> = { matrices, state };
  const group = device.createBindGroup({
    layout,
    entries: [
      ...UPDATE_BINDINGS.map((name, i) => ({ binding: i, resource: { buffer: own[name] ?? spare[i]! } })),
      { binding: UPDATE_BINDINGS.length, resource: { buffer: update } },
      { binding: UPDATE_BINDINGS.length + 1, resource: { buffer: panels, size: 16 } },
    ],
  });
  const all = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = async (code: string, entryPoint: string) => {
    const module = device.createShaderModule({ code });
    return device.createComputePipelineAsync({ layout: all, compute: { module, entryPoint } });
  };
  return { state, group, pipeline, slabs };
}
