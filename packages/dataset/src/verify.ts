import { join } from 'node:path';
import { DyadicError } from '@dyadic/errors';
import { MANIFEST_FILE, type Manifest, readManifest } from './manifest.js';
import { emptyColumns, ShardReader } from './shard.js';
import { shardProblem } from './writer.js';

export interface VerifyReport {
  /** Null when the manifest itself can not be used. */
  readonly manifest: Manifest | null;
  /** What is wrong, file by file; empty when nothing is. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[];
}

/** Reads a whole dataset and reports everything that is wrong with it; never throws for what it finds. */
export async function verifyDataset(path: string): Promise<VerifyReport> {
  let manifest: Manifest;
  try {
    manifest = await readManifest(path);
  } catch (error) {
    return { manifest: null, problems: [{ file: MANIFEST_FILE, problem: messageOf(error) }] };
  }
  const problems: { file: string; problem: string }[] = [];
  if (!manifest.complete) problems.push({ file: MANIFEST_FILE, problem: 'the dataset is not finished' });
  for (const entry of manifest.shards) {
    const problem = (await shardProblem(path, entry, true)) ?? (await contentProblem(path, manifest, entry.shard));
    if (problem) problems.push({ file: entry.file, problem });
  }
  return { manifest, problems };
}

/** Whether a shard with the right checksum can also be read in full. */
async function contentProblem(path: string, { recipe, shards }: Manifest, shard: number): Promise<string | null> {
  const { file, rows } = shards.find((entry) => entry.shard === shard)!;
  try {
    const reader = await ShardReader.open(join(path, file), recipe, shard);
    const names = recipe.fields.map((field) => field.name);
    await reader.read(0, rows, emptyColumns(recipe, names, rows), 0).finally(() => reader.close());
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  if (error instanceof DyadicError) return error.message;
  throw error;
}
