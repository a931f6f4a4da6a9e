/** Potentials to predict from, in the forms that `dyadic predict` takes. */
import { readFile, stat } from 'node:fs/promises';
import { type Json, openDataset, readDocument, unreadable } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import type { Network } from '@dyadic/mnn';
import { tableFromIPC } from 'apache-arrow';
import { z } from 'zod';
import type { TrainedOn } from '../problems/problem.js';
import { originOf, type Problems } from '../problems/registry.js';
import { warnOfPreset } from '../problems/wells.js';

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
  /** Which problems may read inputs told by their parameters. */
  readonly problems: Problems;
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
  if (path.endsWith('.json')) return fromParameters(path, taker, warn);
  if (path.endsWith('.arrow'))
    return rowsOf(path, arrowRows(path, await readFile(path).catch(refuse), column), network);
  throw new DataError(path, 'is of no known kind; expected a dataset folder, .arrow, .csv or .json');
}

async function fromDataset(path: string, taker: Taker, warn: (line: string) => void): Promise<Potentials> {
  const { column, network, trained } = taker;
  const { inputSize } = network;
  const dataset = await openDataset(path);
  const origin = originOf(dataset.recipe);
  if (origin) requireEquation(path, origin.equation, trained);
  warnOfPreset(path, origin, trained, warn);
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

/** Another problem has other units and another domain. @throws DataError */
function requireEquation(path: string, equation: string, trained: TrainedOn | undefined): void {
  if (trained && equation !== trained.equation) {
    throw new DataError(path, `equation is '${equation}'; the network was trained on '${trained.equation}'`);
  }
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

/** Inputs told by their parameters in JSON, on the network's grid: which problem reads them, the document says. */
async function fromParameters(path: string, taker: Taker, warn: (line: string) => void): Promise<Potentials> {
  const { network, trained, checkpoint, problems } = taker;
  const { inputSize } = network;
  const document = await readDocument(path, z.looseObject({ equation: z.string() }));
  const { equation } = document;
  requireEquation(path, equation, trained);
  const { told } = problems.get(equation)?.inputs ?? {};
  if (!told) throw new DataError(path, `equation is '${equation}'; no problem of this name tells inputs in JSON`);
  warnOfPreset(path, { potential: { preset: document.preset as Json } }, trained, warn);
  const fields = refusedBy(path, () =>
    told.fields(path, document, trained, network, (what) => warn(`${checkpoint} ${what}`)),
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
