import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Columns,
  type CreateOptions,
  createDataset,
  type Manifest,
  type RecipeInput,
  sha256,
} from '../src/index.js';

export const recipe: RecipeInput = {
  name: 'waves',
  seed: 3,
  samples: 25,
  shardRows: 10,
  generator: { name: 'test', version: '1' },
  problem: { frequency: 2 },
  fields: [
    { name: 'field', type: 'float32', shape: [4, 2], description: 'a tensor' },
    { name: 'fine', type: 'float64', shape: [3], description: 'a vector' },
    { name: 'energy', type: 'float64', shape: [], description: 'a number' },
    { name: 'index', type: 'uint32', shape: [], description: 'sample number' },
    { name: 'status', type: 'utf8', shape: [], description: 'a text' },
  ],
};

/** Rows [first, first + rows): every entry a function of sample number and place. */
export function columns(first: number, rows: number): Columns {
  const fill = (size: number, f: (sample: number, place: number) => number) =>
    Array.from({ length: rows * size }, (_, i) => f(first + Math.floor(i / size), i % size));
  return {
    field: Float32Array.from(fill(8, (sample, place) => sample + place / 8)),
    fine: Float64Array.from(fill(3, (sample, place) => Math.sin(sample + place))),
    energy: Float64Array.from(fill(1, (sample) => -sample / 3)),
    index: Uint32Array.from(fill(1, (sample) => sample)),
    status: fill(1, (sample) => sample).map((sample) => (sample % 2 ? 'odd' : 'gerade')),
  };
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-dataset-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A finished dataset, its shards written in the given order. */
export function writeAll(folder: string, order = [0, 1, 2], input = recipe): Promise<Manifest> {
  return writeShards(folder, order, input);
}

/** Opens a dataset's folder, writes some shards and closes it. */
export async function writeShards(
  folder: string,
  shards: readonly number[],
  input = recipe,
  options: CreateOptions = {},
): Promise<Manifest> {
  const writer = await createDataset(folder, input, options);
  for (const shard of shards) {
    const { firstRow, rows } = writer.range(shard);
    await writer.write(shard, columns(firstRow, rows));
  }
  return writer.close();
}

/** The shards that a folder lacks; closes it again. */
export async function missing(folder: string, input = recipe, options: CreateOptions = {}): Promise<number[]> {
  const writer = await createDataset(folder, input, options);
  const shards = writer.missing;
  await writer.close();
  return shards;
}

/** Names and SHA-256 of a folder's files. */
export async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, sha256(await readFile(join(folder, name)))])),
  );
}

/** Changes the bytes of a file. */
export async function edit(folder: string, name: string, change: (bytes: Buffer) => void): Promise<void> {
  const bytes = await readFile(join(folder, name));
  change(bytes);
  await writeFile(join(folder, name), bytes);
}

/** Changes a manifest's text, and its checksum so that it fits. */
export async function reseal(folder: string, change: (manifest: string) => string): Promise<void> {
  const path = join(folder, 'manifest.json');
  const { checksum: _, ...content } = JSON.parse(change(await readFile(path, 'utf8')));
  await writeFile(path, JSON.stringify({ ...content, checksum: sha256(content) }));
}
