import { openPredictor, wasmEngine } from '@dyadic/engine-wasm';
import type { Engine } from '@dyadic/mnn';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.js';
import { toDataUnits, toNetworkUnits } from './samples.js';

/** A trained network, ready to predict. */
export interface Model {
  readonly checkpoint: Checkpoint;
  /**
   * Predicts in the units of the data, with the parameters that the validation split chose.
   *
   * @param fields - Inputs one after the other, a multiple of `checkpoint.network.inputSize` numbers.
   * @returns As many outputs, one after the other.
   * @throws ArgumentError for another length, and for a number that float32 does not hold
   */
  predict(fields: ArrayLike<number>): Promise<Float32Array>;
  /** Frees what the engine holds. */
  close(): void;
}

/** A {@link Model} that predicts at once, on the calling thread. */
export interface SyncModel extends Omit<Model, 'predict'> {
  /** As `predict` of a {@link Model}. */
  predict(fields: ArrayLike<number>): Float32Array;
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
  return {
    checkpoint,
    predict: (fields) => outputOf(checkpoint, predictor.predict(best, inputOf(checkpoint, fields))),
    close: () => predictor.close(),
  };
}

/** The network of a checkpoint, on an engine. */
export async function openCheckpoint(checkpoint: Checkpoint, engine: Engine): Promise<Model> {
  const { network, state } = checkpoint;
  const session = await engine.open(network);
  return {
    checkpoint,
    predict: async (fields) => outputOf(checkpoint, await session.predict(state.best, inputOf(checkpoint, fields))),
    close: () => session.close(),
  };
}

/** What errors call bytes that have no name. */
const NAME = 'the checkpoint';

function inputOf({ network, normalizers }: Checkpoint, fields: ArrayLike<number>): Float32Array {
  return toNetworkUnits(network, normalizers, fields);
}

function outputOf({ network, normalizers }: Checkpoint, outputs: Float32Array): Float32Array {
  return Float32Array.from(toDataUnits(network, normalizers, outputs));
}
