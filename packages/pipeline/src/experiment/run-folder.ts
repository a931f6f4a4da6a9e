import { access, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createFolder,
  type Dataset,
  type FolderLock,
  fieldOf,
  type Json,
  lockFolder,
  writeFileAtomic,
} from '@dyadic/dataset';
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
import { columnList, isNumber } from './columns.js';
import type { Experiment } from './experiment.js';

/** Name of the checkpoint file in a run folder. Its bytes, like those of all files except `timing.json`, survive interruptions. */
export const CHECKPOINT_FILE = 'checkpoint.safetensors';
export const EVALUATION_FILE = 'evaluation.json';
export const REPORT_FILE = 'report.html';
const TIMING_FILE = 'timing.json';

/** The checkpoint file that a run folder, or the path of a checkpoint, names. */
export async function checkpointPath(run: string): Promise<string> {
  const isFolder = (await stat(run).catch(() => null))?.isDirectory() ?? false;
  return isFolder ? join(run, CHECKPOINT_FILE) : run;
}

/** Whether a path is a checkpoint file or the folder of a run. */
export async function isRun(path: string): Promise<boolean> {
  const found = await stat(await checkpointPath(path)).catch(() => null);
  return found?.isFile() ?? false;
}

/** Creates a run's folder and takes the right to write to it. @throws DataError when another process has it */
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

/** What a prediction calls inputs and outputs: as they were in training, but an output that is an input too. */
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
