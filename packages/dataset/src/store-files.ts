import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { TEMPORARY_SUFFIX } from './file.js';
import { isLock } from './lock.js';
import { CARD_FILES, MANIFEST_FILE } from './manifest.js';

const SHARD_NAME = /^shard-\d{5,7}\.arrow$/;

/** Names that anybody may give a file: one that is there need not be of a dataset. */
const COMMON_NAMES: readonly string[] = [MANIFEST_FILE, ...CARD_FILES];

/** Whether a name is that of a shard. */
export function isShard(name: string): boolean {
  return SHARD_NAME.test(name);
}

/** Whether a file's name is one that the store gives. Other files in a dataset's folder are its owner's business. */
export function isOfStore(name: string): boolean {
  return isShard(name) || COMMON_NAMES.includes(name) || isTemporary(name) || isLock(name);
}

/** Whether a name is that of a file of the store while it is written. */
function isTemporary(name: string): boolean {
  const final = name.endsWith(TEMPORARY_SUFFIX) ? name.slice(0, -TEMPORARY_SUFFIX.length) : '';
  return isShard(final) || COMMON_NAMES.includes(final);
}

/** Removes half-written files of killed writers. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() && isTemporary(entry.name)) await rm(join(folder, entry.name), { force: true });
  }
}

/**
 * Refuses a folder, without a manifest that can be used, whose files a dataset would overwrite. Shards show that it is one
 * that lacks its manifest: it is written after the first of them, the card after the last.
 *
 * @throws DataError naming a file that is not of a dataset
 */
export function requireNothingForeign(folder: string, names: ReadonlySet<string>): void {
  const foreign = COMMON_NAMES.find((name) => names.has(name));
  if (foreign === undefined || [...names].some(isShard)) return;
  throw new DataError(
    folder,
    `holds a ${foreign} that is not of a dataset and would be overwritten. Choose another folder, or move ${foreign} elsewhere`,
  );
}
