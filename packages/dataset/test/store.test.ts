import { spawnSync } from 'node:child_process';
import { type FileHandle, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArgumentError, DataError } from '@dyadic/errors';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { createDataset, emptyColumn, openDataset, verifyDataset } from '../src/index.js';
import { fillPieces } from '../src/layout.js';
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

describe('writing and reading', () => {
  it('gives back every entry, over shard boundaries', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const dataset = await openDataset(folder);
    const names = ['field', 'fine', 'energy', 'index', 'status'] as const;
    for (const [first, count] of [
      [0, 25],
      [7, 11],
      [20, 5],
      [3, 0],
    ] as const) {
      expect(await dataset.read(names, first, count)).toEqual(columns(first, count));
    }
  });

  it('reads into arrays that are there, from any row on, and leaves the rest alone', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const dataset = await openDataset(folder);
    const energy = new Float64Array(8).fill(-1);
    const status = new Array<string>(8).fill('–');
    await dataset.readInto({ energy, status }, 8, 5, 2);
    const expected = columns(8, 5);
    expect([...energy]).toEqual([-1, -1, ...expected.energy!, -1]);
    expect(status).toEqual(['–', '–', ...expected.status!, '–']);
    await expect(dataset.readInto({ energy }, 0, 5, 4)).rejects.toThrow(
      /columns\.energy is a Float64Array of length 8; expected at least 9 entries of type float64/,
    );
    await expect(dataset.readInto({ energy: new Float32Array(9) }, 0, 5)).rejects.toThrow(/columns\.energy/);
    await expect(dataset.readInto({ u: energy }, 0, 5)).rejects.toThrow(/column is 'u'/);
    expect(emptyColumn(dataset.recipe.fields[0]!, 2)).toHaveLength(16);
  });

  it('reads pieces that are close with one call, and the rest where a system gives less than it was asked for', async () => {
    const content = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
    const asked: number[] = [];
    const file = (most: number) => {
      const fill = (bytes: Uint8Array, at: number) => {
        const bytesRead = Math.min(bytes.length, most, content.length - at);
        bytes.set(content.subarray(at, at + bytesRead));
        return { bytesRead };
      };
      const read = async (bytes: Uint8Array, offset: number, length: number, at: number) =>
        fill(bytes.subarray(offset, offset + length), at);
      const readv = async (buffers: readonly Uint8Array[], at: number) => {
        asked.push(at);
        let end = at;
        for (const bytes of buffers) {
          const { bytesRead } = fill(bytes, end);
          end += bytesRead;
          if (bytesRead < bytes.length) break;
        }
        return { bytesRead: end - at };
      };
      return { read, readv } as unknown as FileHandle;
    };
    for (const most of [1000, 7]) {
      asked.length = 0;
      const pieces = [10, 30, 50_000, 50_300].map((at) => ({ at, into: new Uint8Array(20) }));
      await Promise.all(fillPieces(file(most), pieces));
      expect(asked).toEqual([10, 50_000]);
      for (const { at, into } of pieces) expect(into).toEqual(content.slice(at, at + 20));
    }
    const beyond = [{ at: 99_990, into: new Uint8Array(20) }];
    await expect(Promise.all(fillPieces(file(1000), beyond))).rejects.toThrow(/ends before byte 100010/);
  });

  it('reads a shard that was checked once, and checks it again when the file has changed', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const dataset = await openDataset(folder);
    await dataset.read(['index'], 0, 10);
    expect((await dataset.read(['index'], 3, 1)).index).toEqual(Uint32Array.of(3));
    await edit(folder, 'shard-00000.arrow', (bytes) => (bytes[bytes.indexOf('gerade') + 1]! ^= 1));
    await expect(dataset.read(['index'], 0, 10)).rejects.toThrow(/shard-00000\.arrow: is damaged/);
  });

  it('splits large rows over several record batches and reads any of them', async () => {
    const folder = await temporaryFolder();
    const wide = { ...recipe, fields: [{ name: 'field', type: 'float32' as const, shape: [40_000], description: '' }] };
    const writer = await createDataset(folder, wide);
    for (const shard of writer.missing) {
      const { firstRow, rows } = writer.range(shard);
      const field = Float32Array.from({ length: rows * 40_000 }, (_, i) => firstRow + Math.floor(i / 40_000));
      await writer.write(shard, { field });
    }
    await writer.close();
    expect(tableFromIPC(await readFile(join(folder, 'shard-00000.arrow'))).batches.length).toBeGreaterThan(1);
    const { field } = await (await openDataset(folder)).read(['field'], 8, 5);
    const firsts = [0, 1, 2, 3, 4].map((row) => [field[row * 40_000], field[(row + 1) * 40_000 - 1]]);
    expect(firsts).toEqual([8, 9, 10, 11, 12].map((value) => [value, value]));
  });

  it('writes Arrow that a plain reader understands, with the tensor extension and its shape', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const table = tableFromIPC(await readFile(join(folder, 'shard-00001.arrow')));
    expect(table.numRows).toBe(10);
    const field = table.schema.fields.find(({ name }) => name === 'field')!;
    expect(field.metadata.get('ARROW:extension:name')).toBe('arrow.fixed_shape_tensor');
    expect(JSON.parse(field.metadata.get('ARROW:extension:metadata')!)).toEqual({ shape: [4, 2] });
    expect(JSON.parse(table.schema.metadata.get('dyadic.shapes')!)).toMatchObject({ field: [4, 2], energy: [] });
    expect([...table.getChild('energy')!]).toEqual([...columns(10, 10).energy!]);
    expect(table.getChild('status')!.get(3)).toBe('odd');
  });

  it('leaves the extension out on request', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder, [0, 1, 2], { ...recipe, tensorExtension: false });
    const table = tableFromIPC(await readFile(join(folder, 'shard-00000.arrow')));
    expect(table.schema.fields.every(({ metadata }) => !metadata.has('ARROW:extension:name'))).toBe(true);
  });
});

describe('reproducibility and resume', () => {
  it('same bytes whatever the order of the shards and however often it was interrupted', async () => {
    const [a, b, c] = [await temporaryFolder(), await temporaryFolder(), await temporaryFolder()];
    await writeAll(a);
    await writeAll(b, [2, 0, 1]);
    for (const shard of [1, 2, 0]) {
      await writeFile(join(c, 'shard-00002.arrow.tmp'), 'remains of a killed process');
      await writeShards(c, [shard]);
    }
    expect(await contents(b)).toEqual(await contents(a));
    expect(await contents(c)).toEqual(await contents(a));
  });

  it('finished shards are not asked for again', async () => {
    const folder = await temporaryFolder();
    await writeShards(folder, [1]);
    expect(await missing(folder)).toEqual([0, 2]);
    await expect(openDataset(folder)).rejects.toThrow(/is not finished: 1 of 3 shards/);
  });

  it('shards written at the same time all reach the manifest', async () => {
    const folder = await temporaryFolder();
    const writer = await createDataset(folder, recipe);
    await Promise.all(
      [0, 1, 2].map((shard) => {
        const { firstRow, rows } = writer.range(shard);
        return writer.write(shard, columns(firstRow, rows));
      }),
    );
    await writer.close();
    expect((await openDataset(folder)).samples).toBe(25);
  });

  it('draws given up are kept with their shard, and belong to it', async () => {
    const folder = await temporaryFolder();
    const writer = await createDataset(folder, recipe);
    const failure = (sample: number, residual: number | null) => ({ sample, attempt: 0, status: 'diverged', residual });
    for (const shard of writer.missing) {
      const { firstRow, rows } = writer.range(shard);
      await writer.write(shard, columns(firstRow, rows), shard === 1 ? [failure(12, 0.5), failure(19, null)] : []);
    }
    await writer.close();
    const { manifest } = await openDataset(folder);
    expect(manifest.shards.map(({ failures }) => failures)).toEqual([
      undefined,
      [failure(12, 0.5), failure(19, null)],
      undefined,
    ]);
    const again = await createDataset(await temporaryFolder(), recipe);
    const write = (...failures: ReturnType<typeof failure>[]) => again.write(1, columns(10, 10), failures);
    await expect(write(failure(12, 0), failure(20, 0))).rejects.toThrow(/failures\[1\]\.sample is 20/);
    await expect(write(failure(12, Number.NaN))).rejects.toThrow(/failures\[0\]\.residual is NaN/);
    await again.close();
    await reseal(folder, (text) => text.replace('"sample": 12', '"sample": 3'));
    await expect(openDataset(folder)).rejects.toThrow(/shards\.1\.failures names sample 3, which is not in the shard/);
  });

  it('a folder with another recipe is left alone, and the difference is named', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const other = { ...recipe, problem: { frequency: 3 } };
    await expect(createDataset(folder, other)).rejects.toThrow(/problem\.frequency was 2, is now 3/);
    expect((await verifyDataset(folder)).problems).toEqual([]);
  });
});

describe('damage is found and named', () => {
  async function damaged(damage: (folder: string) => Promise<void>): Promise<string> {
    const folder = await temporaryFolder();
    await writeAll(folder);
    await damage(folder);
    return folder;
  }
  it('a truncated shard', async () => {
    const folder = await damaged((path) => truncate(join(path, 'shard-00001.arrow'), 300));
    await expect(openDataset(folder)).rejects.toThrow(DataError);
    await expect(openDataset(folder)).rejects.toThrow(/shard-00001\.arrow: is truncated: 300 of \d+ bytes/);
    await expect(createDataset(folder, recipe)).rejects.toMatchObject({ remedy: { code: 'repair' } });
    const { problems } = await verifyDataset(folder);
    expect(problems).toMatchObject([{ file: 'shard-00001.arrow', problem: expect.stringMatching(/truncated/) }]);
  });

  it('a flipped bit, by whoever reads it, and only there', async () => {
    const folder = await damaged((path) => edit(path, 'shard-00001.arrow', (bytes) => (bytes[1000]! ^= 4)));
    const dataset = await openDataset(folder);
    await expect(dataset.read(['energy'], 5, 10)).rejects.toThrow(/shard-00001\.arrow: is damaged/);
    expect((await dataset.read(['index'], 0, 10)).index).toHaveLength(10);
    expect((await verifyDataset(folder)).problems).toHaveLength(1);
  });

  it('--repair redoes only what is bad, and ends with the original bytes', async () => {
    const folder = await damaged((path) => edit(path, 'shard-00001.arrow', (bytes) => (bytes[1000]! ^= 4)));
    const writer = await createDataset(folder, recipe, { repair: true });
    expect(writer.missing).toEqual([1]);
    await writer.write(1, columns(10, 10));
    await writer.close();
    const original = await temporaryFolder();
    await writeAll(original);
    expect(await contents(folder)).toEqual(await contents(original));
  });

  it('an edited manifest, checksum recomputed or not', async () => {
    const manifest = (path: string) => join(path, 'manifest.json');
    const change = (from: string | RegExp, to: string) => async (path: string) =>
      writeFile(manifest(path), (await readFile(manifest(path), 'utf8')).replace(from, to));
    const resealed = (from: string, to: string) => (path: string) => reseal(path, (text) => text.replace(from, to));
    const cases: [(path: string) => Promise<void>, RegExp][] = [
      [change('"seed": 3', '"seed": 4'), /manifest\.json: was edited or damaged/],
      [change('"seed": 3', '"seed": "three"'), /recipe\.seed is 'three'; expected/],
      [change('"seed": 3,', '"seed": 3,,'), /manifest\.json: is not JSON/],
      [change('"formatVersion": 2', '"formatVersion": 9'), /has format version 9; this program reads 2/],
      [resealed('"seed": 3', '"seed": 4'), /recipeSha256 is not the hash of the recipe/],
      [resealed('"file": "shard-00001.arrow"', '"file": "../../secret"'), /shards\.1 is .*does not allow/],
      [resealed('"rows": 10', '"rows": 9'), /shards\.0 is .*does not allow/],
      [resealed('"README.md"', '"/etc/passwd"'), /card\.0\.file is '\/etc\/passwd'/],
      [resealed('"complete": true', '"complete": false'), /complete is false, with 3 shards and 2 files/],
      [async (path) => writeFile(manifest(path), '['.repeat(1e6)), /manifest\.json: is not JSON/],
      [async (path) => writeFile(manifest(path), `{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`), /manifest\.json: /],
    ];
    for (const [damage, message] of cases) {
      const folder = await damaged(damage);
      await expect(openDataset(folder)).rejects.toThrow(message);
      expect((await verifyDataset(folder)).problems).toMatchObject([{ file: 'manifest.json' }]);
    }
  });

  it('a shard of another dataset under the right name and checksum', async () => {
    const folder = await temporaryFolder();
    const other = await temporaryFolder();
    await writeAll(folder);
    await writeAll(other, [0, 1, 2], { ...recipe, seed: 4 });
    const bytes = await readFile(join(other, 'shard-00000.arrow'));
    await writeFile(join(folder, 'shard-00000.arrow'), bytes);
    const dataset = await openDataset(folder);
    await expect(dataset.read(['index'], 0, 1, { verify: false })).rejects.toThrow(/belongs to another dataset/);
  });

  it('a file that is no Arrow file', async () => {
    const folder = await damaged((path) => edit(path, 'shard-00000.arrow', (bytes) => bytes.fill(7)));
    const dataset = await openDataset(folder);
    await expect(dataset.read(['index'], 0, 1, { verify: false })).rejects.toThrow(/is not a whole Arrow file/);
  });

  it('a folder that is no dataset', async () => {
    await expect(openDataset('/nowhere')).rejects.toThrow('/nowhere/manifest.json: does not exist');
  });
});

describe('wrong input is refused by name', () => {
  it.each<[string, (good: Record<string, unknown>) => void, RegExp]>([
    ['NaN', (c) => ((c.fine as Float64Array)[4] = Number.NaN), /columns\.fine\[4\] is NaN/],
    ['wrong type', (c) => (c.energy = new Float32Array(10)), /columns\.energy is a Float32Array/],
    ['wrong length', (c) => (c.index = new Uint32Array(9)), /columns\.index is a Uint32Array of length 9; expected 10/],
    ['missing column', (c) => delete c.status, /columns\.status is undefined/],
    ['unknown column', (c) => (c.extra = new Float32Array(10)), /columns\.extra/],
  ])('%s', async (_, spoil, message) => {
    const writer = await createDataset(await temporaryFolder(), recipe);
    const bad = { ...columns(0, 10) } as Record<string, unknown>;
    spoil(bad);
    await expect(writer.write(0, bad as never)).rejects.toThrow(ArgumentError);
    await expect(writer.write(0, bad as never)).rejects.toThrow(message);
    expect(writer.missing).toEqual([0, 1, 2]);
  });

  it.each<[object, RegExp]>([
    [
      { samples: 1e12 },
      /1000000000000 samples in shards of 10 rows make 100000000000 shards; expected at most 1000000/,
    ],
    [
      { samples: 1e9, shardRows: 1e9 },
      /shardRows is 1000000000, which makes shards of up to \d+ bytes; expected at most/,
    ],
    [{ samples: 0 }, /samples is 0; expected number to be >=1/],
    [{ seed: 'x' }, /seed is 'x'; expected number/],
    [{ sed: 1 }, /unknown entry 'sed'/],
    [{ fields: [recipe.fields[0], recipe.fields[0]] }, /fields is .*; expected each name of a column once/],
    [{ fields: [{ ...recipe.fields[0], name: '../up' }] }, /fields\.0\.name is '\.\.\/up'; expected a name/],
  ])('recipe %o', async (change, message) => {
    await expect(createDataset(await temporaryFolder(), { ...recipe, ...change } as never)).rejects.toThrow(message);
  });

  it('columns and ranges the dataset does not have', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const dataset = await openDataset(folder);
    await expect(dataset.read(['u' as never])).rejects.toThrow(
      /column is 'u'; expected one of the columns of waves: field/,
    );
    await expect(dataset.read(['index'], 20, 6)).rejects.toThrow(/count is 6; expected an integer from 0 to 5/);
  });
});

describe('pyarrow, where python3 has it', () => {
  const probe = spawnSync('python3', ['-c', 'import pyarrow; print(pyarrow.__version__)'], { encoding: 'utf8' });
  const found = probe.status === 0;
  if (!found) console.log('skipped: python3 with pyarrow was not found');
  it.skipIf(!found)('reads tensors, numbers and texts as written', async () => {
    const folder = await temporaryFolder();
    await writeAll(folder);
    const script = `
import json, sys, pyarrow as pa
table = pa.ipc.open_file(sys.argv[1]).read_all()
field = table.column('field').combine_chunks()
print(json.dumps({'type': str(field.type), 'shape': field.to_numpy_ndarray().shape,
  'sum': float(field.to_numpy_ndarray()[3].sum()), 'energy': table.column('energy').to_pylist(),
  'status': table.column('status').to_pylist()}))`;
    const run = spawnSync('python3', ['-c', script, join(folder, 'shard-00002.arrow')], { encoding: 'utf8' });
    expect(run.stderr).toBe('');
    const expected = columns(20, 5);
    expect(JSON.parse(run.stdout)).toEqual({
      type: 'extension<arrow.fixed_shape_tensor[value_type=float, shape=[4,2]]>',
      shape: [5, 4, 2],
      sum: 8 * 23 + 28 / 8,
      energy: [...expected.energy!],
      status: expected.status,
    });
  });
});
