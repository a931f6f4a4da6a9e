import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { unreadable } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { openBytes } from './bytes/source.js';
import { type ArraySource, ForeignFile } from './foreign.js';
import { formatOf, HEAD_BYTES, KINDS, type OpenOptions } from './formats.js';

/** Extensions of the files of a folder that hold one array each. */
const ARRAY_FILES = ['.npy', '.csv', '.tsv'];

/**
 * Opens a file of another program: HDF5, MATLAB 5 and 7.3, NumPy, Parquet, Arrow and Feather, CSV. The first bytes determine the
 * format; for text, the extension does. A folder of `.npy` or CSV files opens as one file with their arrays. Nothing is executed,
 * and nothing outside the file is accessed.
 *
 * @example
 * const file = await openForeign('burgers.mat');
 * const { shape } = file.array('a'); // [64, 1000]
 * const first = await file.array('a').read(0, 10, { axis: 1 }); // ten samples of 64 numbers
 * await file.close();
 *
 * @throws DataError for a file that is missing, damaged, or of an unknown format
 */
export async function openForeign(path: string, options: OpenOptions = {}): Promise<ForeignFile> {
  const found = await stat(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  if (found.isDirectory()) return openFolder(path, options);
  const bytes = await openBytes(path);
  try {
    const format = formatOf(path, await bytes.read(0, Math.min(HEAD_BYTES, bytes.size)));
    const opened = await format.open(path, bytes, options);
    const close = async () => {
      await opened.close();
      await bytes.close();
    };
    return new ForeignFile(path, format.name, { arrays: opened.arrays, close });
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

/** Whether a folder holds `.npy`, `.csv` or `.tsv` files, which {@link openForeign} opens together. @throws if it cannot be read */
export async function holdsArrayFiles(folder: string): Promise<boolean> {
  return (await readdir(folder)).some(isArrayFile);
}

const isArrayFile = (name: string) => ARRAY_FILES.includes(extname(name).toLowerCase());

async function openFolder(path: string, options: OpenOptions): Promise<ForeignFile> {
  const names = await readdir(path).catch((cause) => {
    throw unreadable(path, cause);
  });
  const files: ForeignFile[] = [];
  const close = async () => {
    for (const file of files) await file.close();
  };
  try {
    const arrays: ArraySource[] = [];
    for (const name of names.sort()) {
      if (!isArrayFile(name)) continue;
      const file = await openForeign(join(path, name), options);
      files.push(file);
      arrays.push(...file.arrays.map((array) => array.source));
    }
    if (arrays.length === 0) throw new DataError(path, `holds no .npy, .csv or .tsv files; expected ${KINDS}`);
    const taken = arrays.map((array) => array.name);
    const twice = taken.find((name, k) => taken.indexOf(name) < k);
    if (twice) throw new DataError(path, `holds two arrays '${twice}'; expected each name once`);
    return new ForeignFile(path, 'folder', { arrays, close });
  } catch (error) {
    await close();
    throw error;
  }
}
