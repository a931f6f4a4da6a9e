/** Maps the arrays of a file to columns, and finds the axis that counts the samples. */
import type { Field } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { type ForeignArray, type ForeignFile, shapeText } from '../foreign.js';
import { product } from '../numbers.js';

/** The axis of the arrays that counts the samples, by number from 0; `auto` finds it if all arrays leave one choice. */
export type SamplesAxis = 'auto' | 'first' | 'last' | number;

/** Whether the axes of a sample keep the order of the file or are reversed; `auto` reverses those of MATLAB's HDF5 files. */
export type SampleAxes = 'auto' | 'kept' | 'reversed';

/** Floating-point type of a column. */
export type Precision = 'float32' | 'float64';

/** An array to import. */
export interface ImportedColumn {
  /** Name of the array in the file, or path through groups and structs. */
  readonly array: string;
  /** Name of the column. Default: the last part of the array's name. */
  readonly name?: string;
  /** Unit, for figures and the card. */
  readonly unit?: string;
  /** Description, for the card. Default: the name of the array. */
  readonly description?: string;
}

/** A column of the dataset and the array that it comes from. */
export interface Source {
  readonly array: ForeignArray;
  readonly field: Field;
  readonly axis: number;
  readonly reversed: boolean;
}

/** The columns of the files of the program that the paper's authors published. */
const AUTHORS: readonly ImportedColumn[] = [
  { array: 'Input', name: 'potential', description: 'the input of the map: /Input of the file' },
  { array: 'Output', name: 'solution', description: 'its output: /Output of the file' },
  { array: 'E', name: 'E', description: '/E of the file' },
];

/** The requested columns; by default those of the authors' files. @throws DataError by default, if the file has other arrays */
export function requestedColumns(file: ForeignFile, columns: readonly ImportedColumn[]): readonly ImportedColumn[] {
  if (columns.length > 0) return columns;
  const there = AUTHORS.filter(({ array }) => file.arrays.some(({ name }) => name === array));
  const isAuthors = there.some(({ array }) => array === 'Input') && there.some(({ array }) => array === 'Output');
  if (isAuthors) return there;
  throw new DataError(file.path, `has these arrays: ${file.list()}`, { remedy: { code: 'name-arrays' } });
}

export interface Layout {
  readonly samples: number;
  readonly sources: readonly Source[];
}

/** Lays out the columns. @throws DataError naming an array that is missing, not numeric, or has another number of samples */
export function layoutOf(
  file: ForeignFile,
  columns: readonly ImportedColumn[],
  {
    samplesAxis = 'auto',
    axes = 'auto',
    precision,
  }: { samplesAxis?: SamplesAxis; axes?: SampleAxes; precision?: Precision },
): Layout {
  const arrays = columns.map(({ array }) => file.array(array));
  for (const array of arrays) {
    array.requireNumbers();
    if (array.shape.length > 0 && array.shape.every((extent) => extent > 0)) continue;
    throw new DataError(file.path, `'${array.name}' has shape ${shapeText(array.shape)}; expected one with samples`);
  }
  const axis = samplesAxis === 'auto' ? foundAxis(file, arrays) : samplesAxis;
  const [first] = arrays.filter((array) => !isList(array)).concat(arrays);
  const samples = first!.along({ axis: axisNumber(file, first!, axis) }).samples;
  const sources = arrays.map((array, k): Source => {
    const place = isList(array) && product(array.shape) === samples ? longAxis(array) : axisNumber(file, array, axis);
    const found = array.along({ axis: place });
    if (found.samples !== samples) {
      const expected = `${samples} samples along axis ${place}, as '${first!.name}' of shape ${shapeText(first!.shape)}`;
      throw new DataError(file.path, `'${array.name}' has shape ${shapeText(array.shape)}; expected ${expected} has`);
    }
    const reversed = isReversed(file, array, place, axes);
    return { array, axis: place, reversed, field: fieldOf(array, columns[k]!, place, reversed, precision) };
  });
  const names = sources.map(({ field }) => field.name);
  const repeated = names.find((name, k) => names.indexOf(name) < k);
  if (repeated !== undefined) {
    throw new ArgumentError('columns', repeated, 'a name for each column; give one of them another (new name=array)');
  }
  return { samples, sources };
}

/** Whether an array has at most one axis longer than 1, like `(n)`, `(n, 1)` and `(1, n)`. */
function isList({ shape }: ForeignArray): boolean {
  return shape.filter((extent) => extent > 1).length <= 1;
}

function longAxis({ shape }: ForeignArray): number {
  return Math.max(
    0,
    shape.findIndex((extent) => extent > 1),
  );
}

/** The number of the axis that counts the samples. @throws DataError if the array lacks it */
export function axisNumber({ path }: ForeignFile, array: ForeignArray, axis: Exclude<SamplesAxis, 'auto'>): number {
  const rank = array.shape.length;
  const number = axis === 'first' ? 0 : axis === 'last' ? rank - 1 : axis;
  if (number < rank) return number;
  throw new DataError(
    path,
    `'${array.name}' has shape ${shapeText(array.shape)}; expected an axis ${axis} that counts samples`,
  );
}

/** Formats in which samples come first by convention. */
export const SAMPLES_FIRST: readonly string[] = [
  'Arrow file',
  'Arrow stream',
  'Parquet',
  'table of text',
  'NumPy',
  'NumPy archive',
  'folder',
  'MATLAB 5',
];

/** The axis that counts the samples, if the arrays leave one choice. @throws DataError if they do not */
function foundAxis(file: ForeignFile, arrays: readonly ForeignArray[]): 'first' | 'last' {
  const tensors = arrays.filter((array) => !isList(array));
  // The length of an array with one long axis is the number of samples.
  const counts = new Set(arrays.filter(isList).map(({ shape }) => product(shape)));
  const agrees = (pick: (shape: readonly number[]) => number) =>
    new Set([...counts, ...tensors.map(({ shape }) => pick(shape))]).size === 1;
  const [first, last] = [agrees((shape) => shape[0]!), agrees((shape) => shape.at(-1)!)];
  if (first !== last) return first ? 'first' : 'last';
  if (tensors.length === 0 || (first && SAMPLES_FIRST.includes(file.format))) return 'first';
  const shapes = arrays.map(({ name, shape }) => `'${name}' ${shapeText(shape)}`).join(', ');
  throw new DataError(file.path, `leaves open which axis counts the samples: ${shapes}`, {
    remedy: { code: 'samples-axis' },
  });
}

/** Whether to reverse the axes of a sample. @throws DataError if the order is ambiguous */
export function isReversed({ path }: ForeignFile, array: ForeignArray, axis: number, axes: SampleAxes): boolean {
  if (axes !== 'auto') return axes === 'reversed';
  if (array.order === 'column-major') return true;
  const { shape } = array.along({ axis });
  // With the samples last, the program may number the axes in reverse; the file does not record it.
  const matters = array.order === 'unknown' && axis > 0 && shape.filter((extent) => extent > 1).length > 1;
  if (!matters) return false;
  const what = `'${array.name}' of shape ${shapeText(array.shape)} leaves open in which order the axes of a sample are`;
  throw new DataError(path, what, { remedy: { code: 'axis-order' } });
}

function fieldOf(
  array: ForeignArray,
  { name, description }: ImportedColumn,
  axis: number,
  reversed: boolean,
  precision: Precision | undefined,
): Field {
  const { shape } = array.along({ axis, reversed });
  return {
    name: name ?? array.name.split('/').at(-1)!,
    type: precision ?? typeOf(array.type),
    shape: shape.every((extent) => extent === 1) ? [] : [...shape],
    description: description ?? `'${array.name}' of the file`,
  };
}

/** The column type that represents all numbers of an array. */
function typeOf(type: string): 'float32' | 'float64' | 'int32' | 'uint32' {
  if (type === 'float16' || type === 'float32') return 'float32';
  if (/^int(8|16|32)$/.test(type)) return 'int32';
  return /^uint(8|16|32)$/.test(type) ? 'uint32' : 'float64';
}
