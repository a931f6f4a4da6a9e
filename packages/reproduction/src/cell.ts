import { join } from 'node:path';
import { type Json, type RecipeInput, sha256 } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { type MnnOptions, mnn, type Network } from '@dyadic/mnn';
import {
  type Experiment,
  namedField,
  type RecipeOverrides,
  type ResolvedRecipe,
  requireAligned,
  resolveRecipe,
} from '@dyadic/pipeline';
import { type Alignment, requirePlan, type TrainingPlan } from '@dyadic/training';
import {
  type Declarations,
  entryOf,
  type ProblemFile,
  type Scale,
  type TrainingRecipe,
  type Values,
} from './declarations.js';
import { earlierRecipes } from './revisions.js';

/** Raised when a cell's number means something else than before. */
const REVISION = 1;

/** Validations of a run, about. */
const VALIDATIONS = 50;

/** Rows of a dataset's shards: small enough that an interruption costs little. */
const SHARD_ROWS = 250;

/** Engines that cells are computed on, the default first: it gives the same bits on every machine. */
export const CELL_ENGINES = ['wasm', 'webgpu', 'tensorflow'] as const;
export type CellEngine = (typeof CELL_ENGINES)[number];

/** One number of a table: a network of a size, trained on data of a kind, from one seed. */
export interface CellSpec extends Required<Values> {
  readonly problem: string;
  readonly preset: string;
  readonly scale: string;
  readonly seed: number;
  readonly engine: CellEngine;
}

/** An experiment of one input and one output column. */
export type CellExperiment = Experiment & { readonly input: string; readonly output: string };

/** A cell, resolved: all that its numbers follow from. */
export interface Cell {
  readonly spec: CellSpec;
  readonly experiment: CellExperiment;
  /** The dataset it is trained and measured on. */
  readonly dataset: ResolvedRecipe;
  /** SHA-256 of all that the numbers follow from. */
  readonly key: string;
  /** `nlse-1d_paper_g2_n5000_r6_k5_ours_laptop_s1` and the first digits of the key. */
  readonly name: string;
  /** The cell as earlier revisions of its solver made it, the newest first, as far back as they agree but for rounding. */
  readonly earlier: readonly EarlierCell[];
}

/** A cell whose data an earlier revision of the solver made. */
export interface EarlierCell extends Pick<Cell, 'key' | 'name'> {
  /** Most by which samples differ from those of the present revision, relative. */
  readonly difference: number;
}

/** What users choose for a whole table. */
export interface Choices {
  readonly scale: string;
  readonly preset: string;
  readonly seed: number;
  readonly engine: CellEngine;
}

/**
 * Completes a cell: the table's values, the problem's data, networks and recipes, the scale's amount of work.
 *
 * @throws ArgumentError for a scale, preset or recipe that is not there; DataError for a declaration that makes no sense
 */
export async function resolveCell(
  { folder, problems }: Declarations,
  problemName: string,
  values: Values,
  choices: Choices,
): Promise<Cell> {
  const problem = problems[problemName]!;
  const { preset, seed, engine } = choices;
  const path = join(folder, 'problems', `${problemName}.json`);
  const scale = entryOf('scale', problem.scales, choices.scale);
  if (!problem.presets.includes(preset)) {
    throw new ArgumentError('preset', preset, `one of ${problem.presets.join(', ')}, which ${problemName} has`);
  }
  const spec = completeSpec(path, problemName, { ...values, recipe: recipeOf(problem, values, preset) }, choices);
  const { normalization: units, batch, training, start, ...recipe } = entryOf('recipe', problem.recipes, spec.recipe);
  const { align, ...methods } = units;
  const normalization = { ...methods, ...(align && { align: alignmentOf(align, spec) }) };
  const splits = { train: trainSamples(scale, spec.train), validation: scale.validation, test: scale.test };
  const batchSize = 'size' in batch ? Math.min(batch.size, splits.train) : Math.ceil(batch.share * splits.train);
  const epochs = Math.max(1, Math.round(scale.sampleEvaluations / splits.train));
  const validateEvery = Math.max(1, Math.round(epochs / VALIDATIONS));
  const plan = { ...training, epochs, batchSize, seed, validateEvery } as unknown as TrainingPlan;
  const { channels, kernelLayers } = spec;
  const networkOptions = { ...problem.network, ...recipe.network, channels, kernelLayers } as unknown as MnnOptions;
  const network = checked(path, () => {
    const built = mnn(networkOptions);
    requirePlan(built, plan);
    requireAligned(path, normalization.align, built, plan);
    return built;
  });
  const datasetFolder = join(folder, 'problems', problem.dataset);
  const dataset = await dataOf(datasetFolder, spec, splits.train + splits.validation + splits.test);
  const starting = start && { start };
  const others = {
    input: columnOf(path, dataset.recipe, problem.input),
    output: columnOf(path, dataset.recipe, problem.output),
    splits,
    network: networkOptions,
    normalization,
    plan,
    engine,
    ...starting,
  };
  const identify = (recipe: RecipeInput) => {
    const key = sha256({ data: identityOf(recipe), ...others, revision: REVISION } as unknown as Json);
    return { key, name: `${cellName(spec)}_${key.slice(0, 8)}` };
  };
  const { key, name } = identify(dataset.recipe);
  const earlier = earlierRecipes(dataset).map(({ recipe, difference }) => ({ ...identify(recipe), difference }));
  const experiment: CellExperiment = {
    name,
    description: problem.description,
    path,
    profile: 'paper',
    datasetFolder,
    dataFolder: dataset.folder,
    input: problem.input,
    output: problem.output,
    normalization,
    network,
    plan,
    ...starting,
    splits,
    runFolder: join(folder, 'runs', `${name}-${sha256(dataset.recipe as unknown as Json).slice(0, 8)}`),
  };
  return { spec, experiment, dataset, key, name, earlier };
}

/** So many samples of the kind that a cell has, perhaps with other entries of the recipe replaced. */
export function dataOf(
  datasetFolder: string,
  { preset, wells }: CellSpec,
  samples: number,
  overrides: RecipeOverrides = {},
): Promise<ResolvedRecipe> {
  const entries = { 'potential.preset': preset, 'potential.wells': wells, samples, shardRows: SHARD_ROWS };
  return resolveRecipe(datasetFolder, 'paper', { ...entries, ...overrides });
}

/** The recipe of an entry: its own, or that which is preferred for its data, or `ours`. */
export function recipeOf({ preferred }: ProblemFile, { recipe, wells }: Values, preset: string): string {
  const suits = (rule: ProblemFile['preferred'][number]) =>
    rule.preset === preset && (rule.wells === undefined || rule.wells.includes(wells ?? 0));
  return recipe ?? preferred.find(suits)?.recipe ?? 'ours';
}

/** The alignment of a cell's samples. */
function alignmentOf(
  { by, periods }: NonNullable<TrainingRecipe['normalization']['align']>,
  spec: CellSpec,
): Alignment {
  if (periods === undefined) return { by };
  return { by, periods: periods === 'wells' ? spec.wells : periods };
}

/** What the samples depend on, the revision of the solver included, but for how they lie in shards. */
export function identityOf({ generator, seed, samples, problem }: RecipeInput): object {
  return { generator, seed, samples, problem };
}

/** What the bytes of a column depend on besides: which it is, and its precision. */
export function columnOf(path: string, recipe: RecipeInput, column: string): object {
  const { name, type, shape } = namedField(path, recipe, column);
  return { name, type, shape };
}

function completeSpec(path: string, problem: string, values: Values, choices: Choices): CellSpec {
  const { train, wells, channels, kernelLayers, recipe } = values;
  for (const [name, value] of Object.entries({ train, wells, channels, kernelLayers })) {
    if (value === undefined) throw new DataError(path, `a cell of this problem has no ${name}`);
  }
  return {
    problem,
    ...choices,
    train: train!,
    wells: wells!,
    channels: channels!,
    kernelLayers: kernelLayers!,
    recipe: recipe!,
  };
}

function trainSamples({ train: { share, most } }: Scale, paper: number): number {
  return Math.min(Math.round(share * paper), most ?? Number.POSITIVE_INFINITY);
}

function cellName({ problem, preset, wells, train, channels, kernelLayers, recipe, scale, seed }: CellSpec): string {
  return [
    problem,
    preset,
    `g${wells}`,
    `n${train}`,
    `r${channels}`,
    `k${kernelLayers}`,
    recipe,
    scale,
    `s${seed}`,
  ].join('_');
}

function checked<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}

/** Multiply-adds of training a cell, about: by how much one takes longer than another. */
export function workOf({ experiment: { network, plan, splits } }: Cell): number {
  return plan.epochs * splits.train * multiplyAdds(network);
}

function multiplyAdds({ layers }: Network): number {
  return layers.reduce((sum, { weight, bias, sites, dimension, outputChannels }) => {
    const copies = bias.size / outputChannels;
    return sum + (weight.size / copies) * sites ** dimension;
  }, 0);
}

/** The default preset of a problem. */
export function defaultPreset({ presets }: ProblemFile): string {
  return presets[0]!;
}
