/** Where WebGPU is: the browser's, or in Node that of the package `webgpu`, which is Dawn, the implementation of Chromium. */
import { ArgumentError } from '@dyadic/errors';

/** Loads a package by name; a test gives another. */
export type Importer = (name: string) => Promise<unknown>;

/** An adapter, and what it is of: Dawn's must outlive all that comes of it. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly source: GPU;
}

/** @throws ArgumentError when there is no WebGPU, or no device that it can use */
export async function findAdapter(gpu: GPU | undefined, load: Importer): Promise<FoundAdapter> {
  const source = gpu ?? (await defaultGpu(load));
  const adapter = await source.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new ArgumentError('webgpuEngine', null, 'a graphics device; WebGPU finds none here');
  return { adapter, source };
}

let dawn: GPU | undefined;

async function defaultGpu(load: Importer): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return navigator.gpu;
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new ArgumentError('navigator.gpu', undefined, 'WebGPU, which this browser does not have');
  }
  if (dawn) return dawn;
  let webgpu: { create(options: string[]): GPU };
  try {
    webgpu = (await load('webgpu')) as typeof webgpu;
  } catch {
    throw new ArgumentError(
      'webgpuEngine',
      null,
      'the npm package webgpu, which is not installed or does not load here',
    );
  }
  // One instance for the process: it is never given back.
  dawn = webgpu.create([]);
  return dawn;
}
