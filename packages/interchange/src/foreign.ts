import { ArgumentError, DataError, requireInteger } from '@dyadic/errors';
import { permuted, type Slab } from './axes.js';
import { isNumberType, type NumberArray, noNumber, placeOf, product, Unfit, UnfitAt } from './numbers.js';

/** In which order a file's program numbers the axes of an array. */
export type AxisOrder = 'row-major' | 'column-major' | 'unknown';

/** One array, as the reader of a format describes it. */
export interface ArrayDescription {
  /** Name, or path through groups and structs, such as `data/u`. */
  readonly name: string;
  /** Type of one entry, such as `float32`, `int64`, `decimal(10, 3)`, `text` or `timestamp`. */
  readonly type: string;
  /** Extents of all axes, as the format's own library has them; empty for a single number. */
  readonly shape: readonly number[];
  /** Why it cannot be read, with what would help; absent where it can. */
  readonly refusal?: string;
  /** `column-major` where the program that wrote the array has the axes in reversed order (MATLAB's HDF5). Default row-major. */
  readonly order?: AxisOrder;
}

/** How a format's reader gives an array: {@link Slab}s along any axis. */
export interface ArraySource extends ArrayDescription {
  /**
   * Cuts [first, first + count) out of an axis. Ranges are checked before.
   *
   * @throws DataError, or Unfit with the index in the slab's own order for what is no number
   */
  slab(axis: number, first: number, count: number): Promise<Slab>;
}

/** What a format's reader gives of an open file. */
export interface OpenedFormat {
  readonly arrays: readonly ArraySource[];
  close(): Promise<void>;
}

export interface ReadOptions {
  /** Which axis counts the samples. Default 0. */
  readonly axis?: number;
  /** Whether the axes of a sample come in reversed order. Default false. */
  readonly reversed?: boolean;
}

/** Most bytes of one read. */
const MOST_BYTES = 2 ** 31;

/** An array of a foreign file. */
export class ForeignArray implements ArrayDescription {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly refusal?: string;
  readonly order: AxisOrder;
  readonly #path: string;
  /** What the format's reader gives. */
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

  /** Number of samples and shape of each, if `axis` counts the samples. @throws DataError for an axis that it lacks */
  along({ axis = 0, reversed = false }: ReadOptions = {}): { samples: number; shape: readonly number[] } {
    if (axis >= this.shape.length) {
      throw new DataError(this.#path, `'${this.name}' has shape ${shapeText(this.shape)}; it lacks axis ${axis}`);
    }
    const rest = this.shape.filter((_, k) => k !== axis);
    return { samples: this.shape[axis]!, shape: reversed ? rest.reverse() : rest };
  }

  /** Throws if the array cannot be read. @throws DataError saying why */
  requireNumbers(): void {
    if (this.refusal === undefined) return;
    throw new DataError(this.#path, `'${this.name}' ${this.refusal}`);
  }

  /**
   * Reads the samples [first, first + count): finite numbers, sample after sample, each row-major.
   *
   * @returns float32 for 16 and 32 bits of floating point, int32 and uint32 for integers of up to 32 bits, else float64
   * @throws DataError naming the array, row and entry of a value that is not a finite number; ArgumentError for a range outside
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

/** The index of an entry, row-major over the axes in the given order, the first of which may be cut. */
function ravelled(coordinates: readonly number[], shape: readonly number[], order: readonly number[]): number {
  return order.reduce((index, axis) => index * shape[axis]! + coordinates[axis]!, 0);
}

function inOrder(rank: number, without: number, reversed: boolean): number[] {
  const axes = Array.from({ length: rank }, (_, k) => k).filter((k) => k !== without);
  return reversed ? axes.reverse() : axes;
}

/** An open foreign file, or a folder of files with an array each. */
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

  /** The array of a name; `data.u` and `/data/u` mean `data/u` too. @throws DataError that names those that there are */
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

  async close(): Promise<void> {
    await this.#close();
  }
}

/** A shape as people write it: `(30, 64)`. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
}

/** Why an array of a type that is on no white list is not read. */
export function noNumbers(type: string): string | undefined {
  return isNumberType(type) ? undefined : `holds ${type}; expected an array of numbers`;
}
