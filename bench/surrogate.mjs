/**
 * Networks in place of the Kohn-Sham map and of its self-consistent field, where these are dear: `npm run bench:surrogate`.
 *
 *   node bench/surrogate.mjs [--seconds 280] [--only field-1d,inside] [--list]
 *
 * Computes what `docs/results/electrons` lacks, cell by cell: data, training, errors and times; then writes the page there
 * from all results. It stops after so many seconds, if they are given, and goes on where it stopped when run again.
 * `--only` takes beginnings of names, which are computed in this order.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { findCheckpoint, generate, openExperiment, sampleSource, train } from '@dyadic/pipeline';
import { relativeErrors, summarizeErrors } from '@dyadic/training';
import { experimentOf, HEADLINE, INSIDE, recipeOf, TRANSFERS } from './surrogate/cells.mjs';
import { measureInside } from './surrogate/inside.mjs';
import { measureCell } from './surrogate/measure.mjs';
import { surrogatePage } from './surrogate/page.mjs';
import { measureTransfer } from './surrogate/transfer.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
  },
});
const RESULTS = fileURLToPath(new URL('../docs/results/electrons/', import.meta.url));
const only = options.only.split(',');
const signal = options.seconds ? AbortSignal.timeout(1000 * Number(options.seconds)) : new AbortController().signal;

mkdirSync(RESULTS, { recursive: true });
const pathOf = (name) => `${RESULTS}${name}.json`;
const resultOf = (name) => (existsSync(pathOf(name)) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : null);
const resultsOf = (names) => names.map(resultOf).filter((found) => found !== null);
const transferName = ([from, to]) => `transfer-${from.name}-to-${to.electrons}`;

/** Computes a result unless it is there. */
async function result(name, compute) {
  if (existsSync(pathOf(name))) return;
  if (options.list) {
    console.log(name);
    return;
  }
  const start = performance.now();
  const found = await compute();
  writeFileSync(pathOf(name), `${JSON.stringify(found, null, 2)}\n`);
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

/** A cell's network, trained; what is there already is not done again. */
async function trained(cell) {
  await generate(await recipeOf(cell), { signal });
  const open = await openExperiment(await experimentOf(cell));
  await train(open, { engine: 'wasm', signal, checkpointSeconds: 10 });
  return open;
}

/** Mean test error of a trained network. */
async function testError(open) {
  const checkpoint = await findCheckpoint(open.experiment.runFolder);
  const session = await (await wasmEngine({ threads: 1 })).open(open.experiment.network);
  const source = sampleSource(open.experiment, open.splits.test, checkpoint.normalizers);
  const errors = await relativeErrors(open.experiment.network, session, checkpoint.state.best, source);
  session.close();
  return summarizeErrors(errors).mean;
}

const tasks = [
  ...HEADLINE.map((cell) => [cell.name, async () => measureCell(cell, await trained(cell))]),
  ...INSIDE.map((cell) => [
    `inside-${cell.name}`,
    async () => {
      const open = await trained(cell);
      return measureInside(cell, open.experiment, await testError(open));
    },
  ]),
  ...TRANSFERS.map(([from, to]) => [
    transferName([from, to]),
    async () => {
      const { experiment } = await trained(from);
      await generate(await recipeOf(to), { signal });
      return measureTransfer(from, to, experiment, await openExperiment(await experimentOf(to)));
    },
  ]),
];

try {
  for (const prefix of only) {
    for (const [name, compute] of tasks) if (name.startsWith(prefix)) await result(name, compute);
  }
} catch (error) {
  if (!signal.aborted) throw error;
  console.log('out of time; the same command goes on');
}

/** What the larger network is without the smaller. */
function withDirect(pair) {
  const [found, direct] = [resultOf(transferName(pair)), resultOf(pair[1].name)];
  if (!found || !direct) return found;
  return { ...found, direct: { samples: direct.samples, error: direct.error.mean, seconds: direct.seconds.training } };
}

if (!options.list) {
  const files = await surrogatePage({
    cells: resultsOf(HEADLINE.map(({ name }) => name)),
    inside: resultsOf(INSIDE.map(({ name }) => `inside-${name}`)),
    transfers: TRANSFERS.map(withDirect).filter((found) => found !== null),
    many: resultOf('many-electrons'),
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${RESULTS}${name}`, text);
}
process.exit();
