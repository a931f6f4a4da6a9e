import { type TensorflowEngine, tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { DyadicError } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import type { Output } from './output/output.js';

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
export async function openEngine({ engine: name, threads }: EngineChoice, output: Output): Promise<Engine> {
  if (name === 'tensorflow') {
    const engine = await tensorflowEngine();
    const skipped = engine.skipped.map(({ backend, reason }) => `${backend} (${reason})`);
    return announced(engine, skipped, output);
  }
  if (name === 'wasm') return announced(await wasmEngine({ threads }), [], output);
  const gpu = await gpuEngine();
  if ('engine' in gpu) return announced(gpu.engine, [], output);
  return announced(await wasmEngine({ threads }), [gpu.reason], output);
}

function announced(engine: Engine, passedOver: readonly string[], output: Output): Engine {
  const why = passedOver.length > 0 ? `; passed over: ${passedOver.join(', ')}` : '';
  output.info(`engine: ${engine.description}${why}`);
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
