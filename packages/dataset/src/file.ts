import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DataError } from '@dyadic/errors';
import { unreadable } from './document.js';

/** Suffix of files being written. A killed process leaves such files behind. */
export const TEMPORARY_SUFFIX = '.tmp';

/** Bytes per read when hashing a file. */
const CHUNK_BYTES = 2 ** 20;

/**
 * Writes a file atomically: at any moment, even after a power cut, the file has either its old content or the complete new one.
 * Writes to a temporary name, syncs, renames, and syncs the folder. Replaces symbolic links rather than following them.
 *
 * @throws DataError when the disk is full or the folder is not writable; the old content is then untouched
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  await replaceFile(path, content.length, (temporary) =>
    // 'wx' fails if the file exists, so a link created meanwhile is never followed.
    withFile(temporary, 'wx', async (file) => {
      await file.writeFile(content);
      await file.sync();
    }),
  );
}

/** Hard-links a file into another folder, or copies it if that is on another disk; atomic like {@link writeFileAtomic}. */
export async function linkFileAtomic(from: string, to: string): Promise<void> {
  await replaceFile(to, 0, async (temporary) => {
    await link(from, temporary).catch(() => copyFile(from, temporary, constants.COPYFILE_EXCL));
    await withFile(temporary, 'r+', (file) => file.sync());
  });
}

async function replaceFile(path: string, bytes: number, create: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  try {
    await rm(temporary, { force: true });
    await create(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, bytes, cause);
  }
}

/** Creates a folder and its missing parents, and syncs their entries. @throws DataError if it cannot be created */
export async function createFolder(path: string): Promise<void> {
  try {
    await createMissing(resolve(path));
  } catch (cause) {
    throw new DataError(path, `cannot be created (${(cause as Error).message})`, { cause });
  }
}

/** One folder after the other: Node's recursive mkdir never returns under /proc, which reports ENOENT for every new folder. */
async function createMissing(path: string): Promise<void> {
  const code = await mkdir(path).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? error,
  );
  const parent = dirname(path);
  if (code === null) return syncFolder(parent);
  if (code === 'ENOENT' && parent !== path && !(await isThere(parent))) {
    await createMissing(parent);
    return createMissing(path);
  }
  // Links to folders are followed. A read-only file system may report an error other than EEXIST for an existing folder.
  if (!(await stat(path).catch(() => null))?.isDirectory()) await mkdir(path);
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

/** Makes the folder's entries survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders; NTFS journals their entries.
  if (process.platform === 'win32') return;
  await withFile(path, 'r', (folder) => folder.sync());
}

/**
 * Opens a plain file of a dataset folder for reading. Refuses symbolic links, and pipes, which would block. The caller closes it.
 *
 * @throws DataError
 */
export async function openPlainFile(path: string): Promise<FileHandle> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause) => {
    if (cause.code === 'ELOOP') throw new DataError(path, 'is a symbolic link; expected a file', { cause });
    throw unreadable(path, cause);
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new DataError(path, 'is not a file; remove it');
}

/** SHA-256 of a file, in hexadecimal, read in chunks. @throws DataError if it is not a plain file or cannot be read */
export async function sha256OfFile(path: string): Promise<string> {
  const file = await openPlainFile(path);
  try {
    return await sha256OfHandle(file);
  } catch (cause) {
    throw unreadable(path, cause);
  } finally {
    await file.close();
  }
}

/** SHA-256 of an open file, in hexadecimal. */
export async function sha256OfHandle(file: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  // Two chunks: hashes one while reading the next.
  const chunks = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)] as const;
  const read = (position: number, index: number) => file.read(chunks[index % 2]!, 0, CHUNK_BYTES, position);
  let position = 0;
  let next = read(0, 0);
  for (let index = 0; ; index++) {
    const { bytesRead } = await next;
    if (bytesRead === 0) return hash.digest('hex');
    position += bytesRead;
    next = read(position, index + 1);
    // Avoids an unhandled rejection if the loop ends by an error.
    next.catch(() => {});
    hash.update(chunks[index % 2]!.subarray(0, bytesRead));
  }
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

/** The error for a file that cannot be written, from the error of `node:fs`. */
export function unwritable(path: string, size: number, cause: unknown): DataError {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DataError(path, `the disk is full; ${size} bytes were to be written. Free some space and try again`, {
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new DataError(path, 'cannot be written: permission denied or a read-only folder', { cause });
  }
  return new DataError(path, `cannot be written (${(cause as Error).message})`, { cause });
}
