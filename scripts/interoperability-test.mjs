/**
 * Whether the clients that people use read our shards and exports, value by value: `npm run test:interoperability`.
 *
 * Installs pyarrow, pandas, polars, duckdb, h5py and Hugging Face datasets from PyPI into a virtual environment (kept in
 * node_modules/.cache for the next time), writes a small dataset whose every value is a formula, exports it, and lets
 * scripts/interoperability.py compare; imports an HDF5 file that h5py wrote; then reads 10,000 random arrays that the clients
 * wrote (interoperability-property.mjs). Needs python3 with venv, and the network the first time.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDataset, exportDataset, openDataset, verifyDataset } from '@dyadic/dataset';
import { checkProperty } from './interoperability-property.mjs';

const CLIENTS = ['numpy', 'scipy', 'pyarrow', 'pandas', 'polars', 'duckdb', 'datasets', 'h5py'];
const DYADIC = fileURLToPath(new URL('../apps/cli/bin/dyadic.js', import.meta.url));
const SAMPLES = 25;

/** Arrays of the property test, and its seed: `npm run test:interoperability -- [python] [arrays] [seed]`. */
const [given, arrays = '10000', seed = '1'] = process.argv.slice(2);

const python = given ?? installed(fileURLToPath(new URL('../node_modules/.cache/interoperability', import.meta.url)));
const root = mkdtempSync(join(tmpdir(), 'dyadic-interoperability-'));
try {
  const folder = join(root, 'data');
  await write(folder);
  const dataset = await openDataset(folder);
  await exportDataset(dataset, join(root, 'tensors.arrows'), { format: 'arrow-stream' });
  await exportDataset(dataset, join(root, 'plain.arrows'), { format: 'arrow-stream', tensorExtension: false });
  await exportDataset(dataset, join(root, 'npy'), { format: 'npy' });
  dyadic('export', folder, '--format', 'parquet', '--out', join(root, 'data.parquet'));
  dyadic('export', folder, '--format', 'hdf5', '--out', join(root, 'data.h5'));
  const script = fileURLToPath(new URL('./interoperability.py', import.meta.url));
  // Hugging Face datasets must not look for anything on the network.
  const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_DATASETS_OFFLINE: '1', HF_HOME: join(root, 'hf') };
  process.exitCode = spawnSync(python, [script, root], { stdio: 'inherit', env }).status ?? 1;
  for (const name of ['authors', 'matlab', 'bigendian']) await importHdf5(name);
  const random = join(root, 'random');
  mkdirSync(random);
  if ((await checkProperty(python, random, Number(arrays), Number(seed))) > 0) process.exitCode = 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

function dyadic(...args) {
  const { status, stderr } = spawnSync(process.execPath, [DYADIC, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`dyadic ${args.join(' ')} failed: ${stderr}`);
}

/** Imports what interoperability.py wrote with h5py, and compares every value with its formula. */
async function importHdf5(name) {
  const folder = join(root, name);
  const axes = name === 'matlab' ? ['--axes', 'reversed'] : [];
  dyadic('import', `${folder}.h5`, '--out', folder, '--shard-rows', '10', ...axes);
  const { potential, solution, E } = await (await openDataset(folder)).read(['potential', 'solution', 'E']);
  const differs =
    potential.some((value, k) => value !== Math.floor(k / 8) + (k % 8) / 8) ||
    solution.some((value, k) => value !== -(Math.floor(k / 8) + (k % 8) / 8)) ||
    E.some((value, i) => value !== i / 3);
  const sizes = [potential, solution, E].map(({ length }) => length).join();
  const { problems } = await verifyDataset(folder);
  if (differs || sizes !== `${8 * SAMPLES},${8 * SAMPLES},${SAMPLES}` || problems.length > 0) {
    console.log(`import of ${name}.h5: values differ`);
    process.exitCode = 1;
  } else console.log(`import of ${name}.h5: every value as written`);
}

/** The python of a virtual environment that has the clients. */
function installed(folder) {
  const program = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const run = (command, args) => {
    const { status } = spawnSync(command, args, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed`);
  };
  if (!existsSync(program)) run('python3', ['-m', 'venv', folder]);
  run(program, ['-m', 'pip', 'install', '--quiet', ...CLIENTS]);
  return program;
}

/** Every value is a formula of sample and place that interoperability.py knows too. */
async function write(folder) {
  const writer = await createDataset(folder, {
    name: 'formulas',
    seed: 1,
    samples: SAMPLES,
    shardRows: 10,
    generator: { name: 'interoperability', version: '1' },
    problem: {},
    fields: [
      { name: 'field', type: 'float32', shape: [4, 2], description: 'i + place/8' },
      { name: 'fine', type: 'float64', shape: [3], description: 'i/3 + place' },
      { name: 'energy', type: 'float64', shape: [], description: '-i/3' },
      { name: 'steps', type: 'int32', shape: [], description: '-i' },
      { name: 'index', type: 'uint32', shape: [], description: 'i' },
      { name: 'status', type: 'utf8', shape: [], description: 'ungerade – odd, or gerade' },
    ],
  });
  for (const shard of writer.missing) {
    const { firstRow, rows } = writer.range(shard);
    const fill = (size, f) =>
      Array.from({ length: rows * size }, (_, j) => f(firstRow + Math.floor(j / size), j % size));
    await writer.write(shard, {
      field: Float32Array.from(fill(8, (i, place) => i + place / 8)),
      fine: Float64Array.from(fill(3, (i, place) => i / 3 + place)),
      energy: Float64Array.from(fill(1, (i) => -i / 3)),
      steps: Int32Array.from(fill(1, (i) => -i)),
      index: Uint32Array.from(fill(1, (i) => i)),
      status: fill(1, (i) => (i % 2 ? 'ungerade – odd' : 'gerade')),
    });
  }
  await writer.close();
}
