import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  createFolder,
  type Dataset,
  type FolderLock,
  fieldOf,
  type Json,
  lockFolder,
  writeFileAtomic,
} from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import {
  type Checkpoint,
  type CheckpointInfo,
  type EarlierPlan,
  extendedRun,
  type Normalizers,
  readCheckpoint,
  requireSameRun,
  type TrainedColumns,
  trainedColumns,
} from '@dyadic/training';
import { z } from 'zod';
import type { TrainedOn } from '../problems/problem.js';
import { originOf } from '../problems/registry.js';
import { CHECKPOINT_FILE } from './checkpoint-path.js';
import { columnList, isNumber } from './columns.js';
import type { Experiment } from './experiment.js';

export const EVALUATION_FILE = 'evaluation.json';
export const REPORT_FILE = 'report.html';
const TIMING_FILE = 'timing.json';

/** Creates a run folder and locks it for writing. @throws LockedError when another process writes to it */
export async function lockRunFolder(path: string): Promise<FolderLock> {
  await createFolder(path);
  return lockFolder(path);
}

/** The description that a checkpoint of this experiment on this dataset must have. */
export function checkpointInfo(
  experiment: Experiment,
  dataset: Dataset,
  normalizers: Normalizers,
  engine: string,
): CheckpointInfo {
  const { name, input, output, splits, normalization, network, plan, start } = experiment;
  const checksum = dataset.manifest.checksum;
  const problem = originOf(dataset.recipe);
  const columns = [...columnList(input), ...columnList(output)];
  const numbers = columns.filter((column) => isNumber(fieldOf(dataset.recipe, column)));
  const origin = {
    experiment: name,
    input,
    output,
    splits,
    normalization,
    ...(numbers.length > 0 && { numbers }),
    dataset: checksum,
    ...(start === 'linear-fit' && { start }),
    ...(typeof start === 'object' && { start: { checkpoint: start.sha256 } }),
    ...(problem && { problem }),
  };
  return { network, plan, normalizers, origin: origin as unknown as Json, engine };
}

/**
 * Checks that a checkpoint belongs to this experiment on this dataset. Ignores the problem, which the dataset's checksum
 * determines and older checkpoints do not record.
 *
 * @throws DataError naming the first entry that differs
 */
export function requireOwnCheckpoint(path: string, found: Checkpoint, experiment: Experiment, dataset: Dataset): void {
  const wanted = checkpointInfo(experiment, dataset, found.normalizers, found.engine);
  requireSameRun(path, withoutProblem(found), withoutProblem(wanted));
}

/**
 * {@link requireOwnCheckpoint} for a run to be resumed, whose plan may have more epochs once its own are done.
 *
 * @returns the earlier plans of the epochs done, if there were any
 */
export function requireResumable(
  path: string,
  found: Checkpoint,
  experiment: Experiment,
  dataset: Dataset,
): readonly EarlierPlan[] | undefined {
  const wanted = checkpointInfo(experiment, dataset, found.normalizers, found.engine);
  const extended = extendedRun({ ...found, ...withoutProblem(found) }, withoutProblem(wanted));
  if (!extended) requireOwnCheckpoint(path, found, experiment, dataset);
  return (extended ?? found).earlier;
}

function withoutProblem(info: CheckpointInfo): CheckpointInfo {
  if (typeof info.origin !== 'object' || info.origin === null || Array.isArray(info.origin)) return info;
  const { problem: _, ...origin } = info.origin as Record<string, Json>;
  return { ...info, origin };
}

const trainedOnSchema = z.looseObject({ problem: z.looseObject({ equation: z.string() }) });

/** The origin of training data that a checkpoint records; undefined for an old one, and for data of unknown origin. */
export function trainedOn({ origin }: CheckpointInfo): TrainedOn | undefined {
  return trainedOnSchema.safeParse(origin).data?.problem as TrainedOn | undefined;
}

/** Names of inputs and outputs in a prediction: as in training, except that an output with the name of an input gets a suffix. */
export function predictedColumns(info: CheckpointInfo): TrainedColumns {
  const { input, output, numbers } = trainedColumns(info);
  return { input, output: output.map((name) => (input.includes(name) ? `${name}-prediction` : name)), numbers };
}

/** The checkpoint of a run folder; undefined if there is none yet. @throws DataError if it is damaged */
export async function findCheckpoint(runFolder: string) {
  const path = join(runFolder, CHECKPOINT_FILE);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists ? readCheckpoint(path) : undefined;
}

/** The checkpoint of an experiment's run, and its path. @throws DataError if there is none, or it is of another experiment */
export async function requireCheckpoint(
  experiment: Experiment,
  dataset: Dataset,
): Promise<{ readonly path: string; readonly checkpoint: Checkpoint }> {
  const path = join(experiment.runFolder, CHECKPOINT_FILE);
  const checkpoint = await findCheckpoint(experiment.runFolder);
  if (!checkpoint) {
    const remedy = { code: 'train', folder: dirname(experiment.path), profile: experiment.profile } as const;
    throw new DataError(path, 'does not exist', { remedy });
  }
  requireOwnCheckpoint(path, checkpoint, experiment, dataset);
  return { path, checkpoint };
}

/** Seconds spent on training, over all calls. */
export async function readTrainingSeconds(runFolder: string): Promise<number> {
  try {
    const seconds = JSON.parse(await readFile(join(runFolder, TIMING_FILE), 'utf8')).trainingSeconds;
    return typeof seconds === 'number' && seconds >= 0 ? seconds : 0;
  } catch {
    return 0; // a lost timing file affects only a number in the report
  }
}

export async function writeTrainingSeconds(runFolder: string, trainingSeconds: number): Promise<void> {
  await writeFileAtomic(join(runFolder, TIMING_FILE), `${JSON.stringify({ trainingSeconds })}\n`);
}
