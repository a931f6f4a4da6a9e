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

export interface SweepOptions extends EngineChoice, Observed, Pick<ExperimentFolders, 'data'> {
  /** Default `quick`. Data are those of the profile, whatever a run has otherwise. */
  readonly profile?: string;
  /** Folder of the runs; default `runs` beside `experiment.json`. A run has the folder in it that {@link runName} says. */
  readonly out?: string;
  /** Makes only every n-th run: those of part k. Default: all. */
  readonly part?: Part;
}

/** A run of a sweep. */
export interface SweepRun {
  /** The entries in which it differs from the experiment. */
  readonly set: ExperimentOverrides;
  readonly folder: string;
  /** `diverged`: the loss left the range of finite numbers, or the parameters did. */
  readonly status: 'trained' | 'diverged';
  /** Least mean relative error of the validation samples, and after which epoch; null where the run diverged. */
  readonly validation: number | null;
  readonly bestEpoch: number | null;
  /** Epochs run by this call: 0 where the run was there already. */
  readonly epochsRun: number;
}

export interface SweepOutcome {
  /** Runs of the whole sweep. */
  readonly runs: number;
  /** Those of this part, best first; runs that diverged last. */
  readonly done: readonly SweepRun[];
}

/**
 * Trains an experiment once for each run of a plan: as `train` does with the same entries replaced, in the same folders. Stopped
 * and called again, it resumes; existing runs are left alone. A run that diverges is reported, and the next one starts.
 *
 * @throws DataError for an experiment that a run makes no sense with; InterruptedError on the signal
 */
export async function sweep(folder: string, plan: SweepPlan, options: SweepOptions = {}): Promise<SweepOutcome> {
  const { profile = 'quick', data, out = join(folder, 'runs'), part, ...rest } = options;
  const { onEvent } = observed(rest);
  const all = sweepRuns(plan);
  const wanted = all.filter((_, index) => isOfPart(index, part));
  const folders = data === undefined ? {} : { data };
  const read = (set: ExperimentOverrides) =>
    readExperiment(folder, profile, { ...folders, out: join(out, runName([profile], set)), set });
  // What is wrong in the last run is found before the first one begins.
  const experiments = await Promise.all(wanted.map(read));
  const done: SweepRun[] = [];
  for (const [index, experiment] of experiments.entries()) {
    const { runFolder } = experiment;
    onEvent({ type: 'run', number: index + 1, runs: experiments.length, folder: runFolder });
    done.push({ set: wanted[index]!, folder: runFolder, ...(await trained(experiment, rest)) });
  }
  return { runs: all.length, done: done.sort((a, b) => errorOf(a) - errorOf(b)) };
}

/** What becomes of a run. Divergence is a result like another. */
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
