import { LOSS_POWERS, type Loss } from '@dyadic/mnn';
import type { EpochRecord } from '@dyadic/training';

/** The training errors of a run, in units of the relative error ε of eq (4.1). */
export interface TrainingErrors {
  /** The average over the training samples: the mean of ε, or the root mean square √(mean of ε²). */
  readonly average: 'mean' | 'rms';
  /** One entry per epoch, measured while the parameters change. */
  readonly errors: readonly number[];
}

/** Converts the losses of epochs to errors: the loss `error` is the mean of ε, `squared-error` (default) that of ε². */
export function trainingErrors(
  history: readonly Pick<EpochRecord, 'loss'>[],
  loss: Loss = 'squared-error',
): TrainingErrors {
  const losses = history.map((record) => record.loss);
  return LOSS_POWERS[loss] === 1
    ? { average: 'mean', errors: losses }
    : { average: 'rms', errors: losses.map((value) => Math.sqrt(value)) };
}
