import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DataError } from '@dyadic/errors';
import { unreadable } from './document.js';

/** Suffix of files being written. One that is found later is the remains of a killed process. */
export const TEMPORARY_SUFFIX = '.tmp';

/**
 * Writes a file so that at every moment, a power cut included, its name leads to the old content or to the new, whole:
 * temporary name, fsync, rename, fsync of the folder.
 *
 * @throws DataError when the disk is full or the folder can not be written to; the old content is then untouched.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  try {
    await withFile(temporary, 'w', async (file) => {
      await file.writeFile(content);
      await file.sync();
    });
    await rename(temporary, path);
    await withFile(dirname(path), 'r', (folder) => folder.sync());
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, content.length, cause);
  }
}

/** SHA-256 of a file in hexadecimal, read as a stream. @throws DataError */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return hash.digest('hex');
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function unwritable(path: string, size: number, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DataError(path, `the disk is full; ${size} bytes were to be written. Free some space and run again`, {
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new DataError(path, 'can not be written: permission denied or a read-only folder', { cause });
  }
  return new DataError(path, `can not be written (${(cause as Error).message})`, { cause });
}
