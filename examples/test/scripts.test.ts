import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const SCRIPTS = join(import.meta.dirname, '../scripts');

/** What each script prints, and the arguments it gets. */
const EXPECTED: Record<string, RegExp> = {
  solve: /nlse: converged, energy -?\d+\.\d{6}.*\nkohn-sham: eigenvalues .*\nelectrons: 2\.000000\n/,
  'make-dataset': /40 of 40\n40 computed, content [0-9a-f]{64}\nsample 0: min V -\d+\.\d{3}, energy -?\d+\.\d{6}\n/,
  'train-in-code': /epoch \d+: mean error \d\.\d\de-[2-9], worst/,
  'own-optimizer': /validation error \d\.\d\de[-+]\d+ → \d\.\d\de-\d+\n/,
  'own-engine': /reference: 20 networks, values and gradients agree\n/,
};

it.each(Object.keys(EXPECTED))('%s.mjs runs, and is at most 40 lines long', async (name) => {
  const path = join(SCRIPTS, `${name}.mjs`);
  expect((await readFile(path, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-example-'));
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, [path, join(folder, 'out')]).finally(() =>
    rm(folder, { recursive: true }),
  );
  expect(stdout).toMatch(EXPECTED[name]!);
});
