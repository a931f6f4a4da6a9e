import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createInflate, createInflateRaw } from 'node:zlib';
import { DataError } from '@dyadic/errors';
import { type ByteSource, requireWithin } from './source.js';

/** The greatest compression ratio of DEFLATE (https://zlib.net/zlib_tech.html), and an allowance for the last block. */
const MOST_RATIO = 1032;
const LAST_BLOCK = 1032;

const CHUNK_BYTES = 2 ** 16;
const BLOCK_BYTES = 2 ** 20;
/** Most blocks kept in memory; further ones go to a temporary file. */
const MOST_BLOCKS = 64;

/** The greatest number of bytes to which so many compressed ones can inflate. */
export function mostInflated(compressed: number): number {
  return compressed * MOST_RATIO + LAST_BLOCK;
}

/**
 * The bytes that compressed ones inflate to. Inflates each byte once, from the beginning as far as requested, and keeps the result:
 * up to 64 MiB in memory, beyond that in an unnamed temporary file.
 */
export class InflatedBytes implements ByteSource {
  readonly size: number;
  readonly #path: string;
  readonly #chunks: AsyncIterator<Buffer>;
  readonly #blocks: Buffer[] = [];
  #file: FileHandle | undefined;
  #done = 0;

  /**
   * @param format - `zlib`, or `raw` DEFLATE without zlib's header and checksum.
   * @param size - Claimed number of inflated bytes; default the greatest possible.
   * @throws DataError if it exceeds the greatest possible
   */
  constructor(path: string, source: ByteSource, format: 'zlib' | 'raw', size = mostInflated(source.size)) {
    if (size > mostInflated(source.size)) {
      throw new DataError(path, `claims ${size} bytes in ${source.size} compressed ones, which cannot be`);
    }
    this.#path = path;
    this.size = size;
    const compressed = async function* () {
      for (let at = 0; at < source.size; at += CHUNK_BYTES) {
        yield await source.read(at, Math.min(CHUNK_BYTES, source.size - at));
      }
    };
    const inflate = format === 'zlib' ? createInflate() : createInflateRaw();
    const readable = Readable.from(compressed(), { objectMode: false });
    readable.once('error', (error) => inflate.destroy(error));
    inflate.once('close', () => readable.destroy());
    this.#chunks = readable.pipe(inflate)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(at: number, length: number): Promise<Buffer> {
    requireWithin(this.#path, this.size, at, length);
    while (this.#done < at + length) {
      const { done, value } = await this.#chunks.next().catch((cause) => {
        if (cause instanceof DataError) throw cause;
        throw new DataError(this.#path, `holds compressed bytes that are damaged (${cause.message})`, { cause });
      });
      if (done) throw new DataError(this.#path, `inflates to ${this.#done} bytes; expected ${at + length}`);
      await this.#keep(value);
    }
    return this.#kept(at, length);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
    await this.#file?.close();
  }

  async #keep(bytes: Buffer): Promise<void> {
    for (let taken = 0; taken < bytes.length; ) {
      const [block, from] = [Math.floor(this.#done / BLOCK_BYTES), this.#done % BLOCK_BYTES];
      const count = Math.min(BLOCK_BYTES - from, bytes.length - taken);
      const piece = bytes.subarray(taken, taken + count);
      if (block < MOST_BLOCKS) {
        this.#blocks[block] ??= Buffer.allocUnsafe(BLOCK_BYTES);
        piece.copy(this.#blocks[block]!, from);
      } else {
        this.#file ??= await unnamedFile();
        for (let done = 0; done < count; ) {
          done += (await this.#file.write(piece, done, count - done, this.#done + done)).bytesWritten;
        }
      }
      taken += count;
      this.#done += count;
    }
  }

  async #kept(at: number, length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const [block, from] = [Math.floor((at + done) / BLOCK_BYTES), (at + done) % BLOCK_BYTES];
      const count = Math.min(BLOCK_BYTES - from, length - done);
      if (block < MOST_BLOCKS) this.#blocks[block]!.copy(bytes, done, from, from + count);
      else await this.#file!.read(bytes, done, count, at + done);
      done += count;
    }
    return bytes;
  }
}

/** A temporary file that vanishes when it is closed. */
async function unnamedFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-inflated-'));
  const file = await open(join(folder, 'bytes'), 'wx+', 0o600);
  // Windows keeps the name while the file is open.
  await rm(folder, { recursive: true, force: true }).catch(() => {});
  return file;
}
