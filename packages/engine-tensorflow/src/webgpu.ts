/** WebGPU: the browser's, or in Node that of the package `webgpu`, which is Chromium's implementation Dawn. */
import { type Importer, isNode, Unavailable } from './importer.js';

/** The part of WebGPU used here. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly info: Readonly<Record<'vendor' | 'architecture' | 'description', string>>;
  } | null>;
}

/** The package `webgpu`. */
interface NodeWebgpu {
  create(options: string[]): Gpu;
  /** GPUBufferUsage and other constants, which are globals in a browser. */
  readonly globals: object;
}

/** Finds a device that WebGPU can use. @returns its name @throws Unavailable if there is none */
export async function graphicsAdapter(load: Importer): Promise<string> {
  const { navigator } = globalThis as { navigator?: { gpu?: Gpu } };
  if (navigator?.gpu) return nameOf(navigator.gpu);
  if (!isNode()) throw new Unavailable('no navigator.gpu in this browser');
  const { create, globals } = (await load('webgpu')) as NodeWebgpu;
  const gpu = create([]);
  const name = await nameOf(gpu);
  Object.assign(globalThis, globals);
  provide(gpu);
  return name;
}

async function nameOf(gpu: Gpu): Promise<string> {
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw new Unavailable('WebGPU finds no graphics device here');
  const { vendor, architecture, description } = adapter.info;
  return description || [vendor, architecture].filter(Boolean).join(' ') || 'a device without a name';
}

/** Defines `navigator.gpu`. Since version 21 Node has a `navigator`, which cannot be replaced. */
function provide(gpu: Gpu): void {
  const { navigator } = globalThis as { navigator?: object };
  const at = navigator ?? globalThis;
  const [name, value] = navigator ? ['gpu', gpu] : ['navigator', { gpu }];
  Object.defineProperty(at, name, { value, configurable: true });
}
