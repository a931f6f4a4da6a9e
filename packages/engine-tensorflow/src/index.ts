/**
 * The TensorFlow.js engine of Dyadic: a network described by `@dyadic/mnn`, trained and applied on the best
 * TensorFlow.js backend that works here, NVIDIA GPUs included.
 *
 * @packageDocumentation
 */
export type { TensorflowBackend } from './backends.js';
export type { SkippedBackend } from './chain.js';
export { type TensorflowEngine, type TensorflowOptions, tensorflowEngine } from './engine.js';
