/**
 * `npm start`: builds the site, serves it on this machine alone, and says where. `PORT` names another port than 4173.
 * What has not changed since the last time is not built again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from './browser/serve.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const site = `${root}site`;
const asked = process.env.PORT ?? '4173';
if (!/^\d{1,5}$/.test(asked)) fail(`PORT is '${asked}'; expected a number`);

if (!existsSync(site)) console.log('Building packages, explorer and reference: a few minutes, the first time …');
const words = ['turbo', 'run', 'site:build', '--output-logs=errors-only', '--log-prefix=none'];
const { status, stdout } = spawnSync('npx', words, {
  cwd: root,
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (status !== 0) fail(`${stdout}the site could not be built`);

const { url, stop } = await serve(site, Number(asked)).catch((error) => {
  if (error.code !== 'EADDRINUSE') throw error;
  fail(`port ${asked} is taken; name another: PORT=4174 npm start`);
});
console.log(`Dyadic is at ${url} (this machine alone); the explorer at ${url}explorer/. Ctrl+C ends it.`);
process.on('SIGINT', () => stop().then(() => process.exit(0)));

function fail(message) {
  console.error(message);
  process.exit(1);
}
