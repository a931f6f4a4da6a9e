import { spawn } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { type Json, sha256 } from '@dyadic/dataset';
import { mnn } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { initialState, type TrainingPlan, writeCheckpoint } from '../src/index.js';
import { decodeTensors, encodeTensors, type Tensor } from '../src/safetensors.js';
import { network, plan, temporaryFile } from './fixtures.js';

const MB = 2 ** 20;

/** Reads the second file after the first has warmed everything up; prints what that said and how the peak has grown. */
const CHILD = `
import { readCheckpoint } from '${new URL('../dist/index.js', import.meta.url)}';
const [warmUp, path] = process.argv.slice(1);
await readCheckpoint(warmUp);
global.gc();
const before = process.resourceUsage().maxRSS;
const said = await readCheckpoint(path).then(() => 'read', (error) => error.name + ': ' + error.message);
console.log(JSON.stringify({ said, kilobytes: process.resourceUsage().maxRSS - before }));
`;

/** What a process of its own with little memory says of a checkpoint, and the bytes that it took at most. */
async function readApart(path: string): Promise<{ said: string; bytes: number }> {
  const warmUp = await temporaryFile('warm-up');
  await writeCheckpoint(warmUp, { ...info, state: initialState(network, plan) });
  const limits = ['--expose-gc', '--max-old-space-size=256', '--input-type=module'];
  const child = spawn(process.execPath, [...limits, '-e', CHILD, warmUp, path], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect([code, stderr]).toEqual([0, '']);
  const { said, kilobytes } = JSON.parse(stdout);
  return { said, bytes: 1024 * kilobytes };
}

const info = {
  network,
  plan,
  normalizers: { input: { shift: 0, scale: 1 }, output: { shift: 0, scale: 1 } },
  origin: {},
  engine: 'wasm',
};

/** A checkpoint of the small network whose metadata and tensors were changed by somebody who can compute checksums. */
async function changed(
  change: (document: Record<string, Json>) => void,
  tensors: readonly (readonly [string, Tensor])[] = [],
): Promise<string> {
  const path = await temporaryFile('changed');
  await writeCheckpoint(path, { ...info, state: initialState(network, plan) });
  const found = decodeTensors(path, await readFile(path));
  const { checksum: _, ...document } = JSON.parse(found.metadata.get('dyadic')!);
  for (const [name, { values }] of tensors) {
    document.tensors[name] = sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  change(document);
  const metadata = new Map([['dyadic', JSON.stringify({ ...document, checksum: sha256(document) })]]);
  await writeFile(path, encodeTensors({ tensors: new Map([...found.tensors, ...tensors]), metadata }));
  return path;
}

/** Bytes with a header of one's own, written as it is. */
async function withHeader(json: string, dataBytes = 0): Promise<string> {
  const path = await temporaryFile('header');
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(json.length));
  bytes.write(json, 8);
  await writeFile(path, bytes);
  return path;
}

const ofNetwork = (options: object, optimizer: TrainingPlan['optimizer']) =>
  changed((document) => {
    document.network = { points: 64, levels: 3, channels: 3, kernelLayers: 2, ...options };
    document.plan = { ...plan, optimizer } as unknown as Json;
  });
const overlapping = { dtype: 'F32', shape: [MB], data_offsets: [0, 4 * MB] };
const many = (count: number, entry: (i: number) => string) => Array.from({ length: count }, (_, i) => entry(i)).join();

describe('reading a checkpoint takes at most ten times the file and 64 MB', () => {
  it.each<[string, () => Promise<string>, RegExp]>([
    ['5,000 channels and SOAP', () => ofNetwork({ channels: 5000 }, { name: 'soap' }), /parameters of the network/],
    ['450 million parameters', () => ofNetwork({ channels: 3500 }, { name: 'adamw' }), /parameters of the network/],
    [
      '20 levels',
      () => ofNetwork({ points: 2 ** 22, levels: 20, channels: 40 }, { name: 'soap' }),
      /parameters of the network/,
    ],
    [
      'layers by the ten thousands',
      () =>
        ofNetwork(
          { points: 2 ** 20, levels: 20, channels: 1, kernelLayers: 1000, kernel: 'two-branch' },
          { name: 'soap' },
        ),
      /parameters of the network/,
    ],
    [
      'a SOAP of which nothing is there',
      async () => {
        const large = mnn({ points: 256, levels: 2, channels: 120, kernelLayers: 3, connectivity: 'local' });
        const values = new Float32Array(large.parameterCount);
        const tensors = ['parameters', 'best'].map((name) => [name, { shape: [values.length], values }] as const);
        return changed((document) => {
          document.network = large.spec as unknown as Json;
          document.plan = { ...plan, optimizer: { name: 'soap' } } as unknown as Json;
        }, tensors);
      },
      /tensor 'optimizer\/\w+' is .*; expected a Float32Array of length \d{6,}/,
    ],
    [
      '500 tensors over the same bytes',
      () => withHeader(JSON.stringify(Object.fromEntries([...Array(500)].map((_, i) => [i, overlapping]))), 4 * MB),
      /overlaps another/,
    ],
    ['a header of empty arrays', () => withHeader(`{"a":[${many(MB / 3.1, () => '[]')}]}`), /header cannot be read/],
    ['a header of wrong entries', () => withHeader(`{${many(1e5, (i) => `"${i}":1`)}}`), /header cannot be read/],
    [
      'a header of wrong metadata',
      () => withHeader(`{"__metadata__":{${many(1e5, (i) => `"${i}":1`)}}}`),
      /header can/,
    ],
    ['a header of 2 MB', () => withHeader(`{${' '.repeat(2 * MB)}}`), /has a header of \d+ bytes; expected at most/],
    [
      'metadata of unknown entries',
      () =>
        changed((document) => Object.assign(document, Object.fromEntries([...Array(7e4).keys()].map((i) => [i, 0])))),
      /unknown entry/,
    ],
    [
      'metadata of wrong numbers',
      () => changed((document) => Object.assign(document, { optimizer: [...Array(1.5e5).keys()].map(() => 'x') })),
      /optimizer is an array|optimizer\.0 is 'x'/,
    ],
    ['an origin of many numbers', () => changed((document) => (document.origin = new Array(5e5).fill(0))), /^read$/],
    [
      'a long history',
      () => {
        const values = new Float64Array(3e5);
        const tensors = ['loss', 'validation', 'learningRate'].map((name) => [
          `history/${name}`,
          { shape: [3e5], values },
        ]);
        return changed(
          (document) => {
            document.epoch = 3e5;
            document.plan = { ...plan, epochs: 3e5 } as unknown as Json;
          },
          tensors as [string, Tensor][],
        );
      },
      /^read$/,
    ],
    [
      'a large network with SOAP',
      async () => {
        const path = await temporaryFile('large');
        const large = mnn({ points: 256, levels: 4, channels: 120, kernelLayers: 3 });
        const soap: TrainingPlan = { ...plan, optimizer: { name: 'soap' } };
        await writeCheckpoint(path, { ...info, network: large, plan: soap, state: initialState(large, soap) });
        return path;
      },
      /^read$/,
    ],
  ])('%s', async (_, make, expected) => {
    const path = await make();
    const { said, bytes } = await readApart(path);
    expect(said).toMatch(expected);
    expect(said.length).toBeLessThan(1000);
    expect(bytes / MB).toBeLessThan((10 * (await stat(path)).size) / MB + 64);
  });
});
