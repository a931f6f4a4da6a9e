import { join } from 'node:path';
import type { Column, NumericArray } from './columns.js';
import { emptyColumns } from './columns.js';
import { elements, type Field, type Recipe, shardCount, shardFile, shardRange } from './schema.js';
import { ShardReader } from './shard-reader.js';

/** Statistics of one column, over all entries of all samples. */
export type FieldStatistics =
  | {
      readonly kind: 'numbers';
      readonly least: number;
      readonly greatest: number;
      readonly mean: number;
      /** Standard deviation: the root of the mean squared distance from the mean. */
      readonly deviation: number;
      /** Counts of values in equal bins of [least, greatest]. */
      readonly histogram: readonly number[];
    }
  | {
      readonly kind: 'texts';
      /** The most frequent texts with their counts, in descending order; at most {@link MOST_TEXTS}. */
      readonly counts: readonly (readonly [string, number])[];
      readonly distinct: number;
    };

const BINS = 40;
export const MOST_TEXTS = 10;

/**
 * Statistics of every column of a finished dataset, shard by shard in two passes: first sums, then squared distances from the mean
 * and histograms. Sums run in the order of the samples, so the numbers are the same on every machine.
 */
export async function fieldStatistics(folder: string, recipe: Recipe): Promise<FieldStatistics[]> {
  const sums = recipe.fields.map(() => ({
    count: 0,
    sum: 0,
    least: Number.POSITIVE_INFINITY,
    greatest: Number.NEGATIVE_INFINITY,
  }));
  const texts = recipe.fields.map(() => new Map<string, number>());
  await eachColumn(folder, recipe, (field, index, column) => {
    if (field.type === 'utf8') {
      for (const text of column as readonly string[]) texts[index]!.set(text, (texts[index]!.get(text) ?? 0) + 1);
      return;
    }
    const total = sums[index]!;
    const values = column as NumericArray;
    let { sum, least, greatest } = total;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      sum += value;
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    sums[index] = { count: total.count + values.length, sum, least, greatest };
  });
  const squares = recipe.fields.map(() => 0);
  const histograms = recipe.fields.map(() => new Float64Array(BINS));
  await eachColumn(folder, recipe, (field, index, column) => {
    if (field.type === 'utf8') return;
    const { sum, count, least, greatest } = sums[index]!;
    const mean = sum / count;
    // Halved, because the difference may overflow.
    const width = greatest / 2 - least / 2;
    const values = column as NumericArray;
    const histogram = histograms[index]!;
    const binsPerUnit = Number.isFinite(BINS / width) ? BINS / width : 0;
    let square = squares[index]!;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      square += (value - mean) * (value - mean);
      // Never negative, so truncation rounds down.
      const bin = ((value / 2 - least / 2) * binsPerUnit) | 0;
      histogram[bin < BINS ? bin : BINS - 1]!++;
    }
    squares[index] = square;
  });
  return recipe.fields.map((field, index): FieldStatistics => {
    if (field.type === 'utf8') {
      const counts = [...texts[index]!].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      return { kind: 'texts', counts: counts.slice(0, MOST_TEXTS), distinct: counts.length };
    }
    const { count, sum, least, greatest } = sums[index]!;
    const deviation = Math.sqrt(squares[index]! / count);
    return { kind: 'numbers', least, greatest, mean: sum / count, deviation, histogram: [...histograms[index]!] };
  });
}

/** Calls `use` with every column of every shard, in order. */
async function eachColumn(
  folder: string,
  recipe: Recipe,
  use: (field: Field, index: number, column: Column) => void,
): Promise<void> {
  const names = recipe.fields.map(({ name }) => name);
  const columns = emptyColumns(recipe, names, shardRange(recipe, 0).rows);
  for (let shard = 0; shard < shardCount(recipe); shard++) {
    const { rows } = shardRange(recipe, shard);
    const reader = await ShardReader.open(join(folder, shardFile(shard)), recipe, shard);
    await reader.read(0, rows, columns, 0).finally(() => reader.close());
    for (const [index, field] of recipe.fields.entries()) {
      const column = columns[field.name]!;
      const end = rows * elements(field);
      use(field, index, field.type === 'utf8' ? column.slice(0, end) : (column as NumericArray).subarray(0, end));
    }
  }
}
