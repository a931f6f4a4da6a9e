import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { declarations } from './declarations.js';
import { dyadic } from './fixtures.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));

it('writes a page whose commands the command understands', async () => {
  const declared = await declarations();
  await dyadic(...declared.reproduce('--figure', '8'));
  const { code, stdout, stderr } = await dyadic('report', declared.root, '--results', declared.results);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toBe(
    `report: ${join(declared.results, 'README.md')}\nreport: ${join(declared.results, 'index.html')}\n`,
  );
  const markdown = await readFile(join(declared.results, 'README.md'), 'utf8');
  const commands = new Set([...markdown.matchAll(/npx dyadic reproduce( --[^|\n]*)/g)].map(([, options]) => options!));
  expect(commands.size).toBeGreaterThan(2);
  for (const options of commands) {
    const args = declared.reproduce(...options.trim().split(/\s+/), '--list');
    expect(await dyadic(...args), options).toMatchObject({ code: 0 });
  }
});

it('the page of this repository gives commands that its declarations know', async () => {
  const markdown = await readFile(join(REPOSITORY, 'docs/results/README.md'), 'utf8');
  const commands = [
    ...markdown.matchAll(/npx dyadic reproduce --(table|figure|shift) ([^|\n]*?) --scale (\S+) --preset (\S+)/g),
  ];
  expect(commands.length).toBeGreaterThan(5);
  const args = commands.map(([, kind, names, scale, preset]) => {
    return [`--${kind}`, ...names!.split(' '), '--scale', scale!, '--preset', preset!, '--list'];
  });
  // Of each scale and preset one: the others differ in names of tables alone.
  const kinds = new Map(args.map((one) => [one.slice(-5).join(' '), one]));
  for (const one of [...kinds.values()].slice(0, 3)) {
    expect(await dyadic('reproduce', join(REPOSITORY, 'apps/reproduce'), ...one), one.join(' ')).toMatchObject({
      code: 0,
    });
  }
});
