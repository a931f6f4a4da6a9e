import { type TensorflowEngine, tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { DyadicError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
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
  tensorflow: async () => {
    const engine = await tensorflowEngine();
    return { engine, passedOver: engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`) };
  },
} as const satisfies Record<string, (threads: Threads) => Promise<Opened>>;

export type EngineName = keyof typeof OPENERS;
export const ENGINES = Object.keys(OPENERS) as EngineName[];

export interface EngineChoice {
  /** What does the arithmetic: a name, or an engine of one's own. Default `auto`. */
  readonly engine?: EngineName | Engine;
  readonly threads?: Threads;
}

/** Opens an engine and tells which runs and why. */
export async function openEngine({ engine: chosen = 'auto', threads = 'auto' }: EngineChoice, onEvent: OnEvent) {
  if (typeof chosen !== 'string') return chosen;
  const { engine, passedOver } = await OPENERS[chosen](threads);
  onEvent({ type: 'engine', engine: engine.name, description: engine.description, passedOver });
  return engine;
}

/** The name of a choice, for what remembers it. */
export function engineName({ engine = 'auto' }: EngineChoice): string {
  return typeof engine === 'string' ? engine : engine.name;
}

/**
 * TensorFlow where a GPU works, and the embedded wasm engine everywhere else: nothing else that runs without native code
 * comes near it.
 */
async function openBest(threads: Threads): Promise<Opened> {
  const gpu = await gpuEngine();
  if ('engine' in gpu) return { engine: gpu.engine, passedOver: [] };
  return { engine: await wasmEngine({ threads }), passedOver: [gpu.reason] };
}

/** TensorFlow on a GPU, or the reason why not. */
async function gpuEngine(): Promise<{ engine: TensorflowEngine } | { reason: string }> {
  try {
    return { engine: await tensorflowEngine({ backend: 'node-gpu' }) };
  } catch (error) {
    if (error instanceof DyadicError) return { reason: error.message };
    throw error;
  }
}
