import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDataset, exportDataset, openDataset, verifyDataset } from '@dyadic/dataset';
import { ArgumentError, DataError } from '@dyadic/errors';
import { exportHdf5, exportParquet, importHdf5, type SamplesAxis } from '@dyadic/interchange';
import { File, FS, ready } from 'h5wasm';
import { parquetRead } from 'hyparquet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dyadic, workspace } from './fixtures.js';

const SAMPLES = 7;
const SHAPE = [2, 3] as const;
const input = (i: number, x: number, y: number) => i + x / 4 + y / 16;
const output = (i: number, x: number, y: number) => -i - x / 4 - y / 16;
const options = { name: 'waves', samplesAxis: 'auto' as SamplesAxis, shardRows: 3 };

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-interchange-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Values of all samples in row-major order of (samples, x, y). */
function rows(f: typeof input): number[] {
  const [points, width] = [SHAPE[0] * SHAPE[1], SHAPE[1]];
  return Array.from({ length: SAMPLES * points }, (_, k) =>
    f(Math.floor(k / points), Math.floor(k / width) % SHAPE[0], k % width),
  );
}

/** The same in row-major order of (y, x, samples), as MATLAB writes an array of samples × x × y. */
function reversed(f: typeof input): number[] {
  return Array.from({ length: SAMPLES * 6 }, (_, k) =>
    f(k % SAMPLES, Math.floor(k / SAMPLES) % SHAPE[0], Math.floor(k / SAMPLES / SHAPE[0])),
  );
}

/** Writes an HDF5 file with h5wasm itself, in its own file system. */
async function hdf5(fill: (file: File) => void): Promise<string> {
  await ready;
  const file = new File('/written.h5', 'w');
  fill(file);
  file.close();
  const path = join(await temporaryFolder(), 'waves.h5');
  await writeFile(path, FS!.readFile('/written.h5'));
  FS!.unlink('/written.h5');
  return path;
}

const authors = (file: File) => {
  file.create_dataset({ name: 'Input', data: Float32Array.from(rows(input)), shape: [SAMPLES, ...SHAPE] });
  file.create_dataset({ name: 'Output', data: Float64Array.from(rows(output)), shape: [SAMPLES, ...SHAPE] });
  file.create_dataset({
    name: 'E',
    data: Float64Array.from({ length: SAMPLES }, (_, i) => i / 3),
    shape: [SAMPLES, 1],
  });
};

async function imported(path: string, more: object = {}) {
  const folder = join(await temporaryFolder(), 'data');
  await importHdf5(path, folder, { ...options, ...more });
  expect((await verifyDataset(folder)).problems).toEqual([]);
  return openDataset(folder);
}

describe('import of HDF5', () => {
  it("reads the authors' layout, each array in its own precision", async () => {
    const dataset = await imported(await hdf5(authors));
    expect(dataset.recipe.generator.name).toBe('import');
    expect(dataset.recipe.fields.map(({ name, shape }) => [name, shape])).toEqual([
      ['potential', [2, 3]],
      ['solution', [2, 3]],
      ['E', []],
    ]);
    const { potential, solution, E } = await dataset.read(['potential', 'solution', 'E']);
    expect(potential).toEqual(Float32Array.from(rows(input)));
    expect(solution).toEqual(Float64Array.from(rows(output)));
    expect(E).toEqual(Float64Array.from({ length: SAMPLES }, (_, i) => i / 3));
  });

  it('undoes the reversed axes of MATLAB, and rounds if asked', async () => {
    const path = await hdf5((file) => {
      file.create_dataset({ name: 'Input', data: Float64Array.from(reversed(input)), shape: [3, 2, SAMPLES] });
      file.create_dataset({ name: 'Output', data: Float64Array.from(reversed(output)), shape: [3, 2, SAMPLES] });
      file.create_dataset({ name: 'E', data: new Float64Array(SAMPLES).fill(1 / 3), shape: [1, SAMPLES] });
    });
    const dataset = await imported(path, { precision: 'float32' });
    const { potential, solution, E } = await dataset.read(['potential', 'solution', 'E']);
    expect(potential).toEqual(Float32Array.from(rows(input)));
    expect(solution).toEqual(Float32Array.from(rows(output)));
    expect(E).toEqual(new Float32Array(SAMPLES).fill(1 / 3));
  });

  it('asks which axis counts the samples where the file leaves it open', async () => {
    const path = await hdf5((file) => {
      file.create_dataset({ name: 'Input', data: new Float32Array(12), shape: [3, 4] });
      file.create_dataset({ name: 'Output', data: new Float32Array(6), shape: [3, 2] });
    });
    await expect(imported(path)).rejects.toThrow(/waves\.h5: leaves open .*\/Input \(3, 4\)/);
    expect((await imported(path, { samplesAxis: 'first' })).samples).toBe(3);
    await expect(imported(path, { samplesAxis: 'last' })).rejects.toThrow(
      /\/Output has shape \(3, 2\); expected 4 along/,
    );
  });

  it.each<[string, (file: File) => void, RegExp]>([
    [
      'no /Output',
      (f) => f.create_dataset({ name: 'Input', data: new Float32Array(4) }),
      /no array \/Output; it has Input/,
    ],
    [
      'integers',
      (f) => ['Input', 'Output'].map((name) => f.create_dataset({ name, data: new Int32Array(4) })),
      /\/Input holds no floating-point/,
    ],
    ['a group', (f) => ['Input', 'Output'].map((name) => f.create_group(name)), /\/Input is no array/],
    [
      'a link to another file',
      (f) => ['Input', 'Output'].map((name) => f.create_external_link('/etc/passwd', 'x', name)),
      /\/Input is no array in this file/,
    ],
    [
      'no samples',
      (f) => ['Input', 'Output'].map((name) => f.create_dataset({ name, data: new Float32Array(0), shape: [0, 4] })),
      /\/Input has shape \(0, 4\)/,
    ],
    [
      'a NaN',
      (f) =>
        ['Input', 'Output'].map((name) =>
          f.create_dataset({ name, data: Float32Array.of(0, 1, 2, 3, Number.NaN, 5, 6, 7), shape: [4, 2] }),
        ),
      /\/Input holds NaN as float32 in sample 2/,
    ],
    [
      'an /E of two axes',
      (f) => {
        for (const name of ['Input', 'Output']) f.create_dataset({ name, data: new Float32Array(6) });
        f.create_dataset({ name: 'E', data: new Float64Array(6), shape: [2, 3] });
      },
      /\/E has shape \(2, 3\); expected one number for each of 6 samples/,
    ],
  ])('refuses %s, naming file and array', async (_, fill, message) => {
    const path = await hdf5((file) => void fill(file));
    const attempt = imported(path, { samplesAxis: 'first' });
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(/waves\.h5: /);
  });

  it('refuses what is no HDF5 file, and one cut short', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'text.h5');
    await writeFile(path, 'no HDF5');
    await expect(imported(path)).rejects.toThrow(
      /text\.h5: can not be handled as an HDF5 file \(file signature not found\)/,
    );
    const whole = await readFile(await hdf5(authors));
    for (const bytes of [whole.length - 1, whole.length >> 1, 100]) {
      await writeFile(path, whole.subarray(0, bytes));
      await expect(imported(path)).rejects.toThrow(/text\.h5: can not be handled as an HDF5 file/);
    }
    await expect(imported(folder)).rejects.toThrow(DataError);
    await expect(imported(join(folder, 'none.h5'))).rejects.toThrow(/none\.h5: can not be opened/);
    expect(FS!.readdir('/').filter((name: string) => name.endsWith('.h5'))).toEqual([]);
  });
});

describe('a dataset that was imported', () => {
  it('is trained and evaluated on as any other, without the time of a solver', async () => {
    const path = await hdf5((file) => {
      const data = Float64Array.from({ length: 64 * 64 }, (_, k) => Math.sin((k % 64) / 10 + Math.floor(k / 64)));
      file.create_dataset({ name: 'Input', data, shape: [64, 64] });
      file.create_dataset({ name: 'Output', data: data.map((value) => 2 + value), shape: [64, 64] });
    });
    const { data, app } = await workspace();
    const target = join(data, 'data', 'quick');
    expect(await dyadic('import', path, '--out', target)).toMatchObject({ code: 1, stdout: '' });
    const run = await dyadic('import', path, '--out', target, '--samples-axis', 'first', '--shard-rows', '10');
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/waves: 64 samples in .*potential float64\(64\)/),
    });
    expect(await dyadic('verify', target)).toMatchObject({ code: 0 });
    expect(await dyadic('train', app)).toMatchObject({ code: 0 });
    const evaluation = await dyadic('evaluate', app);
    expect(evaluation).toMatchObject({ code: 0, stderr: expect.not.stringContaining('bug') });
  });
});

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
    await symlink(join(folder, 'victim'), `${target}.dyadic-tmp`);
    await exportHdf5(await dataset(), target, ['index'], () => {});
    expect(await readdir(join(folder, 'out'))).toEqual(['waves.h5']);
    await expect(exportHdf5(await dataset(), target, ['status'], () => {})).rejects.toThrow(/columns is 'status'/);
    await expect(exportHdf5(await dataset(), target, ['u'], () => {})).rejects.toThrow(/column is 'u'/);
  });

  const formats: [string, (target: string, columns?: string[]) => Promise<unknown>][] = [
    ['hdf5', async (target, columns) => exportHdf5(await dataset(), target, columns, () => {})],
    ['parquet', async (target, columns) => exportParquet(await dataset(), target, columns, () => {})],
    ...(['arrow-stream', 'npy'] as const).map((format): (typeof formats)[number] => [
      format,
      async (target, columns) => exportDataset(await dataset(), target, { format, ...(columns && { columns }) }),
    ]),
  ];

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
