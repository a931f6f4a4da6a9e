/** Inputs to predict from, in the forms that `predict` takes. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, MANIFEST_FILE, openDataset, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
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
import { z } from 'zod';
import type { TrainedOn } from '../problems/problem.js';
import { originOf, type Problems } from '../problems/registry.js';
import { warnOfPreset } from '../problems/wells.js';

/** Inputs of a network in their own units, one sample after the other. */
export interface Inputs {
  readonly count: number;
  readonly values: Float32Array;
}

/** What the inputs are for. */
export interface Taker {
  readonly network: Network;
  /** Name of the network's input, for the forms that have columns. */
  readonly column: string;
  /** What it was trained on, if its checkpoint says. */
  readonly trained: TrainedOn | undefined;
  /** Where the network is from. */
  readonly checkpoint: string;
  /** Which problems may read inputs told by their parameters. */
  readonly problems: Problems;
}

/** How the arrays of a foreign file are meant, where the file leaves it open. */
export interface ForeignOptions extends OpenOptions {
  /** Which array of a file. Default: that of the input column's name, or the only one that fits. */
  readonly array?: string;
  readonly samplesAxis?: SamplesAxis;
  readonly axes?: SampleAxes;
}

/**
 * Reads inputs of a network: a dataset's folder, a JSON file of their parameters, or any file that `@dyadic/interchange` reads.
 *
 * @param warn - Is told what had to be assumed, and that potentials are of other kinds than those trained on
 * @throws DataError naming the file, and the row where an input is not what the network takes
 */
export async function readInputs(
  path: string,
  taker: Taker,
  warn: (line: string) => void,
  options: ForeignOptions = {},
): Promise<Inputs> {
  if (path.toLowerCase().endsWith('.json')) return fromParameters(path, taker, warn);
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

/** Extents of one input. */
export function inputShape({ shape }: Network): readonly number[] {
  return shape;
}

async function fromDataset(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { column, network, trained } = taker;
  const { inputSize } = network;
  const dataset = await openDataset(path);
  const origin = originOf(dataset.recipe);
  if (origin) requireEquation(path, origin.equation, trained);
  warnOfPreset(path, origin, trained, warn);
  const { [column]: values } = await dataset.read([column]);
  const { shape } = dataset.recipe.fields.find(({ name }) => name === column)!;
  const wanted = inputShape(network);
  if (!fits(shape, wanted)) {
    const found = shape.join(' × ') || 'one number';
    throw new DataError(path, `has samples of ${found} in '${column}'; the network takes ${wanted.join(' × ')}`);
  }
  const numbers = Float32Array.from(values as ArrayLike<number>);
  const wrong = firstInfinite(numbers);
  if (wrong >= 0) {
    const what = `sample ${Math.floor(wrong / inputSize)} has ${values![wrong]} as number ${(wrong % inputSize) + 1}`;
    throw new DataError(path, `${what}; expected ${FINITE}`);
  }
  return { count: dataset.samples, values: numbers };
}

/** Another problem has other units and another domain. @throws DataError */
function requireEquation(path: string, equation: string, trained: TrainedOn | undefined): void {
  if (trained && equation !== trained.equation) {
    throw new DataError(path, `equation is '${equation}'; the network was trained on '${trained.equation}'`);
  }
}

/** Samples read at a time. */
const PIECE = 1000;

async function fromForeign(path: string, { network, column }: Taker, options: ForeignOptions): Promise<Inputs> {
  const file = await openForeign(path, options);
  try {
    const shape = inputShape(network);
    const array = options.array === undefined ? arrayFor(file, column, shape, options) : file.array(options.array);
    const { samples: count, ...fitting } = fittingTo(file, array, shape, options);
    if (count === 0) throw new DataError(path, `'${array.name}' holds no samples`);
    const { inputSize } = network;
    const values = new Float32Array(count * inputSize);
    for (let first = 0; first < count; first += PIECE) {
      const found = await array.read(first, Math.min(PIECE, count - first), fitting);
      values.set(found, first * inputSize);
      const wrong = firstInfinite(values.subarray(first * inputSize, first * inputSize + found.length));
      if (wrong < 0) continue;
      const place = `row ${first + Math.floor(wrong / inputSize)}, entry ${wrong % inputSize} (counted from 0)`;
      throw new DataError(path, `'${array.name}' has ${found[wrong]} at ${place}; expected ${FINITE}`);
    }
    return { count, values };
  } finally {
    await file.close();
  }
}

const FINITE = 'a finite number, in the float32 of the network too';

/** Index of the first number that is not finite, in what the network takes or gives; −1 if all are. */
export function firstInfinite(values: Float32Array): number {
  return values.findIndex((value) => !Number.isFinite(value));
}

/** Inputs told by their parameters in JSON, on the network's grid: which problem reads them, the document says. */
async function fromParameters(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { network, trained, checkpoint, problems } = taker;
  const { inputSize } = network;
  const document = await readDocument(path, z.looseObject({ equation: z.string() }));
  const { equation } = document;
  requireEquation(path, equation, trained);
  const { told } = problems.get(equation)?.inputs ?? {};
  if (!told) throw new DataError(path, `equation is '${equation}'; no problem of this name tells inputs in JSON`);
  warnOfPreset(path, { potential: { preset: document.preset as Json } }, trained, warn);
  const fields = refusedBy(path, () =>
    told.fields(path, document, trained, network.shape, (what) => warn(`${checkpoint} ${what}`)),
  );
  const values = new Float32Array(fields.length * inputSize);
  for (const [index, field] of fields.entries()) {
    const taken = Float32Array.from(field);
    const wrong = firstInfinite(taken);
    if (wrong >= 0) throw new DataError(path, `samples.${index} gives a field of ${field[wrong]}; expected ${FINITE}`);
    values.set(taken, index * inputSize);
  }
  return { count: fields.length, values };
}

function refusedBy<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}
