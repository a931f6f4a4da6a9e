import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Dataset, removeDeadLock, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import type { Checkpoint } from '@dyadic/training';
import { type EngineChoice, engineName, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import type { OpenExperiment } from './data.js';
import { type Evaluation, type EvaluationIdentity, earlierEvaluation, evaluationSettings } from './evaluation.js';
import { fieldsOfFigure, figuresOf, numbersOf } from './figure-fields.js';
import { numbersLeftOut, tellLeftOut } from './left-out.js';
import { measure, medianAndWorst, predictSample } from './measure.js';
import { evaluationPage, type PageData } from './page.js';
import { type ErrorBin, errorsByParameter, parameterFigure } from './parameter-errors.js';
import {
  CHECKPOINT_FILE,
  EVALUATION_FILE,
  findCheckpoint,
  lockRunFolder,
  REPORT_FILE,
  requireOwnCheckpoint,
} from './run-folder.js';
import { trainingErrors } from './training-error.js';

export interface EvaluateOptions extends EngineChoice, Observed {
  /** Whose solvers can be timed beside the network; default those of this package. */
  readonly problems?: Problems;
}

export interface EvaluateOutcome {
  readonly evaluation: Evaluation;
  readonly page: string;
  /** False when the numbers of an earlier call still hold. */
  readonly fresh: boolean;
}

/**
 * Measures a trained network on all splits, the test split among them; writes `evaluation.json` and then a page of it.
 *
 * @throws DataError when there is no checkpoint, it belongs to another run or dataset, or another process, such as one that
 *   trains, is writing to the run's folder
 */
export async function evaluate(open: OpenExperiment, options: EvaluateOptions = {}): Promise<EvaluateOutcome> {
  const { runFolder } = open.experiment;
  const page = join(runFolder, REPORT_FILE);
  const known = await subjectOf(open, options);
  if (known.evaluation) {
    removeDeadLock(runFolder);
    return { evaluation: known.evaluation, page, fresh: false };
  }
  const lock = await lockRunFolder(runFolder);
  try {
    // Whoever had the lock before may have trained or evaluated since.
    const subject = await subjectOf(open, options);
    if (subject.evaluation) return { evaluation: subject.evaluation, page, fresh: false };
    return { evaluation: await evaluateLocked(open, subject, page, options), page, fresh: true };
  } finally {
    lock.release();
  }
}

/** What is evaluated. */
interface Subject {
  readonly checkpoint: Checkpoint;
  /** All that the numbers follow from. */
  readonly identity: EvaluationIdentity;
  /** What is there of it already; null when nothing is. */
  readonly evaluation: Evaluation | null;
}

async function subjectOf({ experiment, dataset }: OpenExperiment, choice: EvaluateOptions): Promise<Subject> {
  const { runFolder } = experiment;
  const checkpointPath = join(runFolder, CHECKPOINT_FILE);
  const checkpoint = await findCheckpoint(runFolder);
  if (!checkpoint) {
    const remedy = { code: 'train', folder: dirname(experiment.path), profile: experiment.profile } as const;
    throw new DataError(checkpointPath, 'does not exist', { remedy });
  }
  requireOwnCheckpoint(checkpointPath, checkpoint, experiment, dataset);
  const identity = {
    checkpoint: await sha256OfFile(checkpointPath),
    dataset: dataset.manifest.checksum,
    settings: evaluationSettings(experiment, engineName(choice)),
  };
  return { checkpoint, identity, evaluation: await earlierEvaluation(runFolder, identity) };
}

/** Measures and writes while the run's folder is locked. */
async function evaluateLocked(
  open: OpenExperiment,
  { checkpoint, identity }: Subject,
  page: string,
  { problems = problemsWith(), ...choice }: EvaluateOptions,
): Promise<Evaluation> {
  const { experiment, dataset } = open;
  const { onEvent } = observed(choice);
  const engine = await openEngine(choice, onEvent);
  const session = await engine.open(experiment.network);
  try {
    const { errors, summaries, outputs, times } = await measure(open, session, checkpoint, problems);
    for (const [split, own] of Object.entries(errors)) {
      tellLeftOut(onEvent, `the ${split} split`, own.length, numbersLeftOut(own));
    }
    const { state } = checkpoint;
    const parameters = await errorsByParameter(experiment, dataset, open.splits.test, errors.test);
    const evaluation: Evaluation = {
      experiment: experiment.name,
      profile: experiment.profile,
      ...identity,
      engine: engine.description,
      parameterCount: experiment.network.parameterCount,
      epochs: state.epoch,
      bestEpoch: state.bestEpoch,
      splits: summaries,
      ...(outputs && { outputs }),
      ...(Object.keys(parameters).length > 0 && { parameters }),
      ...(experiment.paper && { paper: experiment.paper }),
      times,
    };
    const shown = await showSamples(open, session, checkpoint, errors.test);
    // A page of other numbers must not stand beside these if drawing the new one fails.
    await rm(page, { force: true });
    await writeFileAtomic(join(experiment.runFolder, EVALUATION_FILE), `${JSON.stringify(evaluation, null, 2)}\n`);
    const data: PageData = {
      description: experiment.description,
      evaluation,
      training: trainingErrors(state.history, experiment.plan.loss),
      validation: state.history.map(({ validation }) => validation),
      errors,
      shown,
      parameters: await parameterFigures(dataset, parameters),
    };
    await writeFileAtomic(page, await evaluationPage(data));
    return evaluation;
  } finally {
    session.close();
  }
}

/** A figure for every parameter. */
async function parameterFigures(
  dataset: Dataset,
  parameters: Readonly<Record<string, readonly ErrorBin[]>>,
): Promise<PageData['parameters']> {
  return Promise.all(
    Object.entries(parameters).map(async ([name, bins]) => ({
      svg: await parameterFigure(dataset, name, bins),
      caption: `Relative error ε of the test samples against ${name}: mean and largest of about ${bins[0]!.samples} samples each.`,
    })),
  );
}

/** The test samples of median and of largest error, as figures need them; none where there is no frame for them. */
async function showSamples(
  { experiment, dataset, splits }: OpenExperiment,
  session: Session,
  checkpoint: Checkpoint,
  errors: Float64Array,
): Promise<PageData['shown']> {
  const figures = figuresOf(dataset, experiment);
  if (figures.length === 0) return [];
  const { median, worst } = medianAndWorst(errors);
  const shown: PageData['shown'][number][] = [];
  for (const [label, sample] of [['median', median] as const, ['largest', worst] as const]) {
    const numbers = await predictSample(session, checkpoint, splits.test, sample);
    const told = numbersOf(dataset, experiment, numbers);
    for (const figure of figures) {
      const fields = fieldsOfFigure(figure, numbers, experiment);
      shown.push({ label, sample, error: errors[sample]!, frame: figure.frame, told, ...fields });
    }
  }
  return shown;
}
