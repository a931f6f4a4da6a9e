/**
 * Networks in place of the Kohn-Sham map and of its self-consistent field, where these are dear: `npm run bench:surrogate`.
 *
 *   node bench/surrogate.mjs [--seconds 280] [--only field-1d,inside] [--threads 2] [--times] [--costs] [--list]
 *
 * Computes what `docs/results/electrons` lacks, cell by cell: data, training, errors and times; then writes the page there
 * from all results. It stops after so many seconds, if they are given, and goes on where it stopped when run again.
 * `--only` takes names or beginnings of names, which are computed in this order. `--times` measures the times of what is there again,
 * by the solver of today. `--costs` measures what the data of the rows that are missing would take.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findCheckpoint, generate, openExperiment, train } from '@dyadic/pipeline';
import { experimentOf, HEADLINE, INSIDE, recipeOf, STRUCTURES_COMPARED, TRANSFERS } from './surrogate/cells.mjs';
import { measureInside } from './surrogate/inside.mjs';
import { costOf, errorsOf, measureCell, measureTimes } from './surrogate/measure.mjs';
import { surrogatePage } from './surrogate/page.mjs';
import { measureTransfer } from './surrogate/transfer.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    times: { type: 'boolean', default: false },
    costs: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const RESULTS = fileURLToPath(new URL('../docs/results/electrons/', import.meta.url));
const only = options.only.split(',');
const threads = Number(options.threads);
const signal = options.seconds ? AbortSignal.timeout(1000 * Number(options.seconds)) : new AbortController().signal;

mkdirSync(RESULTS, { recursive: true });
const pathOf = (name) => `${RESULTS}${name}.json`;
const resultOf = (name) => (existsSync(pathOf(name)) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : null);
const resultsOf = (names) => names.map(resultOf).filter((found) => found !== null);
const transferName = ([from, to]) => `transfer-${from.name}-to-${to.electrons}`;

function write(name, found) {
  writeFileSync(pathOf(name), `${JSON.stringify(found, null, 2)}\n`);
}

/** Computes a result unless it is there. */
async function result(name, compute) {
  if (existsSync(pathOf(name))) return;
  if (options.list) {
    console.log(name);
    return;
  }
  const start = performance.now();
  const found = await compute();
  write(name, found);
  console.log(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

/** A cell's network, trained; what is there already is not done again. */
async function trained(cell) {
  await generate(await recipeOf(cell), { signal, workers: threads });
  const open = await openExperiment(await experimentOf(cell));
  await train(open, { engine: 'wasm', threads, signal, checkpointSeconds: 10 });
  return open;
}

const tasks = [
  ...[...HEADLINE, ...STRUCTURES_COMPARED].map((cell) => [
    cell.name,
    async () => measureCell(cell, await trained(cell)),
    (found) => measureTimes(cell, found),
  ]),
  ...INSIDE.map((cell) => [
    `inside-${cell.name}`,
    async () => {
      const open = await trained(cell);
      const checkpoint = await findCheckpoint(open.experiment.runFolder);
      return measureInside(cell, open.experiment, (await errorsOf(open, checkpoint, 'test')).mean);
    },
  ]),
  ...TRANSFERS.map(([from, to]) => [
    transferName([from, to]),
    async () => {
      const { experiment } = await trained(from);
      await generate(await recipeOf(to), { signal, workers: threads });
      return measureTransfer(from, to, experiment, await openExperiment(await experimentOf(to)), threads);
    },
  ]),
];

try {
  for (const prefix of only) {
    const whole = tasks.some(([name]) => name === prefix);
    for (const [name, compute, again] of tasks) {
      if (whole ? name !== prefix : !name.startsWith(prefix)) continue;
      if (!options.times) await result(name, compute);
      else if (again && existsSync(pathOf(name))) write(name, await again(resultOf(name)));
    }
  }
} catch (error) {
  if (!signal.aborted) throw error;
  console.log('out of time; the same command goes on');
}

/** The results of the headline; another structure stands in for one that is missing. */
const of = (one) => (other) =>
  other.kind === one.kind && other.dimension === one.dimension && other.electrons === one.electrons;
const namesOf = (cells) => cells.map(({ name }) => name);
const standIn = (cell) => resultsOf(namesOf(STRUCTURES_COMPARED.filter(of(cell))))[0] ?? null;
const headline = HEADLINE.map((cell) => resultOf(cell.name) ?? standIn(cell)).filter((found) => found !== null);
const all = resultsOf(namesOf([...HEADLINE, ...STRUCTURES_COMPARED]));

const absent = HEADLINE.filter((cell) => resultOf(cell.name) === null && standIn(cell) === null);
if (options.costs) {
  const costs = [];
  for (const cell of absent) costs.push(await costOf(cell));
  write('costs', costs);
}
const dataCosts = (resultOf('costs') ?? []).filter(({ name }) => absent.some((cell) => cell.name === name));

/** What the larger network is without the smaller. */
function withDirect(pair) {
  const [found, direct] = [resultOf(transferName(pair)), resultOf(pair[1].name)];
  if (!found || !direct) return found;
  return { ...found, direct: { samples: direct.samples, error: direct.error.mean, seconds: direct.seconds.training } };
}

if (!options.list) {
  const files = await surrogatePage({
    cells: headline,
    structures: all.filter((one) => all.filter(of(one)).length > 1),
    inside: resultsOf(INSIDE.map(({ name }) => `inside-${name}`)),
    transfers: TRANSFERS.map(withDirect).filter((found) => found !== null),
    many: resultOf('many-electrons'),
    dataCosts,
    missing: tasks.map(([name]) => name).filter((name) => resultOf(name) === null),
  });
  for (const [name, text] of Object.entries(files)) writeFileSync(`${RESULTS}${name}`, text);
}
process.exit();
