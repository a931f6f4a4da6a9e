import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDocument, unreadable, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Loss } from '@dyadic/mnn';
import type { EpochRecord } from '@dyadic/training';
import { z } from 'zod';
import { trainingErrors } from './training-error.js';

/** Name of the training log of a run: one line with a JSON object per epoch. */
export const METRICS_FILE = 'metrics.jsonl';

const error = z.number().min(0);
const epoch = z.int().min(1).describe('epochs done, from 1; consecutive');
const rest = {
  validationMeanError: error
    .nullable()
    .describe('mean ε of the validation samples after the epoch; null where it was not measured'),
  learningRate: z.number().min(0).describe('of the last step of the epoch'),
};
const trainMeanError = error.describe('mean ε of the training samples; where the loss of the plan is error');
const trainRmsError = error.describe('root of the mean ε² of the training samples; where the loss is squared-error');

/**
 * Schema of {@link Metrics}. ε is the relative error (4.1) of a sample. The training error is measured during the epoch, while the
 * parameters change, and named after its average, which the loss determines. Future versions may add entries, but neither rename
 * them nor change their meaning.
 */
export const metricsSchema = z.union([
  z.strictObject({ epoch, trainMeanError, ...rest }),
  z.strictObject({ epoch, trainRmsError, ...rest }),
]);

/** One line of {@link METRICS_FILE}. */
export type Metrics = z.infer<typeof metricsSchema>;

/** The lines of a training history. */
export function metricsOf(history: readonly EpochRecord[], loss?: Loss): Metrics[] {
  const { average, errors } = trainingErrors(history, loss);
  return history.map(({ epoch, validation, learningRate }, i) => {
    const train = average === 'mean' ? { trainMeanError: errors[i]! } : { trainRmsError: errors[i]! };
    return { epoch, ...train, validationMeanError: validation, learningRate };
  });
}

/** Writes the training log. */
export async function writeMetrics(runFolder: string, history: readonly EpochRecord[], loss?: Loss): Promise<void> {
  const lines = metricsOf(history, loss).map((line) => `${JSON.stringify(line)}\n`);
  await writeFileAtomic(join(runFolder, METRICS_FILE), lines.join(''));
}

/** Reads the training log of a run folder. @throws DataError when there is none, or a line does not match the schema */
export async function readMetrics(runFolder: string): Promise<Metrics[]> {
  const path = join(runFolder, METRICS_FILE);
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw unreadable(path, cause);
  });
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new DataError(path, 'ends within a line');
  return lines.map((line, index) => parseDocument(`${path}, line ${index + 1}`, parsed(line), metricsSchema));
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line; // a string, which the schema rejects
  }
}
