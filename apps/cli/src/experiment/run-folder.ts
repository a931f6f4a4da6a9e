import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFolder, type Dataset, type FolderLock, type Json, lockFolder, writeFileAtomic } from '@dyadic/dataset';
import { type CheckpointInfo, type EpochRecord, type Normalizers, readCheckpoint } from '@dyadic/training';
import type { Experiment } from './experiment.js';

/** Names of the files of a run. Only `timing.json` knows the time; the others are the same bytes after any interruption. */
export const CHECKPOINT_FILE = 'checkpoint.safetensors';
export const METRICS_FILE = 'metrics.jsonl';
export const EVALUATION_FILE = 'evaluation.json';
export const REPORT_FILE = 'report.html';
const TIMING_FILE = 'timing.json';

/** Creates a run's folder and takes the right to write to it. @throws DataError when another process has it */
export async function lockRunFolder(path: string): Promise<FolderLock> {
  await createFolder(path);
  return lockFolder(path);
}

/** What a checkpoint of this experiment on this dataset must say. */
export function checkpointInfo(
  experiment: Experiment,
  dataset: Dataset,
  normalizers: Normalizers,
  engine: string,
): CheckpointInfo {
  const { name, input, output, splits, normalization, network, plan, start } = experiment;
  const checksum = dataset.manifest.checksum;
  const common = { experiment: name, input, output, splits, normalization, dataset: checksum };
  const origin = start === 'linear-fit' ? { ...common, start } : common;
  return { network, plan, normalizers, origin: origin as unknown as Json, engine };
}

/** The run's checkpoint; undefined when there is none yet. @throws DataError when it is damaged */
export async function findCheckpoint(runFolder: string) {
  const path = join(runFolder, CHECKPOINT_FILE);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  return exists ? readCheckpoint(path) : undefined;
}

/** Writes the training log, one JSON object a line, one line an epoch. */
export async function writeMetrics(runFolder: string, history: readonly EpochRecord[]): Promise<void> {
  const lines = history.map((record) => `${JSON.stringify(record)}\n`);
  await writeFileAtomic(join(runFolder, METRICS_FILE), lines.join(''));
}

/** Seconds spent on training, over all calls. */
export async function readTrainingSeconds(runFolder: string): Promise<number> {
  try {
    const seconds = JSON.parse(await readFile(join(runFolder, TIMING_FILE), 'utf8')).trainingSeconds;
    return typeof seconds === 'number' && seconds >= 0 ? seconds : 0;
  } catch {
    return 0; // a clock that was lost costs nothing but a number in the report
  }
}

export async function writeTrainingSeconds(runFolder: string, trainingSeconds: number): Promise<void> {
  await writeFileAtomic(join(runFolder, TIMING_FILE), `${JSON.stringify({ trainingSeconds })}\n`);
}
