/** Potentials to predict from, in the forms that `dyadic predict` takes. */
import { readFile, stat } from 'node:fs/promises';
import { openDataset, readDocument, unreadable } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { evaluatePotential, potentialRecipe } from '@dyadic/potentials';
import { periodicGrid } from '@dyadic/spectral';
import { tableFromIPC } from 'apache-arrow';
import { z } from 'zod';

/** Inputs of a network in their own units, one sample after the other. */
export interface Potentials {
  readonly count: number;
  readonly values: Float32Array;
}

/**
 * Reads potentials: a dataset's folder, an Arrow file, a CSV file with one potential a line, or a JSON file of wells.
 *
 * @param column - Name of the network's input, for the forms that have columns
 * @throws DataError naming the file, and the row where a potential is not what the network takes
 */
export async function readPotentials(path: string, column: string, network: Network): Promise<Potentials> {
  const refuse = (cause: unknown): never => {
    throw unreadable(path, cause);
  };
  const found = await stat(path).catch(refuse);
  if (found.isDirectory()) return fromDataset(path, column, network);
  if (path.endsWith('.csv')) return rowsOf(path, csvRows(await readFile(path, 'utf8').catch(refuse)), network);
  if (path.endsWith('.json')) return fromWells(path, network);
  if (path.endsWith('.arrow'))
    return rowsOf(path, arrowRows(path, await readFile(path).catch(refuse), column), network);
  throw new DataError(path, 'is of no known kind; expected a dataset folder, .arrow, .csv or .json');
}

async function fromDataset(path: string, column: string, { inputSize }: Network): Promise<Potentials> {
  const dataset = await openDataset(path);
  const { [column]: values } = await dataset.read([column]);
  if (values!.length !== dataset.samples * inputSize) {
    const size = values!.length / dataset.samples;
    throw new DataError(path, `has ${size} numbers a sample in '${column}'; the network takes ${inputSize}`);
  }
  return { count: dataset.samples, values: Float32Array.from(values as ArrayLike<number>) };
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
    const finite = Array.from(row).every(Number.isFinite);
    if (row.length !== inputSize || !finite) {
      const what = row.length === inputSize ? 'a number that is not finite' : `${row.length} numbers`;
      throw new DataError(path, `row ${i + 1} has ${what}; expected ${inputSize} finite numbers`);
    }
    values.set(row, i * inputSize);
  });
  if (rows.length === 0) throw new DataError(path, 'holds no potential');
  return { count: rows.length, values };
}

const well = z.strictObject({ strength: z.number(), center: z.array(z.number()).min(1).max(3) });
const wellsSchema = z.strictObject({
  equation: z.enum(['nlse', 'kohn-sham']),
  preset: z.enum(['paper', 'reference-code', 'localized']).default('paper'),
  samples: z.array(z.strictObject({ variance: z.number().positive(), wells: z.array(well).min(1) })).min(1),
});

/** Wells by strength and center, eqs (4.4) and (4.8), on the network's grid. */
async function fromWells(path: string, { inputSize, spec: { dimension, points } }: Network): Promise<Potentials> {
  const { equation, preset, samples } = await readDocument(path, wellsSchema);
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
      const recipe = potentialRecipe({ equation, preset, dimension, wells: wells.length });
      const grid = periodicGrid({ dimension, points, length: recipe.length, origin: recipe.origin });
      values.set(evaluatePotential({ recipe, index, variance, wells }, grid), index * inputSize);
    } catch (error) {
      if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
      throw error;
    }
  }
  return { count: samples.length, values };
}
