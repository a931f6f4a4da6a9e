import { ArgumentError, requireFinite, requireLength } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { Graph, IR_VERSION, OPSET, onnxName, type Value } from './graph.js';
import { networkNodes } from './network.js';
import { Message } from './protobuf.js';

/** A field that goes in or comes out, in units of its own: (value − shift) / scale is what the network sees or gives. */
export interface OnnxField {
  /** What a program calls it when it runs the model. */
  readonly name: string;
  readonly shift: number;
  readonly scale: number;
  /** For people, such as its unit; default none. */
  readonly description?: string;
}

/** A trained network. */
export interface OnnxSource {
  readonly network: Network;
  /** θ, `network.parameterCount` numbers. */
  readonly parameters: Float32Array;
  readonly input: OnnxField;
  readonly output: OnnxField;
  /** What the graph is called; default `dyadic`. */
  readonly name?: string;
  /** For people; default none. */
  readonly description?: string;
  /** Texts by name that the file carries along, such as where the parameters are from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A file of Protocol Buffers is smaller than 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A network as an ONNX file: float32, operators of version 17 (ONNX 1.12), any batch size. Its input and its output are
 * `[batch, N, …]`, fields on the grid in units of their own. Equal sources give equal bytes.
 *
 * Fields are called what {@link onnxName} makes of their names.
 *
 * @throws ArgumentError for parameters of a wrong length or that are not finite, a scale of zero, equal names, or a file of
 * more than 2 GiB
 */
export function encodeOnnx({ network, parameters, input, output, ...about }: OnnxSource): Uint8Array {
  requireLength('parameters', parameters, network.parameterCount);
  const wrong = parameters.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) throw new ArgumentError(`parameters[${wrong}]`, parameters[wrong], 'a finite number');
  requireField('input', input);
  requireField('output', output);
  if (onnxName(input.name) === onnxName(output.name)) {
    throw new ArgumentError('output.name', output.name, "another name than the input's");
  }

  const { name = 'dyadic', description = '', metadata = {} } = about;
  const graph = new Graph();
  const shape = new Array<number>(network.dimension).fill(network.points);
  const given = graph.input(input.name, shape, input.description ?? '');
  const result = graph.reserve(output.name);
  const x = normalized(graph, graph.reshape(given, [network.inputSize], 'input'), input);
  const f = networkNodes(graph, network, parameters, x);
  graph.last('Reshape', [denormalized(graph, f, output), graph.shape(shape)], result);
  graph.output(result, shape, output.description ?? '');

  const model = new Message().integer(1, IR_VERSION).text(2, 'dyadic').text(6, description);
  model.message(7, graph.toMessage(name));
  model.message(8, new Message().text(1, '').integer(2, OPSET));
  for (const [key, value] of Object.entries(metadata)) model.message(14, new Message().text(1, key).text(2, value));
  if (model.size > MOST_BYTES) throw new ArgumentError('bytes of the ONNX file', model.size, `at most ${MOST_BYTES}`);
  return model.toBytes();
}

/**
 * (x − shift) / scale. A float32 of the shift would move every number by its rounding error, many times the last digit of a
 * small one: what is left of the shift is subtracted as well.
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

function requireField(argument: string, { name, shift, scale }: OnnxField): void {
  if (typeof name !== 'string' || name === '') throw new ArgumentError(`${argument}.name`, name, 'a text');
  requireFinite(`${argument}.shift`, shift);
  if (requireFinite(`${argument}.scale`, scale) === 0 || Math.fround(1 / scale) === 0 || Math.fround(scale) === 0) {
    throw new ArgumentError(`${argument}.scale`, scale, 'a number that a float32 can hold, other than 0');
  }
}
