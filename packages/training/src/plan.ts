import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { completeInitial, type InitialOptions, LOSSES, type Loss, type Network } from '@dyadic/mnn';
import { AUGMENTATIONS, type Augmentation } from './augment.js';
import { type OptimizerChoice, optimizerDocument, optimizerStateShape } from './optimizers/index.js';
import { requireDecay } from './optimizers/optimizer.js';
import { type ScheduleOptions, schedule } from './schedule.js';

/** What to do; with the data and the network it determines every bit of the result on a given engine. */
export interface TrainingPlan {
  /** Passes over the training samples. */
  readonly epochs: number;
  /** Samples per step; the last step of an epoch takes what is left. */
  readonly batchSize: number;
  /** Seeds the first parameters and the order of the samples in each epoch. */
  readonly seed: number;
  /** By name and settings, or one of the user's own. */
  readonly optimizer: OptimizerChoice;
  readonly schedule: ScheduleOptions;
  /**
   * What is minimised: the mean of ε² (`squared-error`, the default) or of ε, which is what is reported in the end and
   * weighs few hard samples less.
   */
  readonly loss?: Loss;
  /** How the first parameters are drawn. */
  readonly initial?: InitialOptions;
  /** Epochs from one validation to the next; the last epoch is always validated. Default 1. */
  readonly validateEvery?: number;
  /**
   * Most samples in a window; more training samples than that are loaded into the engine window by window, each a random
   * choice of blocks in random order, so the result depends on it. Default: as many as 1 GiB of inputs and targets.
   */
  readonly windowSamples?: number;
  /** What is done to a sample whenever it is used; default `none`. */
  readonly augment?: Augmentation;
  /** Early stopping: ends after so many validations in a row that found nothing better. Default: all epochs. */
  readonly patience?: number;
  /**
   * Validates, and keeps, an exponential moving average θ̄ of the parameters in place of the parameters themselves:
   * θ̄ ← θ̄ + max(1 − d, 1/t) (θ − θ̄) after step t = 1, 2, …, with this d; the plain mean as long as t is below
   * 1/(1 − d). From 0 to just below 1. Default: no average.
   */
  readonly averageDecay?: number;
}

/** Every entry of a plan: one that is left out here does not compile. */
const ENTRIES: Readonly<Record<keyof TrainingPlan, true>> = {
  epochs: true,
  batchSize: true,
  seed: true,
  optimizer: true,
  schedule: true,
  loss: true,
  initial: true,
  validateEvery: true,
  windowSamples: true,
  augment: true,
  patience: true,
  averageDecay: true,
};

/**
 * Checks every entry of a plan, and that the optimizer can have the network, before any work and without allocating what
 * the work takes.
 *
 * @throws ArgumentError naming the entry that is wrong or unknown
 */
export function requirePlan(network: Network, plan: TrainingPlan): void {
  requirePlanEntries(plan);
  optimizerStateShape(network, plan.optimizer);
}

/** Checks the entries but for what the optimizer makes of its settings. @throws ArgumentError */
export function requirePlanEntries(plan: TrainingPlan): void {
  requireKnownOptions('training', plan, Object.keys(ENTRIES));
  requireInteger('training.epochs', plan.epochs, { min: 1, max: 10_000_000 });
  requireInteger('training.batchSize', plan.batchSize, { min: 1 });
  requireInteger('training.seed', plan.seed, { min: 0 });
  requireInteger('training.validateEvery', plan.validateEvery ?? 1, { min: 1 });
  requireOneOf<Loss>('training.loss', plan.loss ?? 'squared-error', LOSSES);
  requireOneOf<Augmentation>('training.augment', plan.augment ?? 'none', AUGMENTATIONS);
  if (plan.patience !== undefined) requireInteger('training.patience', plan.patience, { min: 1 });
  if (plan.averageDecay !== undefined) requireDecay('training.averageDecay', plan.averageDecay);
  if (plan.windowSamples !== undefined) {
    requireInteger('training.windowSamples', plan.windowSamples, { min: plan.batchSize });
  }
  for (const entry of ['optimizer', 'schedule'] as const) {
    if (typeof plan[entry] !== 'object' || plan[entry] === null) {
      throw new ArgumentError(`training.${entry}`, plan[entry], 'an object of settings');
    }
  }
  if (plan.initial === null) throw new ArgumentError('training.initial', null, 'an object of settings, or nothing');
  completeInitial(plan.initial);
  schedule(1, plan.schedule);
}

/** A plan as plain data, as checkpoints hold it: an optimizer of the user's own by its name and settings. */
export function planDocument(plan: TrainingPlan): object {
  return { ...plan, optimizer: optimizerDocument(plan.optimizer) };
}
