import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset, lockFolder, type RecipeInput, verifyDataset } from '@dyadic/dataset';
import { isOfPart, type KeptEvent, mergeParts, partFolder } from '@dyadic/pipeline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { contents, dyadic } from './fixtures.js';

const recipe: RecipeInput = {
  name: 'numbers',
  seed: 1,
  samples: 95,
  shardRows: 5,
  generator: { name: 'test', version: '1' },
  problem: {},
  fields: [{ name: 'x', type: 'float64', shape: [3], description: 'numbers' }],
};

async function write(folder: string, belongs: (shard: number) => boolean, input = recipe): Promise<void> {
  const writer = await createDataset(folder, input);
  for (const shard of writer.missing.filter(belongs)) {
    const { firstRow, rows } = writer.range(shard);
    const failures = shard === 4 ? [{ sample: firstRow, attempt: 0, status: 'diverged', residual: null }] : [];
    await writer.write(shard, { x: Float64Array.from({ length: 3 * rows }, (_, i) => firstRow + i) }, failures);
  }
  await writer.close();
}

/** A dataset computed at once, and the same in parts. */
async function inParts(parts: number): Promise<{ whole: string; joined: string; folders: string[] }> {
  const root = await mkdtemp(join(tmpdir(), 'dyadic-merge-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const [whole, joined] = [join(root, 'whole'), join(root, 'joined')];
  await write(whole, () => true);
  const folders = Array.from({ length: parts }, (_, k) => partFolder(joined, { part: k + 1, parts }));
  for (const [k, folder] of folders.entries()) {
    await write(folder, (shard) => isOfPart(shard, { part: k + 1, parts }));
  }
  return { whole, joined, folders };
}

describe('parts computed apart and merged', () => {
  it.each([1, 7, 30])('%i parts give the bytes of a dataset computed at once', async (parts) => {
    const { whole, joined, folders } = await inParts(parts);
    expect((await mergeParts(joined, folders)).adopted).toBe(19);
    expect(await contents(joined)).toEqual(await contents(whole));
    expect((await verifyDataset(joined)).problems).toEqual([]);
  });

  it('a merge that was killed goes on, and the parts stay until it is complete', async () => {
    const { whole, joined, folders } = await inParts(3);
    const killed = await createDataset(joined, recipe);
    await killed.adopt(folders[1]!, 4);
    await killed.close();
    expect((await mergeParts(joined, folders, { keep: true })).adopted).toBe(18);
    expect(await readdir(join(joined, 'parts'))).toHaveLength(3);
    await rm(join(joined, 'parts'), { recursive: true });
    expect(await contents(joined)).toEqual(await contents(whole));
  });

  it('a part that is missing, damaged or of another recipe is named, and nothing is lost', async () => {
    const { whole, joined, folders } = await inParts(3);
    await expect(mergeParts(joined, folders.slice(1))).rejects.toThrow(
      /lacks 7 shards that no part has: 0, 3, 6, 9, 12, 15, 18$/,
    );
    const shard = join(folders[2]!, 'shard-00005.arrow');
    const bytes = await readFile(shard);
    await writeFile(
      shard,
      bytes.map((byte, i) => (i === 400 ? byte ^ 1 : byte)),
    );
    await expect(mergeParts(joined, folders)).rejects.toThrow(/3-of-3.shard-00005\.arrow: /);
    await writeFile(shard, bytes);
    const foreign = join(joined, 'foreign');
    await write(foreign, () => true, { ...recipe, seed: 2 });
    await expect(mergeParts(joined, [folders[0]!, foreign])).rejects.toThrow(
      /foreign: is of another recipe than .*1-of-3/,
    );
    await rm(foreign, { recursive: true });
    await mergeParts(joined, folders);
    expect(await contents(joined)).toEqual(await contents(whole));
  });

  it('a part that is being written, and one that is neither used nor whole, stay', async () => {
    const { whole, joined, folders } = await inParts(2);
    const part = (k: number) => partFolder(joined, { part: k, parts: 7 });
    await write(part(1), (shard) => shard === 0);
    await write(part(2), (shard) => shard === 1);
    for (const k of [3, 4]) await write(part(k), (shard) => isOfPart(shard, { part: k, parts: 7 }));
    await writeFile(join(part(3), 'README.md'), 'of the owner');
    const running = await createDataset(part(1), recipe);
    const lock = lockFolder(part(4));
    const said: KeptEvent[] = [];
    const all = [part(1), ...folders, part(2), part(3), part(4)];
    await mergeParts(joined, all, { onEvent: (event) => void (event.type === 'kept' && said.push(event)) });
    expect((await readdir(join(joined, 'parts'))).sort()).toEqual(['1-of-7', '2-of-7', '3-of-7', '4-of-7']);
    expect(await readdir(part(3))).toEqual(['README.md']);
    expect(said).toEqual([
      { type: 'kept', folder: part(1), reason: 'it is not whole, and none of its shards was needed' },
      { type: 'kept', folder: part(2), reason: 'it is not whole, and none of its shards was needed' },
      { type: 'kept', folder: part(4), reason: expect.stringMatching(/^is being written to by process \d+/) },
    ]);
    lock.release();
    await write(part(2), (shard) => isOfPart(shard, { part: 2, parts: 7 }));
    await running.write(7, { x: Float64Array.from({ length: 15 }, (_, i) => 35 + i) });
    expect((await running.close()).shards.map(({ shard }) => shard)).toEqual([0, 7]);
    await mergeParts(joined, [part(1), part(2), part(4)]);
    expect((await readdir(join(joined, 'parts'))).sort()).toEqual(['1-of-7', '3-of-7']);
    await rm(join(joined, 'parts'), { recursive: true });
    expect(await contents(joined)).toEqual(await contents(whole));
  });

  it('other files in a part stay, and so does a folder that is no part', async () => {
    const { joined, folders } = await inParts(1);
    const notes = join(folders[0]!, 'notes');
    await mkdir(notes);
    await mkdir(join(joined, 'parts', 'other'));
    expect((await dyadic('merge', joined)).code).toBe(0);
    expect(await readdir(folders[0]!)).toEqual(['notes']);
    expect((await readdir(join(joined, 'parts'))).sort()).toEqual(['1-of-1', 'other']);
    expect(await dyadic('merge', joined)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/joined: has no parts\. Compute the missing parts with/),
    });
  });
});
