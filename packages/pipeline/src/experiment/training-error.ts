import { LOSS_POWERS } from '@dyadic/mnn';
import type { EpochRecord, TrainingPlan } from '@dyadic/training';

/** The training errors of a run, in units of the relative error ε of eq (4.1). */
export interface TrainingErrors {
  /** The average over the training samples: the mean of ε, or the root mean square √(mean of ε²). */
  readonly average: 'mean' | 'rms';
  /** Whether ε² is a mean over output fields that the plan weighs, unlike that of all other errors. */
  readonly weighted?: boolean;
  /** One entry per epoch, measured while the parameters change. */
  readonly errors: readonly number[];
}

/** Converts the losses of epochs to errors: the loss `error` is the mean of ε, `squared-error` (default) that of ε². */
export function trainingErrors(
  history: readonly Pick<EpochRecord, 'loss'>[],
  { loss = 'squared-error', fieldWeights }: Pick<TrainingPlan, 'loss' | 'fieldWeights'> = {},
): TrainingErrors {
  const losses = history.map((record) => record.loss);
  const weighted = fieldWeights ? { weighted: true } : {};
  return LOSS_POWERS[loss] === 1
    ? { average: 'mean', ...weighted, errors: losses }
    : { average: 'rms', ...weighted, errors: losses.map((value) => Math.sqrt(value)) };
}
