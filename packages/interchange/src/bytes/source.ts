import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';

/** Bytes with random access: a file, a part of one, or the inflated content of a part. */
export interface ByteSource {
  /** Number of bytes; for compressed content an upper bound. */
  readonly size: number;
  /** Reads `length` bytes at a position. @throws DataError if there are fewer bytes */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens a plain file for reading. @throws DataError for a pipe or a device, which could block or be endless */
export async function openBytes(path: string): Promise<FileBytes> {
  const { O_RDONLY, O_NONBLOCK = 0 } = constants;
  const handle = await open(path, O_RDONLY | O_NONBLOCK).catch((cause) => {
    throw unreadable(path, cause);
  });
  const stat = await handle.stat();
  if (stat.isFile()) return new FileBytes(path, handle, stat.size);
  await handle.close();
  throw new DataError(path, 'is not a file; expected one, not a pipe or a device');
}

/** An open file. */
export class FileBytes implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
  }

  async read(at: number, length: number): Promise<Buffer> {
    requireWithin(this.path, this.size, at, length);
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, at + done).catch((cause) => {
        throw unreadable(this.path, cause);
      });
      if (bytesRead === 0) throw new DataError(this.path, `ends before byte ${at + length}; it was cut short`);
      done += bytesRead;
    }
    return bytes;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

/** A part of another source. Closing it leaves the source open. */
export class ByteWindow implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #source: ByteSource;
  readonly #start: number;

  /** @throws DataError if the part extends beyond the end */
  constructor(path: string, source: ByteSource, start: number, size: number) {
    requireWithin(path, source.size, start, size);
    this.#path = path;
    this.#source = source;
    this.#start = start;
    this.size = size;
  }

  async read(at: number, length: number): Promise<Buffer> {
    requireWithin(this.#path, this.size, at, length);
    return this.#source.read(this.#start + at, length);
  }

  async close(): Promise<void> {}
}

/** Checks that a range lies within the bytes, before anything is allocated for it. @throws DataError */
export function requireWithin(path: string, size: number, at: number, length: number): void {
  if (Number.isSafeInteger(at) && Number.isSafeInteger(length) && at >= 0 && length >= 0 && at + length <= size) return;
  throw new DataError(
    path,
    `names bytes ${at} to ${at + length}, and there are ${size}; it is damaged or was cut short`,
  );
}
