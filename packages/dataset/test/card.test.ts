import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { markdownText } from '../src/index.js';
import { recipe, temporaryFolder, writeShards } from './fixtures.js';

it('texts of others stand in a card as they are, neither as markup nor as HTML', async () => {
  const hostile = 'a`b`<img src=x>*c*|d[e](f)\n# g';
  const escaped = 'a\\`b\\`\\<img src=x\\>\\*c\\*\\|d\\[e\\](f) # g';
  expect(markdownText(hostile)).toBe(escaped);
  const folder = join(await temporaryFolder(), 'card');
  const fields = recipe.fields.map((field) => ({ ...field, description: hostile }));
  await writeShards(folder, [0, 1, 2], { ...recipe, fields, generator: { name: hostile, version: hostile } });
  const card = await readFile(join(folder, 'README.md'), 'utf8');
  expect(card.split('\n')[2]).toContain(`\`field\`: ${escaped}; `);
  const rest = card.replaceAll(escaped, '');
  for (const part of ['<img', 'a`b', '# g']) expect(rest).not.toContain(part);
});
