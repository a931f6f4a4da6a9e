import { join } from 'node:path';
import { NumericalError } from '@dyadic/errors';
import type { EngineChoice } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { openExperiment } from '../experiment/data.js';
import { type Experiment, type ExperimentFolders, readExperiment } from '../experiment/experiment.js';
import { type ExperimentOverrides, runName } from '../experiment/overrides.js';
import { type TrainOptions, train } from '../experiment/train.js';
import { isOfPart, type Part } from '../generate/part.js';
import { type SweepPlan, sweepRuns } from './plan.js';

/** Options of {@link sweep}. */
export interface SweepOptions extends EngineChoice, Observed, Pick<ExperimentFolders, 'data'> {
  /** Profile of the experiment and its data; default `quick`. */
  readonly profile?: string;
  /** Folder of the runs; default `runs` beside `experiment.json`. {@link runName} names the subfolder of a run. */
  readonly out?: string;
  /** Trains only the runs of part k: every n-th. Default: all. */
  readonly part?: Part;
}

/** A run of a sweep. */
export interface SweepRun {
  /** The replaced entries of the experiment. */
  readonly set: ExperimentOverrides;
  /** The run folder. */
  readonly folder: string;
  /** `diverged`: the loss or the parameters became non-finite. */
  readonly status: 'trained' | 'diverged';
  /** Least mean relative error over the validation samples; null if the run diverged. */
  readonly validation: number | null;
  /** The epoch of that error; null if the run diverged. */
  readonly bestEpoch: number | null;
  /** Epochs that this call ran: 0 for a run that was already finished. */
  readonly epochsRun: number;
}

/** Result of {@link sweep}. */
export interface SweepOutcome {
  /** Number of runs of the whole sweep. */
  readonly runs: number;
  /** The runs of this part, best first; diverged runs last. */
  readonly done: readonly SweepRun[];
}

/**
 * Trains an experiment once for each run of a plan, as {@link train} does with the same entries replaced, in the same folders. A
 * stopped sweep resumes when called again; finished runs are kept. A run that diverges gives a warning, and the sweep continues.
 *
 * @param folder - The folder with `experiment.json`.
 * @throws DataError for overrides that are invalid in the experiment, before the first run starts; InterruptedError when `signal`
 * aborts
 */
export async function sweep(folder: string, plan: SweepPlan, options: SweepOptions = {}): Promise<SweepOutcome> {
  const { profile = 'quick', data, out = join(folder, 'runs'), part, ...rest } = options;
  const { onEvent } = observed(rest);
  const all = sweepRuns(plan);
  const wanted = all.filter((_, index) => isOfPart(index, part));
  const folders = data === undefined ? {} : { data };
  const read = (set: ExperimentOverrides) =>
    readExperiment(folder, profile, { ...folders, out: join(out, runName([profile], set)), set });
  // Reads all experiments first, so that an error in the last run is found before the first one starts.
  const experiments = await Promise.all(wanted.map(read));
  const done: SweepRun[] = [];
  for (const [index, experiment] of experiments.entries()) {
    const { runFolder } = experiment;
    onEvent({ type: 'run', number: index + 1, runs: experiments.length, folder: runFolder });
    done.push({ set: wanted[index]!, folder: runFolder, ...(await trained(experiment, rest)) });
  }
  return { runs: all.length, done: done.sort((a, b) => errorOf(a) - errorOf(b)) };
}

/** Trains one run. Divergence is a result, not an error. */
async function trained(experiment: Experiment, options: TrainOptions): Promise<Omit<SweepRun, 'set' | 'folder'>> {
  try {
    const { state, epochsRun } = await train(await openExperiment(experiment), options);
    return { status: 'trained', validation: state.bestError, bestEpoch: state.bestEpoch, epochsRun };
  } catch (error) {
    if (!(error instanceof NumericalError)) throw error;
    observed(options).onEvent({ type: 'warning', message: `${experiment.runFolder}: ${error.message}` });
    return { status: 'diverged', validation: null, bestEpoch: null, epochsRun: 0 };
  }
}

function errorOf({ validation }: SweepRun): number {
  return validation ?? Number.POSITIVE_INFINITY;
}
