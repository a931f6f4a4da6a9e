import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const PACKAGES = new URL('../../', import.meta.url).pathname;

/** All that samples, initial parameters and trained networks follow from, on the way from seed to checkpoint. */
const DETERMINISTIC = [
  'random/src',
  'spectral/src',
  'potentials/src',
  'nlse/src',
  'kohn-sham/src',
  'pipeline/src/problems',
  'dataset/src',
  'hmatrix/src',
  'training/src',
];

/** Functions of the language whose last bits are left to the runtime. */
const LEFT_OPEN = /Math\.(exp|expm1|log|log1p|log2|log10|a?(sin|cos|tan)h?|atan2|pow|hypot|cbrt)\(/;

it('nothing that samples and networks follow from takes a function that runtimes differ in', () => {
  const found = DETERMINISTIC.flatMap((folder) =>
    readdirSync(join(PACKAGES, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) =>
        readFileSync(join(PACKAGES, folder, name), 'utf8')
          .split('\n')
          .flatMap((line, i) => (LEFT_OPEN.test(line) ? [`${folder}/${name}:${i + 1}: ${line.trim()}`] : [])),
      ),
  );
  expect(found).toEqual([]);
});
