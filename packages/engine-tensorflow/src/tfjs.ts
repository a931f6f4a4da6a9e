/** The part of TensorFlow.js every backend shares, whichever package it was loaded from. */
export type Tfjs = typeof import('@tensorflow/tfjs-core');

/** TensorFlow.js with one backend started in it. */
export interface Runtime {
  readonly tf: Tfjs;
  /** The name TensorFlow.js knows the backend by. */
  readonly backend: string;
  /** What it runs on, for the engine's description, for example `wasm, SIMD, 1 thread`. */
  readonly detail: string;
}

/** Initialises the backend and makes it the current one. @throws Error when TensorFlow.js cannot. */
export async function start(runtime: Runtime): Promise<void> {
  if (!(await runtime.tf.setBackend(runtime.backend))) throw new Error('initialisation failed');
  resume(runtime);
}

/**
 * Makes a started backend the current one again. TensorFlow.js has one current backend per process, which another
 * session may have changed. It changes within the call, before the promise settles; what follows the call without
 * awaiting runs on this backend. A backend that initialises in the meantime changes the instance but not the name.
 */
export function resume({ tf, backend }: Runtime): void {
  const { backendInstance } = tf.engine() as unknown as { backendInstance: unknown };
  if (tf.getBackend() !== backend || backendInstance !== tf.findBackend(backend)) void tf.setBackend(backend);
}
