import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { requireColumns } from './columns.js';
import { parseText, sha256 } from './document.js';
import { sha256OfFile } from './file.js';
import { type FailedDraw, failedDrawsSchema, type ShardEntry } from './manifest.js';
import { type Recipe, shardFile, shardRange } from './schema.js';
import { ShardReader } from './shard-reader.js';
import { encodeShard } from './shard-writer.js';

/** The problem of a file that the manifest lists; null if there is none. Checks the size always, the SHA-256 on request. */
export async function fileProblem(
  path: string,
  entry: { readonly file: string; readonly bytes: number; readonly sha256: string },
  readContent: boolean,
): Promise<string | null> {
  const file = join(path, entry.file);
  const found = await lstat(file).catch(() => null);
  if (found === null) return 'is missing';
  if (found.isSymbolicLink()) return 'is a symbolic link; expected a file';
  if (!found.isFile()) return 'is not a file; remove it';
  const { size } = found;
  if (size < entry.bytes) return `is truncated: ${size} of ${entry.bytes} bytes`;
  if (size > entry.bytes) return `has ${size} bytes; expected ${entry.bytes}`;
  if (readContent && (await sha256OfFile(file)) !== entry.sha256)
    return "is damaged: its SHA-256 is not the manifest's";
  return null;
}

/**
 * Checks a shard without a manifest: it is intact if rewriting its columns gives the same bytes. Since a shard carries the hash of
 * its content, this detects a change of any bit.
 *
 * @returns the manifest entry of the shard
 * @throws DataError naming the file and its problem
 */
export async function wholeShard(path: string, recipe: Recipe, shard: number): Promise<ShardEntry> {
  const place = join(path, shardFile(shard));
  const { firstRow, rows } = shardRange(recipe, shard);
  const reader = await ShardReader.open(place, recipe, shard);
  const columns = await reader.readAll().finally(() => reader.close());
  try {
    requireColumns(recipe.fields, columns, rows);
  } catch (cause) {
    throw new DataError(place, `holds what no shard may hold: ${(cause as Error).message}`, { cause });
  }
  const failures = reader.failures === undefined ? [] : parseText(place, reader.failures, failedDrawsSchema);
  const stray = failures.find(({ sample }) => sample < firstRow || sample >= firstRow + rows);
  if (stray) throw new DataError(place, `holds what no shard may hold: a failure of sample ${stray.sample}`);
  const entry = shardEntry(recipe, shard, encodeShard(recipe, shard, columns, failures), failures);
  if (entry.sha256 !== (await sha256OfFile(place))) {
    throw new DataError(place, 'is damaged: it is not what writing its own content gives');
  }
  return entry;
}

/** The manifest entry of a shard. */
export function shardEntry(
  recipe: Recipe,
  shard: number,
  bytes: Uint8Array,
  failures: readonly FailedDraw[],
): ShardEntry {
  const { rows } = shardRange(recipe, shard);
  const entry = { shard, file: shardFile(shard), rows, bytes: bytes.length, sha256: sha256(bytes) };
  return failures.length > 0 ? { ...entry, failures: [...failures] } : entry;
}
