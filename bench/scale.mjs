/**
 * What a million and a billion samples of each dataset cost, from what a few cost here: `node bench/scale.mjs [--few 40]`.
 *
 * Every recipe in datasets/ is generated twice on one worker, a few samples and three times as many; the difference is
 * the cost of a sample, in processor time, without that of starting. Then the larger one is verified, which is what a merge
 * does with every shard. Needs bash, for the processor time of a child process.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table, tableText } from '@dyadic/report';

const { values: options } = parseArgs({ options: { few: { type: 'string', default: '40' } } });
const FEW = Number(options.few);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'dyadic-scale-'));
try {
  const names = readdirSync(join(ROOT, 'datasets')).filter((name) =>
    existsSync(join(ROOT, 'datasets', name, 'dataset.json')),
  );
  const costs = names.map(measure);
  const year = 365.25 * 86_400;
  const scaled = (count, unit) =>
    costs.map(({ name, seconds, bytes, check }) => [
      name,
      number(1000 * seconds),
      number(bytes / 1000),
      number((count * bytes) / 1e12),
      number((count * seconds) / unit.seconds),
      number((count * check) / unit.seconds),
    ]);
  for (const [count, title, unit] of [
    [1e6, '10⁶ samples', { name: 'core hours', seconds: 3600 }],
    [1e9, '10⁹ samples', { name: 'core years', seconds: year }],
  ]) {
    const columns = [title, 'ms a sample', 'kB a sample', 'TB', `${unit.name} to compute`, `${unit.name} to merge`];
    console.log(
      `${tableText(table({ columns: columns.map((text) => ({ title: text })), rows: scaled(count, unit) }))}\n`,
    );
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}

function measure(name) {
  const recipe = JSON.parse(readFileSync(join(ROOT, 'datasets', name, 'dataset.json'), 'utf8'));
  const few = recipe.grid.dimension === 1 ? 5 * FEW : FEW;
  const generate = (samples) => {
    const folder = join(work, `${name}-${samples}`);
    const time = dyadic(
      'generate',
      join(ROOT, 'datasets', name),
      '--samples',
      String(samples),
      '--workers',
      '1',
      '--out',
      folder,
    );
    return { folder, time };
  };
  const [small, large] = [generate(few), generate(3 * few)];
  const bytes = readdirSync(large.folder)
    .filter((file) => file.endsWith('.arrow'))
    .reduce((sum, file) => sum + statSync(join(large.folder, file)).size, 0);
  const [checkSmall, checkLarge] = [small, large].map(({ folder }) => dyadic('verify', folder));
  return {
    name,
    seconds: (large.time - small.time) / (2 * few),
    bytes: bytes / (3 * few),
    check: Math.max(0, checkLarge - checkSmall) / (2 * few),
  };
}

/** Runs the command; seconds of processor time, user and system. */
function dyadic(...args) {
  const command = [process.execPath, join(ROOT, 'apps/cli/bin/dyadic.js'), ...args];
  const run = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bash', ...command], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  const [user, system] = run.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return user + system;
}

function number(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)));
}
