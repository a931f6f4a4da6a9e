import { canonicalJson, firstDifference, type Json, parseDocument, sha256 } from '@dyadic/dataset';
import { ArgumentError, DataError, show } from '@dyadic/errors';
import { describeNetwork, type Network, networkFromDocument } from '@dyadic/mnn';
import * as z from 'zod';
import { ALIGNMENTS, type Alignment, requireAlignment } from './align.js';
import {
  canBuild,
  type OptimizerFactory,
  optimizer,
  optimizerDocument,
  optimizerStateShape,
} from './optimizers/index.js';
import type { Optimizer, OptimizerStateShape } from './optimizers/optimizer.js';
import { AbsentOptimizer, stateShapeOf, UnknownOptimizer } from './optimizers/unknown.js';
import { planDocument, requirePlan, requirePlanEntries, type TrainingPlan } from './plan.js';
import { decodeTensors, encodeTensors, type Tensor } from './safetensors.js';
import { fieldNormalizers, type Normalizers } from './samples.js';
import type { EpochRecord, TrainingState } from './train.js';

const FORMAT = 'dyadic-checkpoint-1';

/** The optimizer's vectors are the tensors of these names. */
const OPTIMIZER_PREFIX = 'optimizer/';

/** What a checkpoint says besides the training state. */
export interface CheckpointInfo {
  readonly network: Network;
  readonly plan: TrainingPlan;
  readonly normalizers: Normalizers;
  /** What the numbers came from, for example the experiment with the hash of its dataset; compared on resume. */
  readonly origin: Json;
  /** Name of the engine that computed last: another one may compute other last bits. */
  readonly engine: string;
  /** Plans that epochs before were trained by, if the run was finished once and given more epochs; the oldest first. */
  readonly earlier?: readonly EarlierPlan[];
}

/** A plan that was followed up to an epoch. */
export interface EarlierPlan {
  readonly epoch: number;
  /** As plain data. */
  readonly plan: Json;
}

export interface Checkpoint extends CheckpointInfo {
  readonly state: TrainingState;
}

const finite = z.number();
const normalizer = z.strictObject({
  shift: finite,
  scale: finite.refine((scale) => scale !== 0, 'expected a number other than 0'),
});
const fieldNormalizer = z.union([normalizer, z.array(normalizer).min(2).max(1000)]);
/** Objects of any size are loose here and checked entry by entry later: zod would list every entry that is wrong. */
const infoSchema = z.strictObject({
  format: z.literal(FORMAT),
  network: z.looseObject({}),
  plan: z.looseObject({}),
  normalizers: z.strictObject({
    input: fieldNormalizer,
    output: fieldNormalizer,
    align: z.strictObject({ by: z.enum(ALIGNMENTS), periods: z.int().optional() }).optional(),
  }),
  origin: z.custom<Json>((value) => value !== undefined, 'expected what the run is of'),
  engine: z.string(),
  epoch: z.int().min(0),
  bestEpoch: z.int().min(0),
  bestError: finite.nullable(),
  earlier: z
    .array(z.strictObject({ epoch: z.int().min(0), plan: z.custom<Json>(isObject, 'expected a plan') }))
    .optional(),
  /** The optimizer's numbers; null in a checkpoint that is for prediction alone. */
  optimizer: z.looseObject({}).nullable(),
  /** SHA-256 of the tensors, by name. */
  tensors: z.looseObject({}),
  /** SHA-256 of the canonical JSON of everything above. */
  checksum: z.string(),
});
type Info = Omit<z.infer<typeof infoSchema>, 'checksum'>;

/** Metadata are nested a few levels deep; what recurses into them need not fear for the stack. */
const MOST_LEVELS = 32;

/**
 * A checkpoint as the bytes of its file: one safetensors file with the parameters, the best parameters, the optimizer's
 * vectors, the history, and as metadata everything else that an exact resume needs. It holds no clock and no path:
 * equal states give equal bytes.
 */
export function encodeCheckpoint({ state, ...info }: Checkpoint): Uint8Array {
  const { history } = state;
  const tensors = new Map<string, Tensor>([
    ['parameters', vector(state.parameters)],
    ['best', vector(state.best)],
    ['history/loss', vector(Float64Array.from(history, ({ loss }) => loss))],
    ['history/validation', vector(Float64Array.from(history, ({ validation }) => validation ?? Number.NaN))],
    ['history/learningRate', vector(Float64Array.from(history, ({ learningRate }) => learningRate))],
  ]);
  if (state.average) tensors.set('average', vector(state.average));
  for (const [name, values] of Object.entries(state.optimizer.vectors)) {
    tensors.set(`${OPTIMIZER_PREFIX}${name}`, vector(values));
  }
  const document = {
    format: FORMAT,
    ...info,
    network: describeNetwork(info.network),
    plan: planDocument(info.plan),
    epoch: state.epoch,
    bestEpoch: state.bestEpoch,
    bestError: Number.isFinite(state.bestError) ? state.bestError : null,
    optimizer: state.optimizer instanceof AbsentOptimizer ? null : state.optimizer.scalars,
    tensors: Object.fromEntries([...tensors].map(([name, { values }]) => [name, hashOf(values)])),
  };
  const dyadic = canonicalJson({ ...document, checksum: sha256(document as unknown as Json) } as unknown as Json);
  return encodeTensors({ tensors, metadata: new Map([['dyadic', dyadic]]) });
}

/**
 * The part of a checkpoint that predicts, some twentieth of the file: the best parameters, without the optimizer. It is read
 * wherever a checkpoint is, but its training cannot be resumed.
 */
export function forPrediction(checkpoint: Checkpoint): Checkpoint {
  const { state } = checkpoint;
  return { ...checkpoint, state: { ...state, parameters: state.best, optimizer: new AbsentOptimizer() } };
}

export interface ReadCheckpointOptions {
  /** The user's own optimizers, by whose names checkpoints call them. Without its optimizer a run cannot be resumed. */
  readonly optimizers?: readonly OptimizerFactory[];
}

/**
 * The checkpoint of a file's bytes. What the file says of sizes is compared with what it holds before anything of that size is made:
 * reading takes at most ten times the file and 64 MB, whatever the file says.
 *
 * @param path - What errors call the file
 * @throws DataError when it is truncated, damaged, or not a checkpoint of this program
 */
export function decodeCheckpoint(path: string, bytes: Uint8Array, options: ReadCheckpointOptions = {}): Checkpoint {
  const { tensors, metadata } = decodeTensors(path, bytes);
  const document = parseInfo(path, metadata.get('dyadic'));
  requireUnchanged(path, tensors, document.tensors);
  const values = <T extends Float32Array | Float64Array>(name: string, type: new () => T, length: number): T => {
    const found = tensors.get(name)?.values;
    if (!(found instanceof type) || found.length !== length) {
      throw new DataError(path, `tensor '${name}' is ${show(found)}; expected a ${type.name} of length ${length}`);
    }
    return found;
  };
  const size = tensors.get('parameters')?.values.length;
  if (size === undefined) throw new DataError(path, "has no tensor 'parameters'");
  const { network, plan } = rebuilt(path, document, size, options);
  const parameters = values('parameters', Float32Array, network.parameterCount);
  const best = values('best', Float32Array, network.parameterCount);
  const loss = values('history/loss', Float64Array, document.epoch);
  const validation = values('history/validation', Float64Array, document.epoch);
  const learningRate = values('history/learningRate', Float64Array, document.epoch);
  const average = plan.averageDecay === undefined ? undefined : values('average', Float32Array, network.parameterCount);
  requireFiniteTensors(path, {
    ...(average && { average }),
    parameters,
    best,
    'history/loss': loss,
    'history/learningRate': learningRate,
  });
  const history = Array.from({ length: document.epoch }, (_, i): EpochRecord => {
    const measured = Number.isFinite(validation[i]!) ? validation[i]! : null;
    return { epoch: i + 1, loss: loss[i]!, validation: measured, learningRate: learningRate[i]! };
  });
  const state: TrainingState = {
    epoch: document.epoch,
    parameters,
    best,
    bestEpoch: document.bestEpoch,
    bestError: document.bestError ?? Number.POSITIVE_INFINITY,
    optimizer: restoredOptimizer(path, network, plan, document, tensors),
    history,
    ...(average && { average }),
  };
  const { normalizers, origin, engine, earlier } = document;
  return { network, plan, normalizers, origin, engine, ...(earlier && { earlier }), state };
}

/** Metadata that are whole and make sense by themselves. @throws DataError */
function parseInfo(path: string, text: string | undefined): Info {
  const value = parseJson(path, text);
  if (!isPlain(value, MOST_LEVELS)) throw new DataError(path, 'has metadata that are nested too deeply, or infinite');
  const { checksum, ...document } = parseDocument(path, value, infoSchema);
  if (checksum !== sha256(document as unknown as Json)) {
    throw new DataError(path, 'was edited or damaged: the checksum of its metadata does not match');
  }
  const { epoch, bestEpoch } = document;
  if (bestEpoch > epoch) throw new DataError(path, `bestEpoch is ${bestEpoch}; expected at most ${epoch}, the epoch`);
  return document;
}

/** Checks that the metadata know every tensor, by its SHA-256. @throws DataError naming the first that has changed */
function requireUnchanged(
  path: string,
  tensors: ReadonlyMap<string, Tensor>,
  hashes: Readonly<Record<string, unknown>>,
) {
  const names = new Set([...Object.keys(hashes), ...tensors.keys()]);
  for (const name of names) {
    const tensor = tensors.get(name);
    if (!tensor || !Object.hasOwn(hashes, name) || hashOf(tensor.values) !== hashes[name]) {
      throw new DataError(path, `is damaged: tensor ${show(name)} has changed`);
    }
  }
}

function requireFiniteTensors(path: string, tensors: Readonly<Record<string, Float32Array | Float64Array>>): void {
  for (const [name, values] of Object.entries(tensors)) {
    const at = (values as Float64Array).findIndex((value) => !Number.isFinite(value));
    if (at >= 0)
      throw new DataError(path, `tensor '${name}' has ${values[at]} as number ${at}; expected finite numbers`);
  }
}

/** The optimizer in the state of the checkpoint. Lengths are compared before it is made. @throws DataError */
function restoredOptimizer(
  path: string,
  network: Network,
  plan: TrainingPlan,
  document: Info,
  tensors: ReadonlyMap<string, Tensor>,
): Optimizer {
  if (document.optimizer === null) return new AbsentOptimizer();
  const vectors = new Map<string, Float32Array>();
  for (const [name, { values }] of tensors) {
    if (name.startsWith(OPTIMIZER_PREFIX)) vectors.set(name.slice(OPTIMIZER_PREFIX.length), values as Float32Array);
  }
  const scalars = Object.entries(document.optimizer);
  const wrong = scalars.find(([, value]) => typeof value !== 'number');
  if (wrong) throw new DataError(path, `optimizer.${wrong[0]} is ${show(wrong[1])}; expected a number`);
  const numbers = document.optimizer as Readonly<Record<string, number>>;
  if (!canBuild(plan.optimizer)) return new UnknownOptimizer(plan.optimizer, Object.fromEntries(vectors), numbers);
  const requireShape = ({ vectors: lengths, scalars: names }: OptimizerStateShape) => {
    for (const [name, length] of Object.entries(lengths)) {
      const found = vectors.get(name);
      if (!(found instanceof Float32Array) || found.length !== length) {
        const expected = `expected a Float32Array of length ${length}`;
        throw new DataError(path, `tensor '${OPTIMIZER_PREFIX}${name}' is ${show(found)}; ${expected}`);
      }
    }
    const missing = names.find((name) => !Object.hasOwn(numbers, name));
    if (missing) throw new DataError(path, `says nothing of the optimizer's ${missing}`);
  };
  const shape = optimizerStateShape(network, plan.optimizer);
  if (shape) requireShape(shape);
  const restored = optimizer(network, plan.optimizer);
  if (!shape) requireShape(stateShapeOf(restored));
  for (const [name, live] of Object.entries(restored.vectors)) live.set(vectors.get(name)!);
  restored.scalars = numbers;
  return restored;
}

/**
 * Checks that a checkpoint continues the given run.
 *
 * @throws DataError naming the first entry of network, plan or origin that differs
 */
export function requireSameRun(path: string, found: CheckpointInfo, wanted: CheckpointInfo): void {
  const difference = runDifference(found, wanted);
  if (difference) {
    throw new DataError(path, `belongs to another training run: ${difference}`, { remedy: { code: 'train-anew' } });
  }
}

/**
 * The info of a run whose epochs are all done and that is given more by a plan that is otherwise the same: that of the new
 * plan, with the old one as provenance. Undefined where epochs of the old plan are left, or the plans differ in more.
 */
export function extendedRun(found: Checkpoint, wanted: CheckpointInfo): CheckpointInfo | undefined {
  const { plan, state, earlier = [] } = found;
  const more = wanted.plan.epochs > plan.epochs && state.epoch === plan.epochs;
  const sameBut = { ...found, plan: { ...plan, epochs: wanted.plan.epochs } };
  if (!more || runDifference(sameBut, wanted)) return undefined;
  return { ...wanted, earlier: [...earlier, { epoch: state.epoch, plan: planDocument(plan) as unknown as Json }] };
}

/** The first entry of network, plan or origin that differs; null if none does. */
function runDifference(found: CheckpointInfo, wanted: CheckpointInfo): string | null {
  const describe = ({ network, plan, origin }: CheckpointInfo) =>
    ({ network: describeNetwork(network), plan: planDocument(plan), origin }) as unknown as Json;
  return firstDifference(describe(found), describe(wanted));
}

/** The network and plan of a checkpoint; what this program would refuse is the file's fault. */
function rebuilt(
  path: string,
  document: Info,
  parameters: number,
  { optimizers = [] }: ReadCheckpointOptions,
): { network: Network; plan: TrainingPlan } {
  try {
    const network = networkFromDocument(document.network, parameters);
    fieldNormalizers('normalizers.input', document.normalizers.input, network.inputs);
    fieldNormalizers('normalizers.output', document.normalizers.output, network.outputs);
    const { align } = document.normalizers;
    if (align) requireAlignment('normalizers.align', align as Alignment, network.shape);
    const plan = withOwnOptimizer(path, document.plan as unknown as TrainingPlan, optimizers);
    if (canBuild(plan.optimizer)) requirePlan(network, plan);
    else requirePlanEntries(plan);
    const { epoch } = document;
    if (epoch > plan.epochs)
      throw new DataError(path, `epoch is ${epoch}; expected at most ${plan.epochs}, the plan's`);
    return { network, plan };
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}

/** The plan with the factory of its optimizer, if that is one of the user's. @throws DataError for other settings */
function withOwnOptimizer(path: string, plan: TrainingPlan, optimizers: readonly OptimizerFactory[]): TrainingPlan {
  const factory = optimizers.find(({ name }) => name === plan.optimizer?.name);
  if (!factory) return plan;
  const difference = firstDifference(
    plan.optimizer as unknown as Json,
    optimizerDocument(factory) as Json,
    'optimizer',
  );
  if (difference) throw new DataError(path, `was trained with other settings: ${difference}`);
  return { ...plan, optimizer: factory };
}

function vector(values: Float32Array | Float64Array): Tensor {
  return { shape: [values.length], values };
}

function hashOf(values: Float32Array | Float64Array): string {
  return sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value of `JSON.parse` can go back to JSON: 1e999 has become infinite, and nesting is bounded. */
function isPlain(value: unknown, levels: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((entry) => isPlain(entry, levels - 1));
}

function parseJson(path: string, text: string | undefined): unknown {
  if (text === undefined) throw new DataError(path, 'is not a Dyadic checkpoint');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, 'is damaged: its metadata cannot be read', { cause });
  }
}
