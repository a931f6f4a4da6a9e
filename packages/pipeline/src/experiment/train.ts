import { join } from 'node:path';
import { type Dataset, removeDeadLock } from '@dyadic/dataset';
import { ArgumentError, InterruptedError } from '@dyadic/errors';
import {
  type Checkpoint,
  isFinished,
  type TrainingPlan,
  type TrainingState,
  train as trainNetwork,
  watchLeftOut,
  writeCheckpoint,
} from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed, progress } from '../events.js';
import { type OpenExperiment, sampleSource } from './data.js';
import type { Experiment } from './experiment.js';
import { nothingLeft, tellLeftOut } from './left-out.js';
import { writeMetrics } from './metrics.js';
import {
  CHECKPOINT_FILE,
  checkpointInfo,
  findCheckpoint,
  lockRunFolder,
  readTrainingSeconds,
  requireResumable,
  writeTrainingSeconds,
} from './run-folder.js';
import { firstState } from './start.js';
import { trainingErrors } from './training-error.js';

/** Options of {@link train}. */
export interface TrainOptions extends EngineChoice, Observed {
  /** Discards an earlier run instead of resuming it. Default false. */
  readonly fresh?: boolean;
  /** Least time between checkpoints, in seconds; a killed process loses at most this and one epoch. Default 2. */
  readonly checkpointSeconds?: number;
}

/** Result of {@link train}. */
export interface TrainOutcome {
  readonly state: TrainingState;
  /** Epochs that this call ran. */
  readonly epochsRun: number;
  /** Name of the engine. */
  readonly engine: string;
}

/**
 * Trains an experiment's network, resuming from its last checkpoint if there is one. Leaves a finished run unchanged.
 *
 * @throws DataError when the checkpoint belongs to another run, or every target of a split is zero everywhere; LockedError when
 * another process writes to the run folder; NumericalError when the training diverges; InterruptedError when `signal` aborts: the
 * same call then resumes from the last checkpoint
 */
export async function train(open: OpenExperiment, options: TrainOptions = {}): Promise<TrainOutcome> {
  const { experiment, dataset } = open;
  const { runFolder } = experiment;
  // A discarded run remains until the first checkpoint of the new one replaces it.
  const find = async () => (options.fresh ? undefined : await findOwnCheckpoint(experiment, dataset));
  const done = outcomeOf(experiment, await find());
  if (done) {
    removeDeadLock(runFolder);
    return done;
  }
  const lock = await lockRunFolder(runFolder);
  try {
    // The previous holder of the lock may have trained further.
    const found = await find();
    return outcomeOf(experiment, found) ?? (await trainLocked(open, found, options));
  } finally {
    lock.release();
  }
}

/** The run's checkpoint, if there is one. @throws DataError if it belongs to another run */
async function findOwnCheckpoint(experiment: Experiment, dataset: Dataset): Promise<Checkpoint | undefined> {
  const found = await findCheckpoint(experiment.runFolder);
  if (found) {
    const path = join(experiment.runFolder, CHECKPOINT_FILE);
    const earlier = requireResumable(path, found, experiment, dataset);
    return { ...found, ...(earlier && { earlier }) };
  }
  return undefined;
}

/** The outcome of a run that is already finished; else undefined. */
function outcomeOf({ plan }: Experiment, found: Checkpoint | undefined): TrainOutcome | undefined {
  if (!found || !isFinished(plan, found.state)) return undefined;
  return { state: found.state, epochsRun: 0, engine: found.engine };
}

/** Trains while the run folder is locked. */
async function trainLocked(
  { experiment, dataset, splits, normalizers: fit }: OpenExperiment,
  found: Checkpoint | undefined,
  options: TrainOptions,
): Promise<TrainOutcome> {
  const { runFolder, network, plan } = experiment;
  const { checkpointSeconds = 2 } = options;
  const { signal, onEvent } = observed(options);
  const path = join(runFolder, CHECKPOINT_FILE);
  const normalizers = found?.normalizers ?? (await fit(signal));
  const engine = await openEngine(options, onEvent, { network, batchSize: plan.batchSize });
  if (found && found.engine !== engine.name) {
    const message = `the run was begun on ${found.engine}; continuing on ${engine.name} may change the last bits`;
    onEvent({ type: 'warning', message });
  }
  const { name } = experiment;
  if (found) {
    onEvent({ type: 'resumed', task: 'train', name, unit: 'epochs', done: found.state.epoch, total: plan.epochs });
  }
  const earlier = found?.earlier;
  const info = { ...checkpointInfo(experiment, dataset, normalizers, engine.name), ...(earlier && { earlier }) };
  const clock = await trainingClock(runFolder, found !== undefined);
  const firstEpoch = found?.state.epoch ?? 0;
  const stepsPerEpoch = Math.ceil(splits.train.count / plan.batchSize);
  const bar = progress(onEvent, { task: 'train', name, unit: 'steps', total: plan.epochs * stepsPerEpoch });
  const session = await engine.open(network);
  const watch = (split: 'train' | 'validation') =>
    watchLeftOut(network, sampleSource(experiment, splits[split], normalizers));
  const watched = { train: watch('train'), validation: watch('validation') };
  let told = false;
  let note = '';
  let savedEpoch = firstEpoch;
  let saved = performance.now();
  try {
    const samples = watched.train.data;
    const from = found?.state ?? (await firstState(experiment, samples));
    const state = await trainNetwork({
      network,
      session,
      train: samples,
      validation: watched.validation.data,
      plan,
      signal,
      from,
      onStep: (done) => bar.update(done, note),
      onEpoch: async (current) => {
        const measured = current.history.at(-1)!.validation !== null;
        if (!told && measured) {
          // Both splits have now been read once.
          for (const [split, { data, leftOut }] of Object.entries(watched)) {
            tellLeftOut(onEvent, `the ${split} split`, data.count, leftOut);
          }
          told = true;
        }
        note = describeEpoch(current, plan);
        const due = performance.now() - saved > 1000 * checkpointSeconds;
        if (!due && !isFinished(plan, current)) return;
        await writeMetrics(runFolder, current.history, plan.loss);
        await clock.save();
        await writeCheckpoint(path, { ...info, state: current });
        saved = performance.now();
        savedEpoch = current.epoch;
      },
    });
    return { state, epochsRun: state.epoch - firstEpoch, engine: engine.name };
  } catch (error) {
    if (error instanceof InterruptedError) {
      const kept = savedEpoch > 0 ? `the state after epoch ${savedEpoch} is kept` : 'no epoch was saved yet';
      throw new InterruptedError(`${error.message}; ${kept}`);
    }
    for (const [split, { data, leftOut }] of Object.entries(watched)) {
      if (error instanceof ArgumentError && leftOut.size === data.count) throw nothingLeft(experiment, split);
    }
    throw error;
  } finally {
    bar.end();
    session.close();
  }
}

/** Adds this call's seconds to those of earlier ones. */
async function trainingClock(runFolder: string, goesOn: boolean): Promise<{ save(): Promise<void> }> {
  const before = goesOn ? await readTrainingSeconds(runFolder) : 0;
  const start = performance.now();
  return { save: () => writeTrainingSeconds(runFolder, before + (performance.now() - start) / 1000) };
}

function describeEpoch({ epoch, history, bestError }: TrainingState, plan: TrainingPlan): string {
  const { average, errors } = trainingErrors(history.slice(-1), plan.loss);
  return `epoch ${epoch}, ${average} ε ${errors[0]!.toExponential(1)}, best validation ε ${bestError.toExponential(1)}`;
}
