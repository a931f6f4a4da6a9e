import type { TensorflowEngine, TensorflowOptions } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { type WebgpuEngine, webgpuEngine } from '@dyadic/engine-webgpu';
import { DyadicError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import type { Workload } from '@dyadic/training';
import { stepsPerSecond } from './engine-speed.js';
import type { OnEvent } from './events.js';

/** Threads of the wasm engine; default `auto`, one per core. The results do not depend on it. */
type Threads = 'auto' | number;

/** An engine that was opened, and those that were passed over before, each with the reason. */
interface Opened {
  readonly engine: Engine;
  readonly passedOver: readonly string[];
}

/** How each engine that a user can name is opened. A new one is an entry here. */
const OPENERS = {
  auto: openBest,
  wasm: async (threads) => ({ engine: await wasmEngine({ threads }), passedOver: [] }),
  webgpu: async () => ({ engine: await webgpuEngine(), passedOver: [] }),
  tensorflow: async () => {
    const engine = await tensorflow();
    return { engine, passedOver: engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`) };
  },
} as const satisfies Record<string, (threads: Threads, workload?: Workload) => Promise<Opened>>;

export type EngineName = keyof typeof OPENERS;
export const ENGINES = Object.keys(OPENERS) as EngineName[];

export interface EngineChoice {
  /** The engine: a name, or any object that implements `Engine`. Default `auto`. */
  readonly engine?: EngineName | Engine;
  readonly threads?: Threads;
}

/** Opens an engine and reports which one, and why. @param workload - The training to come, if any. */
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

/** The name of a choice, for what remembers it. */
export function engineName({ engine = 'auto' }: EngineChoice): string {
  return typeof engine === 'string' ? engine : engine.name;
}

/**
 * The embedded wasm engine, unless a GPU is there: TensorFlow's where it works, and for training WebGPU's where a short
 * measurement of the network at hand says that it is faster.
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
 * The faster of two engines at a workload; of a GPU only what is one.
 *
 * @param file - Where speeds are remembered.
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

/** TensorFlow.js is five times as large as everything else, so its engine is installed by those who want it. */
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
