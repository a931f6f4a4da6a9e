import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { type File, FS } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { authors, hdf5, imported, input, output, reversed, rows, SAMPLES, temporaryFolder } from './fixtures.js';

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
    const dataset = await imported(path, { precision: 'float32', axes: 'reversed' });
    const { potential, solution, E } = await dataset.read(['potential', 'solution', 'E']);
    expect(potential).toEqual(Float32Array.from(rows(input)));
    expect(solution).toEqual(Float32Array.from(rows(output)));
    expect(E).toEqual(new Float32Array(SAMPLES).fill(1 / 3));
  });

  it('asks which axis counts the samples where the file leaves it open', async () => {
    const path = await hdf5((file) => {
      file.create_dataset({ name: 'Input', data: new Float32Array(12), shape: [3, 4] });
      file.create_dataset({ name: 'Output', data: new Float32Array(12), shape: [3, 4] });
    });
    await expect(imported(path)).rejects.toThrow(/waves\.h5: leaves open .*'Input' \(3, 4\)/);
    expect((await imported(path, { samplesAxis: 'first' })).samples).toBe(3);
    expect((await imported(path, { samplesAxis: 'last' })).samples).toBe(4);
    const unequal = await hdf5((file) => {
      file.create_dataset({ name: 'Input', data: new Float32Array(12), shape: [3, 4] });
      file.create_dataset({ name: 'Output', data: new Float32Array(6), shape: [3, 2] });
    });
    expect((await imported(unequal)).samples).toBe(3);
    await expect(imported(unequal, { samplesAxis: 'last' })).rejects.toThrow(
      /'Output' has shape \(3, 2\); expected 4 samples along axis 1/,
    );
  });

  it.each<[string, (file: File) => void, RegExp]>([
    [
      'no /Output',
      (f) => f.create_dataset({ name: 'Input', data: new Float32Array(4) }),
      /has these arrays: 'Input' float32 \(4,\)/,
    ],
    [
      'texts',
      (f) => ['Input', 'Output'].map((name) => f.create_dataset({ name, data: ['a', 'b'] })),
      /'Input' holds text; expected an array of numbers/,
    ],
    ['a group', (f) => ['Input', 'Output'].map((name) => f.create_group(name)), /has these arrays: none/],
    [
      'a link to another file',
      (f) => ['Input', 'Output'].map((name) => f.create_external_link('/etc/passwd', 'x', name)),
      /'Input' is in another file: 'x' of \/etc\/passwd/,
    ],
    [
      'no samples',
      (f) => ['Input', 'Output'].map((name) => f.create_dataset({ name, data: new Float32Array(0), shape: [0, 4] })),
      /'Input' has shape \(0, 4\)/,
    ],
    [
      'a NaN',
      (f) =>
        ['Input', 'Output'].map((name) =>
          f.create_dataset({ name, data: Float32Array.of(0, 1, 2, 3, Number.NaN, 5, 6, 7), shape: [4, 2] }),
        ),
      /'Input' has NaN at row 2, entry 0 \(counted from 0\)/,
    ],
    [
      'an /E of two axes',
      (f) => {
        for (const name of ['Input', 'Output']) f.create_dataset({ name, data: new Float32Array(6) });
        f.create_dataset({ name: 'E', data: new Float64Array(6), shape: [2, 3] });
      },
      /'Input' has shape \(6,\); expected 2 samples along axis 0, as 'E' of shape \(2, 3\) has/,
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
    await expect(imported(path)).rejects.toThrow(/text\.h5: is not HDF5 as its name says/);
    const whole = await readFile(await hdf5(authors));
    for (const bytes of [whole.length - 1, whole.length >> 1, 100]) {
      await writeFile(path, whole.subarray(0, bytes));
      await expect(imported(path)).rejects.toThrow(/text\.h5: cannot be handled as an HDF5 file/);
    }
    await expect(imported(folder)).rejects.toThrow(DataError);
    await expect(imported(join(folder, 'none.h5'))).rejects.toThrow(/none\.h5: does not exist/);
    expect(FS!.readdir('/').filter((name: string) => name.endsWith('.h5'))).toEqual([]);
  });
});
