import { existsSync } from 'node:fs';
import { readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDataset, MANIFEST_FILE, type Manifest, readManifest, recipeHash, removeDataset } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { type Observed, type OnEvent, observed, progress } from '../events.js';
import { presentationOfRecipe } from '../problems/registry.js';
import { shardsOf } from './generate.js';
import { isOfPart, PARTS_FOLDER, partOfFolder } from './part.js';

export interface MergeOptions extends Observed {
  /**
   * Whether the parts stay. Otherwise, once the dataset is complete, those are removed that are whole or gave a shard to
   * it, and that nobody writes to. Default false.
   */
  readonly keep?: boolean;
}

export interface MergeOutcome {
  readonly manifest: Manifest;
  /** Folders of the parts that were joined. */
  readonly parts: readonly string[];
  /** Shards taken over by this call. */
  readonly adopted: number;
}

/**
 * Joins parts of a dataset, wherever they are, into its folder: checks that they are of one recipe and leave nothing out,
 * and that each shard is whole. Killed and called again, it resumes.
 *
 * @param given - Folders of the parts. Default: all in `parts/` of the dataset's folder that hold a part.
 * @throws DataError naming the part that does not belong, the shards that are missing, or the shard that is damaged
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
    // Somebody may still write to one that is not whole: it gives what no other has.
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

/** Subfolders of a dataset that hold a part: others are unrelated, or hold no shard yet. */
async function partsIn(folder: string): Promise<string[]> {
  const parts = join(folder, PARTS_FOLDER);
  const entries = await readdir(parts, { withFileTypes: true }).catch((cause) => {
    throw new DataError(parts, 'holds no parts', { cause, remedy: { code: 'generate-parts', folder } });
  });
  const holdsPart = (name: string) => partOfFolder(name) !== undefined && existsSync(join(parts, name, MANIFEST_FILE));
  const folders = entries.filter((entry) => entry.isDirectory() && holdsPart(entry.name)).map(({ name }) => name);
  return folders.sort((a, b) => partOfFolder(a)!.part - partOfFolder(b)!.part).map((name) => join(parts, name));
}

/** Whether a part holds all the shards that its name says. */
function isWhole(part: string, manifest: Manifest): boolean {
  const numbers = partOfFolder(part);
  const there = new Set(manifest.shards.map(({ shard }) => shard));
  return numbers !== undefined && shardsOf(manifest).every((shard) => there.has(shard) || !isOfPart(shard, numbers));
}

/** Removes parts that were used, and the folder of all parts once it is empty. */
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
