import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDataset, MANIFEST_FILE, type Manifest, readManifest, recipeHash, removeDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type Observed, type OnEvent, observed, progress } from '../events.js';
import { presentationOfRecipe } from '../problems/registry.js';
import { shardsOf } from './generate.js';
import { isOfPart, PARTS_FOLDER, partOfFolder } from './part.js';

/** Options of {@link mergeParts}. */
export interface MergeOptions extends Observed {
  /**
   * Keeps the parts. Otherwise, when the dataset is complete, removes those that are complete or contributed a shard, unless
   * another process writes to them. Default false.
   */
  readonly keep?: boolean;
}

/** Result of {@link mergeParts}. */
export interface MergeOutcome {
  readonly manifest: Manifest;
  /** Folders of the merged parts. */
  readonly parts: readonly string[];
  /** Number of shards that this call added. */
  readonly adopted: number;
}

/**
 * Merges parts of a dataset, wherever they are, into its folder. Checks that they have the same recipe and together all shards, and
 * that each shard is intact. A killed merge resumes when called again.
 *
 * @param folder - Folder of the whole dataset; created if missing.
 * @param given - Folders of the parts. Default: all parts in `parts/` of the dataset's folder.
 * @throws DataError naming a part of another recipe, missing shards, or a damaged shard
 */
export async function mergeParts(
  folder: string,
  given?: readonly string[],
  { keep = false, ...rest }: MergeOptions = {},
): Promise<MergeOutcome> {
  const { onEvent } = observed(rest);
  const parts = given ?? (await partsIn(folder));
  if (parts.length === 0) throw new DataError(folder, 'has no parts', { remedy: { code: 'generate-parts', folder } });
  const manifests: Manifest[] = [];
  for (const part of parts) manifests.push(await readManifest(part));
  const { recipe } = manifests[0]!;
  const other = manifests.findIndex(({ recipeSha256 }) => recipeSha256 !== recipeHash(recipe));
  if (other >= 0) throw new DataError(parts[other]!, `is of another recipe than ${parts[0]}`);
  const whole = new Set(parts.filter((part, i) => isWhole(part, manifests[i]!)));
  const owner = new Map<number, string>();
  for (const [i, { shards }] of manifests.entries()) {
    // A process may still write to an incomplete part: prefer shards of complete ones.
    for (const { shard } of shards) if (!owner.has(shard) || whole.has(parts[i]!)) owner.set(shard, parts[i]!);
  }
  const used = new Set(whole);
  const writer = await createDataset(folder, recipe, { about: presentationOfRecipe(recipe)?.about ?? '' });
  let adopted = 0;
  try {
    const missing = writer.missing;
    const absent = missing.filter((shard) => !owner.has(shard));
    if (absent.length > 0) {
      const list = absent.slice(0, 10).join(', ') + (absent.length > 10 ? ', …' : '');
      throw new DataError(folder, `lacks ${absent.length} shards that no part has: ${list}`, {
        remedy: { code: 'generate-parts', folder },
      });
    }
    const bar = progress(onEvent, { task: 'merge', name: recipe.name, unit: 'shards', total: missing.length });
    try {
      for (const shard of missing) {
        const part = owner.get(shard)!;
        await writer.adopt(part, shard);
        used.add(part);
        bar.update(++adopted);
      }
    } finally {
      bar.end();
    }
    const manifest = await writer.close();
    if (!keep) await removeParts(parts, used, onEvent);
    return { manifest, parts, adopted };
  } finally {
    await writer.close();
  }
}

/** The parts in the subfolders of a dataset. Other subfolders are unrelated, or have no shard yet. */
async function partsIn(folder: string): Promise<string[]> {
  const parts = join(folder, PARTS_FOLDER);
  const entries = await readdir(parts, { withFileTypes: true }).catch((cause) => {
    throw new DataError(parts, 'holds no parts', { cause, remedy: { code: 'generate-parts', folder } });
  });
  const holdsPart = (name: string) => partOfFolder(name) !== undefined && existsSync(join(parts, name, MANIFEST_FILE));
  const folders = entries.filter((entry) => entry.isDirectory() && holdsPart(entry.name)).map(({ name }) => name);
  return folders.sort((a, b) => partOfFolder(a)!.part - partOfFolder(b)!.part).map((name) => join(parts, name));
}

/** Whether a part has all the shards that its name states. */
function isWhole(part: string, manifest: Manifest): boolean {
  const numbers = partOfFolder(part);
  const there = new Set(manifest.shards.map(({ shard }) => shard));
  return numbers !== undefined && shardsOf(manifest).every((shard) => there.has(shard) || !isOfPart(shard, numbers));
}

/** Removes used parts, and the folder of all parts if it is then empty. */
async function removeParts(parts: readonly string[], used: ReadonlySet<string>, onEvent: OnEvent): Promise<void> {
  for (const part of parts) {
    if (!used.has(part)) {
      onEvent({ type: 'kept', folder: part, reason: 'it is not whole, and none of its shards was needed' });
      continue;
    }
    try {
      await removeDataset(part);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      onEvent({ type: 'kept', folder: part, reason: error.problem });
    }
    if (dirname(part).endsWith(PARTS_FOLDER)) await rmdir(dirname(part)).catch(() => {});
  }
}
