import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the example of the README runs', () => {
  const readme = readFileSync('README.md', 'utf8');
  const [, example] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const output = execFileSync(process.execPath, ['--input-type=module'], { input: example, encoding: 'utf8' });
  expect(output).toContain('2.13e-4');
  expect(output).toContain('one page, ready');
});
