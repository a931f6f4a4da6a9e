import { join } from 'node:path';
import {
  type Dataset,
  type Field,
  fitNormalizers,
  type Normalization,
  openDataset,
  type SampleRange,
  type SplitName,
  splitSamples,
} from '@dyadic/dataset';
import { ArgumentError, DataError, InterruptedError } from '@dyadic/errors';
import { fits } from '@dyadic/interchange';
import {
  type Alignment,
  type Normalizers,
  prepareInPlace,
  type RawSamples,
  type SampleSource,
  separateFields,
} from '@dyadic/training';
import { inputShape } from '../predict/taker.js';
import { presentationOfRecipe } from '../problems/registry.js';
import { columnList, FieldReader, isNumber, type ReadColumns } from './columns.js';
import { type Experiment, type ReadOptions, readExperiment } from './experiment.js';
import { nothingLeft } from './left-out.js';
import { startCheckpoint } from './start.js';

/** Bytes of samples per piece when fitting normalizers. */
const PIECE_BYTES = 2 ** 23;

/** An experiment with its data: opened once, and passed to training and evaluation. */
export interface OpenExperiment {
  readonly experiment: Experiment;
  readonly dataset: Dataset;
  /** Disjoint parts of the dataset. */
  readonly splits: Readonly<Record<SplitName, Split>>;
  /**
   * The normalizers, fitted to the training split alone, which is read on the first call. If training starts from a checkpoint,
   * those of the checkpoint, for which its parameters were trained.
   *
   * @throws InterruptedError when the signal aborts; DataError when every target is zero everywhere
   */
  normalizers(signal?: AbortSignal): Promise<Normalizers>;
}

/** Options of {@link openExperiment}. */
export interface OpenOptions extends ReadOptions {
  /** Name of the profile; default `quick`. */
  readonly profile?: string;
}

/**
 * Opens an experiment with its dataset and splits.
 *
 * @param experiment - An experiment, or the folder with `experiment.json`; the options apply to a folder only.
 * @throws DataError naming the wrong entry or column, or when there is no dataset yet; ArgumentError when the dataset has too few
 * samples
 */
export async function openExperiment(
  experiment: Experiment | string,
  { profile = 'quick', ...folders }: OpenOptions = {},
): Promise<OpenExperiment> {
  const read = typeof experiment === 'string' ? await readExperiment(experiment, profile, folders) : experiment;
  const dataset = await openExperimentDataset(read);
  const splits = openSplits(read, dataset);
  let fitted: Promise<Normalizers> | undefined;
  return {
    experiment: read,
    dataset,
    splits,
    normalizers: (signal = new AbortController().signal) => (fitted ??= normalizersOf(read, splits.train, signal)),
  };
}

async function normalizersOf(experiment: Experiment, train: Split, signal: AbortSignal): Promise<Normalizers> {
  const { start } = experiment;
  if (typeof start === 'object') return (await startCheckpoint(experiment, start)).normalizers;
  return fitToSplit(experiment, train, signal);
}

/** Opens the experiment's dataset. @throws DataError, with the remedy to generate it if there is none */
async function openExperimentDataset(experiment: Experiment): Promise<Dataset> {
  const folder = experiment.dataFolder;
  const dataset = await openDataset(folder).catch((error) => {
    const isOwn = folder === join(experiment.datasetFolder, 'data', experiment.profile);
    if (isOwn && error instanceof DataError && error.message.endsWith('does not exist')) {
      const remedy = { code: 'generate', folder: experiment.datasetFolder, profile: experiment.profile } as const;
      throw new DataError(folder, 'holds no dataset yet', { cause: error, remedy });
    }
    throw error;
  });
  const names = [...columnList(experiment.input), ...columnList(experiment.output)];
  for (const column of names) requireShape(experiment, dataset, column);
  requireSymmetry(experiment, dataset);
  return dataset;
}

/** Checks that augmentation `torus` or an alignment, which permute axes, has a box with equal sides. @throws DataError */
function requireSymmetry({ path, plan, normalization }: Experiment, dataset: Dataset): void {
  const { align } = normalization;
  if (plan.augment !== 'torus' && !align) return;
  const { axes = [] } = presentationOfRecipe(dataset.recipe)?.domain ?? {};
  for (const a of axes) {
    // Exact comparison: spacings of equal sides follow from the same numbers.
    if (axes.some((b) => a.points === b.points && a.spacing !== b.spacing)) {
      if (align) throw new DataError(path, 'normalization.align exchanges axes; the sides of this box differ');
      const expected = "'reflections', as the sides of the box differ";
      throw new DataError(path, `training.augment is 'torus', which exchanges axes; expected ${expected}`);
    }
  }
}

/** Checks the shape of a column axis by axis: 8 × 32 numbers are not a field on 16 × 16 points. One number is a constant field. */
function requireShape({ path, network }: Experiment, dataset: Dataset, column: string): void {
  const field = namedField(path, dataset.recipe, column);
  if (field.type === 'utf8') throw new DataError(path, `names the column '${column}', which holds texts`);
  if (isNumber(field)) return;
  const { shape } = field;
  const wanted = inputShape(network);
  if (!fits(shape, wanted)) {
    const [takes, has] = [wanted, shape].map((extents) => extents.join(' × ') || 'one number');
    throw new DataError(path, `network takes fields of ${takes} points; the dataset's '${column}' has ${has}`);
  }
}

/** The field of a column that the file `path` names. @throws DataError listing the columns if there is none of that name */
export function namedField(path: string, { fields }: { readonly fields: readonly Field[] }, column: string): Field {
  const field = fields.find(({ name }) => name === column);
  if (field) return field;
  const choices = fields.map(({ name }) => name).join(', ');
  throw new DataError(path, `names the column '${column}'; the dataset has ${choices}`);
}

/** Inputs and targets of samples, one sample after the other. */
type Fields = Pick<RawSamples, 'inputs' | 'targets'>;

/** A split of a dataset, in the units of the data; samples are numbered within the split. */
export interface Split {
  /** Number of samples. */
  readonly count: number;
  /**
   * Reads the samples [first, first + count).
   *
   * @throws DataError for a damaged shard (each is checked when it is first read), and for a number that is not finite as float32,
   * naming column, sample and entry. Later stages do not check again.
   */
  read(first: number, count: number): Promise<RawSamples>;
  /** Reads the samples [first, first + count) into existing fields, as samples `at`, `at + 1`, … */
  readInto(first: number, count: number, into: Fields, at: number): Promise<void>;
}

/** Opens the three disjoint splits, without reading. @throws ArgumentError when the dataset has too few samples */
export function openSplits({ network, input, output, splits }: Experiment, dataset: Dataset): Record<SplitName, Split> {
  const ranges = splitSamples(dataset.samples, splits);
  const { inputSize, outputSize } = network;
  const [inputReader, outputReader] = [new FieldReader(dataset, input), new FieldReader(dataset, output)];
  const readInto = async (first: number, count: number, into: Fields, at: number) => {
    const inputs = into.inputs.subarray(at * inputSize, (at + count) * inputSize);
    const targets = into.targets.subarray(at * outputSize, (at + count) * outputSize);
    const columns: ReadColumns = {};
    inputReader.prepare(columns, count, inputs);
    outputReader.prepare(columns, count, targets);
    await dataset.readInto(columns, first, count);
    inputReader.place(columns, count, inputs);
    outputReader.place(columns, count, targets);
    inputReader.requireFinite(inputs, count, first);
    outputReader.requireFinite(targets, count, first);
  };
  const read = async (first: number, count: number): Promise<RawSamples> => {
    const fields = { inputs: new Float32Array(count * inputSize), targets: new Float32Array(count * outputSize) };
    await readInto(first, count, fields, 0);
    return { first, count, ...fields };
  };
  const open = (range: SampleRange): Split => ({
    count: range.count,
    read: (first, count) => read(range.first + first, count),
    readInto: (first, count, into, at) => readInto(range.first + first, count, into, at),
  });
  return { train: open(ranges.train), validation: open(ranges.validation), test: open(ranges.test) };
}

/**
 * Fits normalizers to the training split alone, read piece by piece.
 *
 * @throws InterruptedError when the signal aborts; DataError when every target is zero everywhere
 */
export async function fitToSplit(experiment: Experiment, train: Split, signal: AbortSignal): Promise<Normalizers> {
  const { network, normalization } = experiment;
  const { inputSize, outputSize } = network;
  const size = Math.max(1, Math.floor(PIECE_BYTES / (4 * (inputSize + outputSize))));
  let zero = true;
  const pieces = async function* () {
    for (let at = 0; at < train.count; at += size) {
      if (signal.aborted) throw new InterruptedError('training was stopped before its first epoch');
      const { inputs, targets } = await train.read(at, Math.min(size, train.count - at));
      zero &&= targets.every((target) => target === 0);
      const count = inputs.length / inputSize;
      yield [...separateFields(inputs, count, network.inputs), ...separateFields(targets, count, network.outputs)];
    }
  };
  const methods = [
    ...methodsOf(normalization.input, network.inputs),
    ...methodsOf(normalization.output, network.outputs),
  ];
  const fitted = await fitNormalizers(pieces, methods).catch((error) => {
    throw error instanceof ArgumentError && zero ? nothingLeft(experiment, 'train') : error;
  });
  const [input, output] = [fitted.slice(0, network.inputs), fitted.slice(network.inputs)];
  return {
    input: input.length === 1 ? input[0]! : input,
    output: output.length === 1 ? output[0]! : output,
    ...(normalization.align && { align: normalization.align as Alignment }),
  };
}

/** The normalization of each field. */
function methodsOf(methods: Normalization | readonly Normalization[], fields: number): readonly Normalization[] {
  return typeof methods === 'string' ? new Array<Normalization>(fields).fill(methods) : methods;
}

/**
 * A split in the units of the network, for training. Reading throws a DataError that names the dataset, its columns and an
 * unusable sample of the split, counted from 0.
 */
export function sampleSource(experiment: Experiment, split: Split, normalizers: Normalizers): SampleSource {
  const { network, dataFolder, input, output } = experiment;
  return {
    count: split.count,
    async readInto(first, count, into, at) {
      await split.readInto(first, count, into, at);
      try {
        prepareInPlace(network, into, at, count, normalizers, first);
      } catch (error) {
        if (!(error instanceof ArgumentError)) throw error;
        throw new DataError(dataFolder, `'${input}' ↦ '${output}': ${error.message}`, { cause: error });
      }
    },
  };
}
