import { requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Engine } from '@dyadic/mnn';
import { BACKENDS, importPackage, type TensorflowBackend } from './backends.js';
import { firstWorking, type SkippedBackend } from './chain.js';
import { TensorflowSession } from './session.js';

/** Options of {@link tensorflowEngine}. */
export interface TensorflowOptions {
  /** The backend to use, or `auto` (default): the first of the list that works on this machine. */
  readonly backend?: 'auto' | TensorflowBackend;
}

/** The TensorFlow.js engine, on one backend. */
export interface TensorflowEngine extends Engine {
  /** Names the backend, which determines the last bits of results: for example `tensorflow-wasm`. */
  readonly name: `tensorflow-${TensorflowBackend}`;
  /** The backend in use. */
  readonly backend: TensorflowBackend;
  /** The better backends that do not work here, best first, with the reasons. Empty if a backend was requested by name. */
  readonly skipped: readonly SkippedBackend[];
}

/**
 * Starts TensorFlow.js on the best backend that works on this machine: `node-gpu`, `node`, `webgpu`, `wasm`, `cpu`, in this
 * order. A backend works if its package loads, it initialises, and it computes a known loss and gradient. `skipped` has the
 * reasons why others do not; nothing is printed.
 *
 * TensorFlow.js has one current backend per process; sessions switch to their own before every call.
 *
 * @throws ArgumentError for an unknown option or backend
 * @throws DyadicError with code `backend-unavailable` and the reason if the requested backend does not work here
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
