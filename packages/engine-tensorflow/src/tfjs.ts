/** The part of TensorFlow.js common to all backends, whichever package it was loaded from. */
export type Tfjs = typeof import('@tensorflow/tfjs-core');

/** TensorFlow.js with one started backend. */
export interface Runtime {
  readonly tf: Tfjs;
  /** TensorFlow.js's name of the backend. */
  readonly backend: string;
  /** The hardware or mode, for the engine's description, for example `wasm, SIMD, 1 thread`. */
  readonly detail: string;
}

/** Initialises the backend and makes it the current one. @throws Error if TensorFlow.js cannot */
export async function start(runtime: Runtime): Promise<void> {
  if (!(await runtime.tf.setBackend(runtime.backend))) throw new Error('initialisation failed');
  resume(runtime);
}

/**
 * Makes a started backend the current one again. TensorFlow.js has one current backend per process, which another
 * session may have changed. The switch happens synchronously, so code that follows without awaiting runs on this backend. A
 * backend that initialises in the meantime changes the instance but not the name.
 */
export function resume({ tf, backend }: Runtime): void {
  const { backendInstance } = tf.engine() as unknown as { backendInstance: unknown };
  if (tf.getBackend() !== backend || backendInstance !== tf.findBackend(backend)) void tf.setBackend(backend);
}
