/**
 * Training of multiscale neural networks: mean squared relative error, optimizers on flat vectors, schedules, seeded
 * order, exact resume.
 *
 * @packageDocumentation
 */
export type { Augmentation } from './augment.js';
export {
  type Checkpoint,
  type CheckpointInfo,
  type EarlierPlan,
  extendedRun,
  type ReadCheckpointOptions,
  readCheckpoint,
  requireSameRun,
  writeCheckpoint,
} from './checkpoint.js';
export { type ErrorSummary, fieldErrors, relativeErrors, summarizeErrors } from './error-measure.js';
export { AdamW, type AdamWOptions } from './optimizers/adamw.js';
export { type OptimizerChoice, type OptimizerFactory, type OptimizerOptions, optimizer } from './optimizers/index.js';
export { Nadam, type NadamOptions } from './optimizers/nadam.js';
export type { Optimizer } from './optimizers/optimizer.js';
export { Soap, type SoapOptions } from './optimizers/soap.js';
export { requirePlan, type TrainingPlan } from './plan.js';
export {
  type FieldNormalizer,
  fieldNormalizers,
  type Normalizers,
  prepareInPlace,
  prepareSamples,
  type RawSamples,
  toDataUnits,
  toNetworkUnits,
} from './samples.js';
export { type Schedule, type ScheduleOptions, schedule } from './schedule.js';
export { emptySamples, type SampleData, type SampleSource } from './source.js';
export {
  type EpochRecord,
  initialState,
  isFinished,
  type TrainingState,
  type TrainingTask,
  train,
} from './train.js';
