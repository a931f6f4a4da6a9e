import { DataError } from '@dyadic/errors';
import { type Batch as ArrowBatch, type DataType, type Field, Type, tableFromIPC } from '@uwdata/flechette';
import { blockSlabs } from '../blocks.js';
import type { FileBytes } from '../bytes/source.js';
import type { ArraySource, OpenedFormat } from '../foreign.js';
import { arrayOf, decimal, exact, halfFloat, type NumberArray, product, Unfit } from '../numbers.js';
import { registerCodecs } from './codecs.js';
import { damaged, type Messages, messagesOf, type Place } from './messages.js';
import { type Tensor, tensorOf } from './tensor.js';

/** Most bytes of a record batch, which is decoded as a whole. */
const MOST_BATCH_BYTES = 2 ** 31;
const MOST_DEPTH = 16;

/**
 * Opens Arrow files, streams and Feather, read one record batch at a time. flechette decodes batches: it is maintained, small, and
 * supports the large lists and views of Polars, which apache-arrow does not.
 */
export async function openArrow(path: string, file: FileBytes): Promise<OpenedFormat> {
  await registerCodecs();
  const batches = new Batches(path, file, await messagesOf(path, file));
  const fields = await batches.fields();
  const arrays: ArraySource[] = [];
  for (const [index, field] of fields.entries()) arrays.push(...(await arraysOf(batches, field, field.name, [index])));
  return { arrays, close: async () => {} };
}

/** The record batches of a file. Keeps the last decoded one. */
class Batches {
  readonly path: string;
  readonly starts: number[] = [0];
  readonly #file: FileBytes;
  readonly #messages: Messages;
  #kept: { readonly batch: number; readonly columns: readonly ArrowBatch<unknown>[] } | undefined;

  constructor(path: string, file: FileBytes, messages: Messages) {
    this.path = path;
    this.#file = file;
    this.#messages = messages;
    for (const { rows } of messages.batches) this.starts.push(this.starts.at(-1)! + rows);
  }

  get rows(): number {
    return this.starts.at(-1)!;
  }

  async fields(): Promise<readonly Field[]> {
    return (await this.#decoded([])).schema.fields;
  }

  /** Columns of a record batch. */
  async columns(batch: number): Promise<readonly ArrowBatch<unknown>[]> {
    if (this.#kept?.batch === batch) return this.#kept.columns;
    this.#kept = undefined;
    const { dictionaries, batches } = this.#messages;
    const place = batches[batch]!;
    if (place.bytes > MOST_BATCH_BYTES) {
      throw new DataError(this.path, `has a record batch of ${place.bytes} bytes; write it in smaller ones`);
    }
    const table = await this.#decoded([...dictionaries.filter(({ at }) => at < place.at), place]);
    const columns = table.schema.fields.map((_, k) => table.getChildAt(k).data[0] as ArrowBatch<unknown>);
    this.#kept = { batch, columns };
    return columns;
  }

  async #decoded(places: readonly Place[]) {
    const parts = [aligned(this.#messages.schema)];
    for (const { at, bytes } of places) parts.push(aligned(await this.#file.read(at, bytes)));
    try {
      return tableFromIPC(parts);
    } catch (cause) {
      throw damaged(this.path, (cause as Error).message, cause);
    }
  }
}

/** The bytes aligned to eight, as typed arrays require: Node's small buffers lie anywhere in a pool. */
function aligned(bytes: Buffer): Buffer {
  return bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes).buffer);
}

/** The arrays of a column: one, or one per field of a struct. */
async function arraysOf(
  batches: Batches,
  field: Field,
  name: string,
  place: readonly number[],
): Promise<ArraySource[]> {
  const { type } = field;
  if (type.typeId === Type.Struct) {
    const inner: ArraySource[] = [];
    for (const [k, child] of type.children.entries()) {
      inner.push(...(await arraysOf(batches, child, `${name}/${child.name}`, [...place, k])));
    }
    return inner;
  }
  const leaf = leafOf(type);
  const tensor = tensorOf(field.metadata);
  const refusal = typeof tensor === 'string' ? tensor : leaf.refusal;
  if (refusal !== undefined || typeof tensor === 'string') {
    return [{ name, type: leaf.name, shape: [batches.rows], refusal: refusal!, slab: unread }];
  }
  const extents = await extentsOf(batches, type, place);
  if (extents.some((extent) => extent < 0) || !Number.isSafeInteger(batches.rows * product(extents)))
    throw damaged(batches.path, `'${name}' has lists without end`);
  const stored = [batches.rows, ...extents];
  if (tensor && product(tensor.stored) !== product(extents)) {
    const shapes = `(${tensor.stored.join(', ')}) for lists of ${product(extents)}`;
    throw new DataError(batches.path, `'${name}' claims tensors of ${shapes}`);
  }
  const slab = blockSlabs({
    type: leaf.name,
    shape: tensor ? [batches.rows, ...tensor.stored] : stored,
    starts: batches.starts,
    read: async (block) => {
      const columns = await batches.columns(block);
      const rows = batches.starts[block + 1]! - batches.starts[block]!;
      return sound(batches.path, () => {
        const found = columnAt(columns, place);
        if (found.length !== rows) throw new RangeError(`'${name}' has ${found.length} rows; expected ${rows}`);
        return numbersOf(batches.path, name, found, extents, leaf.name, batches.starts[block]!);
      });
    },
  });
  if (!tensor) return [{ name, type: leaf.name, shape: stored, slab }];
  return [{ name, type: leaf.name, shape: [batches.rows, ...tensor.shape], slab: throughTensor(slab, tensor) }];
}

/** Reports invalid data in a decoded batch as a damaged file. @throws DataError */
function sound<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError) throw damaged(path, cause.message, cause);
    throw cause;
  }
}

function unread(): Promise<never> {
  return Promise.reject(new TypeError('not to be read'));
}

/** Maps slabs of the stored tensor to the axes of the array. */
function throughTensor(slab: ArraySource['slab'], { permutation }: Tensor): ArraySource['slab'] {
  const physical = (axis: number) => (axis === 0 ? 0 : permutation[axis - 1]! + 1);
  return async (axis, first, count) => {
    const { values, extents, axes } = await slab(physical(axis), first, count);
    const logical = axes.map((stored) => (stored === 0 ? 0 : permutation.indexOf(stored - 1) + 1));
    return { values, extents: extents.map((_, k) => extents[physical(k)]!), axes: logical };
  };
}

/** The type of the innermost entries of lists. */
function leafOf(type: DataType, depth = 0): { readonly name: string; readonly refusal?: string } {
  const inner = listItem(type);
  if (inner && depth < MOST_DEPTH) return leafOf(inner.type, depth + 1);
  switch (type.typeId) {
    case Type.Float:
      return { name: ['float16', 'float32', 'float64'][type.precision]! };
    case Type.Int:
      return { name: `${type.signed ? 'int' : 'uint'}${type.bitWidth}` };
    case Type.Decimal:
      return { name: `decimal(${type.precision}, ${type.scale})` };
    default: {
      const name = NAMES[type.typeId] ?? `type ${type.typeId}`;
      return { name, refusal: `holds ${name}; expected numbers, or lists of numbers` };
    }
  }
}

const NAMES: Readonly<Record<number, string>> = {
  [Type.Dictionary]: 'categories (dictionary-encoded)',
  [Type.Null]: 'nulls',
  [Type.Binary]: 'bytes',
  [Type.LargeBinary]: 'bytes',
  [Type.BinaryView]: 'bytes',
  [Type.FixedSizeBinary]: 'bytes',
  [Type.Utf8]: 'text',
  [Type.LargeUtf8]: 'text',
  [Type.Utf8View]: 'text',
  [Type.Bool]: 'boolean',
  [Type.Date]: 'date',
  [Type.Time]: 'time',
  [Type.Timestamp]: 'timestamp',
  [Type.Duration]: 'time difference',
  [Type.Interval]: 'time interval',
  [Type.Struct]: 'structs within lists',
  [Type.Union]: 'unions',
  [Type.Map]: 'maps',
  [Type.ListView]: 'list views',
  [Type.LargeListView]: 'list views',
  [Type.RunEndEncoded]: 'runs (run-end-encoded)',
};

/** The entry type of a list; undefined for any other type. */
function listItem(type: DataType): Field | undefined {
  const isList = type.typeId === Type.List || type.typeId === Type.LargeList || type.typeId === Type.FixedSizeList;
  return isList ? type.children[0] : undefined;
}

/** Extents of the lists: from their type if it has fixed sizes, else those of the first row. */
async function extentsOf(batches: Batches, type: DataType, place: readonly number[]): Promise<number[]> {
  const extents: number[] = [];
  let batch: ArrowBatch<unknown> | undefined;
  for (let at: DataType | undefined = type, depth = 0; at; at = listItem(at)?.type, depth++) {
    if (!listItem(at)) break;
    if (at.typeId === Type.FixedSizeList) extents.push(at.stride);
    else {
      batch = undefined;
      const first = batches.starts.findIndex((start, k) => k > 0 && start > 0) - 1;
      if (first >= 0) {
        batch = columnAt(await batches.columns(first), place);
        for (let k = 0; k < depth; k++) batch = batch.children[0] as ArrowBatch<unknown>;
      }
      const offsets = batch?.offsets as Int32Array | BigInt64Array | undefined;
      extents.push(offsets && offsets.length > 1 ? Number(offsets[1]) - Number(offsets[0]) : 0);
    }
  }
  return extents;
}

function columnAt(columns: readonly ArrowBatch<unknown>[], place: readonly number[]): ArrowBatch<unknown> {
  const [index, ...rest] = place;
  return rest.reduce((batch, k) => {
    // A null struct still has children.
    if (batch.nullCount > 0) throw new Unfit(firstNull(batch, 0, batch.length), 'null');
    return batch.children[k] as ArrowBatch<unknown>;
  }, columns[index!]!);
}

/** All numbers of a column in a batch, row after row. @throws Unfit for a null, DataError for a list of another length */
function numbersOf(
  path: string,
  name: string,
  column: ArrowBatch<unknown>,
  extents: readonly number[],
  type: string,
  firstRow: number,
): NumberArray {
  let [batch, from, to] = [column, 0, column.length];
  // Entries of the array per entry of the batch.
  let weight = product(extents);
  for (const extent of extents) {
    requireNoNull(batch, from, to, weight);
    if (batch.type.typeId === Type.FixedSizeList) [from, to] = [from * extent, to * extent];
    else {
      const { offsets } = batch as unknown as { offsets: Int32Array | BigInt64Array };
      for (let i = from; i < to; i++) {
        const found = Number(offsets[i + 1]) - Number(offsets[i]);
        if (found === extent) continue;
        const row = firstRow + Math.floor(((i - from) * weight) / product(extents));
        throw new DataError(
          path,
          `'${name}' has a list of ${found} at row ${row} (counted from 0); expected ${extent}, as in the first row`,
        );
      }
      [from, to] = [from < to ? Number(offsets[from]) : 0, from < to ? Number(offsets[to]) : 0];
    }
    weight /= Math.max(1, extent);
    batch = batch.children[0] as ArrowBatch<unknown>;
  }
  requireNoNull(batch, from, to, 1);
  return leafNumbers(batch, from, to, type);
}

function leafNumbers(batch: ArrowBatch<unknown>, from: number, to: number, type: string): NumberArray {
  const { values } = batch as unknown as { values: Exclude<ArrayLike<number | bigint>, string> };
  if (!(from <= to && to <= values.length)) throw new RangeError(`${values.length} numbers are there; expected ${to}`);
  const numbers = arrayOf(type, to - from);
  const { typeId, ...rest } = batch.type as { typeId: number; scale?: number; bitWidth?: number };
  if (typeId === Type.Decimal) {
    const words = rest.bitWidth === 32 ? 1 : rest.bitWidth! / 64;
    for (let i = from; i < to; i++) numbers[i - from] = decimal(wide(values, i * words, words), rest.scale!, i - from);
  } else if (type === 'float16') {
    for (let i = from; i < to; i++) numbers[i - from] = halfFloat(values[i] as number);
  } else if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (let i = from; i < to; i++) numbers[i - from] = exact(values[i]!, i - from);
  } else numbers.set((values as Float64Array).subarray(from, to));
  return numbers;
}

/** A signed integer of `count` 64-bit words, least significant first, or of one 32-bit word. */
function wide(words: ArrayLike<number | bigint>, at: number, count: number): bigint {
  if (typeof words[at] === 'number') return BigInt(words[at]);
  let value = 0n;
  for (let k = count - 1; k >= 0; k--) value = (value << 64n) | BigInt.asUintN(64, words[at + k] as bigint);
  return BigInt.asIntN(64 * count, value);
}

function requireNoNull(batch: ArrowBatch<unknown>, from: number, to: number, weight: number): void {
  if (batch.nullCount === 0) return;
  const index = firstNull(batch, from, to);
  if (index >= 0) throw new Unfit((index - from) * weight, 'null');
}

/** Index of the first entry whose validity bit is not set; −1 if there is none. */
function firstNull({ validity }: ArrowBatch<unknown>, from: number, to: number): number {
  const bits = validity as unknown as Uint8Array;
  if (bits.length === 0) return -1;
  for (let i = from; i < to; i++) if (!((bits[i >> 3]! >> (i & 7)) & 1)) return i;
  return -1;
}
