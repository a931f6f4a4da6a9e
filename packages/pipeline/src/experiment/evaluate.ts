import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, removeDeadLock, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
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
import { EVALUATION_FILE, lockRunFolder, REPORT_FILE, requireCheckpoint } from './run-folder.js';
import { trainingErrors } from './training-error.js';

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends EngineChoice, Observed {
  /** The problems whose solvers can be timed for comparison; default those of this package. */
  readonly problems?: Problems;
}

/** Result of {@link evaluate}. */
export interface EvaluateOutcome {
  readonly evaluation: Evaluation;
  /** Path of the HTML report. */
  readonly page: string;
  /** Whether this call measured; false if the results of an earlier call are still valid. */
  readonly fresh: boolean;
}

/**
 * Measures the errors of a trained network on the training, validation and test splits, and times network and solver. Writes
 * `evaluation.json` and a page `report.html` to the run folder.
 *
 * @throws DataError when there is no checkpoint, or it belongs to another experiment or dataset; LockedError when another process,
 * such as a training, writes to the run folder
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
    // The previous holder of the lock may have trained or evaluated.
    const subject = await subjectOf(open, options);
    if (subject.evaluation) return { evaluation: subject.evaluation, page, fresh: false };
    return { evaluation: await evaluateLocked(open, subject, page, options), page, fresh: true };
  } finally {
    lock.release();
  }
}

/** The subject of an evaluation. */
interface Subject {
  readonly checkpoint: Checkpoint;
  /** Everything that determines the numbers. */
  readonly identity: EvaluationIdentity;
  /** The existing evaluation; null if there is none. */
  readonly evaluation: Evaluation | null;
}

async function subjectOf({ experiment, dataset }: OpenExperiment, choice: EvaluateOptions): Promise<Subject> {
  const { runFolder } = experiment;
  const { path, checkpoint } = await requireCheckpoint(experiment, dataset);
  const identity = {
    checkpoint: await sha256OfFile(path),
    dataset: dataset.manifest.checksum,
    settings: evaluationSettings(experiment, engineName(choice)),
  };
  return { checkpoint, identity, evaluation: await earlierEvaluation(runFolder, identity) };
}

/** Measures and writes while the run folder is locked. */
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
    // If drawing the new page fails, no page of older numbers may remain.
    await rm(page, { force: true });
    await writeFileAtomic(join(experiment.runFolder, EVALUATION_FILE), `${JSON.stringify(evaluation, null, 2)}\n`);
    const data: PageData = {
      description: experiment.description,
      evaluation,
      training: trainingErrors(state.history, experiment.plan),
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

/** One figure per parameter. */
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

/** The test samples of median and largest error, for figures; none if the data has no frame. */
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
