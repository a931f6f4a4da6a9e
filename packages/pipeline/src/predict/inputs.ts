/** Inputs of a prediction, in the forms that `predict` accepts. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Field, MANIFEST_FILE, openDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import {
  arrayFor,
  fits,
  fittingTo,
  type OpenOptions,
  openForeign,
  type SampleAxes,
  type SamplesAxis,
} from '@dyadic/interchange';
import type { Network } from '@dyadic/mnn';
import { joinFields } from '@dyadic/training';
import { firstInfinite } from '../experiment/columns.js';
import type { TrainedOn } from '../problems/problem.js';
import { originOf, type Problems } from '../problems/registry.js';
import { warnOfPreset } from '../problems/wells.js';
import { toldInputs } from './told.js';

/** Inputs of a network in the units of the data, one sample after the other. */
export interface Inputs {
  readonly count: number;
  readonly values: Float32Array;
}

/** The network that receives the inputs. */
export interface Taker {
  readonly network: Network;
  /** Names of the network's input fields. */
  readonly columns: readonly string[];
  /** Those of the columns that are one number per sample. */
  readonly numbers: readonly string[];
  /** The origin of its training data, if its checkpoint records it. */
  readonly trained: TrainedOn | undefined;
  /** Path of its checkpoint. */
  readonly checkpoint: string;
  /** The problems that can read inputs given by their parameters. */
  readonly problems: Problems;
}

/** The meaning of the arrays of a foreign file, where the file leaves it open. */
export interface ForeignOptions extends OpenOptions {
  /** Name of the array. Default: that of the input column, or the only array that fits. */
  readonly array?: string;
  /** The axis that counts the samples. Default `auto`. */
  readonly samplesAxis?: SamplesAxis;
  /** The order of the axes of a sample. Default `auto`. */
  readonly axes?: SampleAxes;
}

/**
 * Reads inputs of a network from a dataset folder, a JSON file, or any file that `@dyadic/interchange` reads.
 *
 * @param warn - Receives a warning of each assumption, and of a preset other than that of the training data.
 * @throws DataError naming the file, and the row of an input that does not fit the network
 */
export async function readInputs(
  path: string,
  taker: Taker,
  warn: (line: string) => void,
  options: ForeignOptions = {},
): Promise<Inputs> {
  if (path.toLowerCase().endsWith('.json')) return toldInputs(path, taker, warn);
  if (await isDataset(path)) return fromDataset(path, taker, warn);
  return fromForeign(path, taker, options);
}

/** Whether a path is the folder of a dataset. */
export async function isDataset(path: string): Promise<boolean> {
  return stat(join(path, MANIFEST_FILE)).then(
    () => true,
    () => false,
  );
}

/** Extents of one input field: the grid of the network. */
export function inputShape({ shape }: Network): readonly number[] {
  return shape;
}

async function fromDataset(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { columns, network, trained } = taker;
  const { inputSize } = network;
  const dataset = await openDataset(path);
  const origin = originOf(dataset.recipe);
  if (origin) requireEquation(path, origin.equation, trained);
  warnOfPreset(path, origin, trained, warn);
  const found = await dataset.read([...new Set(columns)]);
  for (const column of columns) requireTaken(path, dataset.recipe, column, taker);
  const arrays = columns.map((column) => found[column] as ArrayLike<number>);
  const count = dataset.samples;
  const values = joinFields(arrays, count, inputSize / network.inputs);
  const wrong = firstInfinite(values);
  if (wrong >= 0) {
    const at = wrong % inputSize;
    const size = inputSize / columns.length;
    const array = arrays[Math.floor(at / size)]!;
    const sample = Math.floor(wrong / inputSize);
    const extent = array.length / count;
    const value = array[sample * extent + (extent === 1 ? 0 : at % size)];
    throw new DataError(path, `sample ${sample} has ${value} as number ${at + 1}; expected ${FINITE}`);
  }
  return { count, values };
}

/** Checks that the samples of a column are fields of the network, or one number if it was trained on numbers. @throws DataError */
export function requireTaken(
  path: string,
  { fields }: { readonly fields: readonly Field[] },
  column: string,
  { network, numbers }: Pick<Taker, 'network' | 'numbers'>,
): void {
  const field = fields.find(({ name }) => name === column);
  if (!field) {
    const there = fields.map(({ name }) => name).join(', ');
    throw new DataError(path, `has no column '${column}'; it has ${there}`);
  }
  const wanted = wantedShape(network, numbers, column);
  if (fits(field.shape, wanted) && field.type !== 'utf8') return;
  const found = field.type === 'utf8' ? 'texts' : `samples of ${field.shape.join(' × ') || 'one number'}`;
  const takes = numbers.includes(column) ? 'one number' : wanted.join(' × ');
  throw new DataError(path, `has ${found} in '${column}'; the network takes ${takes}`);
}

/** Extents of a sample in a column. */
export function wantedShape(network: Network, numbers: readonly string[], column: string): readonly number[] {
  return numbers.includes(column) ? [1] : inputShape(network);
}

/** Another problem has other units and another domain. @throws DataError */
export function requireEquation(path: string, equation: string, trained: TrainedOn | undefined): void {
  if (trained && equation !== trained.equation) {
    throw new DataError(path, `equation is '${equation}'; the network was trained on '${trained.equation}'`);
  }
}

/** Samples per read. */
const PIECE = 1000;

async function fromForeign(
  path: string,
  { network, columns, numbers }: Taker,
  options: ForeignOptions,
): Promise<Inputs> {
  const file = await openForeign(path, options);
  try {
    if (options.array !== undefined && columns.length > 1) {
      throw new DataError(path, `has to name its arrays as the inputs of the network: ${columns.join(', ')}`);
    }
    const sources = columns.map((column) => {
      const shape = wantedShape(network, numbers, column);
      const several = columns.length > 1;
      const array =
        options.array !== undefined
          ? file.array(options.array)
          : several
            ? file.array(column)
            : arrayFor(file, column, shape, options);
      return { array, fitting: fittingTo(file, array, shape, options) };
    });
    const { samples: count } = sources[0]!.fitting;
    for (const { array, fitting } of sources) {
      if (fitting.samples === 0) throw new DataError(path, `'${array.name}' holds no samples`);
      if (fitting.samples === count) continue;
      const first = `${count} in '${sources[0]!.array.name}'`;
      throw new DataError(path, `has ${fitting.samples} samples in '${array.name}' and ${first}`);
    }
    const size = network.inputSize / columns.length;
    const values = new Float32Array(count * network.inputSize);
    for (let first = 0; first < count; first += PIECE) {
      const rows = Math.min(PIECE, count - first);
      const found: ArrayLike<number>[] = [];
      for (const { array, fitting } of sources) {
        const numbersFound = await array.read(first, rows, fitting);
        const wrong = firstInfinite(Float32Array.from(numbersFound));
        if (wrong >= 0) {
          const extent = numbersFound.length / rows;
          const place = `row ${first + Math.floor(wrong / extent)}, entry ${wrong % extent} (counted from 0)`;
          throw new DataError(path, `'${array.name}' has ${numbersFound[wrong]} at ${place}; expected ${FINITE}`);
        }
        found.push(numbersFound);
      }
      values.set(joinFields(found, rows, size), first * network.inputSize);
    }
    return { count, values };
  } finally {
    await file.close();
  }
}

export const FINITE = 'a finite number, in the float32 of the network too';
