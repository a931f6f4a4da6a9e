import { readFile, stat } from 'node:fs/promises';
import { unreadable, writeFileAtomic } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type ReadCheckpointOptions } from './checkpoint.js';

/** Writes the file of a checkpoint ({@link encodeCheckpoint}), atomically. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomic(path, encodeCheckpoint(checkpoint));
}

/**
 * Reads the file of a checkpoint, as {@link decodeCheckpoint} does.
 *
 * @throws DataError when the file is missing, truncated, damaged, no file, or not a checkpoint of this program
 */
export async function readCheckpoint(path: string, options: ReadCheckpointOptions = {}): Promise<Checkpoint> {
  return decodeCheckpoint(path, await bytesOf(path), options);
}

async function bytesOf(path: string): Promise<Uint8Array> {
  const failed = (cause: NodeJS.ErrnoException) => {
    throw unreadable(path, cause);
  };
  // Reading a pipe blocks until someone writes to it; a device may never end.
  const found = await stat(path).catch(failed);
  if (!found.isFile() && !found.isDirectory()) throw new DataError(path, 'is not a file');
  return readFile(path).catch(failed);
}
