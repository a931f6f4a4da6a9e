import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SplitName } from '@dyadic/dataset';
import type { ErrorSummary } from '@dyadic/training';
import type { Experiment } from './experiment.js';
import { EVALUATION_FILE, REPORT_FILE } from './run-folder.js';

export interface SplitResult extends ErrorSummary {
  readonly samples: number;
}

/** What `evaluation.json` holds. Errors are of the parameters that the validation split chose. */
export interface Evaluation {
  readonly experiment: string;
  readonly profile: string;
  /** SHA-256 of the checkpoint file and checksum of the dataset that the numbers belong to. */
  readonly checkpoint: string;
  readonly dataset: string;
  readonly engine: string;
  readonly parameterCount: number;
  readonly epochs: number;
  readonly bestEpoch: number;
  readonly splits: Readonly<Record<SplitName, SplitResult>>;
  readonly paper: Experiment['paper'];
  readonly times: Times;
}

/** Seconds. */
export interface Times {
  readonly training: number;
  /** The solver that made the data, one sample after the other, one thread. */
  readonly solver: number;
  /** The network, a sample in a batch of 100. */
  readonly networkBatch: number;
  /** The network, one sample alone. */
  readonly networkSingle: number;
}

/** The stored evaluation, if it is of this very checkpoint and dataset and its page is there. */
export async function earlierEvaluation(
  runFolder: string,
  identity: { checkpoint: string; dataset: string },
): Promise<Evaluation | null> {
  try {
    await access(join(runFolder, REPORT_FILE));
    const found = JSON.parse(await readFile(join(runFolder, EVALUATION_FILE), 'utf8')) as Evaluation;
    return found.checkpoint === identity.checkpoint && found.dataset === identity.dataset ? found : null;
  } catch {
    return null; // not there, or not whole: measured again
  }
}
