import type { InitialOptions, Loss } from '@dyadic/mnn';
import type {
  AdamWOptions,
  Augmentation,
  NadamOptions,
  OptimizerOptions,
  ScheduleOptions,
  SoapOptions,
  TrainingPlan,
} from '@dyadic/training';
import { z } from 'zod';
import { choices, type EntriesOf } from './choices.js';

const decay = z.number().min(0).lt(1);
const moments = {
  beta1: decay.optional().describe('β₁, decay of the first moment; default 0.9, SOAP 0.95'),
  beta2: decay.optional().describe('β₂, decay of the second moment; default 0.999, SOAP 0.95'),
  epsilon: z.number().positive().optional().describe('ε in the denominator; default 1e-8'),
};
const weightDecay = z.number().min(0).optional().describe('λ, decoupled weight decay; default 0');

/** The optimizers, each with its settings; one that is left out does not compile. */
const optimizers = {
  nadam: {
    ...moments,
    scheduleDecay: z
      .number()
      .min(0)
      .nullable()
      .optional()
      .describe('ψ of the momentum schedule; default 0.004, null for none'),
  } satisfies EntriesOf<NadamOptions>,
  adamw: { ...moments, weightDecay } satisfies EntriesOf<AdamWOptions>,
  soap: {
    ...moments,
    weightDecay,
    refreshEvery: z.int().min(1).optional().describe('steps from one refresh of the bases to the next; default 10'),
    largestSide: z
      .int()
      .min(1)
      .optional()
      .describe('longer sides of a weight matrix keep the identity as basis; default 256'),
  } satisfies EntriesOf<SoapOptions>,
} satisfies Record<OptimizerOptions['name'], object>;

const schedule = z.strictObject({
  shape: choices<NonNullable<ScheduleOptions['shape']>>()('cosine', 'constant').optional().describe('default cosine'),
  learningRate: z.number().positive().describe('η, the peak learning rate'),
  warmup: z.number().min(0).max(1).optional().describe('share of all steps over which the rate climbs; default 0'),
  final: z.number().min(0).max(1).optional().describe('rate at the end, relative to the peak; default 0'),
} satisfies EntriesOf<ScheduleOptions>);

const initial = z.strictObject({
  scheme: choices<NonNullable<InitialOptions['scheme']>>()('fan-in', 'normal')
    .optional()
    .describe('fan-in (default): by the size of each window, biases constant; normal: all with one deviation'),
  deviation: z.number().min(0).optional().describe('standard deviation of the scheme normal; default 0.05'),
  gain: z.number().min(0).optional().describe('factor on the deviations of fan-in; default 1'),
  bias: z.number().optional().describe('bias of layers with an activation in fan-in; default 0'),
} satisfies EntriesOf<InitialOptions>);

/** The entry `training` of an experiment, for editors and documentation; `requirePlan` checks it. */
export const trainingSchema = z
  .strictObject({
    epochs: z.int().min(1).describe('passes over the training samples'),
    batchSize: z.int().min(1).describe('samples per step'),
    seed: z.int().min(0).describe('of the first parameters and of the order of the samples'),
    optimizer: z
      .discriminatedUnion('name', [
        z.strictObject({ name: z.literal('nadam'), ...optimizers.nadam }),
        z.strictObject({ name: z.literal('adamw'), ...optimizers.adamw }),
        z.strictObject({ name: z.literal('soap'), ...optimizers.soap }),
      ])
      .describe('the optimizer and its settings'),
    schedule: schedule.describe('the learning rate over the steps'),
    loss: choices<Loss>()('squared-error', 'error').optional().describe('mean of ε² (default) or of ε'),
    initial: initial.optional().describe('how the first parameters are drawn'),
    validateEvery: z.int().min(1).optional().describe('epochs from one validation to the next; default 1'),
    windowSamples: z.int().min(1).optional().describe('most samples in memory at a time; default 1 GiB of them'),
    augment: choices<Augmentation>()('none', 'torus', 'reflections')
      .optional()
      .describe('what is done to a sample whenever it is used: nothing (default), a random symmetry of the torus'),
    patience: z
      .int()
      .min(1)
      .optional()
      .describe('validations without improvement after which training ends; default: none'),
    averageDecay: z
      .number()
      .min(0)
      .lt(1)
      .optional()
      .describe('decay of a moving average of the parameters, validated and kept in their place; default: no average'),
  } satisfies EntriesOf<TrainingPlan>)
  .describe('the training plan');
