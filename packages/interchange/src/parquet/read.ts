import { DataError } from '@dyadic/errors';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type SchemaElement,
  type SchemaTree,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { blockSlabs } from '../blocks.js';
import type { FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import { arrayOf, decimal, exact, type NumberArray, product, Unfit } from '../numbers.js';

const MOST_DEPTH = 16;
/** Most bytes of a column in a row group, which is decoded as a whole. */
const MOST_CHUNK_BYTES = 2 ** 30;
/** The greatest compression ratio of any Parquet codec, except for repeated empty blocks. */
const MOST_RATIO = 2 ** 15;

/**
 * Opens a Parquet file, read one row group at a time by hyparquet: maintained, plain JavaScript, with all encodings.
 * hyparquet-compressors, by the same authors, has the codecs.
 */
export async function openParquet(path: string, bytes: FileBytes): Promise<OpenedFormat> {
  const file = asyncBuffer(bytes);
  const metadata = await understood(path, () => parquetMetadataAsync(file));
  const tree = await understood(path, async () => parquetSchema(metadata));
  const parquet = { path, file, metadata, shapes: shapesOf(metadata) };
  const arrays: ArraySource[] = [];
  for (const column of tree.children) arrays.push(...(await arraysOf(parquet, column, column.element.name, [])));
  return { arrays, close: async () => {} };
}

interface Parquet {
  readonly path: string;
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  /** Shapes that our own export recorded. */
  readonly shapes: Readonly<Record<string, unknown>>;
}

function asyncBuffer(bytes: FileBytes): AsyncBuffer {
  return {
    byteLength: bytes.size,
    slice: (start, end = bytes.size) => {
      const at = start < 0 ? bytes.size + start : start;
      const found = bytes.read(at, Math.max(0, Math.min(end, bytes.size) - at)).then(bufferOf);
      // The library requests several parts at once; if one fails, nobody handles rejections of the others.
      found.catch(() => {});
      return found;
    },
  };
}

function bufferOf({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

async function understood<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof DataError || cause instanceof Unfit) throw cause;
    throw new DataError(path, `is not a whole Parquet file (${(cause as Error).message})`, { cause });
  }
}

function shapesOf({ key_value_metadata: entries = [] }: FileMetaData): Record<string, unknown> {
  const text = entries.find(({ key }) => key === 'dyadic.shapes')?.value;
  try {
    const value: unknown = JSON.parse(text ?? '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The arrays of a column: one, or one per field of a struct. `steps` is the path from the column's value to the array's. */
async function arraysOf(
  parquet: Parquet,
  node: SchemaTree,
  name: string,
  steps: readonly string[],
): Promise<ArraySource[]> {
  const rows = Number(parquet.metadata.num_rows);
  let [leaf, depth] = [node, 0];
  while (depth < MOST_DEPTH) {
    const item = listItem(leaf);
    if (!item) break;
    [leaf, depth] = [item, depth + 1];
  }
  if (leaf.children.length > 0) {
    const { converted_type, logical_type } = leaf.element;
    const isStruct = depth === 0 && converted_type === undefined && logical_type === undefined;
    if (!isStruct) {
      const type = depth > 0 ? 'structs within lists' : (converted_type ?? 'groups').toLowerCase();
      return [refused(name, type, rows, `holds ${type}; expected numbers, or lists of numbers`)];
    }
    const inner: ArraySource[] = [];
    for (const child of leaf.children) {
      inner.push(...(await arraysOf(parquet, child, `${name}/${child.element.name}`, [...steps, child.element.name])));
    }
    return inner;
  }
  const { type, refusal, scale } = leafOf(leaf.element);
  if (refusal !== undefined) return [refused(name, type, rows, refusal)];
  const column = name.split('/')[0]!;
  const read = async (first: number, end: number) =>
    (await rowsOf(parquet, column, first, end)).map((row) =>
      steps.reduce<unknown>((value, step) => (value as Record<string, unknown> | null)?.[step], row),
    );
  const extents = await extentsOf(parquet, leaf, depth, read);
  const starts = [0];
  for (const { num_rows } of parquet.metadata.row_groups) starts.push(starts.at(-1)! + Number(num_rows));
  // Our own export writes tensors as flat row-major lists, and their shapes to the metadata.
  const given = parquet.shapes[name];
  const shape = [rows, ...(isShapeOf(given, product(extents)) ? given : extents)];
  const slab = blockSlabs({
    type,
    shape,
    starts,
    read: async (group) => {
      const numbers = arrayOf(type, (starts[group + 1]! - starts[group]!) * product(extents));
      const values = await read(starts[group]!, starts[group + 1]!);
      const filler = { path: parquet.path, name, numbers, scale, extents, at: 0 };
      for (const [row, value] of values.entries()) fill(filler, value, 0, starts[group]! + row);
      return numbers;
    },
  });
  return [{ name, type, shape, slab }];
}

function refused(name: string, type: string, rows: number, refusal: string): ArraySource {
  return { name, type, shape: [rows], refusal, slab: () => Promise.reject(new TypeError('not to be read')) };
}

function isShapeOf(value: unknown, entries: number): value is number[] {
  return (
    Array.isArray(value) &&
    value.every((extent) => Number.isSafeInteger(extent) && extent > 0) &&
    product(value) === entries
  );
}

/** The entry of a list, in either of the known layouts; undefined for any other type. */
function listItem({ element, children }: SchemaTree): SchemaTree | undefined {
  const [repeated] = children;
  const isList = element.converted_type === 'LIST' || element.logical_type?.type === 'LIST';
  if (!isList || children.length !== 1 || repeated!.element.repetition_type !== 'REPEATED') return undefined;
  // Three levels in the current layout; old writers omit one.
  return repeated!.children.length === 1 ? repeated!.children[0] : repeated;
}

interface Leaf {
  readonly type: string;
  readonly refusal?: string;
  /** Scale of decimals. */
  readonly scale?: number;
}

/** The type of the innermost entries of lists. */
function leafOf({
  type,
  converted_type: converted,
  logical_type: logical,
  scale = 0,
  precision = 0,
}: SchemaElement): Leaf {
  const meaning = converted ?? logical?.type;
  if (meaning === undefined) {
    const plain = { FLOAT: 'float32', DOUBLE: 'float64', INT32: 'int32', INT64: 'int64' }[type as string];
    if (plain !== undefined) return { type: plain };
  }
  const integer = /^(U?)INT_(8|16|32|64)$/.exec(converted ?? '');
  if (integer) return { type: `${integer[1] ? 'uint' : 'int'}${integer[2]}` };
  if (converted === 'DECIMAL') return { type: `decimal(${precision}, ${scale})`, scale };
  if (logical?.type === 'INTEGER') return { type: `${logical.isSigned ? 'int' : 'uint'}${logical.bitWidth}` };
  if (logical?.type === 'FLOAT16') return { type: 'float16' };
  const found = (NAMES[meaning ?? type ?? ''] ?? meaning ?? type ?? 'an unknown type').toLowerCase();
  return { type: found, refusal: `holds ${found}; expected numbers, or lists of numbers` };
}

const NAMES: Readonly<Record<string, string>> = {
  UTF8: 'text',
  STRING: 'text',
  BYTE_ARRAY: 'bytes',
  FIXED_LEN_BYTE_ARRAY: 'bytes',
  INT96: 'timestamp',
  TIMESTAMP_MILLIS: 'timestamp',
  TIMESTAMP_MICROS: 'timestamp',
  TIME_MILLIS: 'time',
  TIME_MICROS: 'time',
};

/** Values of a column: numbers, or lists of lists. */
async function rowsOf(
  { path, file, metadata }: Parquet,
  column: string,
  rowStart: number,
  rowEnd: number,
): Promise<unknown[]> {
  for (const { columns } of metadata.row_groups) {
    const bytes = columns
      .filter(({ meta_data }) => meta_data?.path_in_schema[0] === column)
      .map(({ meta_data }) => Number(meta_data!.total_compressed_size));
    if (bytes.some((count) => count > MOST_CHUNK_BYTES)) {
      throw new DataError(
        path,
        `'${column}' has more than ${MOST_CHUNK_BYTES} bytes in a row group; write smaller ones`,
      );
    }
  }
  const options = { file, metadata, columns: [column], rowStart, rowEnd, compressors: bounded };
  const rows = await understood(path, () => parquetReadObjects(options));
  if (rows.length !== rowEnd - rowStart) {
    throw new DataError(path, `'${column}' has ${rows.length} rows; expected ${rowEnd - rowStart}`);
  }
  return rows.map((row) => row[column]);
}

/** Codecs that refuse sizes beyond the greatest compression ratio. */
const bounded: Compressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, size: number) => {
      if (size < 0 || size > (input.length + 1) * MOST_RATIO) {
        throw new RangeError(`a page of ${input.length} bytes claims to hold ${size}`);
      }
      return decompress!(input, size);
    },
  ]),
);

/** Extents of the lists: for flat ones from the number of values, for nested ones from the first row. */
async function extentsOf(
  { metadata }: Parquet,
  leaf: SchemaTree,
  depth: number,
  read: (first: number, end: number) => Promise<unknown[]>,
): Promise<number[]> {
  const rows = Number(metadata.num_rows);
  if (depth === 0 || rows === 0) return new Array<number>(depth).fill(0);
  if (depth === 1) {
    const path = leaf.path.join('.');
    const chunks = metadata.row_groups.flatMap(({ columns }) =>
      columns.filter(({ meta_data }) => meta_data?.path_in_schema.join('.') === path),
    );
    const values = chunks.reduce((sum, { meta_data }) => sum + Number(meta_data!.num_values), 0);
    if (values % rows === 0) return [values / rows];
  }
  const extents: number[] = [];
  let [value] = await read(0, 1);
  for (let k = 0; k < depth; k++) {
    const list = value as ArrayLike<unknown> | null | undefined;
    extents.push(list?.length ?? 0);
    value = list?.[0];
  }
  return extents;
}

interface Filler {
  readonly path: string;
  readonly name: string;
  readonly numbers: NumberArray;
  readonly scale: number | undefined;
  readonly extents: readonly number[];
  at: number;
}

function fill(filler: Filler, value: unknown, depth: number, row: number): void {
  const { path, name, numbers, scale, extents, at } = filler;
  if (value === null || value === undefined) throw new Unfit(at, 'null');
  if (depth < extents.length) {
    const list = value as ArrayLike<unknown>;
    if (list.length !== extents[depth]) {
      throw new DataError(
        path,
        `'${name}' has a list of ${list.length} at row ${row} (counted from 0); expected ${extents[depth]}, as in other rows`,
      );
    }
    for (let k = 0; k < list.length; k++) fill(filler, list[k], depth + 1, row);
    return;
  }
  if (typeof value === 'bigint') numbers[at] = exact(value, at);
  else if (typeof value !== 'number') throw new Unfit(at, `${typeof value}`);
  // The library multiplies by 10^−scale, which is off by a bit; division rounds correctly.
  else if (scale) numbers[at] = decimal(BigInt(Math.round(value * 10 ** scale)), scale, at);
  else numbers[at] = value;
  filler.at++;
}
