import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLock, lockFolder } from './lock.js';
import { CARD_FILES, MANIFEST_FILE, readManifest } from './manifest.js';
import { isOfStore } from './store-files.js';

/**
 * Removes the files of a dataset, finished or not, and its folder unless that holds other files. The manifest goes last, so an
 * interrupted removal still leaves a recognisable dataset.
 *
 * @throws LockedError when another process writes to the folder, DataError when it is not a dataset
 */
export async function removeDataset(folder: string): Promise<void> {
  const lock = lockFolder(folder);
  try {
    const { card } = await readManifest(folder);
    const others = new Set<string>(CARD_FILES.filter((name) => !card.some(({ file }) => file === name)));
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const { name } = entry;
      const goes = isOfStore(name) && name !== MANIFEST_FILE && !isLock(name) && !others.has(name);
      if (goes && !entry.isDirectory()) await rm(join(folder, name), { force: true });
    }
    await rm(join(folder, MANIFEST_FILE), { force: true });
  } finally {
    lock.release();
  }
  // Fails if anything is left: the user's files, or the lock of another process.
  await rmdir(folder).catch(() => {});
}
