/**
 * All but the files of checkpoints: in a browser it is all of this package.
 *
 * @packageDocumentation
 */
export { ALIGNMENTS, type Alignment, requireAlignment } from './align.js';
export type { Augmentation } from './augment.js';
export {
  type Checkpoint,
  type CheckpointInfo,
  decodeCheckpoint,
  type EarlierPlan,
  encodeCheckpoint,
  extendedRun,
  forPrediction,
  type ReadCheckpointOptions,
  requireSameRun,
} from './checkpoint.js';
export {
  type InputColumns,
  joinFields,
  meanOf,
  means,
  type OutputColumns,
  separateFields,
  type TrainedColumns,
  trainedColumns,
} from './columns.js';
export { measureSpeed, type Workload } from './engine-speed.js';
export {
  conformalFactor,
  type Ensemble,
  type EnsemblePrediction,
  ensembleOf,
  rankCorrelation,
} from './ensemble.js';
export {
  type ErrorSummary,
  errorsThatAre,
  fieldErrors,
  overFields,
  relativeErrors,
  squaredFieldErrors,
  summarizeErrors,
} from './error-measure.js';
export {
  type LoadModelOptions,
  loadModel,
  loadModelSync,
  type Model,
  openCheckpoint,
  type SyncModel,
} from './model.js';
export { AdamW, type AdamWOptions } from './optimizers/adamw.js';
export {
  OPTIMIZER_OPTIONS,
  type OptimizerChoice,
  type OptimizerFactory,
  type OptimizerOptions,
  optimizer,
} from './optimizers/index.js';
export { Nadam, type NadamOptions } from './optimizers/nadam.js';
export type { Optimizer } from './optimizers/optimizer.js';
export { Soap, type SoapOptions } from './optimizers/soap.js';
export { PLAN_OPTIONS, requirePlan, type TrainingPlan } from './plan.js';
export { inPositions } from './positions.js';
export {
  type FieldNormalizer,
  fieldNormalizers,
  type Normalizers,
  prepareInPlace,
  prepareSamples,
  type RawSamples,
  sizesOfNumbers,
  toDataUnits,
  toNetworkUnits,
} from './samples.js';
export { SCHEDULE_OPTIONS, type Schedule, type ScheduleOptions, schedule } from './schedule.js';
export { emptySamples, isLeftOut, type SampleData, type SampleSource, watchLeftOut } from './source.js';
export {
  type EpochRecord,
  initialState,
  isFinished,
  type TrainingState,
  type TrainingTask,
  train,
} from './train.js';
