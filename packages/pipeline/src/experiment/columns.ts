/** Reads columns of a dataset as the fields of a network, one after the other in each sample. */
import { type Dataset, elements, emptyColumn, type Field, fieldOf, type NumericArray } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';

/** Input or output columns: one name, or a list in the order of the network's fields. */
export type ColumnNames = string | readonly string[];

/** Column names as a list. */
export function columnList(names: ColumnNames): readonly string[] {
  return typeof names === 'string' ? [names] : names;
}

/** Whether a column is one number per sample: a constant field. */
export function isNumber(field: Field): boolean {
  return elements(field) === 1;
}

/** Columns to read together, each once. */
export type ReadColumns = Record<string, NumericArray>;

/**
 * Reads columns as fields: `values` receives the fields of each sample, one after the other.
 *
 * A single float32 column is read directly into place.
 */
export class FieldReader {
  readonly #dataset: Dataset;
  readonly #names: readonly string[];

  constructor(dataset: Dataset, names: ColumnNames) {
    this.#dataset = dataset;
    this.#names = columnList(names);
  }

  /** Adds arrays for the columns of `count` samples to those to be read. */
  prepare(columns: ReadColumns, count: number, values: Float32Array): void {
    const { recipe } = this.#dataset;
    for (const name of this.#names) {
      const field = fieldOf(recipe, name);
      const straight =
        this.#names.length === 1 && field.type === 'float32' && elements(field) * count === values.length;
      if (columns[name] === undefined || straight) {
        columns[name] = straight ? values : (emptyColumn(field, count) as NumericArray);
      }
    }
  }

  /** Copies the columns that were read into `values`. */
  place(columns: ReadColumns, count: number, values: Float32Array): void {
    const size = values.length / count / this.#names.length;
    this.#names.forEach((name, c) => {
      const column = columns[name]!;
      if (column === values) return;
      const extent = column.length / count;
      for (let s = 0; s < count; s++) {
        const field = values.subarray((s * this.#names.length + c) * size, (s * this.#names.length + c + 1) * size);
        if (extent === 1) field.fill(column[s]!);
        else field.set(column.subarray(s * extent, (s + 1) * extent));
      }
    });
  }

  /** @param first - Number of the first sample. @throws DataError naming column, sample and entry of a non-finite number */
  requireFinite(values: Float32Array, count: number, first: number): void {
    const wrong = firstInfinite(values);
    if (wrong < 0) return;
    const size = values.length / count;
    const [sample, entry] = [first + Math.floor(wrong / size), wrong % (size / this.#names.length)];
    const name = this.#names[Math.floor((wrong % size) / (size / this.#names.length))];
    const found = `'${name}' has ${values[wrong]} at sample ${sample}, entry ${entry} (counted from 0)`;
    throw new DataError(this.#dataset.path, `${found}; expected a finite number, as float32 too`);
  }
}

/** Index of the first number that is not finite, in what the network takes or gives; −1 if all are. */
export function firstInfinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i]!)) return i;
  return -1;
}
