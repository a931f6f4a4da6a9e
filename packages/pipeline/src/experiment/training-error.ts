import type { Loss } from '@dyadic/mnn';
import type { EpochRecord } from '@dyadic/training';

/** The training errors of a run, in units of the relative error ε of eq (4.1). */
export interface TrainingErrors {
  /** What an entry is over the training samples: the mean of ε, or the root mean square √(mean of ε²). */
  readonly average: 'mean' | 'rms';
  /** One entry per epoch, taken while the parameters change. */
  readonly errors: readonly number[];
}

/** Turns the losses of epochs into errors: `error` is the mean of ε already, `squared-error` (default) that of ε². */
export function trainingErrors(
  history: readonly Pick<EpochRecord, 'loss'>[],
  loss: Loss = 'squared-error',
): TrainingErrors {
  const losses = history.map((record) => record.loss);
  return loss === 'error'
    ? { average: 'mean', errors: losses }
    : { average: 'rms', errors: losses.map((value) => Math.sqrt(value)) };
}
