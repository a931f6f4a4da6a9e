import { readFile, writeFile } from 'node:fs/promises';
import { type Json, sha256 } from '@dyadic/dataset';
import { DataError } from '@dyadic/errors';
import { mnn } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { expect, it } from 'vitest';
import { initialState, readCheckpoint, type TrainingPlan, writeCheckpoint } from '../src/index.js';
import { decodeTensors, encodeTensors } from '../src/safetensors.js';
import { plan, temporaryFile } from './fixtures.js';
import { mutated } from './mutations.js';

const CASES = Number(process.env.DYADIC_FUZZ ?? 2000);
const SEED = Number(process.env.DYADIC_FUZZ_SEED ?? 0);

const network = mnn({
  points: 16,
  levels: 2,
  channels: 2,
  kernelLayers: 2,
  connectivity: { kernel: 'local' },
  kernel: 'residual',
  restriction: { layers: 2 },
  padding: 'zero',
});
const plans: TrainingPlan[] = [
  { ...plan, optimizer: { name: 'soap', largestSide: 4 }, initial: { scheme: 'normal', deviation: 0.1 } },
  { ...plan, optimizer: { name: 'nadam', scheduleDecay: null }, windowSamples: 100, augment: 'torus', loss: 'error' },
];

it(`${CASES} checkpoints with changed metadata are read or refused in words, at once and in little memory`, {
  timeout: 600_000,
}, async () => {
  const path = await temporaryFile('checkpoint.safetensors');
  const originals = [];
  for (const each of plans) {
    const normalizers = { input: { shift: 0, scale: 1 }, output: { shift: 0.1, scale: 3 } };
    const origin = { dataset: 'x', splits: { train: 50 } };
    const state = initialState(network, each);
    await writeCheckpoint(path, { network, plan: each, normalizers, origin, engine: 'wasm', state });
    originals.push(await readFile(path));
  }
  let accepted = 0;
  for (let index = 0; index < CASES; index++) {
    const stream = randomStream(SEED, 'test/fuzz', index);
    const { tensors, metadata } = decodeTensors(path, originals[index % 2]!);
    const { checksum: _, ...document } = mutated(
      JSON.parse(metadata.get('dyadic')!) as { readonly [key: string]: Json },
      stream,
    );
    const sealed = { ...document, checksum: sha256(document) };
    await writeFile(path, encodeTensors({ tensors, metadata: new Map([['dyadic', JSON.stringify(sealed)]]) }));
    const start = performance.now();
    const before = process.memoryUsage.rss();
    try {
      const checkpoint = await readCheckpoint(path);
      await writeCheckpoint(path, checkpoint);
      accepted++;
    } catch (error) {
      expect(error, `case ${index}: ${JSON.stringify(document)}\n${(error as Error).stack}`).toBeInstanceOf(DataError);
      expect((error as Error).message.length).toBeLessThan(1000);
    }
    const what = `case ${index}: ${JSON.stringify(document)}`;
    expect(performance.now() - start, what).toBeLessThan(2000);
    expect(process.memoryUsage.rss() - before, what).toBeLessThan(64 * 2 ** 20);
  }
  expect(accepted).toBeGreaterThan(0);
  expect(accepted).toBeLessThan(CASES);
});

it(`${CASES} checkpoints with changed bytes are read or refused in words`, { timeout: 600_000 }, async () => {
  const path = await temporaryFile('checkpoint.safetensors');
  const info = { network, plan, normalizers: { input: { shift: 0, scale: 1 }, output: { shift: 0, scale: 1 } } };
  await writeCheckpoint(path, { ...info, origin: {}, engine: 'wasm', state: initialState(network, plan) });
  const original = await readFile(path);
  for (let index = 0; index < CASES; index++) {
    const stream = randomStream(SEED, 'test/fuzz-bytes', index);
    let bytes = Buffer.from(original);
    for (let change = 1 + stream.integer(4); change > 0; change--) {
      const at = stream.integer(stream.integer(2) === 0 ? 16 : bytes.length);
      bytes[at] = stream.integer(256);
      if (stream.integer(8) === 0) bytes = bytes.subarray(0, stream.integer(bytes.length) + 1);
    }
    await writeFile(path, bytes);
    const error = await readCheckpoint(path).then(
      () => null,
      (cause: unknown) => cause,
    );
    if (error !== null) expect(error, `case ${index}`).toBeInstanceOf(DataError);
  }
});
