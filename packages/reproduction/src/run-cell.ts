import { availableParallelism } from 'node:os';
import type { Dataset } from '@dyadic/dataset';
import type { Session } from '@dyadic/mnn';
import {
  type EngineChoice,
  findCheckpoint,
  generate,
  measure,
  medianAndWorst,
  type Observed,
  type OpenExperiment,
  observed,
  openEngine,
  openExperiment,
  predictSample,
  type Split,
  train,
} from '@dyadic/pipeline';
import type { Checkpoint } from '@dyadic/training';
import type { Cell } from './cell.js';
import type { CellResult, Shown } from './result.js';

/** Points of the learning curve that are kept, about. */
const CURVE_POINTS = 50;

/** Significant digits of kept solutions and predictions: all of a float32, as figures show the difference of the two. */
const DIGITS = 9;

/** Parts of the test samples, ordered by gap. */
const GAP_PARTS = 10;

/** Least time between two checkpoints of a cell. */
const CHECKPOINT_SECONDS = 5;

export type RunOptions = EngineChoice & Observed;

/**
 * Computes a cell: its data, its training, its errors. What an earlier call has done of it is not done again.
 *
 * @param show - Whether the result is to hold samples with their predictions
 * @throws InterruptedError on the signal; the same call then resumes
 */
export async function runCell(cell: Cell, show: boolean, options: RunOptions): Promise<CellResult> {
  const { experiment } = cell;
  await generate(cell.dataset, { ...observed(options), wait: true });
  const open = await openExperiment(experiment);
  await train(open, { ...options, checkpointSeconds: CHECKPOINT_SECONDS });
  return measureCell(cell, open, show, options);
}

/** Measures the checkpoint of a cell that is trained: the epoch is the validation split's choice. */
async function measureCell(
  { name, key, spec }: Cell,
  open: OpenExperiment,
  show: boolean,
  options: RunOptions,
): Promise<CellResult> {
  const { experiment, dataset, splits } = open;
  const checkpoint = (await findCheckpoint(experiment.runFolder))!;
  const { state } = checkpoint;
  const engine = await openEngine(options, () => {});
  const session = await engine.open(experiment.network);
  try {
    const { errors, summaries, times } = await measure(open, session, checkpoint);
    const { generator } = dataset.recipe;
    return {
      name,
      key,
      cell: spec,
      dataset: { checksum: dataset.manifest.checksum, generator: generator.name, revision: generator.version },
      parameters: experiment.network.parameterCount,
      epochs: state.epoch,
      batchSize: experiment.plan.batchSize,
      bestEpoch: state.bestEpoch,
      errors: summaries,
      curve: learningCurve(checkpoint),
      times,
      machine: { cores: availableParallelism(), node: process.version, engine: engine.description },
      ...(await errorsByGap(dataset, splits.test.count, errors.test)),
      ...(show && { shown: await showSamples(session, checkpoint, splits.test, errors.test) }),
    };
  } finally {
    session.close();
  }
}

/** Validation errors, thinned evenly. */
function learningCurve({ state: { history } }: Checkpoint): [number, number][] {
  const measured = history.filter(({ validation }) => validation !== null);
  const every = Math.ceil(measured.length / CURVE_POINTS);
  return measured
    .filter((_, i) => i % every === 0 || i === measured.length - 1)
    .map(({ epoch, validation }) => [epoch, rounded(validation!, 4)]);
}

/** Mean error of the test samples in each tenth of the gaps; nothing for data without a gap. */
async function errorsByGap(dataset: Dataset, tests: number, errors: Float64Array): Promise<Pick<CellResult, 'byGap'>> {
  if (!dataset.recipe.fields.some(({ name }) => name === 'gap')) return {};
  const { gap } = await dataset.read(['gap'], dataset.samples - tests, tests);
  const order = [...errors.keys()].sort((a, b) => (gap as Float64Array)[a]! - (gap as Float64Array)[b]!);
  const parts = Math.min(GAP_PARTS, tests);
  const byGap = Array.from({ length: parts }, (_, part) => {
    const samples = order.slice(Math.floor((part * tests) / parts), Math.floor(((part + 1) * tests) / parts));
    const gaps = samples.map((sample) => Number(gap[sample]));
    const mean = samples.reduce((sum, sample) => sum + errors[sample]!, 0) / samples.length;
    return { from: rounded(gaps[0]!, 4), to: rounded(gaps.at(-1)!, 4), mean: rounded(mean, 4) };
  });
  return { byGap };
}

/** The test samples of median and of largest error; beyond 1D, where they are long, the former alone. */
async function showSamples(
  session: Session,
  checkpoint: Checkpoint,
  test: Split,
  errors: Float64Array,
): Promise<Shown[]> {
  const { median, worst } = medianAndWorst(errors);
  const show = (sample: number, which: string) => showSample(session, checkpoint, test, errors, sample, which);
  const first = await show(median, 'median');
  return checkpoint.network.dimension > 1 ? [first] : [first, await show(worst, 'worst')];
}

/** A test sample with its prediction. */
export async function showSample(
  session: Session,
  checkpoint: Checkpoint,
  test: Split,
  errors: Float64Array,
  sample: number,
  which: string,
): Promise<Shown> {
  const { inputs, targets, prediction } = await predictSample(session, checkpoint, test, sample);
  const short = (values: ArrayLike<number>, digits: number) => Array.from(values, (value) => rounded(value, digits));
  return {
    which,
    sample,
    error: errors[sample]!,
    input: short(inputs, 4),
    solution: short(targets, DIGITS),
    prediction: short(prediction, DIGITS),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
