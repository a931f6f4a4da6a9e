/** WebGPU: the browser's, or in Node that of the package `webgpu`, which is Dawn, the implementation of Chromium. */
import { type Importer, isNode, Unavailable } from './importer.js';

/** What is used here of WebGPU. */
interface Gpu {
  requestAdapter(): Promise<{
    readonly info: Readonly<Record<'vendor' | 'architecture' | 'description', string>>;
  } | null>;
}

/** The package `webgpu`. */
interface NodeWebgpu {
  create(options: string[]): Gpu;
  /** GPUBufferUsage and the like, which a browser has as globals. */
  readonly globals: object;
}

/** Looks for a graphics device that WebGPU can use, and tells its name. @throws Unavailable when there is none */
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

/** Node has a `navigator` since 21, where it cannot be replaced. */
function provide(gpu: Gpu): void {
  const { navigator } = globalThis as { navigator?: object };
  const at = navigator ?? globalThis;
  const [name, value] = navigator ? ['gpu', gpu] : ['navigator', { gpu }];
  Object.defineProperty(at, name, { value, configurable: true });
}
