import { type FileHandle, open } from 'node:fs/promises';
import { ArgumentError, DataError } from '@dyadic/errors';
import {
  Field as ArrowField,
  type AsyncRecordBatchFileReader,
  type DataType,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  Schema,
  Struct,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { type Column, type Columns, emptyColumn, type NumericArray } from './columns.js';
import { unreadable } from './document.js';
import { elements, type Field, type Recipe, recipeHash, shardRange } from './schema.js';

/** Bytes a record batch aims at: what is read for one sample, while a pass over all stays sequential. */
const BATCH_BYTES = 2 ** 20;

/** Rows of each record batch of a shard but the last. */
export function batchRows(recipe: Recipe): number {
  const rowBytes = recipe.fields.reduce((sum, field) => sum + 8 * elements(field), 0);
  return Math.max(1, Math.min(recipe.shardRows, Math.floor(BATCH_BYTES / rowBytes)));
}

/** A shard as the bytes of an uncompressed Arrow IPC file; equal columns give equal bytes. */
export function encodeShard(recipe: Recipe, shard: number, columns: Columns): Uint8Array {
  const { rows } = shardRange(recipe, shard);
  const schema = arrowSchema(recipe, shard);
  const step = batchRows(recipe);
  const writer = new RecordBatchFileWriter();
  for (let first = 0; first < rows; first += step) {
    writer.write(recordBatch(schema, recipe.fields, columns, first, Math.min(first + step, rows)));
  }
  writer.finish();
  return writer.toUint8Array(true);
}

function recordBatch(schema: Schema, fields: readonly Field[], columns: Columns, first: number, end: number) {
  const children = fields.map((field, i) => {
    const type = schema.fields[i]!.type;
    const column = columns[field.name]!;
    const size = elements(field);
    if (field.type === 'utf8') return vectorFromArray(column.slice(first, end) as string[], new Utf8()).data[0]!;
    const data = (column as NumericArray).slice(first * size, end * size);
    if (field.shape.length === 0) return makeData({ type: type as Float64, data: data as Float64Array });
    const child = makeData({ type: (type as FixedSizeList).children[0]!.type as Float64, data: data as Float64Array });
    return makeData({ type: type as FixedSizeList, length: end - first, child });
  });
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: end - first, children }));
}

function arrowSchema(recipe: Recipe, shard: number): Schema {
  const fields = recipe.fields.map((field) => arrowField(field, recipe.tensorExtension));
  const shapes = Object.fromEntries(recipe.fields.map((field) => [field.name, field.shape]));
  const metadata = new Map([
    ['dyadic.dataset', recipe.name],
    ['dyadic.recipe', recipeHash(recipe)],
    ['dyadic.shard', String(shard)],
    ['dyadic.shapes', JSON.stringify(shapes)],
  ]);
  return new Schema(fields, metadata);
}

function arrowField(field: Field, tensorExtension: boolean): ArrowField {
  const item = { float32: Float32, float64: Float64, int32: Int32, uint32: Uint32, utf8: Utf8 }[field.type];
  const metadata = new Map([['description', field.description]]);
  if (field.shape.length === 0) return new ArrowField(field.name, new item() as DataType, false, metadata);
  if (tensorExtension) {
    metadata.set('ARROW:extension:name', 'arrow.fixed_shape_tensor');
    metadata.set('ARROW:extension:metadata', JSON.stringify({ shape: field.shape }));
  }
  // The item must be nullable: pyarrow's FixedShapeTensorType has a nullable storage item and refuses another.
  const list = new FixedSizeList(elements(field), new ArrowField('item', new item() as DataType, true));
  return new ArrowField(field.name, list, false, metadata);
}

/** Reads rows of one shard, one record batch at a time; the file is never in memory as a whole. */
export class ShardReader {
  readonly #path: string;
  readonly #recipe: Recipe;
  readonly #shard: number;
  readonly #file: FileHandle;
  readonly #reader: AsyncRecordBatchFileReader;

  private constructor(
    path: string,
    recipe: Recipe,
    shard: number,
    file: FileHandle,
    reader: AsyncRecordBatchFileReader,
  ) {
    this.#path = path;
    this.#recipe = recipe;
    this.#shard = shard;
    this.#file = file;
    this.#reader = reader;
  }

  /** Opens a shard and checks that it belongs to the recipe. The caller closes it. @throws DataError */
  static async open(path: string, recipe: Recipe, shard: number): Promise<ShardReader> {
    const file = await open(path).catch((cause) => {
      throw unreadable(path, cause);
    });
    try {
      const reader = (await (await RecordBatchReader.from(file)).open()) as unknown as AsyncRecordBatchFileReader;
      const found = reader.schema?.metadata.get('dyadic.recipe');
      if (found !== recipeHash(recipe)) throw new DataError(path, 'belongs to another dataset');
      if (reader.schema.metadata.get('dyadic.shard') !== String(shard)) {
        throw new DataError(path, `is shard ${reader.schema.metadata.get('dyadic.shard')} under the name of ${shard}`);
      }
      return new ShardReader(path, recipe, shard, file, reader);
    } catch (cause) {
      await file.close().catch(() => {});
      if (cause instanceof DataError) throw cause;
      throw new DataError(path, `is not a whole Arrow file (${(cause as Error).message})`, { cause });
    }
  }

  /** Copies rows [first, end) of the shard into columns that start at row `at`. @throws DataError */
  async read(first: number, end: number, into: Record<string, Column>, at: number): Promise<void> {
    const step = batchRows(this.#recipe);
    for (let batch = Math.floor(first / step); batch * step < end; batch++) {
      const content = await this.#batch(batch);
      const from = Math.max(first, batch * step);
      const to = Math.min(end, (batch + 1) * step);
      for (const [i, field] of this.#recipe.fields.entries()) {
        const column = into[field.name];
        if (column) copyRows(content, i, field, from - batch * step, to - batch * step, column, at + from - first);
      }
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  async #batch(index: number): Promise<RecordBatch> {
    const step = batchRows(this.#recipe);
    const rows = Math.min(step, shardRange(this.#recipe, this.#shard).rows - index * step);
    let batch: RecordBatch | null;
    try {
      batch = await this.#reader.readRecordBatch(index);
    } catch (cause) {
      throw new DataError(this.#path, `record batch ${index} is damaged (${(cause as Error).message})`, { cause });
    }
    if (batch?.numRows !== rows) {
      throw new DataError(this.#path, `record batch ${index} has ${batch?.numRows ?? 0} rows; expected ${rows}`);
    }
    return batch;
  }
}

function copyRows(
  batch: RecordBatch,
  index: number,
  field: Field,
  from: number,
  to: number,
  column: Column,
  at: number,
): void {
  const vector = batch.getChildAt(index)!;
  if (field.type === 'utf8') {
    for (let row = from; row < to; row++) (column as string[])[at + row - from] = vector.get(row) as string;
    return;
  }
  const size = elements(field);
  const data = vector.data[0]!;
  const values = (field.shape.length === 0 ? data.values : data.children[0]!.values) as NumericArray;
  (column as NumericArray).set(values.subarray(from * size, to * size), at * size);
}

/** Columns of zeros for the named fields. @throws ArgumentError for a name the recipe does not have */
export function emptyColumns(recipe: Recipe, names: readonly string[], rows: number): Record<string, Column> {
  return Object.fromEntries(
    names.map((name) => {
      const field = recipe.fields.find((candidate) => candidate.name === name);
      if (!field) {
        const choices = recipe.fields.map((candidate) => candidate.name).join(', ');
        throw new ArgumentError('column', name, `one of the columns of ${recipe.name}: ${choices}`);
      }
      return [name, emptyColumn(field, rows)];
    }),
  );
}
