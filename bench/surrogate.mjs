/**
 * Networks in place of the Kohn-Sham map and of its self-consistent field, where these are dear: `npm run bench:surrogate`.
 *
 *   node bench/surrogate.mjs [--seconds 280] [--only field-1d] [--list]
 *
 * Computes what `docs/results/electrons` lacks, cell by cell: data, training, errors and times; then writes the page there
 * from all results. It stops after so many seconds, if they are given, and goes on where it stopped when run again.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate, openExperiment, train } from '@dyadic/pipeline';
import { experimentOf, HEADLINE, recipeOf } from './surrogate/cells.mjs';
import { measureCell } from './surrogate/measure.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const RESULTS = fileURLToPath(new URL('../docs/results/electrons/', import.meta.url));
const signal = options.seconds ? AbortSignal.timeout(1000 * Number(options.seconds)) : new AbortController().signal;

mkdirSync(RESULTS, { recursive: true });
const done = new Set(readdirSync(RESULTS));

/** Computes a result unless it is there. */
async function result(name, compute) {
  const file = `${name}.json`;
  if (done.has(file) || !name.includes(options.only)) return;
  if (options.list) {
    console.log(name);
    return;
  }
  const start = performance.now();
  const found = await compute();
  writeFileSync(`${RESULTS}${file}`, `${JSON.stringify(found, null, 2)}\n`);
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

/** A cell's network, trained; what is there already is not done again. */
async function trained(cell) {
  await generate(await recipeOf(cell), { signal });
  const open = await openExperiment(await experimentOf(cell));
  await train(open, { engine: 'wasm', signal, checkpointSeconds: 10 });
  return open;
}

try {
  for (const cell of HEADLINE) await result(cell.name, async () => measureCell(cell, await trained(cell)));
} catch (error) {
  if (!signal.aborted) throw error;
  console.log('out of time; the same command goes on');
}
process.exit();
