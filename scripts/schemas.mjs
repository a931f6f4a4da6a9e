/**
 * `npm run schemas`: writes the JSON Schemas of the files that users write, and of those that other programs read, and the page
 * of all options that is made of the former. With `--check` it writes nothing and fails where a file is not what it would write.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { jsonSchemas, optionsPage, resultSchemas } from '@dyadic/pipeline';
import { jsonSchemas as reproductionSchemas } from '@dyadic/reproduction';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const own = jsonSchemas();
const text = (schema) => `${JSON.stringify(schema, null, 2)}\n`;
const files = {
  ...Object.fromEntries(
    Object.entries({ ...own, ...resultSchemas() }).map(([name, schema]) => [
      `packages/pipeline/schemas/${name}`,
      text(schema),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(reproductionSchemas()).map(([name, schema]) => [
      `packages/reproduction/schemas/${name}`,
      text(schema),
    ]),
  ),
  'docs/options.md': optionsPage(
    'Options',
    'All entries of the files that users write, made by `npm run schemas` from what the program checks. `…` stands for a name of your choice; an entry that is not required has the default that its meaning tells, or none.',
    own,
  ),
};
let stale = 0;
for (const [name, content] of Object.entries(files)) {
  const path = join(ROOT, name);
  if (check) {
    let found = '';
    try {
      found = readFileSync(path, 'utf8');
    } catch {}
    if (found !== content) console.error(`${name} is not up to date. Run: npm run schemas`, ++stale);
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    console.log(name);
  }
}
process.exit(stale > 0 ? 1 : 0);
