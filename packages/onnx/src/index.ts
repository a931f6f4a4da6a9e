/**
 * A trained network as one ONNX file for any ONNX runtime. Inputs and outputs are fields in physical units: normalisation and
 * output stage are nodes of the graph.
 *
 * @packageDocumentation
 */
export { onnxName } from './graph.js';
export { encodeOnnx, type OnnxField, type OnnxSource } from './model.js';
