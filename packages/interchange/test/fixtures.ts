/** A small dataset of formulas, in other programs' files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset, verifyDataset } from '@dyadic/dataset';
import { File, FS, ready } from 'h5wasm';
import { expect, onTestFinished } from 'vitest';
import { type ImportOptions, importData } from '../src/index.js';

export const SAMPLES = 7;
export const SHAPE = [2, 3] as const;
export const input = (i: number, x: number, y: number) => i + x / 4 + y / 16;
export const output = (i: number, x: number, y: number) => -i - x / 4 - y / 16;

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-interchange-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Values of all samples in row-major order of (samples, x, y). */
export function rows(f: typeof input): number[] {
  const [points, width] = [SHAPE[0] * SHAPE[1], SHAPE[1]];
  return Array.from({ length: SAMPLES * points }, (_, k) =>
    f(Math.floor(k / points), Math.floor(k / width) % SHAPE[0], k % width),
  );
}

/** The same in row-major order of (y, x, samples), as MATLAB writes an array of samples × x × y. */
export function reversed(f: typeof input): number[] {
  return Array.from({ length: SAMPLES * 6 }, (_, k) =>
    f(k % SAMPLES, Math.floor(k / SAMPLES) % SHAPE[0], Math.floor(k / SAMPLES / SHAPE[0])),
  );
}

/** Writes an HDF5 file with h5wasm itself, in its own file system. */
export async function hdf5(fill: (file: File) => void, name = 'waves.h5'): Promise<string> {
  await ready;
  const file = new File('/written.h5', 'w');
  fill(file);
  file.close();
  const path = join(await temporaryFolder(), name);
  await writeFile(path, FS!.readFile('/written.h5'));
  FS!.unlink('/written.h5');
  return path;
}

export const authors = (file: File) => {
  file.create_dataset({ name: 'Input', data: Float32Array.from(rows(input)), shape: [SAMPLES, ...SHAPE] });
  file.create_dataset({ name: 'Output', data: Float64Array.from(rows(output)), shape: [SAMPLES, ...SHAPE] });
  file.create_dataset({
    name: 'E',
    data: Float64Array.from({ length: SAMPLES }, (_, i) => i / 3),
    shape: [SAMPLES, 1],
  });
};

export async function imported(path: string, options: Partial<ImportOptions> = {}) {
  const folder = join(await temporaryFolder(), 'data');
  await importData(path, folder, { name: 'waves', shardRows: 3, ...options });
  expect((await verifyDataset(folder)).problems).toEqual([]);
  return openDataset(folder);
}
