/** The files of `cases`, each as its table says. Expected numbers are those of the files' own libraries (expected.py). */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type OpenOptions, openForeign } from '../src/index.js';

const CASES = new URL('./cases/', import.meta.url).pathname;

type Expected = Record<string, Record<string, { readonly shape: number[]; readonly sha256: string }>>;
const EXPECTED = JSON.parse(readFileSync(join(CASES, 'expected.json'), 'utf8')) as Expected;

async function open(name: string, options?: OpenOptions) {
  const file = await openForeign(join(CASES, name), options);
  onTestFinished(() => file.close());
  return file;
}

const sha256 = (values: ArrayLike<number>) =>
  createHash('sha256')
    .update(new Uint8Array(Float64Array.from(values).buffer))
    .digest('hex');

describe('every file of the table', () => {
  it.each(Object.entries(EXPECTED))('%s is taken, number by number', async (name, arrays) => {
    const file = await open(name, name === 'pandas-noindex.csv' ? { header: 'yes' } : {});
    for (const [array, { shape, sha256: hash }] of Object.entries(arrays)) {
      const found = file.array(array);
      expect(found.shape, array).toEqual(shape);
      const rows = shape[0]!;
      const whole = await found.read(0, rows);
      expect(sha256(whole), array).toBe(hash);
      // Piece by piece, and along the last axis, the same numbers.
      const middle = rows >> 1;
      const pieces = [...(await found.read(0, middle)), ...(await found.read(middle, rows - middle))];
      expect(pieces).toEqual([...whole]);
      const axis = shape.length - 1;
      const inner = shape[axis]!;
      const outer = whole.length / inner;
      const last = await found.read(0, inner, { axis });
      expect([...last]).toEqual(Array.from(whole, (_, k) => whole[(k % outer) * inner + Math.floor(k / outer)]));
    }
  });

  const refused: [file: string, array: string, message: RegExp][] = [
    [
      'list-null.arrow',
      'potential',
      /'potential' has null at row 0, entry 20 \(counted from 0\); expected a finite number$/,
    ],
    [
      'fsl-null.arrow',
      'potential',
      /'potential' has null at row 0, entry 20 \(counted from 0\); expected a finite number$/,
    ],
    ['row-null.arrow', 'potential', /'potential' has null at row 1, entry 0 \(counted/],
    ['lzf.h5', 'Input', /'Input' is compressed by LZF \(HDF5 filter 32000\).*write it anew with gzip/],
    ['netcdf-packed.h5', 'Input', /'Input' has the fill value 9\.969\d*e\+36, a missing number, at row 3, entry 5/],
    ['virtual/joined.h5', 'Output', /'Output' is virtual: its numbers are in other files \(run0\.h5, run1\.h5\)/],
  ];

  it.each(refused)('%s: an array that is not taken is refused by name', async (name, array, message) => {
    const file = await open(name);
    const wanted = file.array(array);
    const attempt = wanted.read(0, wanted.shape[0]!);
    await expect(attempt).rejects.toThrow(DataError);
    await expect(attempt).rejects.toThrow(message);
    await expect(attempt).rejects.toThrow(join(CASES, name));
  });

  it.each([
    ['german.csv', /german\.csv: line 1 has decimal commas; write numbers with points/],
    ['utf16.csv', /utf16\.csv: line 1 begins as UTF-16 text; save the file as UTF-8/],
    ['pandas-noindex.csv', /pandas-noindex\.csv: line 1 counts the columns \(0, 1, 2, …\)$/],
  ])('%s is refused with its line', async (name, message) => {
    await expect(openForeign(join(CASES, name))).rejects.toThrow(message);
  });

  it('is named here', () => {
    const texts = /\.(py|json|md)$/;
    const files = readdirSync(CASES, { recursive: true, encoding: 'utf8' }).filter(
      (name) => /\./.test(name) && !texts.test(name),
    );
    const named = [...Object.keys(EXPECTED), ...refused.map(([name]) => name), 'german.csv', 'utf16.csv'];
    expect(files.filter((name) => !named.includes(name))).toEqual([]);
  });

  it('a tensor stored in permuted order is the same tensor', async () => {
    const [plain, permuted] = [await open('c-order.arrow'), await open('permuted.arrow')];
    expect(await permuted.array('potential').read(0, 2)).toEqual(await plain.array('potential').read(0, 2));
  });
});
