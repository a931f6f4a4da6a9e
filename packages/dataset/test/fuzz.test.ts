import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import { RecordBatchFileWriter, RecordBatchReader, tableFromArrays, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { type Dataset, openDataset, sha256, verifyDataset } from '../src/index.js';
import { columns, reseal, temporaryFolder, writeAll } from './fixtures.js';

const SHARD = 'shard-00001.arrow';
const NAMES = ['field', 'fine', 'energy', 'index', 'status'] as const;
/** Damaged files of each kind; `DYADIC_FUZZ_ROUNDS=300` for a thorough run. */
const ROUNDS = Number(process.env.DYADIC_FUZZ_ROUNDS ?? 15);

/** One way to spoil a file. */
type Damage = (bytes: Buffer, stream: RandomStream) => Buffer;

const at = (stream: RandomStream, end: number) => Math.min(end - 1, Math.floor(stream.uniform(0, end)));

const DAMAGES: Record<string, Damage> = {
  truncated: (bytes, stream) => bytes.subarray(0, at(stream, bytes.length)),
  'one bit flipped': (bytes, stream) => {
    bytes[at(stream, bytes.length)]! ^= 1 << at(stream, 8);
    return bytes;
  },
  'a number of the footer replaced by an extreme one': (bytes, stream) => {
    const footer = bytes.readInt32LE(bytes.length - 10);
    const extremes = [0, -1, 1, 0x7fffffff, -0x80000000, bytes.length, 0x00ffffff];
    const place = bytes.length - 10 - footer + at(stream, footer + 4 - 4);
    bytes.writeInt32LE(extremes[at(stream, extremes.length)]!, place);
    return bytes;
  },
  'a number of a head replaced by an extreme one': (bytes, stream) => {
    const extremes = [0, -1, 1, 0x7fffffff, -0x80000000, bytes.length, 0x00ffffff];
    bytes.writeInt32LE(extremes[at(stream, extremes.length)]!, 8 + at(stream, 420));
    return bytes;
  },
  'a stretch of noise': (bytes, stream) => {
    const [first, length] = [at(stream, bytes.length), at(stream, 64) + 1];
    for (let i = first; i < Math.min(bytes.length, first + length); i++) bytes[i] = at(stream, 256);
    return bytes;
  },
  'a stretch moved elsewhere': (bytes, stream) => {
    bytes.copyWithin(at(stream, bytes.length), at(stream, bytes.length), at(stream, bytes.length));
    return bytes;
  },
  'bytes put in': (bytes, stream) => {
    const place = at(stream, bytes.length);
    return Buffer.concat([bytes.subarray(0, place), Buffer.alloc(1 + at(stream, 16), 7), bytes.subarray(place)]);
  },
};

/** A dataset whose shard 1 has the given bytes, and whose manifest says that they are right. */
async function resealedWith(folder: string, hash: string, size: number, bytes: Buffer): Promise<void> {
  await writeFile(join(folder, SHARD), bytes);
  await reseal(folder, (text) =>
    text
      .replace(hash, sha256(bytes))
      .replace(new RegExp(`("bytes": ?)${size}(,\\s*"sha256": ?"${sha256(bytes)})`), `$1${bytes.length}$2`),
  );
}

async function readAll(dataset: Dataset): Promise<Error | null> {
  return dataset.read(NAMES, 10, 10).then(
    () => null,
    (error) => error,
  );
}

describe('a shard with any damage, whose SHA-256 the manifest confirms', () => {
  it.each(Object.entries(DAMAGES))(
    '%s: a clear error or the right numbers, and verify names it',
    async (name, damage) => {
      const folder = await temporaryFolder();
      const { shards } = await writeAll(folder);
      const { sha256: hash, bytes: size } = shards[1]!;
      const manifest = await readFile(join(folder, 'manifest.json'));
      const original = await readFile(join(folder, SHARD));
      const stream = randomStream(1, `test/fuzz/${name}`);
      const expected = columns(10, 10);
      let [refused, unharmed] = [0, 0];
      const most = process.memoryUsage().rss + 2 ** 28;
      for (let round = 0; round < ROUNDS; round++) {
        const bytes = damage(Buffer.from(original), stream);
        if (bytes.equals(original) || bytes.length === 0) continue;
        await writeFile(join(folder, 'manifest.json'), manifest);
        await resealedWith(folder, hash, size, bytes);
        const error = await readAll(await openDataset(folder));
        if (error === null) {
          // Reading takes what it needs: damage elsewhere, or to the numbers themselves, is for verify to find.
          unharmed++;
        } else {
          expect(error).toBeInstanceOf(DataError);
          expect(error.message).toContain(SHARD);
          refused++;
        }
        expect((await verifyDataset(folder)).problems).toMatchObject([{ file: SHARD }]);
        expect(process.memoryUsage().rss).toBeLessThan(most);
      }
      expect(refused + unharmed).toBeGreaterThan(ROUNDS / 4);
      expect(refused).toBeGreaterThan(0);
      await writeFile(join(folder, 'manifest.json'), manifest);
      await writeFile(join(folder, SHARD), original);
      expect(await (await openDataset(folder)).read(NAMES, 10, 10)).toEqual(expected);
    },
  );
});

it('no number of a head or the footer, replaced by one that is plausible there, leads to other numbers', async () => {
  const folder = await temporaryFolder();
  await writeAll(folder);
  const dataset = await openDataset(folder);
  const original = await readFile(join(folder, SHARD));
  const expected = columns(10, 10);
  const footer = original.length - 10 - original.readInt32LE(original.length - 10);
  // The head of the first record batch begins after the magic word.
  const head = 8 + 8 + original.readInt32LE(12);
  const places = (first: number, end: number) => Array.from({ length: (end - first) >> 2 }, (_, i) => first + 4 * i);
  let refused = 0;
  for (const place of [...places(8, head), ...places(footer, original.length - 10)]) {
    for (const value of place < head ? [0, 8] : [0]) {
      const bytes = Buffer.from(original);
      bytes.writeInt32LE(value, place);
      await writeFile(join(folder, SHARD), bytes);
      const found = await dataset.read(NAMES, 10, 10, { verify: false }).catch((error) => error);
      if (found instanceof Error) expect(found).toBeInstanceOf(DataError);
      else expect(found).toEqual(expected);
      if (found instanceof Error) refused++;
    }
  }
  expect(refused).toBeGreaterThan(100);
});

describe('a foreign file under the name of a shard, whose SHA-256 the manifest confirms', () => {
  const same = async (folder: string, change: (bytes: Buffer) => Uint8Array | Promise<Uint8Array>) =>
    Buffer.from(await change(await readFile(join(folder, SHARD))));
  it.each<[string, (folder: string) => Promise<Buffer>, RegExp]>([
    [
      'an Arrow file of other columns',
      async () => Buffer.from(arrowFile({ x: Float64Array.of(1, 2) })),
      /belongs to another dataset/,
    ],
    [
      'another shard of the dataset',
      (folder) => readFile(join(folder, 'shard-00000.arrow')),
      /is shard 0 under the name of 1/,
    ],
    ['an Arrow stream', (folder) => same(folder, (bytes) => tableToStream(bytes)), /is not a whole Arrow file/],
    ['text', async () => Buffer.from('once upon a time, there was a shard'), /is not a whole Arrow file/],
    [
      'a safetensors file',
      async () => Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{}'), Buffer.alloc(64)]),
      /is not a whole Arrow file/,
    ],
    ['zeros', async () => Buffer.alloc(4096), /is not a whole Arrow file/],
    [
      'the same columns, one of another type',
      (folder) => same(folder, (bytes) => withType(bytes)),
      /has other columns than the recipe, from 'energy' on|is not a whole/,
    ],
  ])('%s', async (_, make, message) => {
    const folder = await temporaryFolder();
    const { shards } = await writeAll(folder);
    await resealedWith(folder, shards[1]!.sha256, shards[1]!.bytes, await make(folder));
    const error = await readAll(await openDataset(folder));
    expect(error).toBeInstanceOf(DataError);
    expect(error!.message).toMatch(message);
    expect((await verifyDataset(folder)).problems).toMatchObject([{ file: SHARD }]);
  });

  function arrowFile(arrays: Record<string, Float64Array>): Uint8Array {
    return RecordBatchFileWriter.writeAll(tableFromArrays(arrays)).toUint8Array(true);
  }

  async function tableToStream(bytes: Uint8Array): Promise<Uint8Array> {
    const { tableToIPC } = await import('apache-arrow');
    return tableToIPC(tableFromIPC(bytes), 'stream');
  }

  /** The footer says that the energies are unsigned integers… of the number of a type that comes after Float64. */
  function withType(bytes: Buffer): Uint8Array {
    const name = bytes.lastIndexOf('energy');
    const table = bytes.lastIndexOf(Buffer.from([0, 0, 0, 3]), name);
    bytes[table + 3] = 2;
    return bytes;
  }
});

it('what our reader takes for numbers, Arrow takes for the same', async () => {
  const folder = await temporaryFolder();
  await writeAll(folder);
  const reader = RecordBatchReader.from(await readFile(join(folder, SHARD)));
  const [batch] = [...reader];
  const ours = await (await openDataset(folder)).read(NAMES, 10, 10);
  expect([...batch!.getChild('energy')!]).toEqual([...ours.energy]);
  expect([...batch!.getChild('status')!]).toEqual(ours.status);
  expect([...batch!.getChild('field')!].flatMap((row) => [...row])).toEqual([...ours.field]);
});
