import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

it('the example of the README runs', () => {
  const [, example] = /```js\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
  const run = { input: example, encoding: 'utf8', cwd: root } as const;
  const output = execFileSync(process.execPath, ['--input-type=module'], run);
  expect(output).toContain('Table 3: NLSE 1D');
  expect(output).toMatch(/^3 cells$/m);
});

it('the README of the repository claims what the page of results prints', () => {
  const [readme, page] = ['README.md', 'docs/results/README.md'].map((file) => readFileSync(`${root}/${file}`, 'utf8'));
  const claims = readme!.slice(readme!.indexOf('## What came out'), readme!.indexOf('## Day to day'));
  const lines = claims.split('\n').flatMap((line) => /^(?:- (Preset .*)|(\|.*))$/.exec(line)?.slice(1).join('') ?? []);
  expect(lines.length).toBeGreaterThan(10);
  const printed = page!.split('\n');
  for (const line of lines) expect(printed).toContain(line);
  expect(page).toContain('A constant is already within 2 % for kohn-sham-1d, preset paper, n_g = 3');
});
