import { stat } from 'node:fs/promises';
import { openDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { fittingTo, holdsArrayFiles, openForeign } from '@dyadic/interchange';
import type { Network } from '@dyadic/mnn';
import { type ErrorSummary, joinFields, squaredFieldErrors, summarizeErrors, trainedColumns } from '@dyadic/training';
import type { EngineChoice } from '../engine.js';
import { type Observed, observed } from '../events.js';
import type { ColumnNames } from '../experiment/columns.js';
import { numbersLeftOut, tellLeftOut } from '../experiment/left-out.js';
import { findCheckpoint } from '../experiment/run-folder.js';
import { type ForeignOptions, isDataset, requireTaken } from './inputs.js';
import { type Model, openModel } from './model.js';
import { wantedShape } from './taker.js';

/** Options of {@link evaluateData}. */
export interface EvaluateDataOptions extends EngineChoice, Observed, Omit<ForeignOptions, 'array'> {
  /** Column or array of the inputs. Default: the names in the training data. */
  readonly input?: string;
  /** Column or array of the outputs. Default: the names in the training data. */
  readonly output?: string;
}

/** Result of {@link evaluateData}: mean, median and worst relative error. */
export interface DataEvaluation extends ErrorSummary {
  /** Path of the data. */
  readonly path: string;
  /** Number of samples with a relative error, without those left out. */
  readonly samples: number;
  /** Columns of the inputs. */
  readonly input: ColumnNames;
  /** Columns of the outputs. */
  readonly output: ColumnNames;
}

/** Pairs of inputs and outputs in the units of the data. */
interface Pairs {
  readonly samples: number;
  /** The samples [first, first + count), one after the other. */
  read(first: number, count: number): Promise<readonly [inputs: Float32Array, outputs: Float32Array]>;
  close(): Promise<void>;
}

/** Most numbers of samples in memory at a time. */
const PIECE_NUMBERS = 2 ** 21;

/**
 * Measures a trained network on all samples of data other than its own: the relative errors ε = ‖u − û‖ / ‖u‖ over the points
 * of each sample, in the units of the data. Leaves out samples whose output is zero everywhere, with a warning. Writes nothing.
 *
 * @param run - A run folder or a checkpoint file.
 * @param data - A dataset folder, or a file that `@dyadic/interchange` reads.
 * @throws DataError for data that does not fit the network, naming row and entry, and for outputs that are all zero
 */
export async function evaluateData(
  run: string,
  data: string,
  options: EvaluateDataOptions = {},
): Promise<DataEvaluation> {
  const model = await openModel(run, options);
  try {
    const trained = trainedColumns(model.checkpoint);
    const { network } = model.checkpoint;
    const named = (option: string | undefined, columns: readonly string[]) =>
      option === undefined ? columns : [option];
    const [input, output] = [named(options.input, trained.input), named(options.output, trained.output)];
    const sides = { network, input, output, numbers: trained.numbers };
    if (input.length !== network.inputs || output.length !== network.outputs) {
      const expected = `${network.inputs} columns that go in and ${network.outputs} that come out`;
      throw new DataError(
        data,
        `is to be read as ${input.length} ↦ ${output.length} columns; the network has ${expected}`,
      );
    }
    const pairs = (await isDataset(data)) ? await datasetPairs(data, sides) : await foreignPairs(data, sides, options);
    try {
      const errors = await errorsOf(data, model, pairs);
      const one = (names: readonly string[]): ColumnNames => (names.length === 1 ? names[0]! : names);
      const leftOut = numbersLeftOut(errors);
      const samples = pairs.samples - leftOut.length;
      if (samples === 0) throw new DataError(data, 'has only outputs of zeros, which have no relative error');
      tellLeftOut(observed(options).onEvent, data, pairs.samples, leftOut);
      return { path: data, samples, input: one(input), output: one(output), ...summarizeErrors(errors) };
    } finally {
      await pairs.close();
    }
  } finally {
    model.close();
  }
}

/**
 * Whether a run was trained on this dataset. Also true for a folder without a dataset, and for a run without a checkpoint, so that
 * the caller opens the experiment and reports what is missing.
 *
 * @param data - A dataset folder, or any other path that {@link evaluateData} accepts.
 */
export async function isTrainedOn(run: string, data: string): Promise<boolean> {
  if (await isDataset(data)) {
    const checkpoint = await findCheckpoint(run);
    if (!checkpoint) return true;
    const { dataset } = checkpoint.origin as { readonly dataset?: string };
    return dataset === (await openDataset(data)).manifest.checksum;
  }
  const isFolder = (await stat(data).catch(() => null))?.isDirectory() ?? false;
  return isFolder && !(await holdsArrayFiles(data));
}

/** ε of every sample; NaN if the output is zero everywhere, ∞ if the prediction is NaN. */
async function errorsOf(path: string, model: Model, { samples, read }: Pairs): Promise<Float64Array> {
  const { outputSize, outputs: fields } = model.checkpoint.network;
  const errors = new Float64Array(samples);
  const step = Math.max(1, Math.floor(PIECE_NUMBERS / outputSize));
  for (let first = 0; first < samples; first += step) {
    const [inputs, outputs] = await read(first, Math.min(step, samples - first));
    const squares = squaredFieldErrors(model.checkpoint, outputs, await model.predict(inputs));
    for (let s = 0; s * fields < squares.length; s++) {
      const own = squares.subarray(s * fields, (s + 1) * fields);
      const zeros = own.filter(Number.isNaN).length;
      if (zeros > 0 && zeros < fields) {
        const problem = 'has an output of zeros beside others that are not, which has no relative error';
        throw new DataError(path, `row ${first + s} (counted from 0) ${problem}`);
      }
      errors[first + s] = Math.sqrt(own.reduce((sum, square) => sum + square, 0) / fields);
    }
  }
  return errors;
}

/** The network and the columns to read. */
interface Sides {
  readonly network: Network;
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Columns that are one number per sample. */
  readonly numbers: readonly string[];
}

async function datasetPairs(path: string, sides: Sides): Promise<Pairs> {
  const dataset = await openDataset(path);
  const { network, input, output } = sides;
  const names = [...new Set([...input, ...output])];
  for (const name of names) requireTaken(path, dataset.recipe, name, sides);
  const size = network.inputSize / network.inputs;
  const read = async (first: number, count: number) => {
    const columns = await dataset.read(names, first, count);
    const numbers = (side: readonly string[]) =>
      joinFields(
        side.map((name) => columns[name] as ArrayLike<number>),
        count,
        size,
      );
    return [numbers(input), numbers(output)] as const;
  };
  return { samples: dataset.samples, read, close: async () => {} };
}

async function foreignPairs(path: string, sides: Sides, options: EvaluateDataOptions): Promise<Pairs> {
  const { network, input, output, numbers } = sides;
  const file = await openForeign(path, options);
  try {
    const open = (name: string) => {
      const array = file.array(name);
      return { name, array, ...fittingTo(file, array, wantedShape(network, numbers, name), options) };
    };
    const [inputs, outputs] = [input.map(open), output.map(open)];
    const [{ samples, name: first }] = inputs as [ReturnType<typeof open>];
    for (const other of [...inputs, ...outputs]) {
      if (other.samples === samples && samples > 0) continue;
      throw new DataError(path, `has ${samples} samples in '${first}' and ${other.samples} in '${other.name}'`);
    }
    const size = network.inputSize / network.inputs;
    const numbersOf = async (side: typeof inputs, from: number, count: number) => {
      const found: ArrayLike<number>[] = [];
      for (const one of side) found.push(await one.array.read(from, count, one));
      return joinFields(found, count, size);
    };
    const read = async (from: number, count: number) =>
      [await numbersOf(inputs, from, count), await numbersOf(outputs, from, count)] as const;
    return { samples, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
