import { dirname, join } from 'node:path';
import { ArgumentError, DataError, requireInteger } from '@dyadic/errors';
import { type Column, emptyColumns, fieldOf, hasType } from './columns.js';
import { type Manifest, readManifest } from './manifest.js';
import { elements, type Recipe, shardCount, shardFile, shardRange } from './schema.js';
import { fileProblem } from './shard-check.js';
import { type KnownShard, ShardReader } from './shard-reader.js';

/** Options of {@link Dataset.read} and {@link Dataset.readInto}. */
export interface ReadOptions {
  /**
   * Checks each shard against its SHA-256 when it is first read after opening, and again if its file has changed. Default true.
   */
  readonly verify?: boolean;
}

/** Most shards whose layout is kept in memory, some kilobytes each. For others only whether they were verified is kept. */
const MOST_LAYOUTS = 256;

/**
 * Opens a finished dataset for reading. Checks the manifest and the size of every shard; reading checks the contents.
 *
 * @param path - The dataset folder.
 * @throws DataError when the folder is not a dataset, the dataset is not finished, the manifest was edited, or a shard is missing
 * or of the wrong size
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

/** A finished dataset; open it with {@link openDataset}. Keeps no file open between calls. */
export class Dataset {
  readonly path: string;
  readonly manifest: Manifest;
  readonly #known = new Map<number, KnownShard>();
  /** Shards whose layout is kept, least recently used first. */
  readonly #recent = new Set<number>();

  constructor(path: string, manifest: Manifest) {
    this.path = path;
    this.manifest = manifest;
  }

  /** The recipe from the manifest. */
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
   * @param names - Columns.
   * @param first - First sample; default 0.
   * @param count - Number of samples; default all from `first` on.
   * @returns by name one typed array of `count · Π shape` numbers, samples one after the other, each row-major; for texts an
   * array of strings
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
   * Reads the samples [first, first + count) into existing columns, from their row `at` on. Reads only the bytes of these samples
   * and columns, directly into place; verification reads a whole shard.
   *
   * @param columns - Arrays by column name, of the types of the fields, with at least `(at + count) · Π shape` entries.
   * @param at - First row to fill; default 0.
   * @throws ArgumentError for a range outside the dataset, an unknown column, or an array of the wrong type or too short,
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
