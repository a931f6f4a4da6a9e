/**
 * The embedded engine of Dyadic: forward pass, loss and gradients of multiscale neural networks in WebAssembly with
 * SIMD, on any number of threads, with bit-identical results.
 *
 * @packageDocumentation
 */
export { openPredictor, type Predictor, type WasmEngine, type WasmEngineOptions, wasmEngine } from './engine.js';
export { measurePeak } from './peak.js';
export type { SessionMemory, WasmSession } from './session.js';
export {
  type SoapMatrices,
  type SoapRule,
  type SoapSizes,
  type SoapVectors,
  soapBytes,
  soapMatrices,
  sumOfSizes,
} from './soap-matrices.js';
