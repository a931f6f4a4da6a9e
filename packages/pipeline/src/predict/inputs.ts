/** Inputs to predict from, in the forms that `predict` takes. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_FILE, openDataset, readDocument } from '@dyadic/dataset';
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
import { evaluatePotential, potentialRecipe } from '@dyadic/potentials';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import type { TrainedOn } from '../experiment/run-folder.js';
import { equationSchema, presetSchema } from '../generate/recipe.js';
import { problemOf } from '../problems/index.js';

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
}

/** How the arrays of a foreign file are meant, where the file leaves it open. */
export interface ForeignOptions extends OpenOptions {
  /** Which array of a file. Default: that of the input column's name, or the only one that fits. */
  readonly array?: string;
  readonly samplesAxis?: SamplesAxis;
  readonly axes?: SampleAxes;
}

/**
 * Reads inputs of a network: a dataset's folder, a JSON file of wells, or any file that `@dyadic/interchange` reads.
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
  if (path.toLowerCase().endsWith('.json')) return fromWells(path, taker, warn);
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
export function inputShape({ spec: { dimension, points } }: Network): readonly number[] {
  return new Array<number>(dimension).fill(points);
}

async function fromDataset(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { column, network, trained } = taker;
  const { inputSize } = network;
  const dataset = await openDataset(path);
  const problem = problemOf(dataset.recipe);
  if (problem && trained) requireKind(path, { ...problem, preset: problem.potential.preset }, trained, warn);
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

type Kind = Pick<z.infer<typeof wellsSchema>, 'equation'> & { readonly preset: TrainedOn['potential']['preset'] };

/** Another equation has other units and another domain: refused. Another preset is up to whoever asks, who is told. */
function requireKind(path: string, kind: Kind, trained: TrainedOn, warn: (line: string) => void): void {
  if (kind.equation !== trained.equation) {
    throw new DataError(path, `equation is '${kind.equation}'; the network was trained on '${trained.equation}'`);
  }
  const { preset } = trained.potential;
  if (kind.preset !== preset) warn(`${path}: preset is '${kind.preset}'; the network was trained on '${preset}'`);
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

const well = z.strictObject({ strength: z.number(), center: z.array(z.number()).min(1).max(3) });
const wellsSchema = z.strictObject({
  equation: equationSchema,
  preset: presetSchema.optional(),
  samples: z.array(z.strictObject({ variance: z.number().positive(), wells: z.array(well).min(1) })).min(1),
});

/** Wells by strength and center, eqs (4.4) and (4.8), on the network's grid, as in the recipe that it was trained on. */
async function fromWells(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { network, trained, checkpoint } = taker;
  const { inputSize, spec } = network;
  const { dimension, points } = spec;
  const { equation, samples, ...given } = await readDocument(path, wellsSchema);
  const preset = given.preset ?? trained?.potential.preset ?? 'paper';
  if (trained) requireKind(path, { equation, preset }, trained, warn);
  else warn(`${checkpoint} does not say what it was trained on; taken to be '${equation}' of the preset '${preset}'`);
  // The recipe may replace the factor of its preset, which only eq (4.8) has.
  const isOwn = equation === 'kohn-sham' && preset === trained?.potential.preset;
  const depth = isOwn ? { depth: trained.potential.depth } : {};
  const values = new Float32Array(samples.length * inputSize);
  for (const [index, { variance, wells }] of samples.entries()) {
    const wrong = wells.find(({ center }) => center.length !== dimension);
    if (wrong) {
      throw new DataError(
        path,
        `samples.${index} has a center of ${wrong.center.length} coordinates; expected ${dimension}`,
      );
    }
    try {
      const recipe = potentialRecipe({ equation, preset, dimension, wells: wells.length, ...depth });
      const grid = periodicGrid({ dimension, points, length: recipe.length, origin: recipe.origin });
      const potential = evaluatePotential({ recipe, index, variance, wells }, grid);
      const taken = Float32Array.from(potential);
      const wrong = firstInfinite(taken);
      if (wrong >= 0) {
        throw new DataError(path, `samples.${index} gives a potential of ${potential[wrong]}; expected ${FINITE}`);
      }
      values.set(taken, index * inputSize);
    } catch (error) {
      if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
      throw error;
    }
  }
  return { count: samples.length, values };
}
