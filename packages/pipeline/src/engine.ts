import { type TensorflowEngine, tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { DyadicError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import type { OnEvent } from './events.js';

/** Names a user can ask for. */
export const ENGINES = ['auto', 'wasm', 'tensorflow'] as const;
type EngineName = (typeof ENGINES)[number];

export interface EngineChoice {
  readonly engine: EngineName;
  /** Threads of the wasm engine. The results do not depend on it. */
  readonly threads: 'auto' | number;
}

/**
 * Opens an engine and says which runs and why. `auto` is TensorFlow where a GPU works, and the embedded wasm engine
 * everywhere else: nothing else that runs without native code comes near it.
 */
export async function openEngine({ engine: name, threads }: EngineChoice, onEvent: OnEvent): Promise<Engine> {
  if (name === 'tensorflow') {
    const engine = await tensorflowEngine();
    const skipped = engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`);
    return announced(engine, skipped, onEvent);
  }
  if (name === 'wasm') return announced(await wasmEngine({ threads }), [], onEvent);
  const gpu = await gpuEngine();
  if ('engine' in gpu) return announced(gpu.engine, [], onEvent);
  return announced(await wasmEngine({ threads }), [gpu.reason], onEvent);
}

function announced(engine: Engine, passedOver: readonly string[], onEvent: OnEvent): Engine {
  onEvent({ type: 'engine', engine: engine.name, description: engine.description, passedOver });
  return engine;
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
