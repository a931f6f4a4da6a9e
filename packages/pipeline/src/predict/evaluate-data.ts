import { stat } from 'node:fs/promises';
import { openDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { fits, fittingTo, holdsArrayFiles, openForeign } from '@dyadic/interchange';
import type { Network } from '@dyadic/mnn';
import { type ErrorSummary, summarizeErrors } from '@dyadic/training';
import type { EngineChoice } from '../engine.js';
import type { Observed } from '../events.js';
import { findCheckpoint, trainedColumns } from '../experiment/run-folder.js';
import { type ForeignOptions, inputShape, isDataset } from './inputs.js';
import { type Model, openModel } from './model.js';

export interface EvaluateDataOptions extends EngineChoice, Observed, Omit<ForeignOptions, 'array'> {
  /** Column or array of the inputs. Default: as in the data that the network was trained on. */
  readonly input?: string;
  /** Column or array of the outputs. Default: as in the data that the network was trained on. */
  readonly output?: string;
}

export interface DataEvaluation extends ErrorSummary {
  /** The data. */
  readonly path: string;
  readonly samples: number;
  readonly input: string;
  readonly output: string;
}

/** Pairs of inputs and outputs in their own units. */
interface Pairs {
  readonly samples: number;
  /** Numbers of the samples [first, first + count), one sample after the other. */
  read(first: number, count: number): Promise<readonly [inputs: Float32Array, outputs: Float32Array]>;
  close(): Promise<void>;
}

/** Numbers of samples that are in memory at a time. */
const PIECE_NUMBERS = 2 ** 21;

/**
 * Measures a trained network on all samples of other data than its own: the relative errors ε = ‖u − û‖ / ‖u‖ over the points
 * of each sample, in the units of the data. Nothing is written.
 *
 * @param run - A run folder or a checkpoint file
 * @param data - A dataset's folder, or a file that `@dyadic/interchange` reads
 * @throws DataError for data that the network cannot take, naming row and entry, and for an output that is zero everywhere
 */
export async function evaluateData(
  run: string,
  data: string,
  options: EvaluateDataOptions = {},
): Promise<DataEvaluation> {
  const model = await openModel(run, options);
  try {
    const trained = trainedColumns(model.checkpoint);
    const { input = trained.input, output = trained.output } = options;
    const { network } = model.checkpoint;
    const pairs = (await isDataset(data))
      ? await datasetPairs(data, network, input, output)
      : await foreignPairs(data, network, input, output, options);
    try {
      const errors = await errorsOf(data, model, pairs);
      return { path: data, samples: pairs.samples, input, output, ...summarizeErrors(errors) };
    } finally {
      await pairs.close();
    }
  } finally {
    model.close();
  }
}

/**
 * Whether a run was trained on this dataset. A folder without a dataset and a run without a checkpoint count as its own, so
 * that whoever asks is told what is missing.
 *
 * @param data - A dataset's folder, or anything else that {@link evaluateData} reads
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

async function errorsOf(path: string, model: Model, { samples, read }: Pairs): Promise<Float64Array> {
  const { outputSize } = model.checkpoint.network;
  const errors = new Float64Array(samples);
  const step = Math.max(1, Math.floor(PIECE_NUMBERS / outputSize));
  for (let first = 0; first < samples; first += step) {
    const [inputs, outputs] = await read(first, Math.min(step, samples - first));
    const predicted = await model.predict(inputs);
    for (let s = 0; s * outputSize < outputs.length; s++) {
      let [difference, norm] = [0, 0];
      for (let i = s * outputSize; i < (s + 1) * outputSize; i++) {
        difference += (outputs[i]! - predicted[i]!) ** 2;
        norm += outputs[i]! ** 2;
      }
      if (norm === 0)
        throw new DataError(
          path,
          `row ${first + s} (counted from 0) has an output of zeros, which has no relative error`,
        );
      errors[first + s] = Math.sqrt(difference / norm);
    }
  }
  return errors;
}

async function datasetPairs(path: string, network: Network, input: string, output: string): Promise<Pairs> {
  const dataset = await openDataset(path);
  const wanted = inputShape(network);
  for (const name of [input, output]) {
    const field = dataset.recipe.fields.find((candidate) => candidate.name === name);
    if (!field) {
      const there = dataset.recipe.fields.map((candidate) => candidate.name).join(', ');
      throw new DataError(path, `has no column '${name}'; it has ${there}`);
    }
    if (!fits(field.shape, wanted)) {
      const found = field.shape.join(' × ') || 'one number';
      throw new DataError(path, `has samples of ${found} in '${name}'; the network takes ${wanted.join(' × ')}`);
    }
  }
  const read = async (first: number, count: number) => {
    const columns = await dataset.read([...new Set([input, output])], first, count);
    const numbers = (name: string) => Float32Array.from(columns[name] as ArrayLike<number>);
    return [numbers(input), numbers(output)] as const;
  };
  return { samples: dataset.samples, read, close: async () => {} };
}

async function foreignPairs(
  path: string,
  network: Network,
  input: string,
  output: string,
  options: EvaluateDataOptions,
): Promise<Pairs> {
  const file = await openForeign(path, options);
  try {
    const wanted = inputShape(network);
    const [inputs, outputs] = [input, output].map((name) => {
      const array = file.array(name);
      return { array, ...fittingTo(file, array, wanted, options) };
    });
    if (inputs!.samples !== outputs!.samples || inputs!.samples === 0) {
      throw new DataError(path, `has ${inputs!.samples} samples in '${input}' and ${outputs!.samples} in '${output}'`);
    }
    const read = async (first: number, count: number) =>
      [
        Float32Array.from(await inputs!.array.read(first, count, inputs!)),
        Float32Array.from(await outputs!.array.read(first, count, outputs!)),
      ] as const;
    return { samples: inputs!.samples, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}
