import { ArgumentError, DataError, requireInteger } from '@dyadic/errors';
import { permuted, type Slab } from './axes.js';
import { isNumberType, type NumberArray, noNumber, placeOf, product, Unfit, UnfitAt } from './numbers.js';

/** The order in which the program that wrote a file numbers the axes of an array. */
export type AxisOrder = 'row-major' | 'column-major' | 'unknown';

/** The description of an array in a foreign file. */
export interface ArrayDescription {
  /** Name, or path through groups and structs, such as `data/u`. */
  readonly name: string;
  /** Type of one entry, such as `float32`, `int64`, `decimal(10, 3)`, `text` or `timestamp`. */
  readonly type: string;
  /** Extents of all axes, as the format's own library reports them; empty for a scalar. */
  readonly shape: readonly number[];
  /** The reason why the array cannot be read, and what to do; absent if it can. */
  readonly refusal?: string;
  /** `column-major` if the program that wrote the array numbers the axes in reverse (MATLAB's HDF5). Default `row-major`. */
  readonly order?: AxisOrder;
}

/** An array as a format's reader provides it: {@link Slab}s along any axis. */
export interface ArraySource extends ArrayDescription {
  /**
   * Reads the range [first, first + count) of an axis. The caller checks the range.
   *
   * @throws DataError, or Unfit with the index in the slab's storage order for an entry that is not a number
   */
  slab(axis: number, first: number, count: number): Promise<Slab>;
}

/** The arrays of an open file, from a format's reader. */
export interface OpenedFormat {
  readonly arrays: readonly ArraySource[];
  close(): Promise<void>;
}

/** The layout of samples in an array. */
export interface ReadOptions {
  /** The axis that counts the samples. Default 0. */
  readonly axis?: number;
  /** Reverses the order of the other axes, those of a sample. Default false. */
  readonly reversed?: boolean;
}

/** Most bytes of one read. */
const MOST_BYTES = 2 ** 31;

/** An array of a foreign file, from {@link ForeignFile.array}. */
export class ForeignArray implements ArrayDescription {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly refusal?: string;
  readonly order: AxisOrder;
  readonly #path: string;
  /** The array as the format's reader provides it. */
  readonly source: ArraySource;

  constructor(path: string, source: ArraySource) {
    this.#path = path;
    this.source = source;
    this.name = source.name;
    this.type = source.type;
    this.shape = source.shape;
    this.order = source.order ?? 'row-major';
    if (source.refusal !== undefined) this.refusal = source.refusal;
  }

  /** Number of samples and shape of each, if `axis` counts the samples. @throws DataError if the array lacks the axis */
  along({ axis = 0, reversed = false }: ReadOptions = {}): { samples: number; shape: readonly number[] } {
    if (axis >= this.shape.length) {
      throw new DataError(this.#path, `'${this.name}' has shape ${shapeText(this.shape)}; it lacks axis ${axis}`);
    }
    const rest = this.shape.filter((_, k) => k !== axis);
    return { samples: this.shape[axis]!, shape: reversed ? rest.reverse() : rest };
  }

  /** Checks that the array can be read. @throws DataError with the reason if not */
  requireNumbers(): void {
    if (this.refusal === undefined) return;
    throw new DataError(this.#path, `'${this.name}' ${this.refusal}`);
  }

  /**
   * Reads the samples [first, first + count): `count · Π shape` finite numbers, sample after sample, each row-major.
   *
   * @returns a Float32Array for 16- and 32-bit floating point, an Int32Array or Uint32Array for integers of up to 32 bits, else a
   * Float64Array
   * @throws DataError if the array cannot be read, or naming the array, row and entry of a value that is not a finite number;
   * ArgumentError for a range outside the array, or one of more than 2 GiB as float64
   */
  async read(first: number, count: number, options: ReadOptions = {}): Promise<NumberArray> {
    this.requireNumbers();
    const { axis = 0, reversed = false } = options;
    const { samples, shape } = this.along(options);
    requireInteger('first', first, { min: 0, max: samples });
    requireInteger('count', count, { min: 0, max: samples - first });
    const entries = product(shape);
    if (8 * count * entries > MOST_BYTES) {
      throw new ArgumentError(
        'count',
        count,
        `at most ${Math.floor(MOST_BYTES / 8 / entries)} samples of ${entries} numbers`,
      );
    }
    const order = [axis, ...inOrder(this.shape.length, axis, reversed)];
    const slab = await this.source.slab(axis, first, count).catch((error) => {
      if (!(error instanceof Unfit) && !(error instanceof UnfitAt)) throw error;
      const index = error instanceof Unfit ? error.index : ravelled(error.coordinates, this.shape, order);
      throw noNumber(this.#path, this.name, placeOf(index, entries, first), error.message);
    });
    const values = permuted(slab, order);
    const wrong = values instanceof Float32Array || values instanceof Float64Array ? firstInfinite(values) : -1;
    if (wrong >= 0) throw noNumber(this.#path, this.name, placeOf(wrong, entries, first), String(values[wrong]));
    return values;
  }
}

function firstInfinite(values: Float32Array | Float64Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/** The index of an entry, row-major over the axes in the given order, the first of which may be sliced. */
function ravelled(coordinates: readonly number[], shape: readonly number[], order: readonly number[]): number {
  return order.reduce((index, axis) => index * shape[axis]! + coordinates[axis]!, 0);
}

function inOrder(rank: number, without: number, reversed: boolean): number[] {
  const axes = Array.from({ length: rank }, (_, k) => k).filter((k) => k !== without);
  return reversed ? axes.reverse() : axes;
}

/** An open foreign file, or a folder of files with one array each; open it with {@link openForeign}. */
export class ForeignFile {
  readonly path: string;
  /** The format, in words: `HDF5`, `MATLAB 5`, `NumPy` … */
  readonly format: string;
  readonly arrays: readonly ForeignArray[];
  readonly #close: () => Promise<void>;

  constructor(path: string, format: string, { arrays, close }: OpenedFormat) {
    this.path = path;
    this.format = format;
    this.arrays = arrays.map((source) => new ForeignArray(path, source));
    this.#close = close;
  }

  /** The array of a name; `data.u` and `/data/u` also find `data/u`. @throws DataError that lists the arrays if there is none */
  array(name: string): ForeignArray {
    const slashed = name.replace(/^\/+/, '');
    const names = [name, slashed, slashed.replaceAll('.', '/')];
    for (const candidate of names) {
      const found = this.arrays.find((array) => array.name === candidate);
      if (found) return found;
    }
    throw new DataError(this.path, `has no array '${name}'; it has ${this.list()}`);
  }

  /** All arrays with their types and shapes, in one line. */
  list(): string {
    const shown = this.arrays.slice(0, 20).map(({ name, type, shape }) => `'${name}' ${type} ${shapeText(shape)}`);
    const more = this.arrays.length > shown.length ? ` and ${this.arrays.length - shown.length} more` : '';
    return (shown.join(', ') || 'none') + more;
  }

  /** Closes the file and removes temporary files. */
  async close(): Promise<void> {
    await this.#close();
  }
}

/** Formats a shape as Python does: `(30, 64)`, `(30,)`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** The reason for refusing an array of a type that is not on the white list; undefined for one that is. */
export function noNumbers(type: string): string | undefined {
  return isNumberType(type) ? undefined : `holds ${type}; expected an array of numbers`;
}
