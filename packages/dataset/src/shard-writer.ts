import {
  Field as ArrowField,
  type DataType,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint32,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { type Columns, contentHash, type NumericArray } from './columns.js';
import { canonicalJson, type Json } from './document.js';
import type { FailedDraw } from './manifest.js';
import { batchRows, elements, type Field, type Recipe, recipeHash, shardRange } from './schema.js';

/**
 * A shard as the bytes of an uncompressed Arrow IPC file; equal columns give equal bytes. The schema's metadata has the hash of
 * the recipe, the number of the shard and a hash of its content, so a shard can be verified without a manifest.
 */
export function encodeShard(
  recipe: Recipe,
  shard: number,
  columns: Columns,
  failures: readonly FailedDraw[] = [],
): Uint8Array {
  const { rows } = shardRange(recipe, shard);
  const schema = arrowSchema(recipe, shard, contentHash(recipe.fields, columns), failures);
  const step = batchRows(recipe);
  const writer = new RecordBatchFileWriter();
  for (let first = 0; first < rows; first += step) {
    writer.write(recordBatch(schema, recipe.fields, columns, first, Math.min(first + step, rows)));
  }
  writer.finish();
  return writer.toUint8Array(true);
}

/** Record batches of the columns of one shard, with a schema that all shards share. */
export function* exportBatches(
  recipe: Recipe,
  fields: readonly Field[],
  tensorExtension: boolean,
  columns: Columns,
  rows: number,
): Generator<RecordBatch> {
  const shapes = Object.fromEntries(fields.map((field) => [field.name, field.shape]));
  const schema = new Schema(
    fields.map((field) => arrowField(field, tensorExtension)),
    new Map([
      ['dyadic.dataset', recipe.name],
      ['dyadic.recipe', recipeHash(recipe)],
      ['dyadic.shapes', JSON.stringify(shapes)],
    ]),
  );
  const step = batchRows(recipe);
  for (let first = 0; first < rows; first += step) {
    yield recordBatch(schema, fields, columns, first, Math.min(first + step, rows));
  }
}

function recordBatch(schema: Schema, fields: readonly Field[], columns: Columns, first: number, end: number) {
  const children = fields.map((field, i) => {
    const type = schema.fields[i]!.type;
    const column = columns[field.name]!;
    const size = elements(field);
    if (field.type === 'utf8') return vectorFromArray(column.slice(first, end) as string[], new Utf8()).data[0]!;
    // A copy: apache-arrow merges overlapping views of one buffer, and two columns may be the same array.
    const data = (column as NumericArray).slice(first * size, end * size);
    if (field.shape.length === 0) return makeData({ type: type as Float64, data: data as Float64Array });
    const child = makeData({ type: (type as FixedSizeList).children[0]!.type as Float64, data: data as Float64Array });
    return makeData({ type: type as FixedSizeList, length: end - first, child });
  });
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: end - first, children }));
}

function arrowSchema(recipe: Recipe, shard: number, content: string, failures: readonly FailedDraw[]): Schema {
  const fields = recipe.fields.map((field) => arrowField(field, recipe.tensorExtension));
  const shapes = Object.fromEntries(recipe.fields.map((field) => [field.name, field.shape]));
  const metadata = new Map([
    ['dyadic.dataset', recipe.name],
    ['dyadic.recipe', recipeHash(recipe)],
    ['dyadic.shard', String(shard)],
    ['dyadic.content', content],
    ['dyadic.shapes', JSON.stringify(shapes)],
  ]);
  if (failures.length > 0) metadata.set('dyadic.failures', canonicalJson(failures as unknown as Json));
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
  // The item must be nullable, as pyarrow's FixedShapeTensorType requires.
  const list = new FixedSizeList(elements(field), new ArrowField('item', new item() as DataType, true));
  return new ArrowField(field.name, list, false, metadata);
}
