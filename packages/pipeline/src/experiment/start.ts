/** The start of a training: the state before the first step. */
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
import type { Experiment, StartCheckpoint } from './experiment.js';

/** Most training samples for the fit of the linear map; each contains information about every frequency. */
const MOST_SAMPLES = 1000;

/** The state before the first step: random, fitted or from a checkpoint. @throws DataError for a checkpoint of another network */
export async function firstState(experiment: Experiment, train: SampleSource): Promise<TrainingState> {
  const { network, plan, start } = experiment;
  const state = initialState(network, plan);
  if (start === 'linear-fit') {
    // The linear fit to the training samples.
    const samples = emptySamples(network, Math.min(MOST_SAMPLES, train.count));
    await train.readInto(0, samples.count, samples, 0);
    state.parameters.set(warmStart(network, samples, { seed: plan.seed }));
  } else if (typeof start === 'object') {
    state.parameters.set((await startCheckpoint(experiment, start)).state.best);
  }
  state.best.set(state.parameters);
  return state;
}

/** Reads the checkpoint from which a run starts. @throws DataError if it cannot be read, or its network is not the experiment's */
export async function startCheckpoint({ network }: Experiment, { checkpoint }: StartCheckpoint): Promise<Checkpoint> {
  const found = await readCheckpoint(checkpoint);
  const document = (of: typeof network) => describeNetwork(of) as unknown as Json;
  const difference = firstDifference(document(found.network), document(network), 'network');
  if (difference) throw new DataError(checkpoint, `is no start for this experiment: ${difference}`);
  return found;
}
