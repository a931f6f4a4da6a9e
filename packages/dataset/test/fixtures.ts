import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Columns, createDataset, type RecipeInput } from '../src/index.js';

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
export async function writeAll(folder: string, order = [0, 1, 2], input = recipe): Promise<void> {
  const writer = await createDataset(folder, input);
  for (const shard of order) {
    const { firstRow, rows } = writer.range(shard);
    await writer.write(shard, columns(firstRow, rows));
  }
  await writer.close();
}

export async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')])),
  );
}
