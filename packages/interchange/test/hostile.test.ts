/** Damaged and hostile files: an error that names the file, never a crash, a hang, or memory for what is not there. */
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { DataError } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { openForeign } from '../src/index.js';
import { temporaryFolder } from './fixtures.js';

const CASES = new URL('./cases/', import.meta.url).pathname;
const ROUNDS = Number(process.env.DYADIC_FUZZ_ROUNDS ?? 12);

/** Reads all there is; what it throws must be a DataError of this file. */
async function readAll(path: string): Promise<'read' | 'refused'> {
  try {
    const file = await openForeign(path);
    try {
      for (const array of file.arrays) await array.read(0, Math.min(array.shape[0] ?? 0, 100));
    } finally {
      await file.close();
    }
    return 'read';
  } catch (error) {
    if (!(error instanceof DataError) || !error.message.includes(basename(path))) throw error;
    return 'refused';
  }
}

describe('damaged files', () => {
  const files = readdirSync(CASES).filter((name) => /\.(arrow|arrows|feather|npy|npz|mat|h5|hdf5|csv)$/.test(name));

  it.each(files)('%s, cut short or with bytes changed, is read or refused', async (name) => {
    const whole = readFileSync(join(CASES, name));
    const path = join(await temporaryFolder(), name);
    const random = randomStream(7, `test/hostile/${name}`);
    const below = (bound: number) => Math.floor(random.uniform() * bound);
    for (let round = 0; round < ROUNDS; round++) {
      const bytes = Buffer.from(round % 3 === 0 ? whole.subarray(0, below(whole.length)) : whole);
      // Metadata is at the beginning and at the end.
      const places = [() => below(256), () => bytes.length - 1 - below(512), () => below(bytes.length)];
      for (let k = 0; k < 1 + below(4) && bytes.length > 0; k++) {
        const at = Math.min(bytes.length - 1, Math.max(0, places[below(3)]!()));
        bytes[at] = [0, 0xff, 0x7f, below(256)][below(4)]!;
      }
      await writeFile(path, bytes);
      await readAll(path);
    }
  });
});

describe('hostile sizes', () => {
  const refused = async (name: string, bytes: Uint8Array, message: RegExp) => {
    const path = join(await temporaryFolder(), name);
    await writeFile(path, bytes);
    const before = process.memoryUsage().rss;
    await expect(readAllOrThrow(path)).rejects.toThrow(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 28);
  };
  const readAllOrThrow = async (path: string) => {
    const file = await openForeign(path);
    try {
      for (const array of file.arrays) await array.read(0, array.shape[0]!);
    } finally {
      await file.close();
    }
  };
  const npy = (description: string) => {
    const head = Buffer.alloc(128, ' ');
    head.write('\x93NUMPY\x01\x00', 'latin1');
    head.writeUInt16LE(118, 8);
    head.write(description, 10);
    head.write('\n', 127);
    return head;
  };

  it('a NumPy array larger than its file', async () => {
    const huge = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000, 1000), }");
    await refused('huge.npy', huge, /'huge' of shape \(1000000000, 1000\) and type float64 does not fit into 0 bytes/);
    const wrapped = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740993, 4096), }");
    await refused('wrapped.npy', wrapped, /does not fit/);
    const code = npy("{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': (1,), }");
    await refused('code.npy', code, /'code' has a header that is not NumPy's/);
    const objects = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }");
    await refused('objects.npy', objects, /'objects' holds Python objects; .*nothing is executed/);
  });

  it('a MATLAB variable that claims gigabytes, and one that inflates without end', async () => {
    const head = Buffer.alloc(128);
    head.write('MATLAB 5.0 MAT-file');
    head.writeUInt16LE(0x0100, 124);
    head.write('IM', 126);
    const matrix = (bytes: number, dataBytes: number) => {
      const body = Buffer.alloc(72);
      const words = [14, bytes, 6, 8, 6, 0, 5, 8, 100_000, 10_000];
      for (const [k, word] of words.entries()) body.writeUInt32LE(word, 4 * k);
      body.writeUInt32LE(0x0001_0001, 40);
      body.write('x', 44);
      body.writeUInt32LE(9, 48);
      body.writeUInt32LE(dataBytes, 52);
      return body;
    };
    await refused(
      'claims.mat',
      Buffer.concat([head, matrix(4_000_000_000, 100)]),
      /claims 4000000000 bytes, and there are/,
    );
    const compressed = deflateSync(matrix(4_000_000_000, 3_999_999_000));
    const tag = Buffer.alloc(8);
    tag.writeUInt32LE(15, 0);
    tag.writeUInt32LE(compressed.length, 4);
    await refused('inflates.mat', Buffer.concat([head, tag, compressed]), /claims 4000000000 bytes/);
  });

  it('a ZIP archive whose entry claims more than deflate can hold', async () => {
    const data = deflateRawSync(npy("{'descr': '<f8', 'fortran_order': False, 'shape': (100000000,), }"));
    const size = 800_000_128;
    const local = Buffer.alloc(30 + 5);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(20, 4);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(size, 22);
    local.writeUInt16LE(5, 26);
    local.write('x.npy', 30);
    const central = Buffer.alloc(46 + 5);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    central.writeUInt16LE(20, 6);
    central.writeUInt16LE(8, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(size, 24);
    central.writeUInt16LE(5, 28);
    central.write('x.npy', 46);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 8);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(central.length, 12);
    end.writeUInt32LE(local.length + data.length, 16);
    await refused(
      'bomb.npz',
      Buffer.concat([local, data, central, end]),
      /claims 800000128 bytes in \d+ compressed ones/,
    );
  });

  it('what is executed elsewhere, and what begins as something else', async () => {
    await refused('model.npy', Buffer.from('\x80\x04\x95pickle', 'latin1'), /is a Python pickle; nothing is executed/);
    await refused('some.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0]), /is compressed by gzip; unpack it/);
    await refused('old.feather', Buffer.from('FEA1....FEA1'), /is a Feather file of version 1/);
    await refused('old.mat', Buffer.alloc(200, 1), /is not a MATLAB file of version 5 or later/);
    await refused('zeros.parquet', Buffer.alloc(64), /is not Parquet as its name says/);
    await refused('empty.csv', Buffer.alloc(0), /is empty/);
  });
});
