/** ONNX's operators in float64, as https://onnx.ai/onnx/operators describes them; those that exported networks have. */
import { integers, type Message, messages, readMessage, texts } from './protobuf-reader.js';

/** Numbers row-major in a shape. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

type Attributes = ReadonlyMap<string, readonly number[]>;

interface Node {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Attributes;
}

export interface Model {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  run(inputs: Readonly<Record<string, Tensor>>): ReadonlyMap<string, Tensor>;
}

/** Reads an ONNX file. */
export function openModel(bytes: Uint8Array): Model {
  const [graph] = messages(readMessage(bytes), 7);
  const nodes = messages(graph!, 1).map(readNode);
  const constants = new Map(messages(graph!, 5).map((constant) => [texts(constant, 8)[0]!, readTensor(constant)]));
  const names = (field: number) => messages(graph!, field).map((info) => texts(info, 1)[0]!);
  return {
    inputs: names(11),
    outputs: names(12),
    run(inputs) {
      const values = new Map([...constants, ...Object.entries(inputs)]);
      for (const { operator, inputs: from, output, attributes } of nodes) {
        if (values.has(output)) throw new Error(`${output} is computed twice`);
        const given = from.map((name) => {
          const value = values.get(name);
          if (!value) throw new Error(`${output} reads ${name}, which is not there yet`);
          return value;
        });
        values.set(output, operatorOf(operator)(given, attributes));
      }
      return values;
    },
  };
}

function readNode(message: Message): Node {
  const attributes = messages(message, 5).map((attribute) => {
    const [name] = texts(attribute, 1);
    return [name!, [...integers(attribute, 3), ...integers(attribute, 8)]] as const;
  });
  return {
    operator: texts(message, 4)[0]!,
    inputs: texts(message, 1),
    output: texts(message, 2)[0]!,
    attributes: new Map(attributes),
  };
}

function readTensor(message: Message): Tensor {
  const types = { 1: Float32Array, 6: Int32Array, 7: BigInt64Array } as const;
  const [raw] = message.get(9) as Uint8Array[];
  const [type] = integers(message, 2) as (keyof typeof types)[];
  const numbers = new types[type!](raw!.slice().buffer);
  const shape = integers(message, 1);
  if (size(shape) !== numbers.length) throw new Error(`${numbers.length} numbers in the shape ${shape}`);
  return { shape, values: Float64Array.from(numbers as Iterable<number | bigint>, Number) };
}

type Operator = (inputs: readonly Tensor[], attributes: Attributes) => Tensor;

function operatorOf(name: string): Operator {
  const operator = OPERATORS[name];
  if (!operator) throw new Error(`the operator ${name}`);
  return operator;
}

const OPERATORS: Readonly<Record<string, Operator>> = {
  Abs: pointwise(Math.abs),
  Neg: pointwise((x) => -x),
  Exp: pointwise(Math.exp),
  Log: pointwise(Math.log),
  Sqrt: pointwise(Math.sqrt),
  Sign: pointwise(Math.sign),
  Relu: pointwise((x) => Math.max(x, 0)),
  Tanh: pointwise(Math.tanh),
  Softplus: pointwise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  Add: pointwise((x, y) => x! + y!),
  Sub: pointwise((x, y) => x! - y!),
  Mul: pointwise((x, y) => x! * y!),
  Div: pointwise((x, y) => x! / y!),
  Less: pointwise((x, y) => Number(x! < y!)),
  Equal: pointwise((x, y) => Number(x === y)),
  Where: pointwise((condition, x, y) => (condition ? x! : y!)),
  ReduceMax: reduced((row) => row.reduce((most, x) => Math.max(most, x), Number.NEGATIVE_INFINITY)),
  ReduceSum: ([x, axes], attributes) => {
    return reduced((row) => row.reduce((sum, x) => sum + x, 0))(
      [x!],
      new Map([...attributes, ['axes', [...axes!.values]]]),
    );
  },
  Expand: ([x, shape]) => {
    const extents = broadcast([x!.shape, [...shape!.values]]);
    const values = Float64Array.from(
      { length: size(extents) },
      (_, i) => x!.values[offset(x!.shape, place(extents, i))]!,
    );
    return { shape: extents, values };
  },
  Slice: ([x, starts, ends, axes]) => {
    const [from, to, axis] = [starts, ends, axes].map((one) => one!.values[0]!) as [number, number, number];
    if (axis !== 1 || x!.shape.length !== 2 || to > x!.shape[1]!) throw new Error(`a slice to ${to} of [${x!.shape}]`);
    const values = x!.values.filter((_, i) => i % x!.shape[1]! >= from && i % x!.shape[1]! < to);
    return { shape: [x!.shape[0]!, to - from], values };
  },
  Concat: (inputs, attributes) => {
    if (attributes.get('axis')![0] !== 1) throw new Error('axis of Concat');
    const [rows] = inputs[0]!.shape as [number];
    const widths = inputs.map(({ shape }) => shape[1]!);
    const values: number[] = [];
    for (let row = 0; row < rows; row++) {
      for (const [i, { values: own }] of inputs.entries()) {
        values.push(...own.subarray(row * widths[i]!, (row + 1) * widths[i]!));
      }
    }
    return { shape: [rows, widths.reduce((sum, width) => sum + width, 0)], values: Float64Array.from(values) };
  },
  Reshape: ([data, shape]) => {
    const extents = [...shape!.values].map((extent, axis) => (extent === 0 ? data!.shape[axis]! : extent));
    if (size(extents) !== data!.values.length) throw new Error(`[${data!.shape}] has no shape [${extents}]`);
    return { shape: extents, values: data!.values };
  },
  Gather: ([data, indices], attributes) => {
    const [axis] = attributes.get('axis')!;
    const [before, after] = [data!.shape.slice(0, axis), data!.shape.slice(axis! + 1)];
    const inner = size(after);
    const extent = data!.shape[axis!]!;
    const shape = [...before, ...indices!.shape, ...after];
    const values = new Float64Array(size(shape));
    let to = 0;
    for (let outer = 0; outer < size(before); outer++) {
      for (const index of indices!.values) {
        if (index < 0 || index >= extent) throw new Error(`index ${index} of ${extent}`);
        const from = (outer * extent + index) * inner;
        values.set(data!.values.subarray(from, from + inner), to);
        to += inner;
      }
    }
    return { shape, values };
  },
  Pad: ([data, pads]) => {
    const rank = data!.shape.length;
    const added = [...pads!.values];
    const shape = data!.shape.map((extent, axis) => extent + added[axis]! + added[axis + rank]!);
    const values = new Float64Array(size(shape));
    for (const [from, value] of data!.values.entries()) {
      values[
        offset(
          shape,
          place(data!.shape, from).map((i, axis) => i + added[axis]!),
        )
      ] = value;
    }
    return { shape, values };
  },
  MatMul: ([a, b]) => {
    const [m, k] = a!.shape.slice(-2) as [number, number];
    const [rows, n] = b!.shape.slice(-2) as [number, number];
    if (rows !== k) throw new Error(`[${a!.shape}] times [${b!.shape}]`);
    const [batchA, batchB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const batch = broadcast([batchA, batchB]);
    const values = new Float64Array(size(batch) * m * n);
    for (let one = 0; one < size(batch); one++) {
      const at = place(batch, one);
      const [fromA, fromB] = [offset(batchA, at) * m * k, offset(batchB, at) * k * n];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          for (let l = 0; l < k; l++) sum += a!.values[fromA + i * k + l]! * b!.values[fromB + l * n + j]!;
          values[(one * m + i) * n + j] = sum;
        }
      }
    }
    return { shape: [...batch, m, n], values };
  },
};

/** A function of the numbers of the inputs, whose shapes are broadcast as NumPy does. */
function pointwise(f: (...numbers: number[]) => number): Operator {
  return (inputs) => {
    const shape = broadcast(inputs.map((input) => input.shape));
    const values = new Float64Array(size(shape));
    // Numbers that are repeated as a whole need no arithmetic on indices.
    const isTail = ({ shape: own }: Tensor) =>
      own.every((extent, axis) => extent === shape[axis + shape.length - own.length]);
    const sources = inputs.map((input) => {
      const { values: numbers } = input;
      if (isTail(input)) return (i: number) => numbers[i % numbers.length]!;
      return (i: number) => numbers[offset(input.shape, place(shape, i))]!;
    });
    for (let i = 0; i < values.length; i++) values[i] = f(...sources.map((source) => source(i)));
    return { shape, values };
  };
}

/** A function of the rows along the second axis, which is kept with extent 1. */
function reduced(f: (row: Float64Array) => number): Operator {
  return ([x], attributes) => {
    const asked = [attributes.get('axes'), attributes.get('keepdims'), x!.shape.length].join(' ');
    if (asked !== '1 1 2') throw new Error(`axes, keepdims and rank are ${asked}`);
    const [rows, columns] = x!.shape as [number, number];
    const values = Float64Array.from({ length: rows }, (_, i) => f(x!.values.subarray(i * columns, (i + 1) * columns)));
    return { shape: [rows, 1], values };
  };
}

function broadcast(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const most = Math.max(...extents);
    if (extents.some((extent) => extent !== 1 && extent !== most)) throw new Error(`shapes ${JSON.stringify(shapes)}`);
    return most;
  });
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Index along every axis of number i. */
function place(shape: readonly number[], i: number): number[] {
  const at: number[] = [];
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    at[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return at;
}

/** Place in a shape that may have been broadcast to that of `at`. */
function offset(shape: readonly number[], at: readonly number[]): number {
  const first = at.length - shape.length;
  return shape.reduce((sum, extent, axis) => sum * extent + (extent === 1 ? 0 : at[axis + first]!), 0);
}
