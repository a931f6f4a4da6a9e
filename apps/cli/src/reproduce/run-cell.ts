import { availableParallelism } from 'node:os';
import { type Dataset, denormalize, type SplitName } from '@dyadic/dataset';
import type { Session } from '@dyadic/mnn';
import { type Checkpoint, prepareSamples, relativeErrors, summarizeErrors } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { openExperimentDataset, openSplits, type Split, sampleSource } from '../experiment/data.js';
import { findCheckpoint, readTrainingSeconds } from '../experiment/run-folder.js';
import { TIMED_SAMPLES, timeNetwork, timeSolver } from '../experiment/timing.js';
import { trainExperiment } from '../experiment/train.js';
import { generate } from '../generate/generate.js';
import type { Output } from '../output/output.js';
import type { Cell } from './cell.js';
import type { CellResult, Shown } from './result.js';

const SPLITS: readonly SplitName[] = ['train', 'validation', 'test'];

/** Points of the learning curve that are kept, about. */
const CURVE_POINTS = 50;

/** Parts of the test samples, ordered by gap. */
const GAP_PARTS = 10;

/** Least time between two checkpoints of a cell. */
const CHECKPOINT_SECONDS = 20;

export interface RunOptions extends EngineChoice {
  readonly signal: AbortSignal;
}

/**
 * Computes a cell: its data, its training, its errors. What an earlier call has done of it is not done again.
 *
 * @param show - Whether the result is to hold samples with their predictions
 * @throws InterruptedError on the signal; the same call then goes on
 */
export async function runCell(cell: Cell, show: boolean, options: RunOptions, output: Output): Promise<CellResult> {
  const { experiment } = cell;
  await generate(cell.dataset, options, output);
  await trainExperiment(experiment, { ...options, fresh: false, checkpointSeconds: CHECKPOINT_SECONDS }, output);
  return measureCell(cell, show, options, output);
}

/** Measures the checkpoint of a cell that is trained: the epoch is the validation split's choice. */
async function measureCell(cell: Cell, show: boolean, options: RunOptions, output: Output): Promise<CellResult> {
  const { experiment, name, key, spec } = cell;
  const { network, plan, runFolder } = experiment;
  const dataset = await openExperimentDataset(experiment);
  const checkpoint = (await findCheckpoint(runFolder))!;
  const { state, normalizers } = checkpoint;
  const splits = openSplits(experiment, dataset);
  const engine = await openEngine(options, { ...output, info: () => {} });
  const session = await engine.open(network);
  try {
    const errors = {} as Record<SplitName, Float64Array>;
    for (const split of SPLITS) {
      errors[split] = await relativeErrors(
        network,
        session,
        state.best,
        sampleSource(experiment, splits[split], normalizers),
      );
    }
    const timed = await splits.test.read(0, Math.min(splits.test.count, TIMED_SAMPLES));
    const { inputs } = prepareSamples(network, timed, normalizers);
    const summary = (split: SplitName) => ({ samples: splits[split].count, ...summarizeErrors(errors[split]) });
    const { generator } = dataset.recipe;
    return {
      name,
      key,
      cell: spec,
      dataset: { checksum: dataset.manifest.checksum, generator: generator.name, revision: generator.version },
      parameters: network.parameterCount,
      epochs: state.epoch,
      batchSize: plan.batchSize,
      bestEpoch: state.bestEpoch,
      errors: { train: summary('train'), validation: summary('validation'), test: summary('test') },
      curve: learningCurve(checkpoint),
      times: {
        training: await readTrainingSeconds(runFolder),
        solver: timeSolver(dataset, timed),
        ...(await timeNetwork(session, state.best, inputs, network.inputSize)),
      },
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
  const byGap = Array.from({ length: Math.min(GAP_PARTS, tests) }, (_, part) => {
    const part_ = order.slice(Math.floor((part * tests) / GAP_PARTS), Math.floor(((part + 1) * tests) / GAP_PARTS));
    const gaps = part_.map((sample) => Number(gap[sample]));
    const mean = part_.reduce((sum, sample) => sum + errors[sample]!, 0) / part_.length;
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
  const order = [...errors.keys()].sort((a, b) => errors[a]! - errors[b]!);
  const median = await showSample(session, checkpoint, test, errors, order[Math.floor(order.length / 2)]!, 'median');
  if (checkpoint.network.spec.dimension > 1) return [median];
  return [median, await showSample(session, checkpoint, test, errors, order.at(-1)!, 'worst')];
}

/** A test sample with its prediction. */
export async function showSample(
  session: Session,
  { network, state, normalizers }: Checkpoint,
  test: Split,
  errors: Float64Array,
  sample: number,
  which: string,
): Promise<Shown> {
  const raw = await test.read(sample, 1);
  const { inputs } = prepareSamples(network, raw, normalizers);
  const prediction = denormalize(normalizers.output, await session.predict(state.best, inputs));
  const short = (values: ArrayLike<number>, digits: number) => Array.from(values, (value) => rounded(value, digits));
  return {
    which,
    sample,
    error: errors[sample]!,
    input: short(raw.inputs, 4),
    solution: short(raw.targets, 6),
    prediction: short(prediction, 6),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
