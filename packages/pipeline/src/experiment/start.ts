/** Where a network starts: its state before the first step. */
import { firstDifference, type Json } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { warmStart } from '@dyadic/hmatrix';
import { describeNetwork } from '@dyadic/mnn';
import {
  type Checkpoint,
  emptySamples,
  initialState,
  readCheckpoint,
  type SampleSource,
  type TrainingState,
} from '@dyadic/training';
import type { Experiment } from './experiment.js';

/** A checkpoint to start from, and the SHA-256 of its file, by which a run remembers it. */
export interface StartCheckpoint {
  readonly checkpoint: string;
  readonly sha256: string;
}

/** Training samples that the linear map is fitted to at most: each says something about every frequency. */
const MOST_SAMPLES = 1000;

/** The state before the first step. @throws DataError for a checkpoint of another network */
export async function firstState(experiment: Experiment, train: SampleSource): Promise<TrainingState> {
  const { network, plan, start } = experiment;
  const state = initialState(network, plan);
  if (start === 'linear-fit') {
    // The linear map of the training samples.
    const samples = emptySamples(network, Math.min(MOST_SAMPLES, train.count));
    await train.readInto(0, samples.count, samples, 0);
    state.parameters.set(warmStart(network, samples, { seed: plan.seed }));
  } else if (typeof start === 'object') {
    state.parameters.set((await startCheckpoint(experiment, start)).state.best);
  }
  state.best.set(state.parameters);
  return state;
}

/** What a run starts from. @throws DataError when it cannot be read, or is of another network than the experiment's */
export async function startCheckpoint({ network }: Experiment, { checkpoint }: StartCheckpoint): Promise<Checkpoint> {
  const found = await readCheckpoint(checkpoint);
  const document = (of: typeof network) => describeNetwork(of) as unknown as Json;
  const difference = firstDifference(document(found.network), document(network), 'network');
  if (difference) throw new DataError(checkpoint, `is no start for this experiment: ${difference}`);
  return found;
}
