/**
 * An ONNX graph under construction. Field numbers are those of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto),
 * operators those of opset {@link OPSET}.
 */
import { Message } from './protobuf.js';

/** Version of the operator set: that of ONNX 1.12 (2022), which all current runtimes support. */
export const OPSET = 17;
/** Version of the file format of that release. */
export const IR_VERSION = 8;

/** Name of a value: an input, a constant, or the output of a node. */
export type Value = string;

/** The entries of a constant: float32, or int32 and int64 for indices and shapes. */
export type Numbers = Float32Array | Int32Array | BigInt64Array;

/** Attributes of a node: integers, and lists of them. */
type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Numbers of `TensorProto.DataType`. */
const FLOAT = 1;
const INT32 = 6;
const INT64 = 7;

/** Turns a name into a C identifier, as ONNX requires: replaces other characters by `_`. */
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

  /** Reserves a name for {@link output}, so that no other value takes it. */
  reserve(name: string): Value {
    return this.#unique(name);
  }

  /** Declares the value of a reserved name an output, `[batch, …shape]`. */
  output(value: Value, shape: readonly number[], description: string): void {
    this.#outputs.push(valueInfo(value, shape, description));
  }

  /** Adds a node with one output, whose name begins with `name`. @returns the name of the output */
  node(operator: string, inputs: readonly Value[], name: string, attributes: Attributes = {}): Value {
    const output = this.#unique(`${name}/${operator}`);
    this.#addNode(operator, inputs, output, attributes);
    return output;
  }

  /** Adds the node that computes a value of a {@link reserve | reserved} name. */
  last(operator: string, inputs: readonly Value[], reserved: Value): void {
    this.#addNode(operator, inputs, reserved, {});
  }

  /** Adds a constant tensor. */
  constant(name: string, values: Numbers, shape: readonly number[] = [values.length]): Value {
    const value = this.#unique(name);
    this.#constants.push(tensor(value, values, shape));
    return value;
  }

  /** A constant that is stored once, however often the same numbers are requested in the same shape. */
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

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.table(`number ${value}`, Float32Array.of(value), []);
  }

  /** Reshapes `[batch, …]` to `[batch, …shape]`. In a shape of ONNX, 0 keeps the extent of the axis. */
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

  /** A name not yet taken. */
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

/** The bytes of numbers. The format is little-endian, like all platforms of Node and browsers. */
function littleEndian({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** The 32-bit FNV-1a hash, which distinguishes most tables. */
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
