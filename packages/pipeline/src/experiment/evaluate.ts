import { dirname, join } from 'node:path';
import { type Dataset, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import type { Checkpoint } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { type Problems, presentationOfRecipe, problemsWith } from '../problems/registry.js';
import { openExperimentDataset, type Split } from './data.js';
import { type Evaluation, earlierEvaluation, evaluationSettings } from './evaluation.js';
import type { Experiment } from './experiment.js';
import { measure, medianAndWorst, predictSample } from './measure.js';
import { evaluationPage, type PageData } from './page.js';
import { CHECKPOINT_FILE, EVALUATION_FILE, findCheckpoint, REPORT_FILE, requireOwnCheckpoint } from './run-folder.js';

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
 * Measures a trained network on all splits, the test split among them, and writes `evaluation.json` and a page.
 *
 * @throws DataError when there is no checkpoint, or it belongs to another run or dataset
 */
export async function evaluateExperiment(
  experiment: Experiment,
  { onEvent, problems = problemsWith(), ...choice }: EvaluateOptions,
): Promise<EvaluateOutcome> {
  const { runFolder } = experiment;
  const checkpointPath = join(runFolder, CHECKPOINT_FILE);
  const page = join(runFolder, REPORT_FILE);
  const dataset = await openExperimentDataset(experiment);
  const checkpoint = await findCheckpoint(runFolder);
  if (!checkpoint) {
    const remedy = { code: 'train', folder: dirname(experiment.path), profile: experiment.profile } as const;
    throw new DataError(checkpointPath, 'does not exist', { remedy });
  }
  requireOwnCheckpoint(checkpointPath, checkpoint, experiment, dataset);
  const identity = {
    checkpoint: await sha256OfFile(checkpointPath),
    dataset: dataset.manifest.checksum,
    settings: evaluationSettings(experiment, choice.engine),
  };
  const earlier = await earlierEvaluation(runFolder, identity);
  if (earlier) return { evaluation: earlier, page, fresh: false };

  const engine = await openEngine(choice, observed({ ...(onEvent && { onEvent }) }).onEvent);
  const session = await engine.open(experiment.network);
  try {
    const { splits, errors, summaries, times } = await measure(experiment, dataset, session, checkpoint, problems);
    const { state } = checkpoint;
    const evaluation: Evaluation = {
      experiment: experiment.name,
      profile: experiment.profile,
      ...identity,
      engine: engine.description,
      parameterCount: experiment.network.parameterCount,
      epochs: state.epoch,
      bestEpoch: state.bestEpoch,
      splits: summaries,
      paper: experiment.paper,
      times,
    };
    const shown = await showSamples(session, checkpoint, splits.test, errors.test, dataset, experiment);
    const data: PageData = { description: experiment.description, evaluation, history: state.history, errors, shown };
    await writeFileAtomic(page, await evaluationPage(data));
    await writeFileAtomic(join(runFolder, EVALUATION_FILE), `${JSON.stringify(evaluation, null, 2)}\n`);
    return { evaluation, page, fresh: true };
  } finally {
    session.close();
  }
}

/** The test samples of median and of largest error, as figures need them; none where the grid is not known, or 3D. */
async function showSamples(
  session: Session,
  checkpoint: Checkpoint,
  test: Split,
  errors: Float64Array,
  dataset: Dataset,
  experiment: Experiment,
): Promise<PageData['shown']> {
  const { domain, symbols = {} } = presentationOfRecipe(dataset.recipe) ?? {};
  if (!domain || domain.axes.length === 3) return [];
  const { input, output } = experiment;
  const names = { input: symbols[input] ?? input, output: symbols[output] ?? output };
  const { median, worst } = medianAndWorst(errors);
  const shown: PageData['shown'][number][] = [];
  for (const [label, sample] of [['median', median] as const, ['largest', worst] as const]) {
    const { inputs, targets, prediction } = await predictSample(session, checkpoint, test, sample);
    const fields = { domain, symbols: names, input: inputs, solution: targets, prediction };
    shown.push({ label, sample, error: errors[sample]!, ...fields });
  }
  return shown;
}
