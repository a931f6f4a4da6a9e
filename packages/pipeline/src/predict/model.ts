import { type Model, openCheckpoint, readCheckpoint } from '@dyadic/training';
import { type EngineChoice, openEngine } from '../engine.js';
import { type Observed, observed } from '../events.js';
import { checkpointPath } from '../experiment/run-folder.js';

export type { Model };

/**
 * Opens the network of a run for prediction, with the parameters that the validation split chose. The caller closes it.
 *
 * @param run - A run folder or a checkpoint file.
 * @throws DataError for a checkpoint that cannot be read
 */
export async function openModel(run: string, options: EngineChoice & Observed = {}): Promise<Model> {
  const checkpoint = await readCheckpoint(await checkpointPath(run));
  return openCheckpoint(checkpoint, await openEngine(options, observed(options).onEvent));
}
