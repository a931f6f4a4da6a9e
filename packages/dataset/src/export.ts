import { randomBytes } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { ArgumentError, DataError, requireOneOf } from '@dyadic/errors';
import { AsyncByteQueue, RecordBatchStreamWriter } from 'apache-arrow';
import { bytesOf, type Column, fieldOf, type NumericArray } from './columns.js';
import type { Dataset } from './dataset.js';
import { createFolder, unwritable } from './file.js';
import { type Field, type Recipe, shardCount, shardRange } from './schema.js';
import { exportBatches } from './shard-writer.js';
import { isOfStore } from './store-files.js';

/** Formats of {@link exportDataset}. */
export const EXPORT_FORMATS = ['arrow-stream', 'npy'] as const;
/** A format of {@link exportDataset}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** A suffix that no other program uses. */
const TEMPORARY_SUFFIX = '.dyadic-tmp';

/** Exports write continuously, so a temporary file unchanged for this long belongs to a killed one. */
const MILLISECONDS_ABANDONED = 3_600_000;

/** Options of {@link exportDataset}. */
export interface ExportOptions {
  readonly format: ExportFormat;
  /** Columns to write; default all. */
  readonly columns?: readonly string[];
  /** `false` writes the tensors of an Arrow stream as plain fixed-size lists. Default: as in the recipe. */
  readonly tensorExtension?: boolean;
  /** Called with the number of shards done. */
  readonly onShard?: (done: number) => void;
}

/**
 * Exports a dataset, shard by shard, to a format that other programs read:
 *
 * - `arrow-stream`: one file in Arrow's streaming format;
 * - `npy`: a folder with one file in NumPy's format (version 1.0) per column, of shape (samples, …shape); texts as
 *   fixed-length Unicode.
 *
 * @param target - The file, or for `npy` the folder; existing files are replaced.
 * @returns the paths of the files written
 * @throws ArgumentError for an unknown format, an unknown or repeated column, or a target named like a file of the store;
 * DataError for a damaged shard or a disk error
 */
export async function exportDataset(dataset: Dataset, target: string, options: ExportOptions): Promise<string[]> {
  const { onShard = () => {} } = options;
  const format = requireOneOf('format', options.format, EXPORT_FORMATS);
  const fields = exportedFields(dataset.recipe, options.columns);
  if (format === 'arrow-stream') {
    await createFolder(dirname(target));
    await exportStream(dataset, target, fields, options.tensorExtension ?? dataset.recipe.tensorExtension, onShard);
    return [target];
  }
  await createFolder(target);
  const files: string[] = [];
  for (const field of fields) {
    const path = join(target, `${field.name}.npy`);
    await exportNpy(dataset, path, field);
    files.push(path);
    onShard(Math.round((files.length * shardCount(dataset.recipe)) / fields.length));
  }
  return files;
}

/** The fields of the named columns, in that order; default all. @throws ArgumentError for no, unknown or repeated names */
export function exportedFields(recipe: Recipe, columns?: readonly string[]): readonly Field[] {
  if (columns === undefined) return recipe.fields;
  if (columns.length === 0) throw new ArgumentError('columns', columns, 'at least one column');
  const repeated = columns.find((name, i) => columns.indexOf(name) < i);
  if (repeated !== undefined) throw new ArgumentError('columns', columns, `each column once, '${repeated}' among them`);
  return columns.map((name) => fieldOf(recipe, name));
}

async function exportStream(
  dataset: Dataset,
  target: string,
  fields: readonly Field[],
  tensorExtension: boolean,
  onShard: (done: number) => void,
): Promise<void> {
  await inTemporary(target, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      const written = new WrittenBytes();
      const writer = new RecordBatchStreamWriter();
      writer.reset(written);
      let done = 0;
      for await (const [rows, columns] of eachShard(dataset, fields)) {
        for (const batch of exportBatches(dataset.recipe, fields, tensorExtension, columns, rows)) {
          writer.write(batch);
          for (const bytes of written.take()) await writeAll(file, bytes);
        }
        onShard(++done);
      }
      writer.close();
      for (const bytes of written.take()) await writeAll(file, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/**
 * Collects the bytes that apache-arrow's writer produces until they are taken. Its own streams leave a rejection unhandled if
 * their source or sink fails.
 */
class WrittenBytes extends AsyncByteQueue {
  #chunks: Uint8Array[] = [];

  override write(value: ArrayBufferViewInput): void {
    const bytes = value as Uint8Array;
    if (bytes.byteLength > 0) this.#chunks.push(bytes);
  }

  take(): Uint8Array[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }
}

type ArrayBufferViewInput = Parameters<AsyncByteQueue['write']>[0];

async function exportNpy(dataset: Dataset, target: string, field: Field): Promise<void> {
  const { name, type, shape } = field;
  let characters = 1;
  if (type === 'utf8') {
    for await (const [, columns] of eachShard(dataset, [field])) {
      for (const text of columns[name] as readonly string[]) characters = Math.max(characters, [...text].length);
    }
  }
  const kind = { float32: '<f4', float64: '<f8', int32: '<i4', uint32: '<u4', utf8: `<U${characters}` }[type];
  const extents = [dataset.samples, ...shape].map((extent) => `${extent},`).join(' ');
  await inTemporary(target, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      await writeAll(file, npyHeader(`{'descr': '${kind}', 'fortran_order': False, 'shape': (${extents}), }`));
      for await (const [, columns] of eachShard(dataset, [field])) {
        const column = columns[name]!;
        await writeAll(
          file,
          type === 'utf8' ? codePoints(column as string[], characters) : bytesOf(column as NumericArray),
        );
      }
      await file.sync();
    } finally {
      await file.close();
    }
  });
}

/** Yields the number of rows and the columns of each shard in turn. @throws DataError for a damaged shard */
export async function* eachShard(
  dataset: Dataset,
  fields: readonly Field[],
): AsyncGenerator<readonly [number, Readonly<Record<string, Column>>]> {
  const names = fields.map(({ name }) => name);
  for (let shard = 0; shard < shardCount(dataset.recipe); shard++) {
    const { firstRow, rows } = shardRange(dataset.recipe, shard);
    yield [rows, await dataset.read(names, firstRow, rows)];
  }
}

/** Magic bytes, version, length, and the description, padded so that the numbers begin at a multiple of 64 bytes. */
function npyHeader(description: string): Buffer {
  const length = Math.ceil((10 + description.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(description, 10, 'latin1');
  header.write('\n', 9 + length, 'latin1');
  return header;
}

/** Texts as UTF-32, padded with zeros. */
function codePoints(texts: readonly string[], characters: number): Uint8Array {
  const codes = new Uint32Array(texts.length * characters);
  for (const [i, text] of texts.entries()) {
    codes.set(
      Array.from(text, (character) => character.codePointAt(0)!),
      i * characters,
    );
  }
  return bytesOf(codes);
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

/**
 * Writes a file under a temporary name and renames it when it is complete, replacing an existing file.
 *
 * @param write - Writes the file to the temporary path that it receives.
 * @throws ArgumentError for the name of a file of the store, which may belong to a dataset; DataError for a disk error, or a
 * target that is not a plain file
 */
export async function inTemporary(target: string, write: (temporary: string) => Promise<void>): Promise<void> {
  if (isOfStore(basename(resolve(target)))) {
    throw new ArgumentError('target', target, 'a name that no file of a dataset has');
  }
  await requireReplaceable(target);
  // A unique name: of two exports to one target, the complete file of the later one remains.
  const temporary = `${target}.${randomBytes(6).toString('hex')}${TEMPORARY_SUFFIX}`;
  try {
    await removeAbandoned(target);
    await write(temporary);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    const isOfDisk = (cause as NodeJS.ErrnoException).syscall !== undefined;
    throw isOfDisk ? unwritable(target, 0, cause) : cause;
  }
}

/** Checks that the target is absent or a file: renaming would replace a pipe or a device by a file. @throws DataError */
async function requireReplaceable(target: string): Promise<void> {
  const found = await stat(target).catch(() => null);
  if (found === null || found.isFile()) return;
  throw new DataError(
    target,
    `is ${found.isDirectory() ? 'a folder' : 'a pipe or a device'}; expected a file, or none yet`,
  );
}

/** Removes the temporary files that killed exports to the same target left. */
async function removeAbandoned(target: string): Promise<void> {
  const [folder, name] = [dirname(resolve(target)), basename(resolve(target))];
  const isOurs = (file: string) =>
    file.startsWith(`${name}.`) && /^[0-9a-f]{12}\.dyadic-tmp$/.test(file.slice(name.length + 1));
  for (const file of (await readdir(folder).catch(() => [])).filter(isOurs)) {
    const path = join(folder, file);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > MILLISECONDS_ABANDONED) await rm(path, { force: true });
  }
}
