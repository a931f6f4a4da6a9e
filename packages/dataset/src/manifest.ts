import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import * as z from 'zod';
import { type Json, parseText, sha256 } from './document.js';
import { openPlainFile, writeFileAtomic } from './file.js';
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

/** Name of the manifest in a dataset folder. */
export const MANIFEST_FILE = 'manifest.json';

/** Files of the dataset card, in the manifest's order. */
export const CARD_FILES = ['README.md', 'statistics.svg'] as const;

/** Most bytes of a manifest; one of a million shards has a third of this. */
const MOST_MANIFEST_BYTES = 2 ** 29;

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/** Schema of {@link FailedDraw}. */
const failedDrawSchema = z.strictObject({
  /** Number of the sample. */
  sample: z.int().min(0),
  /** Number of draws given up before this one. */
  attempt: z.int().min(0),
  /** Status that the solver reported. */
  status: z.string(),
  /** Residual that the solver reached; null if it is not finite. */
  residual: z.number().nullable(),
});
/** A draw whose solve failed, and that the next attempt replaced. */
export type FailedDraw = z.infer<typeof failedDrawSchema>;
export const failedDrawsSchema = z.array(failedDrawSchema).min(1);

const shardSchema = z.strictObject({
  shard: z.int().min(0),
  file: z.string(),
  rows: z.int().min(1),
  bytes: z.int().min(1),
  sha256: hash,
  /** Draws given up for samples of this shard, in order; absent if there are none. */
  failures: failedDrawsSchema.optional(),
});
/** A finished shard in the manifest. */
export type ShardEntry = z.infer<typeof shardSchema>;

const cardFileSchema = z.strictObject({ file: z.enum(CARD_FILES), bytes: z.int().min(1), sha256: hash });
export type CardFile = z.infer<typeof cardFileSchema>;

const manifestSchema = z.strictObject({
  format: z.literal('dyadic-dataset'),
  formatVersion: z.int(),
  recipe: recipeSchema,
  recipeSha256: hash,
  /** Whether every shard and the card are written. */
  complete: z.boolean(),
  /** Finished shards, in order. */
  shards: z.array(shardSchema),
  /** Files of the dataset card. Written last, so empty until the dataset is complete. */
  card: z.array(cardFileSchema),
  /** SHA-256 of the canonical JSON of everything above. */
  checksum: hash,
});
/** The manifest of a dataset folder: its recipe, shards and checksums. */
export type Manifest = z.infer<typeof manifestSchema>;

/** The manifest of a dataset with the given finished shards; complete if there is a card. */
export function manifestOf(recipe: Recipe, shards: readonly ShardEntry[], card: readonly CardFile[] = []): Manifest {
  const content = {
    format: 'dyadic-dataset' as const,
    formatVersion: FORMAT_VERSION,
    recipe,
    recipeSha256: recipeHash(recipe),
    complete: card.length > 0,
    shards: [...shards].sort((a, b) => a.shard - b.shard),
    card: [...card],
  };
  return { ...content, checksum: sha256(content as unknown as Json) };
}

export async function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  await writeFileAtomic(join(folder, MANIFEST_FILE), `${JSON.stringify(manifest, null, 1)}\n`);
}

/**
 * Reads the manifest of a dataset folder and checks it: schema, checksum, and consistency with its recipe.
 *
 * @throws DataError when it is missing, damaged, edited, or of another format version
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, MANIFEST_FILE);
  const text = await readManifestText(path);
  // Check the version before the schema: other versions may have other entries.
  const version = /^\s*\{\s*"format": ?"dyadic-dataset",\s*"formatVersion": ?(\d{1,9}),/.exec(text)?.[1];
  if (version !== undefined && Number(version) !== FORMAT_VERSION) {
    throw new DataError(path, `has format version ${version}; this program reads ${FORMAT_VERSION}`);
  }
  const manifest = parseText(path, text, manifestSchema);
  const { checksum, ...content } = manifest;
  if (checksum !== sha256(content as unknown as Json)) {
    throw new DataError(path, 'was edited or damaged: its checksum does not match', {
      remedy: { code: 'repair', folder },
    });
  }
  if (manifest.formatVersion !== FORMAT_VERSION) {
    throw new DataError(path, `has format version ${manifest.formatVersion}; this program reads ${FORMAT_VERSION}`);
  }
  requireConsistent(path, manifest);
  return manifest;
}

async function readManifestText(path: string): Promise<string> {
  const file = await openPlainFile(path);
  try {
    const { size } = await file.stat();
    if (size > MOST_MANIFEST_BYTES) {
      throw new DataError(path, `has ${size} bytes; expected at most ${MOST_MANIFEST_BYTES}`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Checks everything that follows from the recipe: an edited manifest may have a recomputed checksum. @throws DataError */
function requireConsistent(path: string, { recipe, recipeSha256, shards, card, complete }: Manifest): void {
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
  const cardIsWhole = card.map(({ file }) => file).join() === CARD_FILES.join();
  const wanted = shards.length === shardCount(recipe) && cardIsWhole;
  if (complete !== wanted || (card.length > 0 && !complete)) {
    throw new DataError(
      path,
      `complete is ${complete}, with ${shards.length} shards and ${card.length} files of the card`,
    );
  }
}
