import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Dataset, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import type { Checkpoint } from '@dyadic/training';
import { type EngineChoice, engineName, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { type Problems, problemsWith } from '../problems/registry.js';
import type { OpenExperiment } from './data.js';
import { type Evaluation, earlierEvaluation, evaluationSettings } from './evaluation.js';
import { fieldsOfFigure, figuresOf, numbersOf } from './figure-fields.js';
import { measure, medianAndWorst, predictSample } from './measure.js';
import { evaluationPage, type PageData } from './page.js';
import { type ErrorBin, errorsByParameter, parameterFigure } from './parameter-errors.js';
import { CHECKPOINT_FILE, EVALUATION_FILE, findCheckpoint, REPORT_FILE, requireOwnCheckpoint } from './run-folder.js';
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
 * @throws DataError when there is no checkpoint, or it belongs to another run or dataset
 */
export async function evaluate(
  open: OpenExperiment,
  { problems = problemsWith(), ...choice }: EvaluateOptions = {},
): Promise<EvaluateOutcome> {
  const { experiment, dataset } = open;
  const { runFolder } = experiment;
  const checkpointPath = join(runFolder, CHECKPOINT_FILE);
  const page = join(runFolder, REPORT_FILE);
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
  const earlier = await earlierEvaluation(runFolder, identity);
  if (earlier) return { evaluation: earlier, page, fresh: false };

  const engine = await openEngine(choice, observed(choice).onEvent);
  const session = await engine.open(experiment.network);
  try {
    const { errors, summaries, outputs, times } = await measure(open, session, checkpoint, problems);
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
    await writeFileAtomic(join(runFolder, EVALUATION_FILE), `${JSON.stringify(evaluation, null, 2)}\n`);
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
    return { evaluation, page, fresh: true };
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
