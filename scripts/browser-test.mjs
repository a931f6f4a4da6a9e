/**
 * `npm run test:browser`: the explorer and the site in a headless Chromium. Where there is none it says so and passes.
 * Arguments go to vitest.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromiumPath, NO_CHROMIUM } from './browser/chromium.mjs';

if (!chromiumPath()) {
  console.log(`0 passed, 0 failed, 1 skipped: ${NO_CHROMIUM}`);
  process.exit(0);
}
const cwd = fileURLToPath(new URL('../apps/explorer', import.meta.url));
const words = [
  'vitest',
  'run',
  '--config',
  '../../vitest.config.ts',
  '--reporter',
  'default',
  ...process.argv.slice(2),
];
process.exit(spawnSync('npx', words, { cwd, stdio: 'inherit' }).status ?? 1);
