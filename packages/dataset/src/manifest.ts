import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { z } from 'zod';
import { type Json, readDocument, sha256 } from './document.js';
import { writeFileAtomic } from './file.js';
import {
  FORMAT_VERSION,
  type Recipe,
  recipeHash,
  recipeSchema,
  shardCount,
  shardFile,
  shardRange,
  sizeProblem,
} from './schema.js';

export const MANIFEST_FILE = 'manifest.json';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** A draw that gave no sample and was replaced by another attempt. */
const failedDrawSchema = z.strictObject({
  /** Row of the dataset that it was drawn for. */
  sample: z.int().min(0),
  /** Draws given up for this sample before it. */
  attempt: z.int().min(0),
  /** What the solver said of it. */
  status: z.string(),
  /** How far the solver came; null where that is no number. */
  residual: z.number().nullable(),
});
export type FailedDraw = z.infer<typeof failedDrawSchema>;

const shardSchema = z.strictObject({
  shard: z.int().min(0),
  file: z.string(),
  rows: z.int().min(1),
  bytes: z.int().min(1),
  sha256: hash,
  /** Draws given up for samples of this shard, in order; absent where there are none. */
  failures: z.array(failedDrawSchema).min(1).optional(),
});
export type ShardEntry = z.infer<typeof shardSchema>;

const manifestSchema = z.strictObject({
  format: z.literal('dyadic-dataset'),
  formatVersion: z.int(),
  recipe: recipeSchema,
  recipeSha256: hash,
  /** Whether every shard is listed. */
  complete: z.boolean(),
  /** Finished shards, in order. */
  shards: z.array(shardSchema),
  /** SHA-256 of the canonical JSON of everything above. */
  checksum: hash,
});
/** What a dataset folder holds. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of a dataset with the given finished shards. */
export function manifestOf(recipe: Recipe, shards: readonly ShardEntry[]): Manifest {
  const content = {
    format: 'dyadic-dataset' as const,
    formatVersion: FORMAT_VERSION,
    recipe,
    recipeSha256: recipeHash(recipe),
    complete: shards.length === shardCount(recipe),
    shards: [...shards].sort((a, b) => a.shard - b.shard),
  };
  return { ...content, checksum: sha256(content as unknown as Json) };
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
}

/** Reads and checks the manifest of a dataset folder. @throws DataError when it is missing, edited or of another format */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const manifest = await readDocument(path, manifestSchema);
  if (manifest.formatVersion !== FORMAT_VERSION) {
    throw new DataError(path, `has format version ${manifest.formatVersion}; this program reads ${FORMAT_VERSION}`);
  }
  const { checksum, ...content } = manifest;
  if (checksum !== sha256(content as unknown as Json)) {
    throw new DataError(
      path,
      'was edited or damaged: its checksum does not match. Delete the folder and generate the dataset again',
    );
  }
  requireConsistent(path, manifest);
  return manifest;
}

/** A checksum can be recomputed by hand; what follows from the recipe must follow from it all the same. */
function requireConsistent(path: string, { recipe, recipeSha256, shards, complete }: Manifest): void {
  const problem = sizeProblem(recipe);
  if (problem) throw new DataError(path, problem);
  if (recipeSha256 !== recipeHash(recipe)) throw new DataError(path, 'recipeSha256 is not the hash of the recipe');
  for (const [i, { shard, file, rows, failures = [] }] of shards.entries()) {
    const expected = { file: shardFile(shard), rows: shardRange(recipe, shard).rows };
    const inOrder = i === 0 || shards[i - 1]!.shard < shard;
    if (!inOrder || shard >= shardCount(recipe) || file !== expected.file || rows !== expected.rows) {
      throw new DataError(
        path,
        `shards.${i} is ${JSON.stringify({ shard, file, rows })}, which the recipe does not allow`,
      );
    }
    const { firstRow } = shardRange(recipe, shard);
    const stray = failures.find(({ sample }) => sample < firstRow || sample >= firstRow + rows);
    if (stray)
      throw new DataError(path, `shards.${i}.failures names sample ${stray.sample}, which is not in the shard`);
  }
  if (complete !== (shards.length === shardCount(recipe)))
    throw new DataError(path, `complete is ${complete}, wrongly`);
}
