import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';

/** Bytes that can be read at any place: a file, a part of one, or what a part of one inflates to. */
export interface ByteSource {
  /** Bytes there are; for what is still compressed, the most there can be. */
  readonly size: number;
  /** @throws DataError when there are fewer bytes */
  read(at: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Opens a plain file to read; a pipe or a device is refused, as it could block or have no end. @throws DataError */
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

/** A part of other bytes, which stay open when it is closed. */
export class ByteWindow implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #source: ByteSource;
  readonly #start: number;

  /** @throws DataError when the part reaches over the end */
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

/** Refuses a range that leads out of the bytes before anything is allocated for it. */
export function requireWithin(path: string, size: number, at: number, length: number): void {
  if (Number.isSafeInteger(at) && Number.isSafeInteger(length) && at >= 0 && length >= 0 && at + length <= size) return;
  throw new DataError(
    path,
    `names bytes ${at} to ${at + length}, and there are ${size}; it is damaged or was cut short`,
  );
}
