/**
 * Multiscale neural networks on any GPU: loss, gradient and prediction in WebGPU compute shaders, in browsers and in Node.
 *
 * @packageDocumentation
 */
export { NoDeviceError } from './adapter.js';
export { type WebgpuEngine, type WebgpuEngineOptions, webgpuEngine } from './engine.js';
export type { Form } from './form.js';
export { DeviceError } from './gpu.js';
export type { Work } from './program.js';
export type { WebgpuSession } from './session.js';
