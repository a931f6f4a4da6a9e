/** Where WebGPU is: the browser's, or in Node that of the package `webgpu`, which is Dawn, the implementation of Chromium. */
import { DyadicError } from '@dyadic/errors';

/** There is no device that WebGPU could use, or no WebGPU. */
export class NoDeviceError extends DyadicError {
  constructor(problem: string) {
    super('no-device', `no graphics device: ${problem}`);
  }
}

/** Loads a package by name; a test gives another. */
export type Importer = (name: string) => Promise<unknown>;

/** An adapter, and what it is of: Dawn's must outlive all that comes of it. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  readonly source: GPU;
}

/** @throws NoDeviceError when there is no WebGPU, or no device that it can use */
export async function findAdapter(gpu: GPU | undefined, load: Importer): Promise<FoundAdapter> {
  const source = gpu ?? (await defaultGpu(load));
  const adapter = await source.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new NoDeviceError('WebGPU finds none here');
  return { adapter, source };
}

let dawn: GPU | undefined;

async function defaultGpu(load: Importer): Promise<GPU> {
  const { navigator } = globalThis as { navigator?: { gpu?: GPU } };
  if (navigator?.gpu) return navigator.gpu;
  if (typeof process === 'undefined' || !process.versions?.node) {
    throw new NoDeviceError('this browser has no WebGPU');
  }
  if (dawn) return dawn;
  if (process.platform === 'linux' && !(await hasVulkanDriver(load))) {
    throw new NoDeviceError('no Vulkan driver is installed');
  }
  let webgpu: { create(options: string[]): GPU };
  try {
    webgpu = (await load('webgpu')) as typeof webgpu;
  } catch {
    throw new NoDeviceError('the npm package webgpu is not installed, or does not load here');
  }
  // One instance for the process: it is never given back. Dawn would clamp every index to its buffer, which a browser must have
  // for pages that it does not trust, and which takes a third of the time on a GPU. Ours come from tables that `compile` makes,
  // and sample numbers are checked on the host before they are written.
  dawn = webgpu.create(['enable-dawn-features=disable_robustness']);
  return dawn;
}

/** Where Vulkan's loader looks for drivers. Dawn would complain on the terminal where there are none. */
async function hasVulkanDriver(load: Importer): Promise<boolean> {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, VK_ADD_DRIVER_FILES } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || VK_ADD_DRIVER_FILES) return true;
  const { readdirSync } = (await load('node:fs')) as typeof import('node:fs');
  const folders = ['/etc', '/usr/share', '/usr/local/share', '/usr/local/etc', `${process.env.HOME}/.local/share`];
  return folders.some((folder) => {
    try {
      return readdirSync(`${folder}/vulkan/icd.d`).length > 0;
    } catch {
      return false;
    }
  });
}
