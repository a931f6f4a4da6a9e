import { isAbsolute, join } from 'node:path';
import { parseDocument, readDocument, sha256OfFile } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { type MnnOptions, type Network, networkFromDocument } from '@dyadic/mnn';
import { ALIGNMENTS, type Alignment, requireAlignment, requirePlan, type TrainingPlan } from '@dyadic/training';
import { z } from 'zod';
import { replaceEntries } from '../generate/overrides.js';
import { profileOf } from '../profile.js';
import { withoutComments } from '../schemas/comments.js';
import { networkSchema } from '../schemas/network.js';
import { trainingSchema } from '../schemas/training.js';
import { checkpointPath } from './checkpoint-path.js';
import { type ColumnNames, columnList } from './columns.js';
import { type ExperimentOverrides, requirePaths, runName } from './overrides.js';

/** Name of the file with an experiment. */
export const EXPERIMENT_FILE = 'experiment.json';

const normalization = z.enum(['standard', 'mean', 'relative-mean', 'mean-scale', 'rms-scale']);
const normalizations = z.union([normalization, z.array(normalization).min(1)]);
const columns = z.union([z.string(), z.array(z.string()).min(1)]);
const counts = z.int().min(1);

/** Options that the network and training packages define and check. */
const options = z.looseObject({});

/** Schema of computed initial parameters: `random` (default), by the plan, or `linear-fit`, by `warmStart` of `@dyadic/hmatrix`. */
export const startSchema = z.enum(['random', 'linear-fit']);

const checkpointSchema = z.strictObject({
  checkpoint: z
    .string()
    .describe('a run folder or a checkpoint file of the same network, relative to this file: fine-tuning'),
});

/** The position that samples are moved to, see `Alignment` of `@dyadic/training`. */
export const alignSchema = z
  .strictObject({
    by: z
      .enum(ALIGNMENTS)
      .describe(
        'phase: the cosine of `periods` periods along each axis has its least value at the origin; minimum: the input itself has',
      ),
    periods: counts.optional().describe('m of phase, at most half the points of an axis; default 1'),
  })
  .describe(
    'the position, on a torus, that each sample is moved to before the network sees it, in place of training.augment; predictions are moved back',
  );

/** The paper's mean errors in a comparable setting, and their source. */
export const paperSchema = z.strictObject({
  reference: z.string(),
  train: z.number().positive(),
  validation: z.number().positive(),
});

/** Schema of `experiment.json`, given those of the network and the training. */
function fileSchema<N extends z.ZodType, T extends z.ZodType>(network: N, training: T) {
  return z.strictObject({
    $schema: z.string().optional(),
    name: z.string(),
    description: z.string(),
    dataset: z.string().describe('folder of the dataset’s recipe, relative to this file'),
    input: columns.describe(
      'the column that goes in, or several, each a field; one number per sample is a constant field',
    ),
    output: columns.describe('the column that is to come out, or several'),
    normalization: z
      .strictObject({ input: normalizations, output: normalizations, align: alignSchema.optional() })
      .describe('units of the network, fitted to the training samples: for all fields, or field by field'),
    network,
    profiles: z.record(z.string(), profileSchema(training)).describe('amounts of work, by name'),
  });
}

function profileSchema<T extends z.ZodType>(training: T) {
  return z.strictObject({
    splits: z
      .strictObject({ train: counts, validation: counts, test: counts })
      .describe('numbers of samples, disjoint: training the first, test the last'),
    training,
    start: z
      .union([startSchema, checkpointSchema])
      .optional()
      .describe('first parameters: random (default), a linear fit to the samples, or those of a checkpoint'),
    paper: paperSchema.optional().describe('published errors that tables and figures show beside the results'),
  });
}

const experimentFileSchema = fileSchema(options, options);
type ExperimentFile = z.infer<typeof experimentFileSchema>;

/** The entries of the file together with those of one profile. */
const entriesSchema = experimentFileSchema.omit({ profiles: true }).extend(profileSchema(options).shape);

/** The complete schema of `experiment.json`, for editors and documentation. */
export const experimentSchema = fileSchema(networkSchema, trainingSchema);

/** A checkpoint from which training starts. */
export interface StartCheckpoint {
  /** Path of the checkpoint file. */
  readonly checkpoint: string;
  /** SHA-256 of the file, recorded in the run's own checkpoint. */
  readonly sha256: string;
}

/** An experiment of one profile, complete and checked; see {@link readExperiment}. */
export interface Experiment extends Omit<ExperimentFile, 'network' | 'profiles' | 'dataset' | 'input' | 'output'> {
  /** The columns of the network's input fields, in order. */
  readonly input: ColumnNames;
  /** The columns of the network's output fields, in order. */
  readonly output: ColumnNames;
  /** Path of `experiment.json`. */
  readonly path: string;
  /** Name of the profile. */
  readonly profile: string;
  /** Folder of the dataset's recipe. */
  readonly datasetFolder: string;
  /** Folder of the dataset's data. */
  readonly dataFolder: string;
  readonly network: Network;
  readonly plan: TrainingPlan;
  readonly start?: z.infer<typeof startSchema> | StartCheckpoint;
  readonly splits: ExperimentFile['profiles'][string]['splits'];
  readonly paper?: ExperimentFile['profiles'][string]['paper'];
  /** Folder of checkpoints and reports. */
  readonly runFolder: string;
}

/** Folders that replace the defaults of an experiment. */
export interface ExperimentFolders {
  /** Folder of the data. Default: `data/<profile>` in the folder of the dataset's recipe. */
  readonly data?: string;
  /** Run folder. Default: `runs/<profile>` beside `experiment.json`, with replaced entries in the name. */
  readonly out?: string;
}

/** Options of {@link readExperiment}. */
export interface ReadOptions extends ExperimentFolders {
  /** Entries of the file and of the profile to replace, by path. Such a run has no `paper`. Default none. */
  readonly set?: ExperimentOverrides;
}

/**
 * Reads `experiment.json` and completes it for a profile. Does not open the dataset.
 *
 * @param folder - The folder with `experiment.json`.
 * @param profile - Name of the profile, such as `quick`.
 * @throws DataError naming the file and the wrong entry; ArgumentError for an invalid path in `set`
 */
export async function readExperiment(
  folder: string,
  profile: string,
  { data, out, set = {} }: ReadOptions = {},
): Promise<Experiment> {
  const path = join(folder, EXPERIMENT_FILE);
  const { profiles, ...file } = await readDocument(path, z.preprocess(withoutComments, experimentFileSchema));
  const isChanged = Object.keys(set).length > 0;
  const source = isChanged ? `${path} with ${runName([], set)}` : path;
  requirePaths('set', set);
  const entries = replaceEntries({ ...file, ...profileOf(path, profiles, profile) }, set);
  const parsed = parseDocument(source, entries, entriesSchema);
  const { network: networkOptions, training, start, paper, dataset, ...rest } = parsed;
  const plan = training as unknown as TrainingPlan;
  const [inputs, outputs] = [columnList(parsed.input).length, columnList(parsed.output).length];
  const network = checkedNetwork(source, networkOptions as unknown as MnnOptions, { inputs, outputs }, plan);
  for (const [side, fields] of Object.entries({ input: inputs, output: outputs } as const)) {
    const methods = parsed.normalization[side as 'input' | 'output'];
    if (typeof methods === 'string' || methods.length === fields) continue;
    throw new DataError(source, `normalization.${side} has ${methods.length} entries; expected one, or ${fields}`);
  }
  requireAligned(source, parsed.normalization.align as Alignment | undefined, network, plan);
  const datasetFolder = isAbsolute(dataset) ? dataset : join(folder, dataset);
  return {
    ...rest,
    path,
    profile,
    datasetFolder,
    dataFolder: data ?? join(datasetFolder, 'data', profile),
    network,
    plan,
    ...(start && { start: typeof start === 'object' ? await located(folder, start.checkpoint) : start }),
    ...(paper && !isChanged && { paper }),
    runFolder: out ?? join(folder, 'runs', runName([profile], set)),
  };
}

/** Checks an alignment, and that augmentation does not undo it. @throws DataError */
export function requireAligned(
  source: string,
  align: Alignment | undefined,
  { shape }: Network,
  plan: TrainingPlan,
): void {
  if (!align) return;
  if (plan.augment !== undefined && plan.augment !== 'none') {
    const problem = `training.augment is '${plan.augment}', which moves what normalization.align has put in its place`;
    throw new DataError(source, `${problem}; expected one of the two`);
  }
  try {
    requireAlignment('normalization.align', align, shape);
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(source, error.message, { cause: error });
    throw error;
  }
}

/** Locates the checkpoint from which a run starts. @throws DataError if there is none */
async function located(folder: string, run: string): Promise<StartCheckpoint> {
  const checkpoint = await checkpointPath(isAbsolute(run) ? run : join(folder, run));
  const sha256 = await sha256OfFile(checkpoint).catch((cause) => {
    throw new DataError(checkpoint, 'does not exist; expected the checkpoint that training starts from', { cause });
  });
  return { checkpoint, sha256 };
}

/** Builds the network and checks the plan, so that a wrong entry is found before any work. */
function checkedNetwork(
  path: string,
  options: MnnOptions,
  columns: { readonly inputs: number; readonly outputs: number },
  plan: TrainingPlan,
): Network {
  try {
    const network = networkFromDocument({ ...severalOf(columns), ...options });
    for (const side of ['inputs', 'outputs'] as const) {
      if (network[side] !== columns[side])
        throw new ArgumentError(`network.${side}`, network[side], `${columns[side]}, one for each column`);
    }
    requirePlan(network, plan);
    return network;
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}

/** Numbers of fields other than 1, the default of networks. */
function severalOf({ inputs, outputs }: { readonly inputs: number; readonly outputs: number }) {
  return { ...(inputs > 1 && { inputs }), ...(outputs > 1 && { outputs }) };
}
