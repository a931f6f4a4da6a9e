/** docs/data.md as a newcomer follows it: every command is taken from the page, and works on a file of its format. */
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataset } from '@dyadic/dataset';
import { openForeign } from '@dyadic/interchange';
import { randomStream } from '@dyadic/random';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BIN, finished, type Run } from './fixtures.js';
import {
  type Arrays,
  npy,
  writeArrow,
  writeCsv,
  writeFolder,
  writeHdf5,
  writeMatlab5,
  writeNpz,
  writeParquet,
} from './foreign-files.js';

const PAGE = await readFile(fileURLToPath(new URL('../../../docs/data.md', import.meta.url)), 'utf8');
const POINTS = 64;
const SAMPLES = 1000;

/**
 * Exact solutions of Burgers' equation at two times (Cole and Hopf): u = −2ν φ_x/φ where φ solves the heat equation; here
 * φ = 1 + Σ c_k e^{−ν(2πk)²t} cos(2πkx + p_k) with Σ|c_k| < 1.
 */
const burgers: Arrays = (() => {
  const random = randomStream(16, 'test/burgers');
  const [a, u] = [new Float64Array(SAMPLES * POINTS), new Float64Array(SAMPLES * POINTS)];
  for (let i = 0; i < SAMPLES; i++) {
    const waves = [1, 2, 3].map((k) => ({ k, c: random.uniform(-0.3, 0.3), p: 2 * Math.PI * random.uniform() }));
    for (const [values, decay] of [
      [a, 0],
      [u, 0.02],
    ] as const) {
      for (let j = 0; j < POINTS; j++) {
        let [phi, slope] = [1, 0];
        for (const { k, c, p } of waves) {
          const amplitude = c * Math.exp(-decay * k * k);
          phi += amplitude * Math.cos((2 * Math.PI * k * j) / POINTS + p);
          slope -= amplitude * k * Math.sin((2 * Math.PI * k * j) / POINTS + p);
        }
        values[i * POINTS + j] = -slope / phi;
      }
    }
  }
  return { a, u };
})();

/** The first samples of all arrays. */
const first = (count: number): Arrays =>
  Object.fromEntries(Object.entries(burgers).map(([name, values]) => [name, values.subarray(0, count * POINTS)]));

/** The import commands of the page's table, with what each is for. */
const ROWS = [...PAGE.matchAll(/^\| (.+?) \| `dyadic (import .+)` \|$/gm)].map(([, have, command]) => ({
  have: have!,
  command: command!,
}));

/** The commands of the page's last block, without their comments. */
const COMMANDS = [...PAGE.matchAll(/```sh\n([^`]*)```/g)]
  .at(-1)![1]!
  .trim()
  .split('\n')
  .map((line) => line.replace(/ +#.*/, '').replace(/^dyadic /, ''));

const EXPERIMENT = /```json\n([^`]*)```/.exec(PAGE)![1]!;

/** For every row of the table: what its file is, and how it is written; some rows name several kinds of file. */
const FILES: [row: RegExp, file: string, write: (path: string) => Promise<unknown>][] = [
  [/^MATLAB 7\.3/, 'burgers.mat', (path) => writeHdf5(path, burgers, POINTS, '', true)],
  [/^MATLAB 5/, 'burgers.mat', (path) => writeMatlab5(path, burgers, POINTS)],
  [/struct/, 'burgers.mat', (path) => writeHdf5(path, burgers, POINTS, 'run', true)],
  [/^HDF5/, 'burgers.h5', (path) => writeHdf5(path, burgers, POINTS)],
  [/savez/, 'burgers.npz', (path) => writeNpz(path, burgers, POINTS)],
  [/`a\.npy`/, 'folder', (path) => writeFolder(path, burgers, POINTS, 'npy')],
  [/`a\.csv`/, 'folder', (path) => writeFolder(path, burgers, POINTS, 'csv')],
  [/^one CSV/, 'burgers.csv', (path) => writeCsv(path, burgers, POINTS)],
  [/^Parquet/, 'burgers.parquet', (path) => writeParquet(path, burgers, POINTS)],
  [/Arrow or/, 'burgers.arrow', (path) => writeArrow(path, burgers, POINTS)],
  [/Feather/, 'burgers.feather', (path) => writeArrow(path, burgers, POINTS)],
];

/** A folder of the newcomer's, and how commands run in it. */
async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-data-page-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const run = (command: string): Promise<Run> => {
    const child = spawn(process.execPath, [BIN, ...command.split(' ')], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return finished(child);
  };
  const runs = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await run(command);
    expect({ command, code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  return { folder, runs };
}

it('has a command for every kind of file that it names', () => {
  expect(ROWS.filter(({ have }) => !FILES.some(([row]) => row.test(have)))).toEqual([]);
  expect(COMMANDS.map((command) => command.split(' ')[0])).toEqual([
    'train',
    'evaluate',
    'evaluate',
    'predict',
    'export',
  ]);
});

describe.each(FILES)('docs/data.md, %s: %s', (pattern, file, write) => {
  it('is looked at, imported, trained on, evaluated and predicted from', { timeout: 240_000 }, async () => {
    const { command } = ROWS.find(({ have }) => pattern.test(have))!;
    const own = command.replace(/^import \S+/, `import ${file}`);
    const { folder, runs } = await place();
    await write(join(folder, file));

    // What inspect prints is what the page says, but for the folder.
    const looked = await runs(`inspect ${file}`);
    expect(looked).toContain(`  dyadic ${own.replace('--out data', '--out <folder>')}\n`);
    await runs(own);
    const { a, u } = await (await openDataset(join(folder, 'data'))).read(['a', 'u']);
    expect(a).toEqual(burgers.a);
    expect(u).toEqual(burgers.u);
    expect(await runs('verify data')).toContain('all checksums match');

    // All epochs once, for NumPy; then few.
    const isWhole = file.endsWith('.npz');
    const experiment = isWhole ? EXPERIMENT : EXPERIMENT.replace(/"epochs": \d+/, '"epochs": 2');
    await writeFile(join(folder, 'experiment.json'), experiment);
    await writeNpz(join(folder, 'measured.npz'), first(50), POINTS);
    await writeFile(join(folder, 'new.npy'), npy(first(20).a!, POINTS));
    const [train, evaluate, other, predict, exported] = COMMANDS;
    await runs(train!);
    expect(await runs(evaluate!)).toMatch(/ test +100 +\d/);
    expect(await runs(other!)).toMatch(/50 samples of measured\.npz, 'a' ↦ 'u': mean relative error \d/);
    // Any format: the file itself, in its own names.
    const [, input, output] = /--input (\S+) --output (\S+)/.exec(own)!;
    const names = input === 'a' ? '' : ` --input ${input} --output ${output}`;
    expect(await runs(other!.replace('measured.npz', file) + names)).toMatch(/1,000 samples of /);
    expect(await runs(predict!)).toContain('20 predictions');
    await runs(exported!);
    expect(await runs('verify predicted')).toContain('all checksums match');
    expect((await readdir(join(folder, 'predicted-npy'))).sort()).toEqual(['a.npy', 'u.npy']);
    const again = await openForeign(join(folder, 'predicted-npy'));
    onTestFinished(() => again.close());
    expect(await again.array('a').read(0, 20)).toEqual(Float32Array.from(first(20).a!));
    const predicted = await again.array('u').read(0, 20);
    const norm = (values: Float64Array) => Math.hypot(...values);
    const difference = first(20).u!.map((value, k) => value - predicted[k]!);
    if (isWhole) expect(norm(difference) / norm(first(20).u!)).toBeLessThan(0.1);
  });
});
