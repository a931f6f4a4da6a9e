import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { requireColumns } from './columns.js';
import { sha256 } from './document.js';
import { sha256OfFile } from './file.js';
import type { ShardEntry } from './manifest.js';
import { type Recipe, shardFile, shardRange } from './schema.js';
import { ShardReader } from './shard-reader.js';
import { encodeShard } from './shard-writer.js';

/** What is wrong with a file that the manifest lists; null if nothing. The size is always checked, the content if asked. */
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
 * Looks at a shard's file without believing a manifest: it is whole if it is, byte by byte, what writing its own columns
 * gives. As a shard carries the hash of its content, a change of one bit anywhere is found.
 *
 * @returns What a manifest says of it.
 * @throws DataError naming what is wrong with the file
 */
export async function wholeShard(path: string, recipe: Recipe, shard: number): Promise<ShardEntry> {
  const file = shardFile(shard);
  const place = join(path, file);
  const { rows } = shardRange(recipe, shard);
  const reader = await ShardReader.open(place, recipe, shard);
  const columns = await reader.readAll().finally(() => reader.close());
  try {
    requireColumns(recipe.fields, columns, rows);
  } catch (cause) {
    throw new DataError(place, `holds what no shard may hold: ${(cause as Error).message}`, { cause });
  }
  const bytes = encodeShard(recipe, shard, columns);
  const hash = sha256(bytes);
  if (hash !== (await sha256OfFile(place))) {
    throw new DataError(place, 'is damaged: it is not what writing its own content gives');
  }
  return { shard, file, rows, bytes: bytes.length, sha256: hash };
}
