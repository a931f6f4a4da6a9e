import type { TensorflowEngine, TensorflowOptions } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { type WebgpuEngine, webgpuEngine } from '@dyadic/engine-webgpu';
import { DyadicError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import { stepsPerSecond, type Workload } from './engine-speed.js';
import type { OnEvent } from './events.js';

/** Threads of the wasm engine: a number, or `auto` for one per core. Results do not depend on it. */
type Threads = 'auto' | number;

/** An open engine, and those that were not used, each with the reason. */
interface Opened {
  readonly engine: Engine;
  readonly passedOver: readonly string[];
}

/** Opens each engine that a user can name. To add one, add an entry. */
const OPENERS = {
  auto: openBest,
  wasm: async (threads) => ({ engine: await wasmEngine({ threads }), passedOver: [] }),
  webgpu: async () => ({ engine: await webgpuEngine(), passedOver: [] }),
  tensorflow: async () => {
    const engine = await tensorflow();
    return { engine, passedOver: engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`) };
  },
} as const satisfies Record<string, (threads: Threads, workload?: Workload) => Promise<Opened>>;

/** Name of an engine; `auto` chooses one. */
export type EngineName = keyof typeof OPENERS;
/** The names of all engines. */
export const ENGINES = Object.keys(OPENERS) as EngineName[];

/** The choice of an engine. */
export interface EngineChoice {
  /** The engine: a name, or any object that implements `Engine`. Default `auto`. */
  readonly engine?: EngineName | Engine;
  /** Threads of the wasm engine. Default `auto`, one per core; results do not depend on it. */
  readonly threads?: Threads;
}

/**
 * Opens an engine and reports it by an `engine` event. `auto` opens the embedded wasm engine, or TensorFlow's on a GPU where that
 * works; for training, it also measures WebGPU on the network and uses it if it is faster.
 *
 * @param workload - The network and batch size to be trained; default: no training.
 * @throws DyadicError if the requested engine is not installed or does not work here
 */
export async function openEngine(
  { engine: chosen = 'auto', threads = 'auto' }: EngineChoice,
  onEvent: OnEvent,
  workload?: Workload,
): Promise<Engine> {
  if (typeof chosen !== 'string') return chosen;
  const { engine, passedOver } = await OPENERS[chosen](threads, workload);
  onEvent({ type: 'engine', engine: engine.name, description: engine.description, passedOver });
  return engine;
}

/** The name of a choice, for records of it. */
export function engineName({ engine = 'auto' }: EngineChoice): string {
  return typeof engine === 'string' ? engine : engine.name;
}

/**
 * The engine for `auto`: TensorFlow's if it works on a GPU; else, for training, WebGPU's if a short measurement shows that it is
 * faster; else the embedded wasm engine.
 */
async function openBest(threads: Threads, workload?: Workload): Promise<Opened> {
  const gpu = await gpuEngine();
  if ('engine' in gpu) return { engine: gpu.engine, passedOver: [] };
  const wasm = await wasmEngine({ threads });
  if (!workload) return { engine: wasm, passedOver: [gpu.reason] };
  const { engine, passedOver } = await fasterForTraining(wasm, () => webgpuEngine(), workload);
  return { engine, passedOver: [gpu.reason, ...passedOver] };
}

/**
 * The faster of two engines for a workload. Rejects a WebGPU device that computes on the CPU.
 *
 * @param file - The file that caches measured speeds.
 */
export async function fasterForTraining(
  wasm: Engine,
  openGpu: () => Promise<Engine & Pick<WebgpuEngine, 'software' | 'adapter' | 'close'>>,
  workload: Workload,
  file?: string,
): Promise<Opened> {
  const staying = (reason: string): Opened => ({ engine: wasm, passedOver: [`webgpu (${reason})`] });
  let gpu: Awaited<ReturnType<typeof openGpu>> | undefined;
  try {
    gpu = await openGpu();
    if (gpu.software) {
      gpu.close();
      return staying(`${gpu.adapter} computes on the CPU`);
    }
    const [ours, theirs] = [await stepsPerSecond(wasm, workload, file), await stepsPerSecond(gpu, workload, file)];
    const compare = (a: number, b: number) =>
      `${a.toPrecision(2)} steps per second here, the other ${b.toPrecision(2)}`;
    if (theirs > ours) return { engine: gpu, passedOver: [`wasm (${compare(ours, theirs)})`] };
    gpu.close();
    return staying(compare(theirs, ours));
  } catch (error) {
    gpu?.close();
    if (error instanceof DyadicError) return staying(error.message);
    throw error;
  }
}

/** TensorFlow.js is five times as large as everything else, so users install its engine separately. */
async function tensorflow(options?: TensorflowOptions): Promise<TensorflowEngine> {
  const { tensorflowEngine } = await import('@dyadic/engine-tensorflow').catch((cause) => {
    if (cause?.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const install = 'npm install @dyadic/engine-tensorflow';
    throw new DyadicError('engine-not-installed', `tensorflow: the engine is not installed (${install})`, { cause });
  });
  return tensorflowEngine(options);
}

/** TensorFlow on a GPU, or the reason why not. */
async function gpuEngine(): Promise<{ engine: TensorflowEngine } | { reason: string }> {
  try {
    return { engine: await tensorflow({ backend: 'node-gpu' }) };
  } catch (error) {
    if (error instanceof DyadicError) return { reason: error.message };
    throw error;
  }
}
