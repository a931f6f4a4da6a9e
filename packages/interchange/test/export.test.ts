import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createDataset, openDataset } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { parquetRead } from 'hyparquet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EXPORT_AS_FORMATS, exportAs, exportHdf5, exportParquet, openForeign, suggestImport } from '../src/index.js';
import { imported, input, output, rows, SAMPLES, SHAPE, temporaryFolder } from './fixtures.js';

describe('export', () => {
  const RECIPE = {
    name: 'waves',
    seed: 1,
    samples: SAMPLES,
    shardRows: 3,
    generator: { name: 'test', version: '1' },
    problem: {},
    fields: [
      { name: 'potential', type: 'float32', shape: [...SHAPE], description: '' },
      { name: 'solution', type: 'float64', shape: [...SHAPE], description: '' },
      { name: 'chemicalPotential', type: 'float64', shape: [], description: '' },
      { name: 'index', type: 'uint32', shape: [], description: '' },
      { name: 'status', type: 'utf8', shape: [], description: '' },
    ],
  } as const;
  const index = Uint32Array.from({ length: SAMPLES }, (_, i) => 2 ** 32 - 1 - i);
  const status = Array.from({ length: SAMPLES }, (_, i) => (i % 2 ? 'ungerade – odd' : 'gerade'));
  const energies = Float64Array.from({ length: SAMPLES }, (_, i) => i / 3);

  async function dataset() {
    const folder = join(await temporaryFolder(), 'data');
    const writer = await createDataset(folder, {
      ...RECIPE,
      fields: RECIPE.fields.map((field) => ({ ...field, shape: [...field.shape] })),
    });
    for (const shard of writer.missing) {
      const { firstRow: a, rows: count } = writer.range(shard);
      await writer.write(shard, {
        potential: Float32Array.from(rows(input).slice(6 * a, 6 * (a + count))),
        solution: Float64Array.from(rows(output).slice(6 * a, 6 * (a + count))),
        chemicalPotential: energies.slice(a, a + count),
        index: index.slice(a, a + count),
        status: status.slice(a, a + count),
      });
    }
    await writer.close();
    return openDataset(folder);
  }

  it('to HDF5 is what import reads back; nothing is written through a link', async () => {
    const folder = await temporaryFolder();
    const target = join(folder, 'out', 'waves.h5');
    await exportHdf5(await dataset(), target, undefined, () => {});
    const again = await imported(target);
    const { potential, solution, E } = await again.read(['potential', 'solution', 'E']);
    expect(potential).toEqual(Float32Array.from(rows(input)));
    expect(solution).toEqual(Float64Array.from(rows(output)));
    expect(E).toEqual(energies);
    await writeFile(join(folder, 'victim'), 'untouched');
    await rm(target);
    await symlink(join(folder, 'victim'), target);
    await exportHdf5(await dataset(), target, ['index'], () => {});
    expect(await readdir(join(folder, 'out'))).toEqual(['waves.h5']);
    expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('untouched');
    await expect(exportHdf5(await dataset(), target, ['status'], () => {})).rejects.toThrow(/columns is 'status'/);
    await expect(exportHdf5(await dataset(), target, ['u'], () => {})).rejects.toThrow(/column is 'u'/);
  });

  it('as any format goes beside the data unless it is told, and what is written can be imported as suggested', async () => {
    const from = await dataset();
    for (const format of EXPORT_AS_FORMATS) {
      const [file] = await exportAs(from, format, { columns: ['potential', 'solution'] });
      expect(file).toContain(join(from.path, 'export'));
      const opened = await openForeign(format === 'npy' ? join(from.path, 'export-npy') : file!);
      const { arrays } = suggestImport(opened)!;
      const names = format === 'hdf5' ? ['Input', 'Output'] : ['potential', 'solution'];
      expect(arrays.map(({ name }) => name).sort()).toEqual(names);
      await opened.close();
    }
    await expect(exportAs(from, 'npy', { columns: ['u'] })).rejects.toThrow(/columns is 'u'; expected one of/);
    await expect(exportAs(from, 'csv' as never)).rejects.toThrow(/format is 'csv'; expected one of 'arrow-stream'/);
    await expect(exportAs(from, 'npy', { tensorExtension: false })).rejects.toThrow(/tensorExtension is 'npy'/);
  });

  const EXTENSIONS: Record<string, string> = { hdf5: '.h5', parquet: '.parquet', 'arrow-stream': '.arrows', npy: '' };

  const formats = EXPORT_AS_FORMATS.map(
    (format) =>
      [
        format,
        async (target: string, columns?: string[]) => exportAs(await dataset(), format, { target, columns }),
      ] as const,
  );

  it.each(formats)('to %s: a column named twice is refused, before anything is written', async (_, write) => {
    const folder = await temporaryFolder();
    const twice = write(join(folder, 'out'), ['potential', 'index', 'potential']);
    await expect(twice).rejects.toThrow(ArgumentError);
    await expect(twice).rejects.toThrow(/columns is .*; expected each column once, 'potential' among them/);
    expect(await readdir(folder)).toEqual([]);
  });

  it.each(formats)('to %s: a file of the store is no target, and what ends in .tmp stays', async (format, write) => {
    const folder = await temporaryFolder();
    const names = ['manifest.json', 'README.md', 'statistics.svg', 'shard-00000.arrow', 'manifest.json.tmp', '.lock-1'];
    for (const name of [...names, 'out.tmp']) await writeFile(join(folder, name), name);
    for (const name of names) {
      const attempt = write(format === 'npy' ? join(folder, name) : `${folder}/x/../${name}`);
      await expect(attempt).rejects.toThrow(format === 'npy' ? DataError : ArgumentError);
      if (format !== 'npy')
        await expect(attempt).rejects.toThrow(/target is '.*'; expected a name that no file of a data/);
    }
    await write(join(folder, 'out'));
    for (const name of [...names, 'out.tmp']) expect(await readFile(join(folder, name), 'utf8')).toBe(name);
  });

  const numbers = ['potential', 'solution', 'chemicalPotential', 'index'];
  const renamed: Record<string, string> = { potential: 'Input', solution: 'Output', chemicalPotential: 'E' };

  it.each(formats)('to %s is read back number by number, in shape and type', async (format, write) => {
    const target = join(await temporaryFolder(), `out${EXTENSIONS[format]}`);
    await write(target, numbers);
    const file = await openForeign(target);
    onTestFinished(() => file.close());
    const found = (name: string) => file.array(format === 'hdf5' ? (renamed[name] ?? name) : name);
    expect(file.arrays).toHaveLength(4);
    expect(found('potential').shape).toEqual([SAMPLES, ...SHAPE]);
    expect(await found('potential').read(0, SAMPLES)).toEqual(Float32Array.from(rows(input)));
    expect(await found('solution').read(2, 4)).toEqual(Float64Array.from(rows(output)).subarray(12, 36));
    expect(await found('chemicalPotential').read(0, SAMPLES)).toEqual(energies);
    expect(await found('index').read(0, SAMPLES)).toEqual(index);
  });

  it.each(formats)(
    'to %s: a damaged shard or a target that cannot be written is an error, and leaves nothing',
    async (format, write) => {
      const folder = await temporaryFolder();
      const tooLong = write(join(folder, 'x'.repeat(300)));
      await expect(tooLong).rejects.toThrow(DataError);
      expect(await readdir(folder)).toEqual([]);
      const { path } = await dataset();
      const shard = join(path, 'shard-00001.arrow');
      const bytes = await readFile(shard);
      bytes[bytes.length >> 1]! ^= 1;
      await writeFile(shard, bytes);
      const damaged = exportAs(await openDataset(path), format, { target: join(folder, 'out') });
      await expect(damaged).rejects.toThrow(/shard-00001\.arrow: is damaged/);
      expect((await readdir(folder, { recursive: true })).filter((name) => name !== 'out')).toEqual([]);
    },
  );

  it('replaces no pipe and no folder', async () => {
    const folder = await temporaryFolder();
    const pipe = join(folder, 'pipe.arrows');
    execFileSync('mkfifo', [pipe]);
    const attempt = exportAs(await dataset(), 'arrow-stream', { target: pipe });
    await expect(attempt).rejects.toThrow(/pipe\.arrows: is a pipe or a device; expected a file/);
    expect((await stat(pipe)).isFIFO()).toBe(true);
    await expect(exportHdf5(await dataset(), folder, undefined, () => {})).rejects.toThrow(
      /is a folder; expected a file/,
    );
  });

  it('of two at once to one target leaves a whole file', async () => {
    const target = join(await temporaryFolder(), 'both.arrows');
    const both = [await dataset(), await dataset()];
    await Promise.all(both.map((one) => exportAs(one, 'arrow-stream', { target, columns: ['index'] })));
    const file = await openForeign(target);
    onTestFinished(() => file.close());
    expect(await file.array('index').read(0, SAMPLES)).toEqual(index);
    expect(await readdir(join(target, '..'))).toEqual(['both.arrows']);
  });

  it('to Parquet, read back value by value', async () => {
    const target = join(await temporaryFolder(), 'waves.parquet');
    let shards = 0;
    await exportParquet(await dataset(), target, undefined, (done) => (shards = done));
    expect(shards).toBe(3);
    const { asyncBufferFromFile } = await import('hyparquet');
    let found: Record<string, unknown>[] = [];
    await parquetRead({
      file: await asyncBufferFromFile(target),
      rowFormat: 'object',
      onComplete: (all) => (found = all),
    });
    expect(found).toHaveLength(SAMPLES);
    expect(found.flatMap(({ potential }) => potential)).toEqual(rows(input));
    expect(found.flatMap(({ solution }) => solution)).toEqual(rows(output));
    expect(found.map((row) => row.chemicalPotential)).toEqual([...energies]);
    expect(found.map((row) => row.index)).toEqual([...index]);
    expect(found.map((row) => row.status)).toEqual(status);
  });
});
