import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  type Column,
  createFolder,
  type Dataset,
  eachShard,
  elements,
  exportedFields,
  type Field,
  inTemporary,
  type NumericArray,
  recipeHash,
} from '@dyadic/dataset';
import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';

/** Most numbers of a column in a row group, because writing boxes them. */
const MOST_NUMBERS = 2 ** 21;

/**
 * Exports columns to one Parquet file, shard by shard, uncompressed (random numbers do not compress): scalars as plain columns,
 * tensors as row-major lists, with their shapes as JSON under `dyadic.shapes` in the metadata.
 *
 * @param columns - Default all.
 * @returns the path of the file written
 * @throws ArgumentError for an unknown or repeated column, DataError for a damaged shard or a disk error
 */
export async function exportParquet(
  dataset: Dataset,
  target: string,
  columns: readonly string[] | undefined,
  onShard: (done: number) => void,
): Promise<string[]> {
  const fields = exportedFields(dataset.recipe, columns);
  const { recipe } = dataset;
  const shapes = Object.fromEntries(fields.map(({ name, shape }) => [name, shape]));
  const groupRows = Math.max(1, Math.floor(MOST_NUMBERS / Math.max(...fields.map(elements))));
  await createFolder(dirname(target));
  await inTemporary(target, async (temporary) => {
    const writer = new ParquetWriter({
      writer: fileWriter(temporary),
      schema: [{ name: 'root', num_children: fields.length }, ...fields.flatMap(schemaOf)],
      codec: 'UNCOMPRESSED',
      createdBy: 'dyadic',
      kvMetadata: [
        { key: 'dyadic.dataset', value: recipe.name },
        { key: 'dyadic.recipe', value: recipeHash(recipe) },
        { key: 'dyadic.shapes', value: JSON.stringify(shapes) },
      ],
    });
    let done = 0;
    for await (const [rows, values] of eachShard(dataset, fields)) {
      for (let first = 0; first < rows; first += groupRows) {
        const end = Math.min(first + groupRows, rows);
        const columnData = fields.map((field) => ({
          name: field.name,
          data: rowsOf(field, values[field.name]!, first, end),
          encoding: 'PLAIN' as const,
          statistics: field.shape.length === 0,
        }));
        await writer.write({ columnData, rowGroupSize: end - first });
      }
      onShard(++done);
    }
    await writer.finish();
    const file = await open(temporary, 'r+');
    await file.sync().finally(() => file.close());
  });
  return [target];
}

const TYPES = {
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  int32: { type: 'INT32' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  utf8: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const;

/** The schema of a column. Nothing is ever missing, so every level is required. */
function schemaOf({ name, type, shape }: Field): SchemaElement[] {
  if (shape.length === 0) return [{ name, ...TYPES[type], repetition_type: 'REQUIRED' }];
  return [
    { name, repetition_type: 'REQUIRED', converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', ...TYPES[type], repetition_type: 'REQUIRED' },
  ];
}

/** Rows [first, end) of a column, each a number, a text or a list. */
function rowsOf(field: Field, column: Column, first: number, end: number): unknown[] {
  if (field.type === 'utf8') return column.slice(first, end) as string[];
  const size = elements(field);
  const numbers = column as NumericArray;
  if (field.shape.length === 0) return Array.from(numbers.subarray(first, end));
  return Array.from({ length: end - first }, (_, r) =>
    Array.from(numbers.subarray((first + r) * size, (first + r + 1) * size)),
  );
}
