import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type Json, readDocument, sha256 } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { z } from 'zod';
import { type Experiment, paperSchema } from './experiment.js';
import { binSchema } from './parameter-errors.js';
import { EVALUATION_FILE, REPORT_FILE } from './run-folder.js';

/** Raised when what an evaluation measures or shows changes. */
const REVISION = 3;

const splitSchema = z.strictObject({
  /** Samples that the errors are of. */
  samples: z.int(),
  mean: z.number(),
  median: z.number(),
  worst: z.number(),
  /** Number of the worst sample within the split. */
  worstSample: z.int(),
  /** Further samples, whose targets are zero everywhere: no relative error is of them. Absent where there is none. */
  leftOut: z.int().min(1).optional(),
});

/** Seconds. */
const timesSchema = z.strictObject({
  training: z.number(),
  /** The solver that made the data, one sample after the other, one thread; null for data of an unknown solver. */
  solver: z.number().nullable(),
  /** The network, per sample in a batch of 100. */
  networkBatch: z.number(),
  /** The network, one sample alone. */
  networkSingle: z.number(),
});

const evaluationSchema = z.strictObject({
  experiment: z.string(),
  profile: z.string(),
  /** SHA-256 of the checkpoint file, checksum of the dataset, hash of the settings that the numbers belong to. */
  checkpoint: z.string(),
  dataset: z.string(),
  settings: z.string(),
  engine: z.string(),
  parameterCount: z.int(),
  epochs: z.int(),
  bestEpoch: z.int(),
  splits: z.strictObject({ train: splitSchema, validation: splitSchema, test: splitSchema }),
  /** Test errors of every output, by its column; absent where there is one. */
  outputs: z.record(z.string(), splitSchema.omit({ samples: true })).optional(),
  /** Test errors by the value of every input that is one number per sample, by its column; absent where there is none. */
  parameters: z.record(z.string(), z.array(binSchema)).optional(),
  paper: paperSchema.optional(),
  times: timesSchema,
});

/** What `evaluation.json` holds. Errors are of the parameters that the validation split chose. */
export type Evaluation = z.infer<typeof evaluationSchema>;

/** What an evaluation is of; an earlier one of the same identity still holds. */
export type EvaluationIdentity = Pick<Evaluation, 'checkpoint' | 'dataset' | 'settings'>;

/** Hash of what else the page and the table depend on. */
export function evaluationSettings({ description, paper }: Experiment, engine: string): string {
  return sha256({ description, paper: paper ?? null, engine, revision: REVISION } satisfies Json);
}

/** What an evaluation wrote into a run's folder, whatever the run is now; null where there is none that can be read. */
export async function storedEvaluation(runFolder: string): Promise<Evaluation | null> {
  return readDocument(join(runFolder, EVALUATION_FILE), evaluationSchema).catch((error) => {
    if (error instanceof DataError || (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
}

/** The stored evaluation, if it is of the given identity and its page is there; null means: measure again. */
export async function earlierEvaluation(runFolder: string, identity: EvaluationIdentity): Promise<Evaluation | null> {
  const found = await storedEvaluation(runFolder);
  const hasPage = await access(join(runFolder, REPORT_FILE)).then(
    () => true,
    () => false,
  );
  const keys = ['checkpoint', 'dataset', 'settings'] as const;
  return found && hasPage && keys.every((key) => found[key] === identity[key]) ? found : null;
}
