import { openPredictor, wasmEngine } from '@dyadic/engine-wasm';
import type { Engine } from '@dyadic/mnn';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.js';
import {
  flattenColumns,
  type InputColumns,
  nameOutputs,
  type OutputColumns,
  type TrainedColumns,
  trainedColumns,
} from './columns.js';
import { toDataUnits, toNetworkUnits } from './samples.js';

/** A trained network, ready to predict. */
export interface Model {
  readonly checkpoint: Checkpoint;
  /** What its inputs and outputs are called, and which are one number per sample. */
  readonly columns: TrainedColumns;
  /**
   * Predicts in the units of the data, with the parameters that the validation split chose.
   *
   * @param fields - Inputs one after the other, a multiple of `checkpoint.network.inputSize` numbers. A network of several fields
   * takes, and gives, those of a sample one after the other; a number of a sample is a field of equal numbers.
   * @returns As many outputs, one after the other.
   * @throws ArgumentError for another length, and for a number that float32 does not hold
   */
  predict(fields: ArrayLike<number>): Promise<Float32Array>;
  /**
   * The same by the names of {@link Model.columns}: a column that is one number per sample takes and gives these, and a number
   * by itself holds for all samples.
   *
   * @example const { solution } = await model.predict({ potential, beta: 10 });
   * @throws ArgumentError naming the column that is missing, not known, or of another length
   */
  predict(columns: InputColumns): Promise<OutputColumns>;
  /** Frees what the engine holds. */
  close(): void;
}

/** A {@link Model} that predicts at once, on the calling thread. */
export interface SyncModel extends Omit<Model, 'predict'> {
  /** As `predict` of a {@link Model}. */
  predict(fields: ArrayLike<number>): Float32Array;
  predict(columns: InputColumns): OutputColumns;
}

export interface LoadModelOptions {
  /** What does the arithmetic. Default: `wasmEngine()`, on all cores. */
  readonly engine?: Engine;
}

/**
 * Opens the network of a checkpoint from the bytes of its file, which a page has fetched or a user has dropped on it.
 *
 * @example
 * const model = await loadModel(new Uint8Array(await (await fetch('nlse-1d.safetensors')).arrayBuffer()));
 * const groundState = await model.predict(potential);
 * @throws DataError for bytes that are not a whole checkpoint
 */
export async function loadModel(bytes: Uint8Array, options: LoadModelOptions = {}): Promise<Model> {
  const checkpoint = decodeCheckpoint(NAME, bytes);
  return openCheckpoint(checkpoint, options.engine ?? (await wasmEngine()));
}

/**
 * {@link loadModel} for code that cannot wait, such as the inner loop of a solver: `predict` returns at once what the wasm
 * engine computes on the calling thread, to the last bit the same.
 *
 * @throws DataError for bytes that are not a whole checkpoint
 */
export function loadModelSync(bytes: Uint8Array): SyncModel {
  const checkpoint = decodeCheckpoint(NAME, bytes);
  const { best } = checkpoint.state;
  const predictor = openPredictor(checkpoint.network);
  const columns = trainedColumns(checkpoint);
  const flat = (fields: ArrayLike<number>) =>
    outputOf(checkpoint, predictor.predict(best, inputOf(checkpoint, fields)), fields);
  const { network } = checkpoint;
  return {
    checkpoint,
    columns,
    predict: ((inputs: Inputs) =>
      areNamed(inputs)
        ? nameOutputs(network, columns, flat(flattenColumns(network, columns, inputs)))
        : flat(inputs)) as SyncModel['predict'],
    close: () => predictor.close(),
  };
}

/** The network of a checkpoint, on an engine. */
export async function openCheckpoint(checkpoint: Checkpoint, engine: Engine): Promise<Model> {
  const { network, state } = checkpoint;
  const session = await engine.open(network);
  const columns = trainedColumns(checkpoint);
  const flat = async (fields: ArrayLike<number>) =>
    outputOf(checkpoint, await session.predict(state.best, inputOf(checkpoint, fields)), fields);
  return {
    checkpoint,
    columns,
    predict: (async (inputs: Inputs) =>
      areNamed(inputs)
        ? nameOutputs(network, columns, await flat(flattenColumns(network, columns, inputs)))
        : flat(inputs)) as Model['predict'],
    close: () => session.close(),
  };
}

type Inputs = ArrayLike<number> | InputColumns;

/** Columns stand in a plain object, one of which may be called `length`. */
function areNamed(inputs: Inputs): inputs is InputColumns {
  const prototype = Object.getPrototypeOf(inputs);
  return prototype === Object.prototype || prototype === null;
}

/** What errors call bytes that have no name. */
const NAME = 'the checkpoint';

function inputOf({ network, normalizers }: Checkpoint, fields: ArrayLike<number>): Float32Array {
  return toNetworkUnits(network, normalizers, fields);
}

function outputOf(
  { network, normalizers }: Checkpoint,
  outputs: Float32Array,
  fields: ArrayLike<number>,
): Float32Array {
  return Float32Array.from(toDataUnits(network, normalizers, outputs, fields));
}
