import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { TEMPORARY_SUFFIX } from './file.js';
import { isLock } from './lock.js';
import { CARD_FILES, MANIFEST_FILE } from './manifest.js';

const SHARD_NAME = /^shard-\d{5,7}\.arrow$/;

/** Common names: a file of such a name need not belong to a dataset. */
const COMMON_NAMES: readonly string[] = [MANIFEST_FILE, ...CARD_FILES];

/** Whether a file name is that of a shard: `shard-00000.arrow`, with five to seven digits. */
export function isShard(name: string): boolean {
  return SHARD_NAME.test(name);
}

/** Whether the store uses a file name. It leaves all other files in a dataset folder alone. */
export function isOfStore(name: string): boolean {
  return isShard(name) || COMMON_NAMES.includes(name) || isTemporary(name) || isLock(name);
}

/** Whether a name is the temporary name of a file of the store. */
function isTemporary(name: string): boolean {
  const final = name.endsWith(TEMPORARY_SUFFIX) ? name.slice(0, -TEMPORARY_SUFFIX.length) : '';
  return isShard(final) || COMMON_NAMES.includes(final);
}

/** Removes the temporary files of killed writers. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() && isTemporary(entry.name)) await rm(join(folder, entry.name), { force: true });
  }
}

/**
 * Refuses a folder without a usable manifest if a dataset would overwrite its files. A folder with shards is a dataset that lacks
 * its manifest: the manifest is written after the first shard, the card after the last.
 *
 * @throws DataError naming a file that does not belong to a dataset
 */
export function requireNothingForeign(folder: string, names: ReadonlySet<string>): void {
  const foreign = COMMON_NAMES.find((name) => names.has(name));
  if (foreign === undefined || [...names].some(isShard)) return;
  throw new DataError(
    folder,
    `holds a ${foreign} that is not of a dataset and would be overwritten. Choose another folder, or move ${foreign} elsewhere`,
  );
}
