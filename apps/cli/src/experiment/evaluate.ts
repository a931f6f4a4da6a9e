import { join } from 'node:path';
import { type Dataset, denormalize, type SplitName, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import { periodicGrid } from '@dyadic/spectral';
import { type Checkpoint, prepareSamples, relativeErrors, requireSameRun, summarizeErrors } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { GENERATORS, problemOf } from '../generate/generators.js';
import type { Output } from '../output/output.js';
import { openExperimentDataset, openSplits, type Split, sampleSource } from './data.js';
import { type Evaluation, earlierEvaluation, evaluationSettings } from './evaluation.js';
import type { Experiment } from './experiment.js';
import { evaluationPage, type PageData } from './page.js';
import {
  CHECKPOINT_FILE,
  checkpointInfo,
  EVALUATION_FILE,
  findCheckpoint,
  REPORT_FILE,
  readTrainingSeconds,
} from './run-folder.js';
import { TIMED_SAMPLES, timeNetwork, timeSolver } from './timing.js';

const SPLITS: readonly SplitName[] = ['train', 'validation', 'test'];

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
  choice: EngineChoice,
  output: Output,
): Promise<EvaluateOutcome> {
  const { runFolder } = experiment;
  const checkpointPath = join(runFolder, CHECKPOINT_FILE);
  const page = join(runFolder, REPORT_FILE);
  const dataset = await openExperimentDataset(experiment);
  const checkpoint = await findCheckpoint(runFolder);
  if (!checkpoint) throw new DataError(checkpointPath, 'does not exist. Run: dyadic train');
  requireSameRun(
    checkpointPath,
    checkpoint,
    checkpointInfo(experiment, dataset, checkpoint.normalizers, checkpoint.engine),
  );
  const identity = {
    checkpoint: await sha256OfFile(checkpointPath),
    dataset: dataset.manifest.checksum,
    settings: evaluationSettings(experiment, choice.engine),
  };
  const earlier = await earlierEvaluation(runFolder, identity);
  if (earlier) return { evaluation: earlier, page, fresh: false };

  const { network } = experiment;
  const splits = openSplits(experiment, dataset);
  const engine = await openEngine(choice, output);
  const session = await engine.open(network);
  try {
    const errors = {} as Record<SplitName, Float64Array>;
    for (const split of SPLITS) {
      const source = sampleSource(experiment, splits[split], checkpoint.normalizers);
      errors[split] = await relativeErrors(network, session, checkpoint.state.best, source);
    }
    const { state } = checkpoint;
    const timed = await splits.test.read(0, Math.min(splits.test.count, TIMED_SAMPLES));
    const { inputs } = prepareSamples(network, timed, checkpoint.normalizers);
    const evaluation: Evaluation = {
      experiment: experiment.name,
      profile: experiment.profile,
      ...identity,
      engine: engine.description,
      parameterCount: network.parameterCount,
      epochs: state.epoch,
      bestEpoch: state.bestEpoch,
      splits: mapSplits((split) => ({ samples: splits[split].count, ...summarizeErrors(errors[split]) })),
      paper: experiment.paper,
      times: {
        training: await readTrainingSeconds(runFolder),
        solver: timeSolver(dataset, timed),
        ...(await timeNetwork(session, state.best, inputs, network.inputSize)),
      },
    };
    const shown = await showSamples(session, checkpoint, splits.test, errors.test, dataset);
    const data: PageData = { description: experiment.description, evaluation, history: state.history, errors, shown };
    await writeFileAtomic(page, await evaluationPage(data));
    await writeFileAtomic(join(runFolder, EVALUATION_FILE), `${JSON.stringify(evaluation, null, 2)}\n`);
    return { evaluation, page, fresh: true };
  } finally {
    session.close();
  }
}

function mapSplits<T>(f: (split: SplitName) => T): Record<SplitName, T> {
  return { train: f('train'), validation: f('validation'), test: f('test') };
}

/** The test samples of median and of largest error, as figures need them; none where the grid is not known, or 3D. */
async function showSamples(
  session: Session,
  { network, state, normalizers }: Checkpoint,
  test: Split,
  errors: Float64Array,
  dataset: Dataset,
): Promise<PageData['shown']> {
  const problem = problemOf(dataset.recipe);
  if (!problem || problem.grid.dimension === 3) return [];
  const grid = periodicGrid(problem.grid);
  const symbol = GENERATORS[problem.equation].letters.solution;
  const order = [...errors.keys()].sort((a, b) => errors[a]! - errors[b]!);
  const chosen = [
    { label: 'median', sample: order[Math.floor(order.length / 2)]! },
    { label: 'largest', sample: order.at(-1)! },
  ];
  const shown: PageData['shown'][number][] = [];
  for (const { label, sample } of chosen) {
    const raw = await test.read(sample, 1);
    const { inputs } = prepareSamples(network, raw, normalizers);
    const prediction = denormalize(normalizers.output, await session.predict(state.best, inputs));
    shown.push({
      label,
      sample,
      error: errors[sample]!,
      grid,
      symbol,
      potential: raw.inputs,
      solution: raw.targets,
      prediction,
    });
  }
  return shown;
}
