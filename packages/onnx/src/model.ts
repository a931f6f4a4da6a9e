import { ArgumentError, requireFinite, requireLength } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { Graph, IR_VERSION, OPSET, onnxName, type Value } from './graph.js';
import { networkNodes } from './network.js';
import { Message } from './protobuf.js';
import { everywhere, joined, mean, partOf } from './stages.js';

/** An input or output field in physical units; the network works with (value − shift) / scale. */
export interface OnnxField {
  /** Its name in the model, passed through {@link onnxName}. */
  readonly name: string;
  /** Shift of the normalizer, in the unit of the field; finite. */
  readonly shift: number;
  /** Scale of the normalizer, in the unit of the field; nonzero, and finite as a float32 like its inverse. */
  readonly scale: number;
  /**
   * Whether the field is one number per sample: an input is broadcast to all grid points, an output is the mean of its field.
   * Default false.
   */
  readonly perSample?: boolean;
  /** Documentation in the model, such as the unit; default none. */
  readonly description?: string;
}

/** A trained network, for {@link encodeOnnx}. */
export interface OnnxSource {
  readonly network: Network;
  /** θ, `network.parameterCount` numbers. */
  readonly parameters: Float32Array;
  /** The input fields, in the order of the network's. */
  readonly inputs: readonly OnnxField[];
  /** The output fields, in the order of the network's. */
  readonly outputs: readonly OnnxField[];
  /** Name of the graph; default `dyadic`. */
  readonly name?: string;
  /** Documentation of the model; default none. */
  readonly description?: string;
  /** Metadata entries of the file, such as the origin of the parameters; default none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A Protocol Buffers file is smaller than 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * Encodes a network as an ONNX file: float32, operators of version 17 (ONNX 1.12), any batch size. Each input and output is
 * `[batch, N_1, …]`, a field on the grid, or `[batch]`, one number per sample, in physical units. Equal sources give equal bytes.
 *
 * @throws ArgumentError for parameters of the wrong length or non-finite ones, a wrong number of fields, a scale that is zero or
 * out of the range of float32, equal names, or a file of more than 2 GiB
 */
export function encodeOnnx({ network, parameters, inputs, outputs, ...about }: OnnxSource): Uint8Array {
  requireLength('parameters', parameters, network.parameterCount);
  const wrong = parameters.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new ArgumentError(`parameters[${wrong}]`, parameters[wrong], 'a finite number');
  requireFields({ inputs, outputs }, network);

  const { name = 'dyadic', description = '', metadata = {} } = about;
  const graph = new Graph();
  const { shape } = network;
  const size = network.inputSize / network.inputs;
  const shapeOf = ({ perSample = false }: OnnxField) => (perSample ? [] : shape);
  const given = inputs.map((field) => graph.input(field.name, shapeOf(field), field.description ?? ''));
  const results = outputs.map((field) => graph.reserve(field.name));
  const x = given.map((value, c) => {
    const field = inputs[c]!;
    if (!field.perSample) return normalized(graph, graph.reshape(value, [size], 'input'), field);
    return everywhere(graph, normalized(graph, graph.reshape(value, [1], 'input'), field), size, 'input');
  });
  const f = networkNodes(graph, network, parameters, joined(graph, x, 'inputs'));
  for (const [c, field] of outputs.entries()) {
    const part = partOf(graph, f, network.outputSize, c * size, size, 'output');
    const value = denormalized(graph, field.perSample ? mean(graph, part, size, 'output') : part, field);
    graph.last('Reshape', [value, graph.shape(shapeOf(field))], results[c]!);
    graph.output(results[c]!, shapeOf(field), field.description ?? '');
  }

  const model = new Message().integer(1, IR_VERSION).text(2, 'dyadic').text(6, description);
  model.message(7, graph.toMessage(name));
  model.message(8, new Message().text(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  if (model.size > MOST_BYTES) throw new ArgumentError('bytes of the ONNX file', model.size, `at most ${MOST_BYTES}`);
  return model.toBytes();
}

/**
 * (x − shift) / scale. Rounding the shift to float32 would move every number by the rounding error, many units in the last place
 * of a small one, so the remainder of the shift is subtracted as well.
 */
function normalized(graph: Graph, x: Value, { shift, scale }: OnnxField): Value {
  let value = x;
  for (const part of [Math.fround(shift), Math.fround(shift - Math.fround(shift))]) {
    if (part !== 0) value = graph.node('Sub', [value, graph.scalar(part)], 'normalized');
  }
  return scale === 1 ? value : graph.node('Div', [value, graph.scalar(scale)], 'normalized');
}

/** f scale + shift. */
function denormalized(graph: Graph, f: Value, { shift, scale }: OnnxField): Value {
  const scaled = scale === 1 ? f : graph.node('Mul', [f, graph.scalar(scale)], 'denormalized');
  return shift === 0 ? scaled : graph.node('Add', [scaled, graph.scalar(shift)], 'denormalized');
}

function requireFields(fields: Pick<OnnxSource, 'inputs' | 'outputs'>, network: Network): void {
  const names = new Set<string>();
  for (const end of ['inputs', 'outputs'] as const) {
    requireLength(end, fields[end], network[end]);
    for (const [index, { name, shift, scale }] of fields[end].entries()) {
      const field = `${end}[${index}]`;
      if (typeof name !== 'string' || name === '' || names.has(onnxName(name))) {
        throw new ArgumentError(`${field}.name`, name, 'a name of its own');
      }
      names.add(onnxName(name));
      requireFinite(`${field}.shift`, shift);
      const [least, most] = [Math.fround(1 / requireFinite(`${field}.scale`, scale)), Math.fround(scale)];
      if (least === 0 || most === 0 || !Number.isFinite(least * most)) {
        throw new ArgumentError(`${field}.scale`, scale, 'a number that a float32 can hold, other than 0');
      }
    }
  }
}
