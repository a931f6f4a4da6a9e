import { warmStart } from '@dyadic/hmatrix';
import { emptySamples, initialState, type SampleSource, type TrainingState } from '@dyadic/training';
import type { Experiment } from './experiment.js';

/** Most training samples for the fit of the linear map; each contains information about every frequency. */
const MOST_SAMPLES = 1000;

/** The initial training state of a network that starts as the linear fit to its training samples. */
export async function linearStart({ network, plan }: Experiment, train: SampleSource): Promise<TrainingState> {
  const samples = emptySamples(network, Math.min(MOST_SAMPLES, train.count));
  await train.readInto(0, samples.count, samples, 0);
  const state = initialState(network, plan);
  state.parameters.set(warmStart(network, samples, { seed: plan.seed }));
  state.best.set(state.parameters);
  return state;
}
