import { ArgumentError, requireFinite, requireLength } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { Graph, IR_VERSION, OPSET, onnxName, type Value } from './graph.js';
import { networkNodes } from './network.js';
import { Message } from './protobuf.js';
import { everywhere, joined, mean, partOf } from './stages.js';

/** An input or output field in its own units: (value − shift) / scale is what the network sees or gives. */
export interface OnnxField {
  /** Its name in the model. */
  readonly name: string;
  readonly shift: number;
  readonly scale: number;
  /**
   * One number per sample: an input is taken for the same number everywhere, an output is the mean of its field. Default false.
   */
  readonly perSample?: boolean;
  /** For people, such as its unit; default none. */
  readonly description?: string;
}

/** A trained network. */
export interface OnnxSource {
  readonly network: Network;
  /** θ, `network.parameterCount` numbers. */
  readonly parameters: Float32Array;
  /** Fields that go in and come out, one for each of the network's, in their order. */
  readonly inputs: readonly OnnxField[];
  readonly outputs: readonly OnnxField[];
  /** Name of the graph; default `dyadic`. */
  readonly name?: string;
  /** For people; default none. */
  readonly description?: string;
  /** Texts by name that the file carries along, such as where the parameters are from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A file of Protocol Buffers is smaller than 2 GiB. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * A network as an ONNX file: float32, operators of version 17 (ONNX 1.12), any batch size. Each of its inputs and outputs is
 * `[batch, N_1, …]`, a field on the grid, or `[batch]`, one number per sample, in units of its own, called what {@link onnxName} makes of its name. Equal sources give equal
 * bytes.
 *
 * @throws ArgumentError for parameters of a wrong length or that are not finite, too few or too many fields, a scale of zero, equal
 * names, or a file of more than 2 GiB
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
