import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLock, lockFolder } from './lock.js';
import { CARD_FILES, MANIFEST_FILE, readManifest } from './manifest.js';
import { isOfStore } from './store-files.js';

/**
 * Removes the files of a dataset, finished or not, and its folder unless other files are there. The manifest goes last:
 * until then the folder shows what it is.
 *
 * @throws DataError when another process writes to it, or when it is no dataset
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
  // Refused while anything is in it: files of its owner, or the lock of whoever came meanwhile.
  await rmdir(folder).catch(() => {});
}
