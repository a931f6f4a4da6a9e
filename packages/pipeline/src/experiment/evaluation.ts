import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, readDocument, sha256 } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { z } from 'zod';
import { type Experiment, paperSchema } from './experiment.js';
import { binSchema } from './parameter-errors.js';
import { EVALUATION_FILE, REPORT_FILE } from './run-folder.js';

/** Raised when the measurements or the page of an evaluation change. */
const REVISION = 3;

const splitSchema = z.strictObject({
  /** Number of samples that have a relative error. */
  samples: z.int(),
  mean: z.number(),
  median: z.number(),
  worst: z.number(),
  /** Number of the worst sample within the split. */
  worstSample: z.int(),
  /** Number of further samples, whose targets are zero everywhere and have no relative error. Absent if there are none. */
  leftOut: z.int().min(1).optional(),
});

/** Seconds. */
const timesSchema = z.strictObject({
  training: z.number(),
  /** The solver that made the data, per sample, on one thread; null for an unknown solver. */
  solver: z.number().nullable(),
  /** The network, per sample in a batch of 100. */
  networkBatch: z.number(),
  /** The network, for a single sample. */
  networkSingle: z.number(),
});

const evaluationSchema = z.strictObject({
  experiment: z.string(),
  profile: z.string(),
  /** SHA-256 of the checkpoint file. */
  checkpoint: z.string(),
  /** Checksum of the dataset's manifest. */
  dataset: z.string(),
  /** Hash of everything else that the numbers and the page depend on. */
  settings: z.string(),
  engine: z.string(),
  parameterCount: z.int(),
  epochs: z.int(),
  bestEpoch: z.int(),
  splits: z.strictObject({ train: splitSchema, validation: splitSchema, test: splitSchema }),
  /** Test errors of every output, by column; absent if there is only one. */
  outputs: z.record(z.string(), splitSchema.omit({ samples: true })).optional(),
  /** Test errors binned by the value of every input that is one number per sample, by column; absent if there is none. */
  parameters: z.record(z.string(), z.array(binSchema)).optional(),
  paper: paperSchema.optional(),
  times: timesSchema,
});

/** The content of `evaluation.json`: errors of the parameters that the validation split chose, and times in seconds. */
export type Evaluation = z.infer<typeof evaluationSchema>;

/** The identity of an evaluation; an earlier one of the same identity is still valid. */
export type EvaluationIdentity = Pick<Evaluation, 'checkpoint' | 'dataset' | 'settings'>;

/** Hash of everything else that the page and the table depend on. */
export function evaluationSettings({ description, paper }: Experiment, engine: string): string {
  return sha256({ description, paper: paper ?? null, engine, revision: REVISION } satisfies Json);
}

/** The evaluation stored in a run folder, whether or not it matches the checkpoint; null if there is none that can be read. */
export async function storedEvaluation(runFolder: string): Promise<Evaluation | null> {
  return readDocument(join(runFolder, EVALUATION_FILE), evaluationSchema).catch((error) => {
    if (error instanceof DataError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
}

/** The stored evaluation, if it has the given identity and its page exists; else null. */
export async function earlierEvaluation(runFolder: string, identity: EvaluationIdentity): Promise<Evaluation | null> {
  const found = await storedEvaluation(runFolder);
  const hasPage = await access(join(runFolder, REPORT_FILE)).then(
    () => true,
    () => false,
  );
  const keys = ['checkpoint', 'dataset', 'settings'] as const;
  return found && hasPage && keys.every((key) => found[key] === identity[key]) ? found : null;
}
