import { dirname, join } from 'node:path';
import { ArgumentError, DataError, requireInteger } from '@dyadic/errors';
import { type Column, emptyColumns, fieldOf, hasType } from './columns.js';
import { type Manifest, readManifest } from './manifest.js';
import { elements, type Recipe, shardCount, shardFile, shardRange } from './schema.js';
import { fileProblem } from './shard-check.js';
import { type KnownShard, ShardReader } from './shard-reader.js';

export interface ReadOptions {
  /** Whether every shard touched is checked against its SHA-256, once for each opening of the dataset. Default true. */
  readonly verify?: boolean;
}

/** Shards whose layout is kept in memory (some kilobytes each); of the others only whether they were verified. */
const MOST_LAYOUTS = 256;

/**
 * Opens a finished dataset for reading. The manifest is checked and every shard's size; contents are checked when they
 * are read.
 *
 * @throws DataError when the folder is no dataset, is not finished, or a file is missing, truncated or edited
 */
export async function openDataset(path: string): Promise<Dataset> {
  const manifest = await readManifest(path);
  if (!manifest.complete) {
    const done = `${manifest.shards.length} of ${shardCount(manifest.recipe)} shards`;
    throw new DataError(path, `is not finished: ${done} are there. Run generate again to complete it`);
  }
  for (const entry of manifest.shards) {
    const problem = await fileProblem(path, entry, false);
    if (problem) throw damaged(join(path, entry.file), manifest.recipe, problem);
  }
  return new Dataset(path, manifest);
}

/** A finished dataset. Holds no file open. */
export class Dataset {
  readonly path: string;
  readonly manifest: Manifest;
  readonly #known = new Map<number, KnownShard>();
  /** Shards whose layout is kept, the one used longest ago first. */
  readonly #recent = new Set<number>();

  constructor(path: string, manifest: Manifest) {
    this.path = path;
    this.manifest = manifest;
  }

  get recipe(): Recipe {
    return this.manifest.recipe;
  }

  /** Number of samples. */
  get samples(): number {
    return this.manifest.recipe.samples;
  }

  /**
   * Reads columns of the samples [first, first + count).
   *
   * @returns One typed array per column, samples one after the other (texts as an array of strings).
   * @throws ArgumentError for a range outside the dataset or an unknown column, DataError for a damaged shard
   */
  async read<Name extends string>(
    names: readonly Name[],
    first = 0,
    count = this.samples - first,
    options: ReadOptions = {},
  ): Promise<Record<Name, Column>> {
    this.#requireRange(first, count);
    const columns = emptyColumns(this.recipe, names, count);
    await this.readInto(columns, first, count, 0, options);
    return columns as Record<Name, Column>;
  }

  /**
   * Reads the samples [first, first + count) into columns that are there already, from their row `at` on. Only the bytes
   * of these samples and columns are read, and straight to their place; a shard is read as a whole only to be verified.
   *
   * @throws ArgumentError for a range outside the dataset, an unknown column or one of another type or too short,
   * DataError for a damaged shard
   */
  async readInto(
    columns: Readonly<Record<string, Column>>,
    first: number,
    count: number,
    at = 0,
    { verify = true }: ReadOptions = {},
  ): Promise<void> {
    this.#requireRange(first, count);
    requireInteger('at', at, { min: 0 });
    this.#requireRoom(columns, at + count);
    for (let row = first; row < first + count; ) {
      const shard = Math.floor(row / this.recipe.shardRows);
      const { firstRow, rows } = shardRange(this.recipe, shard);
      const end = Math.min(firstRow + rows, first + count);
      const reader = await this.#open(shard, verify);
      try {
        await reader.read(row - firstRow, end - firstRow, columns, at + row - first);
      } finally {
        await reader.close();
      }
      row = end;
    }
  }

  async #open(shard: number, verify: boolean): Promise<ShardReader> {
    const path = join(this.path, shardFile(shard));
    const entry = this.manifest.shards[shard]!;
    const problem = verify && !this.#known.has(shard) ? await fileProblem(this.path, entry, false) : null;
    if (problem) throw damaged(path, this.recipe, problem);
    const sha256 = verify ? entry.sha256 : undefined;
    const reader = await ShardReader.open(path, this.recipe, shard, sha256, this.#known.get(shard)).catch((cause) => {
      throw cause instanceof DataError
        ? damaged(path, this.recipe, cause.message.slice(path.length + 2), cause)
        : cause;
    });
    this.#remember(shard, reader.known);
    return reader;
  }

  #remember(shard: number, known: KnownShard): void {
    this.#known.set(shard, known);
    this.#recent.delete(shard);
    this.#recent.add(shard);
    if (this.#recent.size <= MOST_LAYOUTS) return;
    const [oldest] = this.#recent as Iterable<number>;
    this.#recent.delete(oldest!);
    this.#known.set(oldest!, { ...this.#known.get(oldest!)!, layout: null });
  }

  #requireRange(first: number, count: number): void {
    requireInteger('first', first, { min: 0, max: this.samples });
    requireInteger('count', count, { min: 0, max: this.samples - first });
  }

  #requireRoom(columns: Readonly<Record<string, Column>>, rows: number): void {
    for (const [name, column] of Object.entries(columns)) {
      const field = fieldOf(this.recipe, name);
      if (!hasType(column, field.type) || column.length < rows * elements(field)) {
        const expected = `at least ${rows * elements(field)} entries of type ${field.type}`;
        throw new ArgumentError(`columns.${name}`, column, expected);
      }
    }
  }
}

function damaged(path: string, { generator }: Recipe, problem: string, cause?: unknown): DataError {
  return new DataError(path, problem, {
    cause,
    remedy: { code: 'repair', folder: dirname(path), generator: generator.name },
  });
}
