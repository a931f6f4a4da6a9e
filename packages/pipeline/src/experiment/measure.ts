/** The measurements of a trained network, for evaluation and reproduction. */
import type { SplitName } from '@dyadic/dataset';
import type { Session } from '@dyadic/mnn';
import {
  type Checkpoint,
  type ErrorSummary,
  fieldErrors,
  prepareSamples,
  type RawSamples,
  relativeErrors,
  summarizeErrors,
  toDataUnits,
} from '@dyadic/training';
import { type Problems, problemsWith } from '../problems/registry.js';
import { columnList } from './columns.js';
import { type OpenExperiment, type Split, sampleSource } from './data.js';
import { nothingLeft, numbersLeftOut } from './left-out.js';
import { readTrainingSeconds } from './run-folder.js';
import { TIMED_SAMPLES, timeNetwork, timeSolver } from './timing.js';

const SPLITS: readonly SplitName[] = ['train', 'validation', 'test'];

/** Result of {@link measure}. */
export interface Measurement {
  /** The relative error ε of every sample; NaN if the target is zero everywhere. */
  readonly errors: Record<SplitName, Float64Array>;
  /** Mean, median and worst of the samples that have an ε; `samples` is their number. */
  readonly summaries: Record<SplitName, ErrorSummary & { readonly samples: number }>;
  /** Test errors of every output, by column, if there are several. */
  readonly outputs?: Readonly<Record<string, ErrorSummary>>;
  /** Seconds of the whole training; per sample of the solver (null if unknown), of the network in a batch of 100, and of one alone. */
  readonly times: {
    readonly training: number;
    readonly solver: number | null;
    readonly networkBatch: number;
    readonly networkSingle: number;
  };
}

/**
 * Measures the errors of a checkpoint on all splits, with the parameters that the validation split chose, and times network and
 * solver.
 *
 * @param session - The checkpoint's network on an engine.
 * @param problems - The problems whose solvers can be timed; default those of this package.
 * @throws DataError for a split in which every target is zero everywhere
 */
export async function measure(
  { experiment, dataset, splits }: OpenExperiment,
  session: Session,
  { state, normalizers }: Checkpoint,
  problems: Problems = problemsWith(),
): Promise<Measurement> {
  const { network, runFolder } = experiment;
  const errors = {} as Record<SplitName, Float64Array>;
  const summaries = {} as Record<SplitName, ErrorSummary & { samples: number }>;
  for (const split of SPLITS) {
    const source = sampleSource(experiment, splits[split], normalizers);
    errors[split] = await relativeErrors(network, session, state.best, source);
    const samples = splits[split].count - numbersLeftOut(errors[split]).length;
    if (samples === 0) throw nothingLeft(experiment, split);
    summaries[split] = { samples, ...summarizeErrors(errors[split]) };
  }
  const timed = await splits.test.read(0, Math.min(splits.test.count, TIMED_SAMPLES));
  const { inputs } = prepareSamples(network, timed, normalizers);
  const times = {
    training: await readTrainingSeconds(runFolder),
    solver: timeSolver(dataset, dataset.samples - splits.test.count, timed.count, problems),
    ...(await timeNetwork(session, state.best, inputs, network.inputSize)),
  };
  if (network.outputs === 1) return { errors, summaries, times };
  const test = sampleSource(experiment, splits.test, normalizers);
  const byField = await fieldErrors(network, session, state.best, test);
  const outputs = columnList(experiment.output).map((name, c) => {
    const own = Float64Array.from({ length: test.count }, (_, s) => byField[s * network.outputs + c]!);
    return [name, summarizeErrors(own)] as const;
  });
  return { errors, summaries, outputs: Object.fromEntries(outputs), times };
}

/** Numbers of the samples of median and largest error; ignores NaN. */
export function medianAndWorst(errors: Float64Array): { median: number; worst: number } {
  const order = [...errors.keys()].filter((s) => !Number.isNaN(errors[s])).sort((a, b) => errors[a]! - errors[b]!);
  return { median: order[Math.floor(order.length / 2)]!, worst: order.at(-1)! };
}

/** A sample of a split and the network's prediction, both in the units of the dataset. */
export async function predictSample(
  session: Session,
  { network, state, normalizers }: Checkpoint,
  split: Split,
  sample: number,
): Promise<RawSamples & { readonly prediction: Float64Array }> {
  const raw = await split.read(sample, 1);
  const { inputs } = prepareSamples(network, raw, normalizers);
  const prediction = toDataUnits(network, normalizers, await session.predict(state.best, inputs), raw.inputs);
  return { ...raw, prediction };
}
