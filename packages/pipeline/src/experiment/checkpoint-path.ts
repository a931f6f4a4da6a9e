/** Where the checkpoint of a run is. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Name of the checkpoint file in a run folder. Its bytes do not depend on interruptions; of the files of a run, only those of
 * `timing.json` do.
 */
export const CHECKPOINT_FILE = 'checkpoint.safetensors';

/** Path of the checkpoint file, from a run folder or that path itself. */
export async function checkpointPath(run: string): Promise<string> {
  const isFolder = (await stat(run).catch(() => null))?.isDirectory() ?? false;
  return isFolder ? join(run, CHECKPOINT_FILE) : run;
}

/** Whether a path is a checkpoint file, or a run folder with one. */
export async function isRun(path: string): Promise<boolean> {
  const found = await stat(await checkpointPath(path)).catch(() => null);
  return found?.isFile() ?? false;
}
