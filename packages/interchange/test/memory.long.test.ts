/** Large files are read a piece at a time: what a process needs does not grow with the file. */
import { spawnSync } from 'node:child_process';
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createDataset, exportDataset, openDataset } from '@dyadic/dataset';
import { describe, expect, it } from 'vitest';
import { exportHdf5, exportParquet } from '../src/index.js';
import { temporaryFolder } from './fixtures.js';

const POINTS = 1024;
const FEW = 8_000; // 31 MiB of float32
const MANY = 40_000; // 156 MiB

/**
 * Reads all of the first array of a file, 500 rows at a time, in a process of its own. Returns its largest size in MiB, without
 * what is garbage: when that is collected depends on how busy the machine is.
 */
function peak(path: string): number {
  const program = `
    import { openForeign } from ${JSON.stringify(new URL('../dist/index.js', import.meta.url).href)};
    const file = await openForeign(${JSON.stringify(path)});
    const [array] = file.arrays;
    let sum = 0;
    for (let first = 0; first < array.shape[0]; first += 500) {
      for (const value of await array.read(first, Math.min(500, array.shape[0] - first))) sum += value;
      globalThis.gc();
    }
    await file.close();
    console.log(JSON.stringify([sum, process.resourceUsage().maxRSS / 1024]));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', '--input-type=module', '-e', program], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  const [sum, megabytes] = JSON.parse(stdout);
  // Row i holds i at its first point and −1 at its second.
  const rows = (1 + Math.sqrt(1 + 8 * (sum + rowsOf(path)))) / 2;
  expect(rows).toBe(rowsOf(path));
  return megabytes;
}

const rowsOf = (path: string) => (path.includes('many') ? MANY : FEW);

async function dataset(rows: number) {
  const folder = join(await temporaryFolder(), 'data');
  const writer = await createDataset(folder, {
    name: 'rows',
    seed: 1,
    samples: rows,
    shardRows: 1000,
    generator: { name: 'test', version: '1' },
    problem: {},
    fields: [{ name: 'u', type: 'float32', shape: [POINTS], description: '' }],
  });
  for (const shard of writer.missing) {
    const { firstRow, rows: count } = writer.range(shard);
    const u = new Float32Array(count * POINTS);
    for (let i = 0; i < count; i++) u.set([firstRow + i, -1], i * POINTS);
    await writer.write(shard, { u });
  }
  await writer.close();
  return openDataset(folder);
}

async function csv(path: string, rows: number) {
  const file = openSync(path, 'w');
  const rest = ',0'.repeat(POINTS - 2);
  for (let i = 0; i < rows; i++) writeSync(file, `${i},-1${rest}\n`);
}

describe('the memory that reading takes', () => {
  it.each<[string, (rows: number, path: string) => Promise<unknown>]>([
    ['h5', async (rows, path) => exportHdf5(await dataset(rows), path, undefined, () => {})],
    ['parquet', async (rows, path) => exportParquet(await dataset(rows), path, undefined, () => {})],
    ['arrows', async (rows, path) => exportDataset(await dataset(rows), path, { format: 'arrow-stream' })],
    ['npy', async (rows, path) => exportDataset(await dataset(rows), path, { format: 'npy' })],
    ['csv', (rows, path) => csv(path, rows)],
  ])('%s: 156 MiB of numbers take little more than 31', { timeout: 240_000 }, async (format, write) => {
    const folder = await temporaryFolder();
    const [few, many] = await Promise.all(
      [FEW, MANY].map(async (rows) => {
        const path = join(folder, `${rows === FEW ? 'few' : 'many'}.${format}`);
        await write(rows, path);
        return peak(path);
      }),
    );
    console.log(`${format}: ${few!.toFixed(0)} MiB for 31 MiB, ${many!.toFixed(0)} MiB for 156 MiB`);
    expect(many! - few!).toBeLessThan(60);
  });
});
