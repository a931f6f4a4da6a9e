import type { FileHandle } from 'node:fs/promises';
import { DataError } from '@dyadic/errors';
import { bytesOf, type Column, emptyColumns, type NumericArray } from './columns.js';
import { unreadable } from './document.js';
import { openPlainFile, sha256OfHandle } from './file.js';
import {
  type ColumnPlace,
  fillPieces,
  LayoutProblem,
  type Piece,
  readExactly,
  readLayout,
  type ShardLayout,
} from './layout.js';
import { batchRows, elements, type Field, type Recipe, shardRange } from './schema.js';

/** Facts about a shard's file, valid while its identity stays the same. */
export interface KnownShard {
  /** Device, inode, size and times of the file: changes when the file does. */
  readonly identity: string;
  /** Null after eviction from memory. */
  readonly layout: ShardLayout | null;
  /** Whether its SHA-256 matched the manifest. */
  readonly verified: boolean;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads rows of one shard: only the bytes of these rows and columns, directly into place. */
export class ShardReader {
  readonly #path: string;
  readonly #recipe: Recipe;
  readonly #shard: number;
  readonly #file: FileHandle;
  readonly #layout: ShardLayout;
  readonly known: KnownShard;

  private constructor(
    path: string,
    recipe: Recipe,
    shard: number,
    file: FileHandle,
    layout: ShardLayout,
    known: KnownShard,
  ) {
    this.#path = path;
    this.#recipe = recipe;
    this.#shard = shard;
    this.#file = file;
    this.#layout = layout;
    this.known = known;
  }

  /**
   * Opens a shard and checks that its schema and metadata are those of this shard of the recipe. The caller closes it.
   *
   * @param sha256 - The hash that the whole file must have; default no check.
   * @param known - Facts from an earlier reader; used if the file has not changed.
   * @throws DataError
   */
  static async open(
    path: string,
    recipe: Recipe,
    shard: number,
    sha256?: string,
    known?: KnownShard,
  ): Promise<ShardReader> {
    const file = await openPlainFile(path);
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
      const identity = [dev, ino, size, mtimeNs, ctimeNs].join();
      const same = known?.identity === identity ? known : undefined;
      const verified = same?.verified || sha256 !== undefined;
      if (verified && !same?.verified && (await sha256OfHandle(file)) !== sha256) {
        throw new LayoutProblem("is damaged: its SHA-256 is not the manifest's");
      }
      const layout = same?.layout ?? (await readLayout(file, recipe, shard));
      return new ShardReader(path, recipe, shard, file, layout, { identity, layout, verified });
    } catch (cause) {
      await file.close();
      throw problemOf(path, cause);
    }
  }

  /** JSON of the draws given up, not yet validated. */
  get failures(): string | undefined {
    return this.#layout.failures;
  }

  /** Copies rows [first, end) of the shard into columns that start at row `at`. @throws DataError */
  async read(first: number, end: number, into: Readonly<Record<string, Column>>, at: number): Promise<void> {
    const step = batchRows(this.#recipe);
    const numbers: Piece[] = [];
    const texts: Promise<void>[] = [];
    for (let batch = Math.floor(first / step); batch * step < end; batch++) {
      const from = Math.max(first, batch * step);
      const to = Math.min(end, (batch + 1) * step);
      for (const [i, field] of this.#recipe.fields.entries()) {
        const column = into[field.name];
        if (column === undefined) continue;
        const place = this.#layout.batches[batch]![i]!;
        const rows = [from - batch * step, to - batch * step, at + from - first] as const;
        if (place.offsets) texts.push(this.#copyTexts(place.values, place.offsets.at, ...rows, column as string[]));
        else numbers.push(pieceOf(place.values.at, field, ...rows, column as NumericArray));
      }
    }
    const results = await Promise.allSettled([...fillPieces(this.#file, numbers), ...texts]);
    const failure = results.find((result) => result.status === 'rejected');
    if (failure) throw problemOf(this.#path, failure.reason);
  }

  /** All columns of the shard. @throws DataError */
  async readAll(): Promise<Record<string, Column>> {
    const { rows } = shardRange(this.#recipe, this.#shard);
    const names = this.#recipe.fields.map(({ name }) => name);
    const columns = emptyColumns(this.#recipe, names, rows);
    await this.read(0, rows, columns, 0);
    return columns;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Copies rows [from, to) of a record batch's column of texts to row `at` on. */
  async #copyTexts(
    values: ColumnPlace['values'],
    offsets: number,
    from: number,
    to: number,
    at: number,
    into: string[],
  ): Promise<void> {
    const bytes = await readExactly(this.#file, offsets + 4 * from, 4 * (to - from + 1));
    const ends = Array.from({ length: to - from + 1 }, (_, i) => bytes.readInt32LE(4 * i));
    const ordered = ends.every((end, i) => end >= (i === 0 ? 0 : ends[i - 1]!) && end <= values.bytes);
    if (!ordered) throw new LayoutProblem('has texts that end before they begin, or outside of the file');
    const first = ends[0]!;
    const content = await readExactly(this.#file, values.at + first, ends.at(-1)! - first);
    for (let i = 0; i < to - from; i++) {
      into[at + i] = decoder.decode(content.subarray(ends[i]! - first, ends[i + 1]! - first));
    }
  }
}

/** The piece with rows [from, to) of a record batch's numeric column, which starts at byte `start`; goes to row `at` on. */
function pieceOf(start: number, field: Field, from: number, to: number, at: number, into: NumericArray): Piece {
  const size = elements(field);
  const target = into.subarray(at * size, (at + to - from) * size);
  return { at: start + from * size * into.BYTES_PER_ELEMENT, into: bytesOf(target) };
}

/** The error to report for a shard; errors that are bugs pass unchanged. */
function problemOf(path: string, cause: unknown): Error {
  if (cause instanceof DataError) return cause;
  if (cause instanceof LayoutProblem) return new DataError(path, cause.message, { cause });
  // Thrown by the checked access to the metadata.
  if (cause instanceof RangeError || cause instanceof TypeError) {
    return new DataError(path, `is not a whole Arrow file (${cause.message})`, { cause });
  }
  return typeof (cause as NodeJS.ErrnoException).code === 'string' ? unreadable(path, cause) : (cause as Error);
}
