import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, DyadicError } from '@dyadic/errors';
import { unreadable } from './document.js';
import { MANIFEST_FILE, type Manifest, readManifest, type ShardEntry } from './manifest.js';
import { shardCount } from './schema.js';
import { fileProblem, wholeShard } from './shard-check.js';
import { isOfStore, isShard } from './store-files.js';

/** Result of {@link verifyDataset}. */
export interface VerifyReport {
  /** Null if the manifest itself is missing or damaged. */
  readonly manifest: Manifest | null;
  /** The problems, file by file; empty for an intact, complete dataset. */
  readonly problems: readonly { readonly file: string; readonly problem: string }[];
}

/**
 * Reads a whole dataset and reports every damaged, edited, foreign, missing or superfluous file.
 *
 * @param path - The dataset folder.
 * @throws DataError for a folder that cannot be read, or that holds neither a manifest nor a shard
 */
export async function verifyDataset(path: string): Promise<VerifyReport> {
  let manifest: Manifest;
  try {
    manifest = await readManifest(path);
  } catch (error) {
    await requireTraces(path);
    return { manifest: null, problems: [{ file: MANIFEST_FILE, problem: messageOf(error) }] };
  }
  const { recipe, shards, card, complete } = manifest;
  const problems: { file: string; problem: string }[] = [];
  if (!complete) {
    const done = `${shards.length} of ${shardCount(recipe)} shards are listed`;
    problems.push({ file: MANIFEST_FILE, problem: `the dataset is not finished: ${done}` });
  }
  for (const entry of shards) {
    const problem = (await fileProblem(path, entry, true)) ?? (await contentProblem(path, manifest, entry));
    if (problem) problems.push({ file: entry.file, problem });
  }
  for (const entry of card) {
    const problem = await fileProblem(path, entry, true);
    if (problem) problems.push({ file: entry.file, problem });
  }
  // Until the dataset is complete, the manifest may lag behind the shards.
  if (!complete) return { manifest, problems };
  const listed = new Set([MANIFEST_FILE, ...shards.map(({ file }) => file), ...card.map(({ file }) => file)]);
  for (const file of (await readdir(path)).sort()) {
    if (!listed.has(file) && isOfStore(file)) problems.push({ file, problem: 'is not listed in the manifest' });
  }
  return { manifest, problems };
}

/** Refuses a folder with nothing to repair: neither a manifest nor a shard. */
async function requireTraces(path: string): Promise<void> {
  const names = await readdir(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (!names.some((name) => name === MANIFEST_FILE || isShard(name))) {
    throw new DataError(path, `holds no dataset; expected the folder of ${MANIFEST_FILE}`);
  }
}

/** The problem of a shard whose checksum matches: rewriting its columns may still give other bytes. Null if there is none. */
async function contentProblem(path: string, { recipe }: Manifest, entry: ShardEntry): Promise<string | null> {
  try {
    await wholeShard(path, recipe, entry.shard);
    return null;
  } catch (error) {
    return messageOf(error).replace(`${join(path, entry.file)}: `, '');
  }
}

function messageOf(error: unknown): string {
  if (error instanceof DyadicError) return error.message;
  throw error;
}
