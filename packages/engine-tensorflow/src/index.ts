/**
 * The TensorFlow.js engine: computes loss, gradient and predictions of the networks of `@dyadic/mnn` on the best TensorFlow.js
 * backend that works on this machine, including NVIDIA GPUs.
 *
 * @packageDocumentation
 */
export type { TensorflowBackend } from './backends.js';
export type { SkippedBackend } from './chain.js';
export { type TensorflowEngine, type TensorflowOptions, tensorflowEngine } from './engine.js';
