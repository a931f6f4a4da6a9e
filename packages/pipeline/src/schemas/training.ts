import { INITIAL_OPTIONS } from '@dyadic/mnn';
import { OPTIMIZER_OPTIONS, PLAN_OPTIONS, SCHEDULE_OPTIONS, type TrainingPlan } from '@dyadic/training';
import { z } from 'zod';
import { type EntriesOf, entriesOf } from './option-table.js';

const optimizers = Object.entries(OPTIMIZER_OPTIONS).map(([name, options]) =>
  z.strictObject({ name: z.literal(name), ...entriesOf(options) }),
);

/** The entry `training` of an experiment, for editors and documentation; `requirePlan` checks it. */
export const trainingSchema = z
  .strictObject({
    ...entriesOf(PLAN_OPTIONS),
    optimizer: z.union(optimizers).describe('the optimizer and its settings'),
    schedule: z.strictObject(entriesOf(SCHEDULE_OPTIONS)).describe('the learning rate over the steps'),
    initial: z.strictObject(entriesOf(INITIAL_OPTIONS)).optional().describe('how the first parameters are drawn'),
  } satisfies EntriesOf<TrainingPlan>)
  .describe('the training plan');
