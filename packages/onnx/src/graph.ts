/**
 * An ONNX graph under construction. Field numbers are those of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto),
 * operators those of {@link OPSET}.
 */
import { Message } from './protobuf.js';

/** Version of ONNX's operators: that of ONNX 1.12 (2022), which today's runtimes all have. */
export const OPSET = 17;
/** Version of the file format that goes with it. */
export const IR_VERSION = 8;

/** Name of a value: of an input, a constant, or what a node computes. */
export type Value = string;

/** Numbers of a constant: float32, or int32 and int64 for indices and shapes. */
export type Numbers = Float32Array | Int32Array | BigInt64Array;

/** Attributes of a node: integers, and lists of them. */
type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Numbers of `TensorProto.DataType`. */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

/** A name as ONNX demands it, a C identifier: `_` stands for other characters. */
export function onnxName(name: string): string {
  return name.replace(/\W/g, '_').replace(/^(?=\d|$)/, '_');
}

export class Graph {
  readonly #nodes: Message[] = [];
  readonly #constants: Message[] = [];
  readonly #inputs: Message[] = [];
  readonly #outputs: Message[] = [];
  readonly #names = new Set<string>();
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly value: Value }[]>();

  /** A float32 input of the graph, `[batch, …shape]`. */
  input(name: string, shape: readonly number[], description: string): Value {
    const value = this.#unique(name);
    this.#inputs.push(valueInfo(value, shape, description));
    return value;
  }

  /** Keeps a name for {@link output}, so that no value within the graph takes it. */
  reserve(name: string): Value {
    return this.#unique(name);
  }

  /** Makes the value that a node gave a reserved name an output, `[batch, …shape]`. */
  output(value: Value, shape: readonly number[], description: string): void {
    this.#outputs.push(valueInfo(value, shape, description));
  }

  /** Adds a node of one output. @param name - Of its output: one that is reserved, or a proposal. */
  node(operator: string, inputs: readonly Value[], name: string, attributes: Attributes = {}): Value {
    const output = this.#unique(`${name}/${operator}`);
    this.#addNode(operator, inputs, output, attributes);
    return output;
  }

  /** Adds the node that computes a value of a {@link reserve | reserved} name. */
  last(operator: string, inputs: readonly Value[], reserved: Value): void {
    this.#addNode(operator, inputs, reserved, {});
  }

  /** A tensor of numbers that the file holds. */
  constant(name: string, values: Numbers, shape: readonly number[] = [values.length]): Value {
    const value = this.#unique(name);
    this.#constants.push(tensor(value, values, shape));
    return value;
  }

  /** A constant that the file holds once, however often the same numbers are wanted in the same shape. */
  table(name: string, values: Numbers, shape: readonly number[] = [values.length]): Value {
    const bytes = littleEndian(values);
    const key = `${values.constructor.name} ${shape.join(' ')} ${hash(bytes)}`;
    const alike = this.#known.get(key) ?? [];
    this.#known.set(key, alike);
    const known = alike.find((one) => one.bytes.every((byte, i) => byte === bytes[i]));
    if (known) return known.value;
    const value = this.constant(name, values, shape);
    alike.push({ bytes, value });
    return value;
  }

  /** One float32. */
  scalar(value: number): Value {
    return this.table(`number ${value}`, Float32Array.of(value), []);
  }

  /** A reshape of `[batch, …]` to `[batch, …shape]`. In the shape that ONNX is given, 0 stands for the axis as it is. */
  reshape(value: Value, shape: readonly number[], name: string): Value {
    return this.node('Reshape', [value, this.shape(shape)], name);
  }

  /** The shape `[batch, …shape]` as a constant. */
  shape(shape: readonly number[]): Value {
    return this.table(`shape ${shape.join(' ')}`, BigInt64Array.from([0n, ...shape.map(BigInt)]));
  }

  /** The `GraphProto`. */
  toMessage(name: string): Message {
    const message = new Message();
    for (const node of this.#nodes) message.message(1, node);
    message.text(2, name);
    for (const constant of this.#constants) message.message(5, constant);
    for (const input of this.#inputs) message.message(11, input);
    for (const output of this.#outputs) message.message(12, output);
    return message;
  }

  #addNode(operator: string, inputs: readonly Value[], output: Value, attributes: Attributes): void {
    const node = new Message();
    for (const input of inputs) node.text(1, input);
    node.text(2, output).text(3, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) node.message(5, attribute(name, value));
    this.#nodes.push(node);
  }

  /** Each name is given once. */
  #unique(proposal: string): string {
    const name = onnxName(proposal);
    let free = name;
    for (let k = 2; this.#names.has(free); k++) free = `${name}_${k}`;
    this.#names.add(free);
    return free;
  }
}

function attribute(name: string, value: number | readonly number[]): Message {
  const message = new Message().text(1, name);
  if (typeof value === 'number') return message.integer(3, value).integer(20, 2);
  for (const one of value) message.integer(8, one);
  return message.integer(20, 7);
}

function tensor(name: string, values: Numbers, shape: readonly number[]): Message {
  const message = new Message();
  for (const extent of shape) message.integer(1, extent);
  const type = values instanceof Float32Array ? FLOAT : values instanceof Int32Array ? INT32 : INT64;
  return message.integer(2, type).text(8, name).bytes(9, littleEndian(values));
}

/** All machines that Node and browsers run on are little-endian, as the format is. */
function littleEndian({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** The 32-bit FNV-1a hash, which tells most tables apart. */
function hash(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function valueInfo(name: string, shape: readonly number[], description: string): Message {
  const batch = new Message().text(2, 'batch');
  const dimensions = shape.map((extent) => new Message().integer(1, extent));
  const tensorShape = new Message().message(1, batch);
  for (const dimension of dimensions) tensorShape.message(1, dimension);
  const type = new Message().message(1, new Message().integer(1, FLOAT).message(2, tensorShape));
  return new Message().text(1, name).message(2, type).text(3, description);
}
