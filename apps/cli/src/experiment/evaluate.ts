import { join } from 'node:path';
import { type Dataset, denormalize, type SplitName, sha256OfFile, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Session } from '@dyadic/mnn';
import { periodicGrid } from '@dyadic/spectral';
import { type Checkpoint, type RawSamples, relativeErrors, requireSameRun, summarizeErrors } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { GENERATORS, problemOf } from '../generate/generators.js';
import type { Output } from '../output/output.js';
import { openExperimentDataset, prepareSplits, readSplits } from './data.js';
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
import { timeNetwork, timeSolver } from './timing.js';

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

  const raw = await readSplits(experiment, dataset);
  const samples = prepareSplits(experiment, raw, checkpoint.normalizers);
  const engine = await openEngine(choice, output);
  const session = await engine.open(experiment.network);
  try {
    const errors = {} as Record<SplitName, Float64Array>;
    for (const split of SPLITS) {
      errors[split] = await relativeErrors(experiment.network, session, checkpoint.state.best, samples[split]);
    }
    const { state } = checkpoint;
    const evaluation: Evaluation = {
      experiment: experiment.name,
      profile: experiment.profile,
      ...identity,
      engine: engine.description,
      parameterCount: experiment.network.parameterCount,
      epochs: state.epoch,
      bestEpoch: state.bestEpoch,
      splits: mapSplits((split) => ({ samples: raw[split].count, ...summarizeErrors(errors[split]) })),
      paper: experiment.paper,
      times: {
        training: await readTrainingSeconds(runFolder),
        solver: timeSolver(dataset, raw.test),
        ...(await timeNetwork(session, state.best, samples.test.inputs, experiment.network.inputSize)),
      },
    };
    const shown = await showSamples(session, checkpoint, samples.test.inputs, raw.test, errors.test, dataset);
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
  { state, normalizers }: Checkpoint,
  inputs: Float32Array,
  raw: RawSamples,
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
  return Promise.all(
    chosen.map(async ({ label, sample }) => {
      const [from, to] = [sample * grid.size, (sample + 1) * grid.size];
      const prediction = denormalize(normalizers.output, await session.predict(state.best, inputs.subarray(from, to)));
      const potential = raw.inputs.subarray(from, to);
      return {
        label,
        sample,
        error: errors[sample]!,
        grid,
        symbol,
        potential,
        solution: raw.targets.subarray(from, to),
        prediction,
      };
    }),
  );
}
