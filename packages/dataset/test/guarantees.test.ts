import { spawnSync } from 'node:child_process';
import { chmod, mkdir, type open, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDataset, createFolder, openDataset, verifyDataset, writeFileAtomic } from '../src/index.js';
import {
  columns,
  contents,
  edit,
  missing,
  recipe,
  reseal,
  temporaryFolder,
  writeAll,
  writeShards,
} from './fixtures.js';

/** What was asked of the disk, in order: the only thing that a power cut can tell from anything else. */
const asked: string[] = [];
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (...args: Parameters<typeof open>) => {
      const file = await real.open(...args);
      const name = basename(String(args[0]));
      const { sync, writeFile: write } = file;
      file.sync = () => sync.call(file).then(() => void asked.push(`sync ${name}`));
      file.writeFile = (...content) => write.apply(file, content).then(() => void asked.push(`write ${name}`));
      return file;
    },
    rename: (from: string, to: string) =>
      real.rename(from, to).then(() => void asked.push(`rename ${basename(from)} ${basename(to)}`)),
  };
});
beforeEach(() => void (asked.length = 0));

describe('power cut', () => {
  it('a file is synced before it gets its name, and its folder after', async () => {
    const folder = await temporaryFolder();
    await writeFileAtomic(join(folder, 'a'), 'content');
    expect(asked).toEqual(['write a.tmp', 'sync a.tmp', 'rename a.tmp a', `sync ${basename(folder)}`]);
  });

  it('the manifest names a shard only after the shard is on the disk, and is complete only after the card is', async () => {
    const folder = join(await temporaryFolder(), 'new', 'data');
    await writeAll(folder);
    // The folders themselves come first.
    expect(asked.slice(0, 2)).toEqual([expect.stringMatching(/^sync dyadic-dataset-/), 'sync new']);
    const written = (name: string) => [
      `write ${name}.tmp`,
      `sync ${name}.tmp`,
      `rename ${name}.tmp ${name}`,
      'sync data',
    ];
    const files = [0, 1, 2].flatMap((shard) => [`shard-0000${shard}.arrow`, 'manifest.json']);
    expect(asked.slice(2)).toEqual([...files, 'README.md', 'statistics.svg', 'manifest.json'].flatMap(written));
  });
});

describe('killed in between', () => {
  it('a shard that the manifest does not list yet is read, not computed again', async () => {
    const folder = await temporaryFolder();
    await writeShards(folder, [0]);
    const before = await readFile(join(folder, 'manifest.json'));
    await writeShards(folder, [2]);
    await writeFile(join(folder, 'manifest.json'), before);
    expect(await missing(folder)).toEqual([1]);
    await writeShards(folder, [1]);
    await expectOriginal(folder);
  });

  it('one that is not whole is done again', async () => {
    const folder = await temporaryFolder();
    await writeShards(folder, [0]);
    const before = await readFile(join(folder, 'manifest.json'));
    await writeShards(folder, [2]);
    await writeFile(join(folder, 'manifest.json'), before);
    await edit(folder, 'shard-00002.arrow', (bytes) => (bytes[900]! ^= 1));
    expect(await missing(folder)).toEqual([1, 2]);
  });

  it('between the last shard and the card, or the card and the manifest: closing completes it', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await reseal(folder, (text) =>
      text.replace('"complete": true', '"complete": false').replace(/"card": \[[^\]]*\]/, '"card": []'),
    );
    await rm(join(folder, 'statistics.svg'));
    await expect(openDataset(folder)).rejects.toThrow(/is not finished: 3 of 3 shards/);
    expect(await missing(folder)).toEqual([]);
    await expectOriginal(folder);
  });
});

describe('--repair', () => {
  const repair = { repair: true };

  it.each<[string, (folder: string) => Promise<unknown>]>([
    [
      'an edited manifest',
      (folder) => edit(folder, 'manifest.json', (bytes) => bytes.write('9', bytes.indexOf('"seed"') + 8)),
    ],
    ['a manifest that is no JSON', (folder) => writeFile(join(folder, 'manifest.json'), '{')],
    ['a lost manifest', (folder) => rm(join(folder, 'manifest.json'))],
    [
      'a manifest that leads elsewhere',
      async (folder) => {
        await rename(join(folder, 'manifest.json'), join(folder, 'elsewhere'));
        await symlink('elsewhere', join(folder, 'manifest.json'));
        onTestFinished(() => rm(join(folder, 'elsewhere'), { force: true }));
      },
    ],
    [
      'a checksum of a shard, the manifest resealed',
      (folder) => reseal(folder, (text) => text.replace(/("sha256": ")[0-9a-f]{4}/, '$10000')),
    ],
    ['a lost card', (folder) => rm(join(folder, 'README.md'))],
    ['an edited card', (folder) => writeFile(join(folder, 'README.md'), 'other')],
  ])('%s is named by verify, and mended without computing anything', async (_, damage) => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await damage(folder);
    expect((await verifyDataset(folder)).problems).toHaveLength(1);
    expect(await missing(folder, recipe, repair)).toEqual([]);
    await rm(join(folder, 'elsewhere'), { force: true });
    await expectOriginal(folder);
  });

  it('manifest and a shard damaged: that shard alone is done again', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await writeFile(join(folder, 'manifest.json'), '');
    await edit(folder, 'shard-00001.arrow', (bytes) => (bytes[1000]! ^= 4));
    const writer = await createDataset(folder, recipe, repair);
    expect(writer.missing).toEqual([1]);
    await writer.write(1, columns(10, 10));
    await writer.close();
    await expectOriginal(folder);
  });

  it('numbers edited and every checksum made anew, but that within the shard', async () => {
    const folder = await temporaryFolder();
    const { shards } = await writeAll(folder);
    await edit(folder, 'shard-00001.arrow', (bytes) => bytes.writeDoubleLE(7, bytes.indexOf(energyBytes())));
    const { sha256: hash } = (await import('../src/index.js')) as { sha256(bytes: Uint8Array): string };
    const edited = hash(await readFile(join(folder, 'shard-00001.arrow')));
    await reseal(folder, (text) => text.replace(shards[1]!.sha256, edited));
    expect((await verifyDataset(folder)).problems).toEqual([
      { file: 'shard-00001.arrow', problem: 'is damaged: it is not what writing its own content gives' },
    ]);
  });

  it('another dataset is left alone, its manifest damaged or not', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const other = { ...recipe, seed: 4 };
    await expect(createDataset(folder, other, repair)).rejects.toThrow(/of another recipe \(seed was 3, is now 4\)/);
    await writeFile(join(folder, 'manifest.json'), '');
    const before = await contents(folder);
    await expect(createDataset(folder, other, repair)).rejects.toThrow(
      /holds shards of another dataset, such as shard-00000/,
    );
    expect(await contents(folder)).toEqual(before);
  });
});

describe('nothing in a dataset folder leads out of it', () => {
  it('a shard that is a symbolic link is neither read nor written through', async () => {
    const folder = await temporaryFolder();
    const outside = await temporaryFolder();
    await writeAll(folder);
    const shard = join(folder, 'shard-00001.arrow');
    await rename(shard, join(outside, 'target'));
    await symlink(join(outside, 'target'), shard);
    const target = await readFile(join(outside, 'target'));
    await expect(openDataset(folder)).rejects.toThrow(/shard-00001\.arrow: is a symbolic link; expected a file/);
    expect((await verifyDataset(folder)).problems).toEqual([
      { file: 'shard-00001.arrow', problem: 'is a symbolic link; expected a file' },
    ]);
    const writer = await createDataset(folder, recipe, { repair: true });
    expect(writer.missing).toEqual([1]);
    await writer.write(1, columns(10, 10));
    await writer.close();
    expect(await readFile(join(outside, 'target'))).toEqual(target);
    await expectOriginal(folder);
  });

  it('neither is one that was exchanged after the dataset was opened', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const dataset = await openDataset(folder);
    await rename(join(folder, 'shard-00000.arrow'), join(folder, 'moved'));
    await symlink('moved', join(folder, 'shard-00000.arrow'));
    for (const verify of [true, false]) {
      await expect(dataset.read(['index'], 0, 1, { verify })).rejects.toThrow(/is a symbolic link; expected a file/);
    }
  });

  it('a temporary name that is a symbolic link is not written through', async () => {
    const folder = await temporaryFolder();
    const outside = join(await temporaryFolder(), 'precious');
    await writeFile(outside, 'precious');
    for (const name of ['shard-00000.arrow', 'manifest.json', 'README.md'])
      await symlink(outside, join(folder, `${name}.tmp`));
    await writeAll(folder);
    expect(await readFile(outside, 'utf8')).toBe('precious');
    await expectOriginal(folder);
  });

  const windows = process.platform === 'win32';
  if (windows) console.log('skipped: Windows has no pipes in folders');

  it.skipIf(windows)('a pipe in the place of a shard does not block', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await rm(join(folder, 'shard-00000.arrow'));
    spawnSync('mkfifo', [join(folder, 'shard-00000.arrow')]);
    expect((await verifyDataset(folder)).problems).toEqual([
      { file: 'shard-00000.arrow', problem: 'is not a file; remove it' },
    ]);
    await rm(join(folder, 'manifest.json'));
    expect(await missing(folder)).toEqual([0]);
  });
});

describe('a disk that refuses', () => {
  const root = process.getuid?.() === 0;
  if (!root) console.log('skipped: the full disk is a small tmpfs, which only root can mount');

  it.skipIf(!root)(
    'when full it is named, everything stays valid, and the run goes on once there is room',
    async () => {
      const folder = await temporaryFolder();
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { encoding: 'utf8' });
      expect(mounted.stderr).toBe('');
      onTestFinished(() => void spawnSync('umount', [folder]));
      const long = { ...recipe, samples: 1000 };
      const writer = await createDataset(folder, long);
      const all = (async () => {
        for (const shard of writer.missing) await writer.write(shard, columns(10 * shard, 10));
      })();
      await expect(all).rejects.toThrow(DataError);
      await expect(all).rejects.toThrow(
        /(shard-\d+\.arrow|manifest\.json): the disk is full; \d+ bytes were to be written/,
      );
      await writer.close().catch(() => {});
      const { problems } = await verifyDataset(folder);
      expect(problems.filter(({ file }) => file !== 'manifest.json')).toEqual([]);
      spawnSync('mount', ['-o', 'remount,size=4m', folder]);
      const again = await createDataset(folder, long);
      expect(again.missing.length).toBeLessThan(100);
      for (const shard of again.missing) await again.write(shard, columns(10 * shard, 10));
      await again.close();
      const whole = await temporaryFolder();
      await writeShards(
        whole,
        Array.from({ length: 100 }, (_, shard) => shard),
        long,
      );
      expect(await contents(folder)).toEqual(await contents(whole));
    },
  );

  it('a folder that cannot be written to is refused by name, and read as ever', async () => {
    const folder = await temporaryFolder();
    await writeShards(folder, [0]);
    const before = await contents(folder);
    await chmod(folder, 0o555);
    // Root may write anywhere but on a read-only mount.
    const bind = root && spawnSync('mount', ['--bind', '-o', 'ro', folder, folder]).status === 0;
    onTestFinished(async () => {
      if (bind) spawnSync('umount', [folder]);
      await chmod(folder, 0o755);
    });
    await expect(createDataset(folder, recipe)).rejects.toThrow(
      /cannot be written: permission denied or a read-only folder/,
    );
    expect(await contents(folder)).toEqual(before);
  });

  const linux = process.platform === 'linux';
  if (!linux) console.log('skipped: only Linux has a /proc');

  it.skipIf(!linux)('a folder where nothing can be created is refused at once', async () => {
    await expect(createFolder('/proc/none/of/these')).rejects.toThrow(/of\/these: cannot be created \(ENOENT/);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(createFolder(join(folder, 'file/a/b'))).rejects.toThrow(/file\/a\/b: cannot be created/);
    await createFolder(join(folder, 'a/b/c'));
    expect(asked.filter((what) => what.startsWith('sync'))).toEqual([`sync ${basename(folder)}`, 'sync a', 'sync b']);
    await createFolder(join(folder, 'a/b/c'));
  });

  it('a finished dataset in a read-only folder is up to date', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await chmod(folder, 0o555);
    onTestFinished(() => chmod(folder, 0o755));
    expect(await missing(folder)).toEqual([]);
    expect((await (await openDataset(folder)).read(['index'], 24, 1)).index).toEqual(Uint32Array.of(24));
  });

  it('a folder in the place of a file', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'shard-00000.arrow'));
    await expect(writeShards(folder, [0])).rejects.toThrow(/shard-00000\.arrow: cannot be written/);
  });
});

/** Bytes of the first energies of shard 1, to find them in the file. */
function energyBytes(): Buffer {
  const { energy } = columns(10, 2) as { energy: Float64Array };
  return Buffer.from(energy.buffer, energy.byteOffset, energy.byteLength);
}

async function expectOriginal(folder: string): Promise<void> {
  const original = await temporaryFolder();
  await writeAll(original);
  expect(await contents(folder)).toEqual(await contents(original));
}
