import { ArgumentError } from '@dyadic/errors';
import { elements, type Field } from './schema.js';

export type NumericArray = Float32Array | Float64Array | Int32Array | Uint32Array;
export type Column = NumericArray | readonly string[];
/** One column per field, samples one after the other: `rows · Π shape` entries each. */
export type Columns = Readonly<Record<string, Column>>;

const ARRAYS = { float32: Float32Array, float64: Float64Array, int32: Int32Array, uint32: Uint32Array } as const;

/** A column of zeros (or empty texts) for so many rows. */
export function emptyColumn(field: Field, rows: number): Column {
  if (field.type === 'utf8') return new Array<string>(rows).fill('');
  return new ARRAYS[field.type](rows * elements(field));
}

/** Checks that columns match the fields in names, types, lengths, and hold no NaN or infinity. @throws ArgumentError */
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
      const index = (column as NumericArray).findIndex((value) => !Number.isFinite(value));
      if (index >= 0) throw new ArgumentError(`columns.${field.name}[${index}]`, column[index], 'a finite number');
    }
  }
}

function hasType(column: Column | undefined, type: Field['type']): column is Column {
  if (type === 'utf8') return Array.isArray(column) && column.every((value) => typeof value === 'string');
  return column instanceof ARRAYS[type];
}
