import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, DataError, requireFinite, requireInteger } from '@dyadic/errors';
import { type CardTexts, writeCard } from './card.js';
import { type Columns, requireColumns } from './columns.js';
import { firstDifference, type Json, parseDocument } from './document.js';
import { createFolder, linkFileAtomic, writeFileAtomic } from './file.js';
import { type FolderLock, lockFolder, removeDeadLock } from './lock.js';
import {
  type CardFile,
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
import { fileProblem, shardEntry, wholeShard } from './shard-check.js';
import { encodeShard } from './shard-writer.js';
import { removeTemporaryFiles, requireNothingForeign } from './store-files.js';

/** Options of {@link createDataset}. */
export interface CreateOptions {
  /**
   * Reads every existing shard and keeps the intact ones; the others count as missing. Rewrites a damaged manifest.
   * Default false.
   */
  readonly repair?: boolean;
  /** The card's description of the problem, in Markdown: the equation in words and symbols. Default: the columns. */
  readonly about?: string;
  /** The card's note on how to reproduce the bytes. Default: they depend on recipe, seed and sample number alone. */
  readonly provenance?: string;
}

/** The manifest is rewritten when one shard in this many is unlisted; unlisted shards are found by reading them. */
const SHARDS_PER_UNLISTED = 64;

/**
 * Opens a dataset folder for writing: a new one, or one that an interrupted run left. Finished shards are kept; an interrupted and
 * resumed run ends with the same bytes as an uninterrupted one. Locks the folder until the writer is closed, unless the dataset is
 * already complete.
 *
 * @param path - The folder; created if missing.
 * @param recipe - Everything that determines the content.
 * @throws LockedError when another process writes to the folder; DataError for an invalid recipe, and when the folder holds a
 * dataset of another recipe, files that the dataset would overwrite, or a finished shard that is missing or has changed size
 */
export async function createDataset(
  path: string,
  recipe: RecipeInput,
  options: CreateOptions = {},
): Promise<DatasetWriter> {
  const checked = parseDocument(path, recipe, recipeSchema);
  const problem = sizeProblem(checked);
  if (problem) throw new DataError(path, problem);
  await createFolder(path);
  const { repair = false } = options;
  const finished = repair ? null : await completeManifest(path, checked);
  if (finished) {
    removeDeadLock(path);
    return new DatasetWriter(path, checked, options, finished, null);
  }
  const lock = lockFolder(path);
  try {
    const found = await foundContent(path, checked, repair);
    await removeTemporaryFiles(path);
    return new DatasetWriter(path, checked, options, found, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** The reusable contents of a dataset folder. */
interface Content {
  readonly shards: readonly ShardEntry[];
  /** Files of the card; empty if it has to be written. */
  readonly card: readonly CardFile[];
}

/**
 * Adds shards to a dataset folder; open it with {@link createDataset}. Accepts shards in any order, and concurrent calls for
 * different shards.
 */
export class DatasetWriter {
  readonly path: string;
  readonly recipe: Recipe;
  readonly #texts: CardTexts;
  readonly #shards: Map<number, ShardEntry>;
  #card: readonly CardFile[];
  readonly #lock: FolderLock | null;
  #closed: Promise<Manifest> | undefined;
  /** Number of finished shards that the manifest on disk does not list. */
  #unlisted = 0;
  /** Shards being written. */
  readonly #writes = new Set<Promise<void>>();
  /** Manifest writes run one after the other; each lists all shards finished when it starts. */
  #manifestWrites: Promise<void> = Promise.resolve();

  constructor(path: string, recipe: Recipe, texts: CardTexts, { shards, card }: Content, lock: FolderLock | null) {
    this.path = path;
    this.recipe = recipe;
    this.#texts = texts;
    this.#shards = new Map(shards.map((entry) => [entry.shard, entry]));
    this.#card = card;
    this.#lock = lock;
    // The shards found may differ from those that the manifest lists, so rewrite it in any case.
    if (card.length === 0) this.#unlisted = shards.length;
  }

  /** Numbers of the missing shards, in order. */
  get missing(): number[] {
    return Array.from({ length: shardCount(this.recipe) }, (_, shard) => shard).filter((s) => !this.#shards.has(s));
  }

  /** First row and number of rows of a shard. @throws ArgumentError for a number outside the dataset */
  range(shard: number): { firstRow: number; rows: number } {
    requireInteger('shard', shard, { min: 0, max: shardCount(this.recipe) - 1 });
    return shardRange(this.recipe, shard);
  }

  /**
   * Writes one shard. The manifest lists it now or a few shards later, at the latest after {@link close}.
   *
   * @param columns - One array per field, `rows · Π shape` entries each, samples one after the other, row-major; finite numbers.
   * @param failures - Draws given up for samples of this shard; default none.
   * @throws ArgumentError for wrong columns, failures of samples of other shards, a shard already written, or a closed writer;
   * DataError for a disk error
   */
  async write(shard: number, columns: Columns, failures: readonly FailedDraw[] = []): Promise<void> {
    const { firstRow, rows } = this.range(shard);
    this.#requireMissing(shard);
    requireColumns(this.recipe.fields, columns, rows);
    for (const [i, { sample, residual }] of failures.entries()) {
      requireInteger(`failures[${i}].sample`, sample, { min: firstRow, max: firstRow + rows - 1 });
      if (residual !== null) requireFinite(`failures[${i}].residual`, residual);
    }
    const bytes = encodeShard(this.recipe, shard, columns, failures);
    await this.#pending(async () => {
      await writeFileAtomic(join(this.path, shardFile(shard)), bytes);
      await this.#enter(shardEntry(this.recipe, shard, bytes, failures));
    });
  }

  /**
   * Adds a shard from another folder of the same recipe: hard-linked where possible, copied otherwise.
   *
   * @throws ArgumentError for a shard already written or a closed writer, DataError if the file in the other folder is damaged
   */
  async adopt(folder: string, shard: number): Promise<void> {
    this.#requireMissing(shard);
    await this.#pending(async () => {
      const entry = await wholeShard(folder, this.recipe, shard);
      await linkFileAtomic(join(folder, entry.file), join(this.path, entry.file));
      await this.#enter(entry);
    });
  }

  /**
   * Waits for pending writes, writes the dataset card if every shard is finished, then the manifest, and releases the lock. From
   * this call on, nothing more can be written; closing again has no effect.
   *
   * @returns the manifest of the folder
   */
  close(): Promise<Manifest> {
    this.#closed ??= this.#finish().finally(() => this.#lock?.release());
    return this.#closed;
  }

  async #finish(): Promise<Manifest> {
    // Nothing may be written after the lock is released. Callers of `write` receive its errors.
    await Promise.allSettled(this.#writes);
    await this.#manifestWrites;
    const complete = this.#shards.size === shardCount(this.recipe);
    const lacksCard = complete && this.#card.length === 0;
    if (lacksCard) this.#card = await writeCard(this.path, this.#manifest(), this.#texts);
    const nothingYet = this.#shards.size === 0;
    if (lacksCard || nothingYet || this.#unlisted > 0) await writeManifest(this.path, this.#manifest());
    return this.#manifest();
  }

  #requireMissing(shard: number): void {
    this.range(shard);
    if (this.#shards.has(shard)) throw new ArgumentError('shard', shard, 'one of those that are missing');
    if (this.#closed) throw new ArgumentError('shard', shard, 'a call before the writer is closed');
  }

  async #pending(write: () => Promise<void>): Promise<void> {
    const running = write();
    this.#writes.add(running);
    await running.finally(() => this.#writes.delete(running));
  }

  async #enter(entry: ShardEntry): Promise<void> {
    this.#shards.set(entry.shard, entry);
    this.#unlisted++;
    if (this.#unlisted * SHARDS_PER_UNLISTED < this.#shards.size) return;
    const write = () => {
      this.#unlisted = 0;
      return writeManifest(this.path, this.#manifest());
    };
    this.#manifestWrites = this.#manifestWrites.then(write, write);
    await this.#manifestWrites;
  }

  #manifest(): Manifest {
    return manifestOf(this.recipe, [...this.#shards.values()], this.#card);
  }
}

/** The folder's manifest if it is complete and every file has its size; null if there is work to do. @throws DataError */
async function completeManifest(path: string, recipe: Recipe): Promise<Manifest | null> {
  if (!(await exists(join(path, MANIFEST_FILE)))) return null;
  const manifest = await readManifest(path);
  requireSameRecipe(path, manifest, recipe);
  if (!manifest.complete) return null;
  for (const entry of [...manifest.shards, ...manifest.card]) {
    const problem = await fileProblem(path, entry, false);
    if (problem) throw needsRepair(path, recipe, entry.file, problem);
  }
  return manifest;
}

/**
 * The reusable content of a folder. Checks shards that the manifest lists by size only, unless repairing. Reads unlisted shards in
 * any case: a run was killed before listing them, or the manifest is lost.
 */
async function foundContent(path: string, recipe: Recipe, repair: boolean): Promise<Content> {
  const manifest = await usableManifest(path, recipe, repair);
  const listed = new Map(manifest?.shards.map((entry) => [entry.shard, entry]));
  const names = new Set(await readdir(path));
  if (!manifest) requireNothingForeign(path, names);
  const shards: ShardEntry[] = [];
  let foreign: string | undefined;
  for (let shard = 0; shard < shardCount(recipe); shard++) {
    const entry = listed.get(shard);
    if (entry) {
      const problem = await fileProblem(path, entry, repair);
      if (problem === null) shards.push(entry);
      else if (!repair) throw needsRepair(path, recipe, entry.file, problem);
      if (problem === null) continue;
    }
    if (!names.has(shardFile(shard))) continue;
    try {
      shards.push(await wholeShard(path, recipe, shard));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      if (error.message.endsWith('belongs to another dataset')) foreign ??= shardFile(shard);
    }
  }
  if (!manifest && shards.length === 0 && foreign) {
    throw new DataError(
      path,
      `holds shards of another dataset, such as ${foreign}. Choose another folder, or delete it`,
    );
  }
  const card = manifest?.card ?? [];
  const kept = shards.length === listed.size && shards.every((entry) => listed.get(entry.shard) === entry);
  const problems = await Promise.all(card.map((entry) => fileProblem(path, entry, true)));
  return { shards, card: kept && problems.every((problem) => problem === null) ? card : [] };
}

/** The manifest; null if there is none, or if it is damaged and has to be rewritten. */
async function usableManifest(path: string, recipe: Recipe, repair: boolean): Promise<Manifest | null> {
  if (!(await exists(join(path, MANIFEST_FILE)))) return null;
  let manifest: Manifest;
  try {
    manifest = await readManifest(path);
  } catch (error) {
    if (repair && error instanceof DataError) return null;
    throw error;
  }
  requireSameRecipe(path, manifest, recipe);
  return manifest;
}

function requireSameRecipe(path: string, manifest: Manifest, recipe: Recipe): void {
  if (manifest.recipeSha256 === recipeHash(recipe)) return;
  const difference = firstDifference(manifest.recipe as unknown as Json, recipe as unknown as Json);
  throw new DataError(
    path,
    `holds the dataset '${manifest.recipe.name}' of another recipe (${difference}). Choose another folder, or delete this one to generate it again`,
  );
}

function needsRepair(path: string, { generator }: Recipe, file: string, problem: string): DataError {
  return new DataError(join(path, file), problem, {
    remedy: { code: 'repair', folder: path, generator: generator.name },
  });
}

/** Whether anything has that name, even a dangling link. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
