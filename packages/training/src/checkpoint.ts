import { readFile, stat } from 'node:fs/promises';
import {
  canonicalJson,
  firstDifference,
  type Json,
  parseDocument,
  sha256,
  unreadable,
  writeFileAtomic,
} from '@dyadic/dataset';
import { ArgumentError, DataError, show } from '@dyadic/errors';
import { type MnnSpec, mnn, type Network } from '@dyadic/mnn';
import { z } from 'zod';
import { optimizer } from './optimizers/index.js';
import { decodeTensors, encodeTensors, type Tensor } from './safetensors.js';
import type { Normalizers } from './samples.js';
import { type EpochRecord, requirePlan, type TrainingPlan, type TrainingState } from './train.js';

const FORMAT = 'dyadic-checkpoint-1';

/** What a checkpoint says besides the training state. */
export interface CheckpointInfo {
  readonly network: Network;
  readonly plan: TrainingPlan;
  readonly normalizers: Normalizers;
  /** What the numbers came from, for example the experiment with the hash of its dataset; compared on resume. */
  readonly origin: Json;
  /** Name of the engine that computed last: another one may compute other last bits. */
  readonly engine: string;
}

export interface Checkpoint extends CheckpointInfo {
  readonly state: TrainingState;
}

const finite = z.number();
const normalizer = z.strictObject({ shift: finite, scale: finite });
const infoSchema = z.strictObject({
  format: z.literal(FORMAT),
  network: z.looseObject({}),
  plan: z.looseObject({}),
  normalizers: z.strictObject({ input: normalizer, output: normalizer }),
  origin: z.json(),
  engine: z.string(),
  epoch: z.int().min(0),
  bestEpoch: z.int().min(0),
  bestError: finite.nullable(),
  optimizer: z.record(z.string(), finite),
  /** SHA-256 of the tensors, by name. */
  tensors: z.record(z.string(), z.string()),
  /** SHA-256 of the canonical JSON of everything above. */
  checksum: z.string(),
});

/**
 * Writes a checkpoint, atomically: one safetensors file with the parameters, the best parameters, the optimizer's
 * vectors, the history, and as metadata everything else that an exact resume needs. It holds no clock and no path:
 * equal states give equal bytes.
 */
export async function writeCheckpoint(path: string, { state, ...info }: Checkpoint): Promise<void> {
  const { history } = state;
  const tensors: Record<string, Tensor> = {
    parameters: vector(state.parameters),
    best: vector(state.best),
    'history/loss': vector(Float64Array.from(history, ({ loss }) => loss)),
    'history/validation': vector(Float64Array.from(history, ({ validation }) => validation ?? Number.NaN)),
    'history/learningRate': vector(Float64Array.from(history, ({ learningRate }) => learningRate)),
  };
  for (const [name, values] of Object.entries(state.optimizer.vectors)) tensors[`optimizer/${name}`] = vector(values);
  const document = {
    format: FORMAT,
    ...info,
    network: info.network.spec,
    epoch: state.epoch,
    bestEpoch: state.bestEpoch,
    bestError: Number.isFinite(state.bestError) ? state.bestError : null,
    optimizer: state.optimizer.scalars,
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, { values }]) => [name, hashOf(values)])),
  };
  const metadata = {
    dyadic: canonicalJson({ ...document, checksum: sha256(document as unknown as Json) } as unknown as Json),
  };
  await writeFileAtomic(path, encodeTensors({ tensors, metadata }));
}

/**
 * Reads a checkpoint.
 *
 * @throws DataError when the file is missing, truncated, damaged, no file, or not a checkpoint of this program
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const failed = (cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  };
  // Reading a pipe waits for whoever writes to it, a device may have no end.
  const found = await stat(path).catch(failed);
  if (!found.isFile() && !found.isDirectory()) throw new DataError(path, 'is not a file');
  const bytes = await readFile(path).catch(failed);
  const { tensors, metadata } = decodeTensors(path, bytes);
  const { checksum, ...document } = parseDocument(path, parseJson(path, metadata.dyadic), infoSchema);
  if (checksum !== sha256(document as unknown as Json)) {
    throw new DataError(path, 'was edited or damaged: the checksum of its metadata does not match');
  }
  for (const [name, hash] of Object.entries(document.tensors)) {
    const tensor = tensors[name];
    if (!tensor || hashOf(tensor.values) !== hash)
      throw new DataError(path, `is damaged: tensor '${name}' has changed`);
  }
  const values = <T extends Float32Array | Float64Array>(name: string, type: new () => T, length: number): T => {
    const found = tensors[name]?.values;
    if (!(found instanceof type) || found.length !== length) {
      throw new DataError(path, `tensor '${name}' is ${show(found)}; expected a ${type.name} of length ${length}`);
    }
    return found;
  };
  const { network, plan } = rebuilt(path, document.network, document.plan);
  const parameters = values('parameters', Float32Array, network.parameterCount);
  const rule = optimizer(network, plan.optimizer);
  for (const [name, live] of Object.entries(rule.vectors)) {
    live.set(values(`optimizer/${name}`, Float32Array, live.length));
  }
  const missing = Object.keys(rule.scalars).find((name) => document.optimizer[name] === undefined);
  if (missing) throw new DataError(path, `says nothing of the optimizer's ${missing}`);
  rule.scalars = document.optimizer;
  const loss = values('history/loss', Float64Array, document.epoch);
  const validation = values('history/validation', Float64Array, document.epoch);
  const learningRate = values('history/learningRate', Float64Array, document.epoch);
  const history = Array.from({ length: document.epoch }, (_, i): EpochRecord => {
    const measured = Number.isNaN(validation[i]!) ? null : validation[i]!;
    return { epoch: i + 1, loss: loss[i]!, validation: measured, learningRate: learningRate[i]! };
  });
  const state: TrainingState = {
    epoch: document.epoch,
    parameters,
    best: values('best', Float32Array, network.parameterCount),
    bestEpoch: document.bestEpoch,
    bestError: document.bestError ?? Number.POSITIVE_INFINITY,
    optimizer: rule,
    history,
  };
  const { normalizers, origin, engine } = document;
  return { network, plan, normalizers, origin: origin as Json, engine, state };
}

/**
 * Checks that a checkpoint continues the given run.
 *
 * @throws DataError naming the first entry of network, plan or origin that differs
 */
export function requireSameRun(path: string, found: CheckpointInfo, wanted: CheckpointInfo): void {
  const describe = ({ network, plan, origin }: CheckpointInfo) =>
    ({ network: network.spec, plan, origin }) as unknown as Json;
  const difference = firstDifference(describe(found), describe(wanted));
  if (difference) {
    throw new DataError(
      path,
      `belongs to another training run: ${difference}. Train with --fresh to start over, or into another folder with --out`,
    );
  }
}

/** The network and plan of a checkpoint; what this program would refuse is the file's fault. */
function rebuilt(path: string, spec: object, plan: object): { network: Network; plan: TrainingPlan } {
  try {
    const network = mnn(spec as MnnSpec);
    requirePlan(network, plan as TrainingPlan);
    return { network, plan: plan as TrainingPlan };
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}

function vector(values: Float32Array | Float64Array): Tensor {
  return { shape: [values.length], values };
}

function hashOf(values: Float32Array | Float64Array): string {
  return sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function parseJson(path: string, text: string | undefined): unknown {
  if (text === undefined) throw new DataError(path, 'is not a Dyadic checkpoint');
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(path, 'is damaged: its metadata can not be read', { cause });
  }
}
