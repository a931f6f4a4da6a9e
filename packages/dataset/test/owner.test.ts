import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { describe, expect, it } from 'vitest';
import { createDataset, verifyDataset } from '../src/index.js';
import { contents, missing, recipe, temporaryFolder, writeAll, writeShards } from './fixtures.js';

describe('files of the owner of a folder', () => {
  it('with names that the store does not give stay, whatever they end in', async () => {
    const folder = await temporaryFolder();
    const own = ['notes.tmp', 'shard-1.arrow', 'shard-00001.arrow.txt', '.lock', 'manifest.json~'];
    for (const name of own) await writeFile(join(folder, name), name);
    await writeAll(folder);
    for (const name of own) expect(await readFile(join(folder, name), 'utf8')).toBe(name);
    expect((await verifyDataset(folder)).problems).toEqual([]);
  });

  it.each([
    ['README.md', {}],
    ['statistics.svg', {}],
    ['README.md', { repair: true }],
    ['manifest.json', { repair: true }],
  ])('a folder with a %s of its own gets no dataset, with %o', async (name, options) => {
    const folder = await temporaryFolder();
    for (const file of [name, 'shard-00000.arrow.tmp']) await writeFile(join(folder, file), 'of the owner');
    const before = await contents(folder);
    const attempt = createDataset(folder, recipe, options);
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow(
      `${folder}: holds a ${name} that is not of a dataset and would be overwritten. Choose another folder, or move ${name} elsewhere`,
    );
    expect(await contents(folder)).toEqual(before);
  });

  it('a folder in the place of the card counts as its own too', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'README.md'));
    await expect(missing(folder)).rejects.toThrow(/holds a README\.md that is not of a dataset/);
  });
});

describe('a folder of the store', () => {
  it('is gone on with when a run was killed before its first shard or manifest', async () => {
    const folder = await temporaryFolder();
    for (const name of ['shard-00000.arrow.tmp', 'manifest.json.tmp']) await writeFile(join(folder, name), 'half');
    expect(await missing(folder)).toEqual([0, 1, 2]);
    expect(await readdir(folder)).toEqual(['manifest.json']);
  });

  it('is gone on with when it was killed after its card, or has lost its manifest: the card is its own', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const before = await contents(folder);
    await rm(join(folder, 'manifest.json'));
    await writeShards(folder, []);
    expect(await contents(folder)).toEqual(before);
  });
});
