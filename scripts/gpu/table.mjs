/**
 * Trains the networks of a table of the paper on a GPU, one after the other, within so many seconds: what the time does not
 * suffice for is gone on with by the next call.
 *
 *   npm run build && node scripts/gpu/table.mjs [--table 11] [--scale full] [--only channels=4,6] [--seconds 280]
 *     [--out docs/results] [--resume runs.tgz] [--engine webgpu]
 *
 * Finished cells are JSON files in OUT/cells, as `dyadic reproduce` writes them. OUT/runs.tgz holds the checkpoints, for a
 * machine that has them no more: `--resume` unpacks it first. Data are generated here, on all cores.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tableText } from '@dyadic/report';
import { readDeclarations, reproduce } from '@dyadic/reproduction';

const { values: options } = parseArgs({
  options: {
    table: { type: 'string', multiple: true, default: ['11'] },
    scale: { type: 'string', default: 'full' },
    only: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '280' },
    out: { type: 'string', default: 'docs/results' },
    resume: { type: 'string' },
    engine: { type: 'string', default: 'webgpu' },
  },
});
const folder = fileURLToPath(new URL('../../apps/reproduce', import.meta.url));
const out = options.out;
mkdirSync(out, { recursive: true });
if (options.resume) execFileSync('tar', ['xzf', options.resume, '-C', folder]);

const start = performance.now();
const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
let last = { time: 0, done: 0 };

/** One line for what happens, of progress one every ten seconds. */
function tell(event) {
  if (event.type !== 'progress') {
    console.log(seconds(), JSON.stringify(event));
    return;
  }
  const now = { time: performance.now(), done: event.done };
  if (now.time - last.time < 10_000) return;
  const rate = (1000 * Math.max(0, now.done - last.done)) / (now.time - last.time);
  console.log(
    `${seconds()} ${event.task}: ${event.done} of ${event.total} ${event.unit}, ${rate.toFixed(0)}/s; ${event.note}`,
  );
  last = now;
}

const request = { tables: options.table, scale: options.scale, only: options.only };
const signal = AbortSignal.timeout(1000 * Number(options.seconds));
try {
  const parts = reproduce(await readDeclarations(folder), out, request, {
    engine: options.engine,
    signal,
    onEvent: tell,
  });
  for await (const part of parts) if (part.type === 'table') console.log(tableText(part.table));
} catch (error) {
  if (error.code !== 'interrupted') throw error;
  console.log(`${seconds()}: ${error.message}`);
} finally {
  if (existsSync(join(folder, 'runs'))) execFileSync('tar', ['czf', join(out, 'runs.tgz'), '-C', folder, 'runs']);
}
console.log(`ended after ${seconds()}`);
process.exit(0);
