/** Columns: the fields of a network by the names that the data give them, and samples by these names. */
import { ArgumentError } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import * as z from 'zod';
import type { CheckpointInfo } from './checkpoint.js';

/** The columns that a network was trained on, in the order of its fields. */
export interface TrainedColumns {
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Those of them that are one number per sample. */
  readonly numbers: readonly string[];
}

const names = z.union([z.string().transform((name) => [name]), z.array(z.string()).min(1)]);
const originSchema = z.looseObject({ input: names, output: names, numbers: z.array(z.string()).default([]) });

/**
 * The columns that a network was trained on, as the entries `input`, `output` (a name, or a list) and `numbers` of its origin
 * name them. Those of a checkpoint that names none are called `potential` and `prediction`, of several fields `potential-1` …
 */
export function trainedColumns({ origin, network }: Pick<CheckpointInfo, 'origin' | 'network'>): TrainedColumns {
  const found = originSchema.safeParse(origin).data;
  if (found && found.input.length === network.inputs && found.output.length === network.outputs) {
    const { input, output, numbers } = found;
    return { input, output, numbers };
  }
  const named = (name: string, fields: number) =>
    fields === 1 ? [name] : Array.from({ length: fields }, (_, field) => `${name}-${field + 1}`);
  return { input: named('potential', network.inputs), output: named('prediction', network.outputs), numbers: [] };
}

/**
 * Inputs by the names of their columns, in the units of the data: fields one after the other, or of a column that is one number
 * per sample these numbers. A number by itself holds for all samples, everywhere.
 */
export type InputColumns = { readonly [column: string]: ArrayLike<number> | number };

/** Outputs by the names of their columns, in the units of the data, with as many numbers per sample as in training. */
export type OutputColumns = { [column: string]: Float32Array };

/** Inputs by their names as the flat samples of a network. @throws ArgumentError naming the column that is wrong or missing */
export function flattenColumns(
  network: Network,
  { input, numbers }: TrainedColumns,
  given: InputColumns,
): Float32Array {
  const expected = `columns ${input.join(', ')}`;
  const unknown = Object.keys(given).find((name) => !input.includes(name));
  if (unknown !== undefined) throw new ArgumentError('inputs', unknown, expected);
  const size = network.inputSize / network.inputs;
  let [count, counted] = [1, ''];
  const columns = input.map((name) => {
    const column = Object.hasOwn(given, name) ? given[name] : undefined;
    if (typeof column === 'number') return column;
    const extent = numbers.includes(name) ? 1 : size;
    if (typeof column !== 'object' || column === null || typeof column.length !== 'number') {
      const each = extent === 1 ? 'a number per sample' : `${size} numbers per sample`;
      throw new ArgumentError(`inputs.${name}`, column, `${each}, or one number for all`);
    }
    const samples = column.length / extent;
    if (!Number.isInteger(samples)) {
      throw new ArgumentError(`inputs.${name}.length`, column.length, `a multiple of ${size}, its numbers per sample`);
    }
    if (counted !== '' && samples !== count) {
      const found = `${count} ${count === 1 ? 'sample' : 'samples'}, as in ${counted}`;
      throw new ArgumentError(`inputs.${name}.length`, column.length, `${count * extent} numbers: ${found}`);
    }
    [count, counted] = [samples, name];
    return column;
  });
  const spread = columns.map((column) => (typeof column === 'number' ? new Float32Array(count).fill(column) : column));
  return joinFields(spread, count, size);
}

/** Outputs of a network, in the units of the data, by the names of their columns: of a number the mean of its field. */
export function nameOutputs(
  network: Network,
  { output, numbers }: TrainedColumns,
  values: Float32Array,
): OutputColumns {
  const count = values.length / network.outputSize;
  const fields = separateFields(values, count, network.outputs);
  return Object.fromEntries(
    output.map((name, c) => [name, numbers.includes(name) ? means(fields[c]!, count) : fields[c]!]),
  );
}

/** The fields of so many samples, each with the numbers of all samples one after the other. */
export function separateFields(values: Float32Array, count: number, fields: number): Float32Array[] {
  if (fields === 1) return [values];
  const size = count === 0 ? 0 : values.length / count / fields;
  return Array.from({ length: fields }, (_, c) => {
    const separate = new Float32Array(count * size);
    for (let s = 0; s < count; s++) {
      const from = (s * fields + c) * size;
      separate.set(values.subarray(from, from + size), s * size);
    }
    return separate;
  });
}

/** Columns of so many samples, of `size` numbers each or of one, as the fields of samples. */
export function joinFields(columns: readonly ArrayLike<number>[], count: number, size: number): Float32Array {
  const [only] = columns;
  if (columns.length === 1 && only!.length === count * size) return Float32Array.from(only!);
  const values = new Float32Array(count * columns.length * size);
  columns.forEach((column, c) => {
    const extent = column.length / count;
    for (let s = 0; s < count; s++) {
      const first = (s * columns.length + c) * size;
      for (let i = 0; i < size; i++) values[first + i] = column[s * extent + (extent === 1 ? 0 : i)]!;
    }
  });
  return values;
}

/** The number that each sample's field says. */
export function means(fields: Float32Array, count: number): Float32Array {
  const size = fields.length / count;
  return Float32Array.from({ length: count }, (_, s) => meanOf(fields, s * size, size));
}

/** What `size` numbers of a field, from `first` on, say of a number of their sample: their mean. */
export function meanOf(values: ArrayLike<number>, first: number, size: number): number {
  let sum = 0;
  for (let i = first; i < first + size; i++) sum += values[i]!;
  return sum / size;
}
