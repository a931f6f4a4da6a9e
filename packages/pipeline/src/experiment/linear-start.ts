import { warmStart } from '@dyadic/hmatrix';
import { emptySamples, initialState, type SampleSource, type TrainingState } from '@dyadic/training';
import type { Experiment } from './experiment.js';

/** Training samples that the linear map is fitted to at most: each says something about every frequency. */
const MOST_SAMPLES = 1000;

/** The state before the first step of a network that starts as the linear map of its training samples. */
export async function linearStart({ network, plan }: Experiment, train: SampleSource): Promise<TrainingState> {
  const samples = emptySamples(network, Math.min(MOST_SAMPLES, train.count));
  await train.readInto(0, samples.count, samples, 0);
  const state = initialState(network, plan);
  state.parameters.set(warmStart(network, samples, { seed: plan.seed }));
  state.best.set(state.parameters);
  return state;
}
