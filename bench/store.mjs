/**
 * Speed of the dataset store on this machine: `npm run bench:store`.
 *
 *   node bench/store.mjs [--samples 4000] [--folder <where>] [--python python3] [--quick]
 *
 * Megabytes a second of writing and reading a dataset with the columns of the 1D problem, beside raw file I/O of the same
 * bytes in the same run and pyarrow where `python3` has it; and the time to read one sample out of the middle. Files are in
 * the page cache when they are read: what is measured is the store, not the disk. Every number is the best of several
 * repetitions, interleaved.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createDataset, openDataset } from '@dyadic/dataset';
import { randomStream } from '@dyadic/random';
import { table, tableText } from '@dyadic/report';

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '4000' },
    folder: { type: 'string', default: tmpdir() },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean', default: false },
  },
});
const SAMPLES = options.quick ? 500 : Number(options.samples);
const REPETITIONS = options.quick ? 2 : 7;
const POINTS = 6400; // 80 × 80: the 2D problem
const SHARD_ROWS = 250;
const COLUMNS = ['potential', 'solution'];

const root = mkdtempSync(join(options.folder, 'dyadic-bench-'));
try {
  await main(join(root, 'data'));
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function main(folder) {
  const write = { store: 0, raw: 0 };
  const bytes = 4 * POINTS * COLUMNS.length * SAMPLES;
  const columns = sampleColumns();
  for (let i = 0; i < Math.min(3, REPETITIONS); i++) {
    write.store = Math.max(write.store, rate(bytes, await seconds(() => writeDataset(folder, columns))));
    write.raw = Math.max(write.raw, rate(bytes, await seconds(() => writeRaw(join(root, 'raw'), columns))));
  }
  const dataset = await openDataset(folder);
  const target = Object.fromEntries(COLUMNS.map((name) => [name, new Float32Array(POINTS * SAMPLES)]));
  const buffer = Buffer.allocUnsafe(bytes);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.arrow')).map((name) => join(folder, name));
  const reads = {
    'raw files, one read each': () => readRaw(files, buffer),
    'store, verified before': () => dataset.readInto(target, 0, SAMPLES),
    'store, first time: SHA-256 of every shard': async () => (await openDataset(folder)).readInto(target, 0, SAMPLES),
    'SHA-256 alone': () => void createHash('sha256').update(buffer).digest(),
    'store, batches of 100 in order': () => eachBatch(dataset),
  };
  await reads['store, verified before']();
  const best = Object.fromEntries(Object.keys(reads).map((name) => [name, 0]));
  for (let i = 0; i < REPETITIONS; i++) {
    for (const [name, read] of Object.entries(reads))
      best[name] = Math.max(best[name], rate(bytes, await seconds(read)));
  }
  const pyarrow = measurePyarrow(folder);
  const raw = best['raw files, one read each'];
  const rows = [
    ['write', 'raw file, one write and fsync a shard', write.raw, 1],
    ['write', 'store: SHA-256, fsync, rename, manifest, card', write.store, write.store / write.raw],
    ...Object.entries(best).map(([name, value]) => ['read', name, value, value / raw]),
    ...(pyarrow
      ? [['read', `pyarrow ${pyarrow.version}, memory map, both columns copied`, pyarrow.rate, pyarrow.rate / raw]]
      : []),
  ];
  console.log(
    tableText(
      table({
        columns: [{ title: '' }, { title: 'what' }, { title: 'MB/s', format: 'integer' }, { title: 'share of raw' }],
        rows: rows.map(([kind, name, value, share]) => [kind, name, Math.round(value), share.toFixed(2)]),
        notes: [
          `${SAMPLES} samples of ${COLUMNS.length} columns of ${POINTS} float32, ${(bytes / 1e6).toFixed(0)} MB; from the page cache.`,
        ],
      }),
    ),
  );
  if (!pyarrow) console.log(`pyarrow: ${options.python} does not have it`);
  await oneSample(dataset, folder, files);
}

/** Time of one sample at a random place: through the store, and by the plainest read that could be. */
async function oneSample(dataset, folder, files) {
  const stream = randomStream(1, 'bench/store');
  const target = Object.fromEntries(COLUMNS.map((name) => [name, new Float32Array(POINTS)]));
  const somewhere = () => Math.floor(stream.uniform(0, SAMPLES));
  const count = options.quick ? 50 : 500;
  const median = async (run) => {
    const times = [];
    for (let i = 0; i < count; i++) times.push(1e6 * (await seconds(run)));
    return times.sort((a, b) => a - b)[count >> 1];
  };
  const warm = await median(() => dataset.readInto(target, somewhere(), 1));
  const cold = await median(async () =>
    (await openDataset(folder)).readInto(target, somewhere(), 1, 0, { verify: false }),
  );
  const whole = await median(() => readFile(files[Math.floor(stream.uniform(0, files.length))]));
  const plain = await median(async () => {
    const file = await open(files[Math.floor(stream.uniform(0, files.length))]);
    for (const name of COLUMNS) await file.read(target[name], 0, 4 * POINTS, 4096);
    await file.close();
  });
  const row = (what, value) => [what, Math.round(value)];
  console.log(
    tableText(
      table({
        columns: [{ title: 'one sample, both columns' }, { title: 'median µs', format: 'integer' }],
        rows: [
          row('open, two reads, close', plain),
          row('store', warm),
          row('store, opened for it, not verified', cold),
          row('its whole shard read, for comparison', whole),
        ],
      }),
    ),
  );
}

async function eachBatch(dataset) {
  const batch = Object.fromEntries(COLUMNS.map((name) => [name, new Float32Array(100 * POINTS)]));
  for (let first = 0; first + 100 <= SAMPLES; first += 100) await dataset.readInto(batch, first, 100);
}

async function writeDataset(folder, columns) {
  rmSync(folder, { recursive: true, force: true });
  const writer = await createDataset(folder, {
    name: 'bench',
    seed: 1,
    samples: SAMPLES,
    shardRows: SHARD_ROWS,
    generator: { name: 'bench', version: '1' },
    problem: {},
    fields: COLUMNS.map((name) => ({ name, type: 'float32', shape: [80, 80], description: '' })),
  });
  for (const shard of writer.missing) {
    const { rows } = writer.range(shard);
    await writer.write(shard, Object.fromEntries(COLUMNS.map((name) => [name, columns.subarray(0, rows * POINTS)])));
  }
  await writer.close();
}

async function writeRaw(path, columns) {
  for (let first = 0; first < SAMPLES; first += SHARD_ROWS) {
    const file = await open(path, 'w');
    for (const _ of COLUMNS) await file.write(columns.subarray(0, Math.min(SHARD_ROWS, SAMPLES - first) * POINTS));
    await file.sync();
    await file.close();
  }
  rmSync(path);
}

/** Reads files one after the other into one buffer, each with as few calls as the system needs. */
async function readRaw(files, buffer) {
  for (const path of files) {
    const file = await open(path);
    const { size } = await file.stat();
    const length = Math.min(size, buffer.length);
    for (let at = 0; at < length; ) at += (await file.read(buffer, at, length - at, at)).bytesRead;
    await file.close();
  }
}

function measurePyarrow(folder) {
  const script = fileURLToPath(new URL('./peers/arrow_read.py', import.meta.url));
  const run = spawnSync(options.python, [script, folder, String(REPETITIONS), ...COLUMNS], { encoding: 'utf8' });
  return run.status === 0 ? JSON.parse(run.stdout) : null;
}

function sampleColumns() {
  const stream = randomStream(2, 'bench/store');
  return Float32Array.from({ length: SHARD_ROWS * POINTS }, () => stream.uniform(-1, 1));
}

async function seconds(run) {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

function rate(bytes, time) {
  return bytes / 1e6 / time;
}
