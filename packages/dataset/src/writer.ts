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

export interface CreateOptions {
  /**
   * Reads every shard that is there and keeps those that are whole; the others count as not done. A manifest that was
   * damaged is rewritten. Default false.
   */
  readonly repair?: boolean;
  /** What the dataset's card says of the problem, in Markdown: the equation in words and symbols. */
  readonly about?: string;
  /** How to reproduce the bytes, for the card. Default: they depend on recipe, seed and sample number alone. */
  readonly provenance?: string;
}

/** The manifest is rewritten when one shard in so many is not listed yet; unlisted shards are found by reading them. */
const SHARDS_PER_UNLISTED = 64;

/**
 * Opens a dataset folder for writing: a new one, or one that an interrupted run left behind. Finished shards are kept
 * and are not computed again; an interrupted and resumed run ends with the same bytes as an uninterrupted one. The folder
 * is locked until the writer is closed, unless there is nothing left to do.
 *
 * @param path - The folder; created if missing.
 * @throws DataError when another process writes to the folder, when it holds a dataset of another recipe or files of its
 * owner that the dataset would overwrite, or a finished shard has vanished or changed size
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
  /** Files of the card; empty when it has to be written. */
  readonly card: readonly CardFile[];
}

/** Adds shards to a dataset folder. Shards may come in any order, one call at a time or several at once. */
export class DatasetWriter {
  readonly path: string;
  readonly recipe: Recipe;
  readonly #texts: CardTexts;
  readonly #shards: Map<number, ShardEntry>;
  #card: readonly CardFile[];
  readonly #lock: FolderLock | null;
  #closed: Promise<Manifest> | undefined;
  /** Shards that the manifest on the disk does not list. */
  #unlisted = 0;
  /** Shards that are being written. */
  readonly #writes = new Set<Promise<void>>();
  /** Manifest writes follow one another: each lists all shards finished when it starts. */
  #manifestWrites: Promise<void> = Promise.resolve();

  constructor(path: string, recipe: Recipe, texts: CardTexts, { shards, card }: Content, lock: FolderLock | null) {
    this.path = path;
    this.recipe = recipe;
    this.#texts = texts;
    this.#shards = new Map(shards.map((entry) => [entry.shard, entry]));
    this.#card = card;
    this.#lock = lock;
    // What was found may differ from what the manifest lists: it is written in any case.
    if (card.length === 0) this.#unlisted = shards.length;
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
   * Writes one shard, with the draws that were given up on the way. The manifest lists it now or a few shards later,
   * {@link close} at the latest.
   *
   * @throws ArgumentError for wrong columns, failures of other shards' samples, or a shard that is there already,
   * DataError for disk trouble
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
   * Takes over a shard from another folder of the same recipe: linked where the disk allows it, copied elsewhere.
   *
   * @throws ArgumentError for a shard that is there already, DataError when the other folder's file is not whole
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
   * Waits for shards that are being written; writes the manifest, and when every shard is there first the dataset card;
   * gives the folder free. Nothing more can be written from the call on; closing again changes nothing.
   *
   * @returns What the folder holds now.
   */
  close(): Promise<Manifest> {
    this.#closed ??= this.#finish().finally(() => this.#lock?.release());
    return this.#closed;
  }

  async #finish(): Promise<Manifest> {
    // Nothing may reach the folder once it is free. Whoever wrote a shard is told what became of it.
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

/** The folder's manifest if it is that of the whole dataset, with every file in its size; null if there is work to do. */
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
 * What can be kept of a folder. Shards that the manifest lists are taken at its word, or read if asked; others that are
 * there, because a run was killed before it listed them or because the manifest is lost, are read in any case.
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

/** The manifest; null when there is none, or when it cannot be used and has to be rewritten. */
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

/** Whether there is anything of that name, be it a link that leads nowhere. */
async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
