import { createHash } from 'node:crypto';
import { ArgumentError } from '@dyadic/errors';
import { elements, type Field, type Recipe } from './schema.js';

/** Typed arrays that hold numeric columns. */
export type NumericArray = Float32Array | Float64Array | Int32Array | Uint32Array;
/** The values of one column: numbers, or texts. */
export type Column = NumericArray | readonly string[];
/** Columns by field name, samples one after the other, each row-major: `rows · Π shape` entries per column. */
export type Columns = Readonly<Record<string, Column>>;

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint32: Uint32Array } as const;

/** A column of zeros, or of empty texts, for `rows` samples: `rows · Π shape` entries. */
export function emptyColumn(field: Field, rows: number): Column {
  if (field.type === 'utf8') return new Array<string>(rows).fill('');
  return new ARRAYS[field.type](rows * elements(field));
}

/** {@link emptyColumn} for each of the named fields. @throws ArgumentError for an unknown name */
export function emptyColumns(recipe: Recipe, names: readonly string[], rows: number): Record<string, Column> {
  return Object.fromEntries(names.map((name) => [name, emptyColumn(fieldOf(recipe, name), rows)]));
}

/** The field of a recipe by name. @throws ArgumentError for an unknown name, listing the known ones */
export function fieldOf(recipe: Recipe, name: string): Field {
  const field = recipe.fields.find((candidate) => candidate.name === name);
  if (field) return field;
  const choices = recipe.fields.map((candidate) => candidate.name).join(', ');
  throw new ArgumentError('column', name, `one of the columns of ${recipe.name}: ${choices}`);
}

/** The bytes of a numeric column, not copied; files and all platforms of Node are little-endian. */
export function bytesOf(column: NumericArray): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
}

/** SHA-256, in hexadecimal, of all columns in the order of the fields: the bytes of numbers, the JSON of texts. */
export function contentHash(fields: readonly Field[], columns: Columns): string {
  const hash = createHash('sha256');
  for (const { name, type } of fields) {
    const column = columns[name]!;
    hash.update(type === 'utf8' ? JSON.stringify(column) : bytesOf(column as NumericArray));
  }
  return hash.digest('hex');
}

/** Checks that columns match the fields in name, type and length, and that numbers are finite. @throws ArgumentError */
export function requireColumns(fields: readonly Field[], columns: Columns, rows: number): void {
  for (const name of Object.keys(columns)) {
    if (!fields.some((field) => field.name === name)) {
      throw new ArgumentError(
        `columns.${name}`,
        columns[name],
        `no such column: ${fields.map((f) => f.name).join(', ')}`,
      );
    }
  }
  for (const field of fields) {
    const column = columns[field.name];
    const length = rows * elements(field);
    if (!hasType(column, field.type) || column.length !== length) {
      throw new ArgumentError(`columns.${field.name}`, column, `${length} entries of type ${field.type}`);
    }
    if (field.type === 'float32' || field.type === 'float64') {
      const index = firstNonFinite(column as NumericArray);
      if (index >= 0) throw new ArgumentError(`columns.${field.name}[${index}]`, column[index], 'a finite number');
    }
  }
}

/** Index of the first NaN or infinity; −1 if there is none. */
function firstNonFinite(values: NumericArray): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

export function hasType(column: Column | undefined, type: Field['type']): column is Column {
  if (type === 'utf8') return Array.isArray(column) && column.every((value) => typeof value === 'string');
  return column instanceof ARRAYS[type];
}
