import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createDataset, type Manifest, readManifest, recipeHash } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import type { Output } from '../output/output.js';
import { aboutDataset } from './about.js';
import { PARTS_FOLDER } from './part.js';

export interface MergeOutcome {
  readonly manifest: Manifest;
  /** Shards taken over by this call. */
  readonly adopted: number;
}

/**
 * Joins parts of a dataset, wherever they are, into its folder: checks that they are of one recipe and leave nothing out,
 * and that each shard is whole. Killed and run again, it goes on.
 *
 * @param keep - Whether the parts stay; they are removed once the dataset is complete otherwise.
 * @throws DataError naming the part that does not belong, the shards that are missing, or the shard that is damaged
 */
export async function mergeParts(
  folder: string,
  parts: readonly string[],
  keep: boolean,
  output: Output,
): Promise<MergeOutcome> {
  if (parts.length === 0) throw new DataError(folder, 'has no parts. Compute them with: dyadic generate --shard k/n');
  const manifests: Manifest[] = [];
  for (const part of parts) manifests.push(await readManifest(part));
  const { recipe } = manifests[0]!;
  const other = manifests.findIndex(({ recipeSha256 }) => recipeSha256 !== recipeHash(recipe));
  if (other >= 0) throw new DataError(parts[other]!, `is of another recipe than ${parts[0]}`);
  const owner = new Map<number, string>();
  for (const [i, { shards }] of manifests.entries()) {
    for (const { shard } of shards) owner.set(shard, parts[i]!);
  }
  const writer = await createDataset(folder, recipe, { about: aboutDataset(recipe) });
  let adopted = 0;
  try {
    const missing = writer.missing;
    const absent = missing.filter((shard) => !owner.has(shard));
    if (absent.length > 0) {
      const list = absent.slice(0, 10).join(', ') + (absent.length > 10 ? ', …' : '');
      throw new DataError(folder, `lacks ${absent.length} shards that no part has: ${list}. Generate the missing part`);
    }
    const progress = output.progress(`merge ${recipe.name}`, missing.length, 'shards');
    try {
      for (const shard of missing) {
        await writer.adopt(owner.get(shard)!, shard);
        progress.update(++adopted);
      }
    } finally {
      progress.stop();
    }
    const manifest = await writer.close();
    if (!keep) await removeParts(parts);
    return { manifest, adopted };
  } finally {
    await writer.close();
  }
}

/** Removes parts, and the folder that `dyadic generate --shard` made for them once it is empty. */
async function removeParts(parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    await rm(part, { recursive: true, force: true });
    if (dirname(part).endsWith(PARTS_FOLDER)) await rmdir(dirname(part)).catch(() => {});
  }
}
