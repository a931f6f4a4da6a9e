import {
  ArgumentError,
  completeOptions,
  type OptionsOf,
  type OptionTable,
  requireInteger,
  requireKnownOptions,
  requireLength,
} from '@dyadic/errors';
import { completeInitial, type InitialOptions, LOSSES, type Network } from '@dyadic/mnn';
import { AUGMENTATIONS } from './augment.js';
import { type OptimizerChoice, optimizerDocument, optimizerStateShape } from './optimizers/index.js';
import { decay } from './optimizers/optimizer.js';
import { type ScheduleOptions, schedule } from './schedule.js';

/** The entries of a plan that are numbers and choices. */
export const PLAN_OPTIONS = {
  epochs: { type: 'integer', least: 1, most: 10_000_000, description: 'passes over the training samples' },
  batchSize: {
    type: 'integer',
    least: 1,
    description: 'samples per step; the last step of an epoch takes what is left',
  },
  seed: {
    type: 'integer',
    least: 0,
    description: 'of the first parameters and of the order of the samples in each epoch',
  },
  loss: {
    type: 'choice',
    choices: LOSSES,
    default: 'squared-error',
    description:
      'what is minimised: squared-error is the mean of ε²; error the mean of ε, which is what is reported, and weighs few hard samples less',
  },
  fieldWeights: {
    type: 'list',
    of: { type: 'number', above: 0 },
    absentMeans: '1 each',
    description:
      'how much ε² of each output field counts in the loss, relative to the others; validation and reported errors count all alike',
  },
  validateEvery: {
    type: 'integer',
    least: 1,
    default: 1,
    description: 'epochs from one validation to the next; the last epoch is always validated',
  },
  windowSamples: {
    type: 'integer',
    least: 1,
    absentMeans: 'as many as 1 GiB of inputs and targets',
    description:
      'most training samples in memory at a time, at least a batch; more are loaded in windows, each a random choice of blocks, so the result depends on it',
  },
  augment: {
    type: 'choice',
    choices: AUGMENTATIONS,
    default: 'none',
    description:
      'what is done to a sample whenever it is used: nothing, a random symmetry of the torus, or one that leaves the order of the axes',
  },
  patience: {
    type: 'integer',
    least: 1,
    absentMeans: 'all epochs',
    description: 'validations in a row without improvement after which training ends',
  },
  averageDecay: {
    ...decay,
    absentMeans: 'no average',
    description:
      'd of a moving average of the parameters, θ̄ ← θ̄ + max(1 − d, 1/t) (θ − θ̄) after step t, which is validated and kept in their place',
  },
} as const satisfies OptionTable;

/** What to do; with the data and the network it determines every bit of the result on a given engine. */
export interface TrainingPlan extends OptionsOf<typeof PLAN_OPTIONS> {
  /** By name and settings, or one of the user's own. */
  readonly optimizer: OptimizerChoice;
  readonly schedule: ScheduleOptions;
  /** How the first parameters are drawn. */
  readonly initial?: InitialOptions;
}

/**
 * Checks every entry of a plan, and that the optimizer can have the network, before any work and without allocating what
 * the work takes.
 *
 * @throws ArgumentError naming the entry that is wrong or unknown
 */
export function requirePlan(network: Network, plan: TrainingPlan): void {
  requirePlanEntries(plan);
  if (plan.fieldWeights) requireLength('training.fieldWeights', plan.fieldWeights, network.outputs);
  optimizerStateShape(network, plan.optimizer);
}

/** Checks the entries but for what the optimizer makes of its settings. @throws ArgumentError */
export function requirePlanEntries(plan: TrainingPlan): void {
  requireKnownOptions('training', plan, [...Object.keys(PLAN_OPTIONS), 'optimizer', 'schedule', 'initial']);
  const { optimizer, schedule: rate, initial, windowSamples, ...entries } = plan;
  const { batchSize } = completeOptions('training', entries, PLAN_OPTIONS);
  if (windowSamples !== undefined) requireInteger('training.windowSamples', windowSamples, { min: batchSize });
  requireSettings('training.optimizer', optimizer);
  requireSettings('training.schedule', rate);
  if (initial !== undefined) requireSettings('training.initial', initial);
  completeInitial(initial);
  schedule(1, rate);
}

function requireSettings(argument: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) throw new ArgumentError(argument, value, 'an object of settings');
}

/** A plan as plain data, as checkpoints hold it: an optimizer of the user's own by its name and settings. */
export function planDocument(plan: TrainingPlan): object {
  return { ...plan, optimizer: optimizerDocument(plan.optimizer) };
}
