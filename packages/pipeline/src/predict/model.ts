import { type Checkpoint, readCheckpoint, toDataUnits, toNetworkUnits } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { checkpointPath } from '../experiment/run-folder.js';

/** A trained network, ready to predict. */
export interface Model {
  readonly checkpoint: Checkpoint;
  /**
   * Predicts in the units of the data.
   *
   * @param inputs - Fields one after the other, a multiple of `checkpoint.network.inputSize` numbers.
   * @returns As many outputs, one after the other.
   */
  predict(inputs: Float32Array): Promise<Float32Array>;
  /** Frees what the engine holds. */
  close(): void;
}

/**
 * Opens the network of a run folder or of a checkpoint file, with the parameters that the validation split chose.
 *
 * @throws DataError for a checkpoint that cannot be read
 */
export async function openModel(run: string, options: EngineChoice & Observed = {}): Promise<Model> {
  const checkpoint = await readCheckpoint(await checkpointPath(run));
  const { network, normalizers, state } = checkpoint;
  const session = await (await openEngine(options, observed(options).onEvent)).open(network);
  return {
    checkpoint,
    predict: async (inputs) => {
      const outputs = await session.predict(state.best, toNetworkUnits(network, normalizers, inputs));
      return Float32Array.from(toDataUnits(network, normalizers, outputs));
    },
    close: () => session.close(),
  };
}
