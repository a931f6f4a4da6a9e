/**
 * From recipe to report as functions: generate a dataset, train a network on it, evaluate it, predict with it. A problem (an
 * equation, its random inputs, its solver) is one module. Nothing here prints or reads a command line.
 *
 * @packageDocumentation
 */

export { z } from 'zod';
export { type ComparedRun, type Comparison, compareRuns } from './compare/compare.js';
export { comparisonFigure, comparisonPage, comparisonTable } from './compare/page.js';
export { ENGINES, type EngineChoice, type EngineName, openEngine } from './engine.js';
export * from './events.js';
export { CHECKPOINT_FILE, isRun } from './experiment/checkpoint-path.js';
export { type ColumnNames, columnList } from './experiment/columns.js';
export {
  namedField,
  type OpenExperiment,
  type OpenOptions,
  openExperiment,
  openSplits,
  type Split,
  sampleSource,
} from './experiment/data.js';
export { type EvaluateOptions, type EvaluateOutcome, evaluate } from './experiment/evaluate.js';
export type { Evaluation } from './experiment/evaluation.js';
export {
  EXPERIMENT_FILE,
  type Experiment,
  type ExperimentFolders,
  type ReadOptions,
  readExperiment,
  requireAligned,
  startSchema,
} from './experiment/experiment.js';
export { type Measurement, measure, medianAndWorst, predictSample } from './experiment/measure.js';
export { METRICS_FILE, type Metrics, metricsSchema, readMetrics } from './experiment/metrics.js';
export { type ExperimentOverrides, runName } from './experiment/overrides.js';
export { costTable, errorTable } from './experiment/page.js';
export { parseExperimentOverride } from './experiment/parse-override.js';
export { findCheckpoint } from './experiment/run-folder.js';
export { type FigureFrame, figureFrame, type SampleFields, sampleFigure } from './experiment/sample-figure.js';
export { exportTensorboard } from './experiment/tensorboard.js';
export { type TrainOptions, type TrainOutcome, train } from './experiment/train.js';
export {
  evaluateUncertainty,
  type Uncertainty,
  type UncertaintyOptions,
  type UncertaintyOutcome,
  uncertaintyTable,
} from './experiment/uncertainty.js';
export { type GenerateOptions, type GenerateOutcome, generate } from './generate/generate.js';
export { type MergeOptions, type MergeOutcome, mergeParts } from './generate/merge.js';
export { parseOverride, type RecipeOverrides } from './generate/overrides.js';
export { isOfPart, PARTS_FOLDER, type Part, parsePart, partFolder, partOfFolder } from './generate/part.js';
export { RECIPE_FILE, type ResolvedRecipe, recipeFileSchema, resolveRecipe } from './generate/recipe.js';
export { type InitOptions, init } from './init.js';
export {
  datasetFolder,
  type Inspected,
  type InspectOptions,
  inspect,
  layerTable,
  networkText,
  sampleText,
} from './inspect.js';
export { type DataEvaluation, type EvaluateDataOptions, evaluateData, isTrainedOn } from './predict/evaluate-data.js';
export { type ExportedModel, exportOnnx } from './predict/export-model.js';
export { type ForeignOptions, isDataset } from './predict/inputs.js';
export { type Model, openModel } from './predict/model.js';
export { type PredictOptions, type PredictOutcome, predict } from './predict/predict.js';
export { inputShape } from './predict/taker.js';
export { type Drawn, drawNumber, drawn, drawnColumn } from './problems/drawn.js';
export {
  defineProblem,
  loadProblem,
  type Problem,
  type ProblemColumn,
  type ProblemDefinition,
  presentationOf,
  type SolverRevision,
  type SolverState,
  type Starter,
  type ToldInputs,
  type TrainedOn,
} from './problems/problem.js';
export { type Problems, presentationOfRecipe, problemOf, problemsWith } from './problems/registry.js';
export { profileOf } from './profile.js';
export { type JsonSchema, jsonSchemaOf, jsonSchemas, resultSchemas } from './schemas/documents.js';
export { optionsPage } from './schemas/options-page.js';
export { readSweep, SWEEP_FILE, type SweepPlan, sweepRuns } from './sweep/plan.js';
export { type SweepOptions, type SweepOutcome, type SweepRun, sweep } from './sweep/sweep.js';
export { sweepTable } from './sweep/table.js';
