/**
 * A trained network as one ONNX file that any ONNX runtime runs: fields in physical units go in and come out, normalisation and
 * output stage are nodes of the graph.
 *
 * @packageDocumentation
 */
export { onnxName } from './graph.js';
export { encodeOnnx, type OnnxField, type OnnxSource } from './model.js';
