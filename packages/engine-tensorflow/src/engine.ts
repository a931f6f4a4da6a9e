import { requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import { BACKENDS, importPackage, type TensorflowBackend } from './backends.js';
import { firstWorking, type SkippedBackend } from './chain.js';
import { TensorflowSession } from './session.js';

/** How to start the engine. */
export interface TensorflowOptions {
  /** The backend to use and no other, or `auto` (default): the first of the chain that works here. */
  readonly backend?: 'auto' | TensorflowBackend;
}

/** The TensorFlow.js engine, on one backend. */
export interface TensorflowEngine extends Engine {
  /** Says which backend's arithmetic it is, for example `tensorflow-wasm`. */
  readonly name: `tensorflow-${TensorflowBackend}`;
  /** The backend that runs. */
  readonly backend: TensorflowBackend;
  /** The better backends that do not work here, best first, and why. Empty when a backend was asked for by name. */
  readonly skipped: readonly SkippedBackend[];
}

/**
 * Starts TensorFlow.js on the best backend that works here: tfjs-node-gpu, tfjs-node, webgpu, wasm, cpu, in this
 * order. A backend works when its package loads, it initialises, and it computes a known loss and gradient. Why the
 * others do not is told in `skipped`; nothing is printed.
 *
 * TensorFlow.js keeps one current backend per process; sessions switch to their own before every call.
 *
 * @throws ArgumentError for an unknown option or backend.
 * @throws DyadicError `backend-unavailable`, saying why, when the backend asked for does not work here.
 */
export async function tensorflowEngine(options: TensorflowOptions = {}): Promise<TensorflowEngine> {
  requireKnownOptions('tensorflow', options, ['backend']);
  const chain = Object.keys(BACKENDS) as TensorflowBackend[];
  const wanted = requireOneOf<'auto' | TensorflowBackend>('tensorflow.backend', options.backend ?? 'auto', [
    'auto',
    ...chain,
  ]);
  const tried = wanted === 'auto' ? chain : [wanted];
  const { runtime, skipped } = await firstWorking(tried, importPackage);
  const backend = tried[skipped.length]!;
  return {
    name: `tensorflow-${backend}`,
    backend,
    description: `tensorflow (${runtime.detail})`,
    skipped,
    open: async (network) => new TensorflowSession(runtime, network),
  };
}
