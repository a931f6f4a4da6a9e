import { join } from 'node:path';
import { DataError, requireInteger } from '@dyadic/errors';
import type { Column } from './columns.js';
import { type Manifest, readManifest, type ShardEntry } from './manifest.js';
import { type Recipe, shardCount, shardFile, shardRange } from './schema.js';
import { emptyColumns, ShardReader } from './shard.js';
import { shardProblem } from './writer.js';

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
  for (const entry of manifest.shards) await requireIntact(path, entry, false);
  return new Dataset(path, manifest);
}

/** A finished dataset. Holds no file open. */
export class Dataset {
  readonly path: string;
  readonly manifest: Manifest;

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
   * Reads columns of the samples [first, first + count). Every shard touched is checked against its SHA-256 first,
   * unless `verify` is false.
   *
   * @returns One typed array per column, samples one after the other (texts as an array of strings).
   * @throws ArgumentError for a range outside the dataset or an unknown column, DataError for a damaged shard
   */
  async read<Name extends string>(
    names: readonly Name[],
    first = 0,
    count = this.samples - first,
    { verify = true }: { verify?: boolean } = {},
  ): Promise<Record<Name, Column>> {
    requireInteger('first', first, { min: 0, max: this.samples });
    requireInteger('count', count, { min: 0, max: this.samples - first });
    const columns = emptyColumns(this.recipe, names, count);
    for (let row = first; row < first + count; ) {
      const shard = Math.floor(row / this.recipe.shardRows);
      const { firstRow, rows } = shardRange(this.recipe, shard);
      const end = Math.min(firstRow + rows, first + count);
      if (verify) await requireIntact(this.path, this.manifest.shards[shard]!, true);
      const reader = await ShardReader.open(join(this.path, shardFile(shard)), this.recipe, shard);
      try {
        await reader.read(row - firstRow, end - firstRow, columns, row - first);
      } finally {
        await reader.close();
      }
      row = end;
    }
    return columns as Record<Name, Column>;
  }
}

async function requireIntact(path: string, entry: ShardEntry, readContent: boolean): Promise<void> {
  const problem = await shardProblem(path, entry, readContent);
  if (problem) {
    throw new DataError(join(path, entry.file), `${problem}. Generate the dataset with --repair to redo it`);
  }
}
