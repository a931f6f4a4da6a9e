import { access, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, requireFinite, requireInteger } from '@dyadic/errors';
import { type Columns, requireColumns } from './columns.js';
import { firstDifference, type Json, parseDocument, sha256 } from './document.js';
import { sha256OfFile, TEMPORARY_SUFFIX, writeFileAtomic } from './file.js';
import {
  type FailedDraw,
  MANIFEST_FILE,
  type Manifest,
  manifestOf,
  readManifest,
  type ShardEntry,
  writeManifest,
} from './manifest.js';
import {
  type Recipe,
  type RecipeInput,
  recipeHash,
  recipeSchema,
  shardCount,
  shardFile,
  shardRange,
  sizeProblem,
} from './schema.js';
import { encodeShard } from './shard.js';

export interface CreateOptions {
  /** Reads every finished shard, and counts those that are damaged or missing as not done. Default false. */
  readonly repair?: boolean;
}

/**
 * Opens a dataset folder for writing: a new one, or one that an interrupted run left behind. Finished shards are kept
 * and are not computed again; an interrupted and resumed run ends with the same bytes as an uninterrupted one.
 *
 * @param path - The folder; created if missing.
 * @throws DataError when the folder holds a dataset of another recipe, or a finished shard has vanished or changed size
 */
export async function createDataset(
  path: string,
  recipe: RecipeInput,
  options: CreateOptions = {},
): Promise<DatasetWriter> {
  const checked = parseDocument(path, recipe, recipeSchema);
  const problem = sizeProblem(checked);
  if (problem) throw new DataError(path, problem);
  await mkdir(path, { recursive: true }).catch((cause) => {
    throw new DataError(path, `can not be created (${(cause as Error).message})`, { cause });
  });
  await removeTemporaryFiles(path);
  const shards = await finishedShards(path, checked, options.repair ?? false);
  return new DatasetWriter(path, checked, shards);
}

/** Adds shards to a dataset folder. Shards may come in any order, one call at a time or several at once. */
export class DatasetWriter {
  readonly path: string;
  readonly recipe: Recipe;
  readonly #shards: Map<number, ShardEntry>;
  /** Manifest writes follow one another: each lists all shards finished when it starts. */
  #manifestWrites: Promise<void> = Promise.resolve();

  constructor(path: string, recipe: Recipe, shards: readonly ShardEntry[]) {
    this.path = path;
    this.recipe = recipe;
    this.#shards = new Map(shards.map((entry) => [entry.shard, entry]));
  }

  /** Numbers of the shards still to do, in order. */
  get missing(): number[] {
    return Array.from({ length: shardCount(this.recipe) }, (_, shard) => shard).filter((s) => !this.#shards.has(s));
  }

  /** First row and number of rows of a shard. */
  range(shard: number): { firstRow: number; rows: number } {
    requireInteger('shard', shard, { min: 0, max: shardCount(this.recipe) - 1 });
    return shardRange(this.recipe, shard);
  }

  /**
   * Writes one shard and enters it in the manifest, with the draws that were given up on the way.
   *
   * @throws ArgumentError for wrong columns or failures of other shards' samples, DataError for disk trouble
   */
  async write(shard: number, columns: Columns, failures: readonly FailedDraw[] = []): Promise<void> {
    const { firstRow, rows } = this.range(shard);
    requireColumns(this.recipe.fields, columns, rows);
    for (const [i, { sample, residual }] of failures.entries()) {
      requireInteger(`failures[${i}].sample`, sample, { min: firstRow, max: firstRow + rows - 1 });
      if (residual !== null) requireFinite(`failures[${i}].residual`, residual);
    }
    const bytes = encodeShard(this.recipe, shard, columns);
    const file = shardFile(shard);
    await writeFileAtomic(join(this.path, file), bytes);
    const entry = { shard, file, rows, bytes: bytes.length, sha256: sha256(bytes) };
    this.#shards.set(shard, failures.length > 0 ? { ...entry, failures: [...failures] } : entry);
    await this.#writeManifest();
  }

  /** Waits for the manifest and returns it. */
  async close(): Promise<Manifest> {
    await this.#manifestWrites;
    return manifestOf(this.recipe, [...this.#shards.values()]);
  }

  #writeManifest(): Promise<void> {
    const write = () => writeManifest(this.path, manifestOf(this.recipe, [...this.#shards.values()]));
    this.#manifestWrites = this.#manifestWrites.then(write, write);
    return this.#manifestWrites;
  }
}

/** The shards that the folder's manifest lists, checked; none when there is no manifest yet. */
async function finishedShards(path: string, recipe: Recipe, repair: boolean): Promise<ShardEntry[]> {
  if (!(await exists(join(path, MANIFEST_FILE)))) return [];
  const manifest = await readManifest(path);
  if (manifest.recipeSha256 !== recipeHash(recipe)) {
    throw new DataError(
      path,
      `holds the dataset '${manifest.recipe.name}' of another recipe (${firstDifference(manifest.recipe as unknown as Json, recipe as unknown as Json)}). Choose another folder, or delete this one to generate it anew`,
    );
  }
  const good: ShardEntry[] = [];
  for (const entry of manifest.shards) {
    const problem = await shardProblem(path, entry, repair);
    if (problem === null) good.push(entry);
    else if (!repair) throw new DataError(join(path, entry.file), `${problem}. Generate with --repair to redo it`);
  }
  return good;
}

/** What is wrong with a finished shard's file; null if nothing. The size is always checked, the content if asked. */
export async function shardProblem(path: string, entry: ShardEntry, readContent: boolean): Promise<string | null> {
  const file = join(path, entry.file);
  const found = await stat(file).catch(() => null);
  if (found === null) return 'is missing';
  if (!found.isFile()) return 'is not a file; remove it';
  const { size } = found;
  if (size < entry.bytes) return `is truncated: ${size} of ${entry.bytes} bytes`;
  if (size > entry.bytes) return `has ${size} bytes; expected ${entry.bytes}`;
  if (readContent && (await sha256OfFile(file)) !== entry.sha256)
    return "is damaged: its SHA-256 is not the manifest's";
  return null;
}

async function removeTemporaryFiles(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true })) {
    if (entry.isFile() && entry.name.endsWith(TEMPORARY_SUFFIX)) await rm(join(path, entry.name), { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
