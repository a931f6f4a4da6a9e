/** Potentials to predict from, in the forms that `dyadic predict` takes. */
import { readFile, stat } from 'node:fs/promises';
import { openDataset, readDocument, unreadable } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { evaluatePotential, potentialRecipe } from '@dyadic/potentials';
import { periodicGrid } from '@dyadic/spectral';
import { tableFromIPC } from 'apache-arrow';
import { z } from 'zod';
import type { TrainedOn } from '../experiment/run-folder.js';
import { equationSchema, presetSchema } from '../generate/recipe.js';
import { problemOf } from '../problems/index.js';

/** Inputs of a network in their own units, one sample after the other. */
export interface Potentials {
  readonly count: number;
  readonly values: Float32Array;
}

/** What the potentials are for. */
export interface Taker {
  readonly network: Network;
  /** Name of the network's input, for the forms that have columns. */
  readonly column: string;
  /** What it was trained on, if its checkpoint says. */
  readonly trained: TrainedOn | undefined;
  /** Where the network is from. */
  readonly checkpoint: string;
}

/**
 * Reads potentials: a dataset's folder, an Arrow file, a CSV file with one potential a line, or a JSON file of wells.
 *
 * @param warn - Is told what had to be assumed, and that potentials are of other kinds than those trained on
 * @throws DataError naming the file, and the row where a potential is not what the network takes
 */
export async function readPotentials(path: string, taker: Taker, warn: (line: string) => void): Promise<Potentials> {
  const { network, column } = taker;
  const refuse = (cause: unknown): never => {
    throw unreadable(path, cause);
  };
  const found = await stat(path).catch(refuse);
  if (found.isDirectory()) return fromDataset(path, taker, warn);
  if (path.endsWith('.csv')) return rowsOf(path, csvRows(await readFile(path, 'utf8').catch(refuse)), network);
  if (path.endsWith('.json')) return fromWells(path, taker, warn);
  if (path.endsWith('.arrow'))
    return rowsOf(path, arrowRows(path, await readFile(path).catch(refuse), column), network);
  throw new DataError(path, 'is of no known kind; expected a dataset folder, .arrow, .csv or .json');
}

async function fromDataset(path: string, taker: Taker, warn: (line: string) => void): Promise<Potentials> {
  const { column, network, trained } = taker;
  const { inputSize } = network;
  const dataset = await openDataset(path);
  const problem = problemOf(dataset.recipe);
  if (problem && trained) requireKind(path, { ...problem, preset: problem.potential.preset }, trained, warn);
  const { [column]: values } = await dataset.read([column]);
  if (values!.length !== dataset.samples * inputSize) {
    const size = values!.length / dataset.samples;
    throw new DataError(path, `has ${size} numbers a sample in '${column}'; the network takes ${inputSize}`);
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

function csvRows(text: string): number[][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line) => line.split(',').map((entry) => (entry.trim() === '' ? Number.NaN : Number(entry))));
}

function arrowRows(path: string, bytes: Uint8Array, column: string): ArrayLike<number>[] {
  /** What apache-arrow throws says that the file is damaged. */
  const checked = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      throw new DataError(path, `is not a whole Arrow file (${(cause as Error).message})`, { cause });
    }
  };
  const table = checked(() => tableFromIPC(bytes));
  const vector = table.getChild(column);
  if (!vector) {
    const names = table.schema.fields.map(({ name }) => name).join(', ');
    throw new DataError(path, `has no column '${column}'; it has ${names}`);
  }
  const numbers = (row: unknown) => (row === null ? [] : Array.from(row as Iterable<number>, Number));
  return checked(() => Array.from(vector, numbers));
}

function rowsOf(path: string, rows: readonly ArrayLike<number>[], { inputSize }: Network): Potentials {
  const values = new Float32Array(rows.length * inputSize);
  rows.forEach((row, i) => {
    if (row.length !== inputSize) {
      throw new DataError(path, `row ${i + 1} has ${row.length} numbers; expected ${inputSize}`);
    }
    const taken = Float32Array.from(row);
    const wrong = firstInfinite(taken);
    if (wrong >= 0) {
      throw new DataError(path, `row ${i + 1} has ${row[wrong]} as number ${wrong + 1}; expected ${FINITE}`);
    }
    values.set(taken, i * inputSize);
  });
  if (rows.length === 0) throw new DataError(path, 'holds no potential');
  return { count: rows.length, values };
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
async function fromWells(path: string, taker: Taker, warn: (line: string) => void): Promise<Potentials> {
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
