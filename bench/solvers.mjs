/**
 * Speed of the solvers on this machine: `npm run bench:solvers`.
 *
 *   node bench/solvers.mjs [--seconds 5] [--python python3] [--many [--json file]]
 *
 * Samples per second of the dataset recipes on one and two worker threads, and the time of a sample beside SciPy's, where
 * `python3` has it, on the same potentials in the same run: `bench/peers/nlse_scipy.py` and `kohn_sham_scipy.py`. Every
 * sample of both sides is checked by its residual, and that both find the same eigenvalues. Then real transforms
 * of the recipes' sizes beside fft.js and SciPy, and the growth of the Kohn-Sham map's cost with the number of electrons
 * (`--many`: that alone; `--json` writes it down case by case, and keeps what it holds of the same revision). Every time is the shortest of many repetitions.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { resolveRecipe } from '@dyadic/pipeline';
import { table, tableText } from '@dyadic/report';
import { realFft, realFftND } from '@dyadic/spectral';
import FFT from 'fft.js';
import { Piscina } from 'piscina';
import { printManyElectrons } from './many-electrons.mjs';
import { askPeer } from './peer.mjs';
import { bestTime } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    python: { type: 'string', default: 'python3' },
    many: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const SECONDS = Number(options.seconds);
const TOLERANCE = 1e-9;

/** The same wells by SciPy; LOBPCG's tolerance is on the norm over the grid, ours on the root mean square. */
function manyElectronsPeer({ dimension, points, length }, electrons, potentials, methods) {
  const problem = { equation: 'kohn-sham', grid: { dimension, points, length }, solver: { electrons } };
  return measurePeer(problem, potentials, methods);
}

/** The dataset recipes, a variant, and how many of their samples are solved: always the first ones. */
const CASES = [
  { recipe: 'nlse-1d', overrides: {}, count: 32 },
  { recipe: 'nlse-2d', overrides: {}, count: 8 },
  { recipe: 'kohn-sham-1d', overrides: {}, count: 32 },
  { recipe: 'kohn-sham-1d', overrides: { 'potential.wells': 8 }, count: 32 },
  { recipe: 'kohn-sham-2d', overrides: {}, count: 8 },
];
const folder = mkdtempSync(join(tmpdir(), 'dyadic-bench-'));
const worker = import.meta.resolve('@dyadic/pipeline/worker');
const pools = [1, 2].map((threads) => new Piscina({ filename: worker, minThreads: threads, maxThreads: threads }));

/** Samples by the pipeline's workers: what the solver says of them, and how many a second. */
async function throughput({ problem: settings, seed, name }, problem, count) {
  const task = { problem: { name: problem.name, module: null }, settings, precision: 'float64', seed };
  const [one, two] = pools;
  const { columns, failures } = await one.run({ ...task, first: 0, rows: count });
  if (failures.length > 0) throw new Error(`${name}: ${failures.length} draws failed`);
  const halves = [0, count / 2].map((first) => ({ ...task, first, rows: count / 2 }));
  const alone = await bestTime(() => one.run({ ...task, first: 0, rows: count }), SECONDS);
  const together = await bestTime(() => Promise.all(halves.map((half) => two.run(half))), SECONDS);
  return { columns, one: count / alone, two: count / together };
}

/** The mean over the potentials of the shortest time of a solve, as the peers measure it. */
function sampleTime(problem, settings, inputs) {
  const solve = problem.solve(settings);
  const best = inputs.map(() => Number.POSITIVE_INFINITY);
  const begin = performance.now();
  do {
    for (const [s, input] of inputs.entries()) {
      const start = performance.now();
      solve(input);
      best[s] = Math.min(best[s], performance.now() - start);
    }
  } while (performance.now() - begin < 1000 * SECONDS);
  return best.reduce((sum, time) => sum + time, 0) / best.length / 1000;
}

function inputsOf(problem, { problem: settings, seed }, count) {
  const draw = problem.inputs.draw(settings);
  return Array.from({ length: count }, (_, s) => draw(seed, s));
}

/** The same potentials by a peer in Python, or why there is none. */
function measurePeer({ equation, grid, solver }, potentials, methods) {
  const path = join(folder, 'potentials.f64');
  writeFileSync(path, Buffer.concat(potentials.map(({ buffer }) => new Uint8Array(buffer))));
  const { beta, electrons } = solver;
  const task = { grid, potentials: path, beta, electrons, tolerance: TOLERANCE, seconds: SECONDS, methods };
  return scipy(equation === 'nlse' ? 'nlse_scipy.py' : 'kohn_sham_scipy.py', task);
}

/** SciPy on one thread. */
function scipy(script, task) {
  return askPeer(options.python, script, task, { environment: { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' } });
}

if (options.many) {
  const { json } = options;
  const before = json && existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : {};
  const write = (found) => json && writeFileSync(json, `${JSON.stringify(found, null, 2)}\n`);
  write(printManyElectrons(SECONDS, manyElectronsPeer, before.cases, (cases) => write({ ...before, cases })));
  rmSync(folder, { recursive: true });
  process.exit();
}

const rows = [];
const skipped = new Set();
for (const { recipe: name, overrides, count } of CASES) {
  const { recipe, problem } = await resolveRecipe(
    fileURLToPath(new URL(`../datasets/${name}`, import.meta.url)),
    'quick',
    overrides,
  );
  const { columns, one, two } = await throughput(recipe, problem, count);
  const inputs = inputsOf(problem, recipe, count);
  const potentials = inputs.map(({ potential }) => potential);
  const own = sampleTime(problem, recipe.problem, inputs);
  const variant = Object.entries(overrides).map(([entry, value]) => ` ${entry.split('.').at(-1)}=${value}`);
  const label = name + variant.join('');
  rows.push([
    label,
    'dyadic',
    own,
    null,
    Math.round(one),
    Math.round(two),
    two / one,
    Math.max(...columns.residual),
    null,
  ]);
  const peer = measurePeer(recipe.problem, potentials);
  if (peer.skipped) skipped.add(peer.skipped);
  const found = columns.chemicalPotential ?? columns.eigenvalues;
  for (const { name: method, seconds, residual, values } of peer.methods ?? []) {
    const difference = Math.max(
      ...values.flat().map((value, i) => Math.abs(value - found[i]) / Math.max(1, Math.abs(value))),
    );
    rows.push([
      label,
      `SciPy ${peer.version}, ${method}`,
      seconds,
      seconds / own,
      null,
      null,
      null,
      residual,
      difference,
    ]);
  }
}
await Promise.all(pools.map((pool) => pool.destroy()));

console.log(
  tableText(
    table({
      caption: 'The samples of the recipes',
      columns: [
        { title: 'recipe' },
        { title: 'solver' },
        { title: 'a sample, 1 thread', format: 'seconds' },
        { title: 'dyadic is', format: 'ratio' },
        { title: '1 worker/s', format: 'integer' },
        { title: '2 workers/s', format: 'integer' },
        { title: 'of 1', format: 'ratio' },
        { title: 'worst residual', format: 'error', digits: 1 },
        { title: 'differs by', format: 'error', digits: 1 },
      ],
      rows,
      notes: [
        `Residual: root mean square relative to max(1, |E|) or max(1, |ε|); peers are asked for ${TOLERANCE}, the recipes say more.`,
        'Difference: of E or the eigenvalues, relative to the same. A sample: the solver alone, the mean of shortest times.',
        'Workers: drawing the potentials and filling the columns included; they share the machine with what else runs on it.',
        ...[...skipped].map((reason) => `SciPy skipped: ${reason}`),
      ],
    }),
  ),
);

/** A real transform there and back, in seconds. */
function transformTime(shape) {
  const plan = shape.length === 1 ? realFft(shape[0]) : realFftND(shape);
  const values = Float64Array.from({ length: plan.size }, (_, i) => Math.sin(i * i));
  const spectrum = new Float64Array(2 * plan.spectrumSize);
  return bestTime(() => {
    for (let i = 0; i < 100; i++) {
      plan.forward(spectrum, values);
      plan.inverse(values, spectrum);
    }
  }, SECONDS / 5);
}

/** The same by fft.js, which has powers of two in 1D only. */
function fftJsTime(points) {
  const plan = new FFT(points);
  const values = Float64Array.from({ length: points }, (_, i) => Math.sin(i * i));
  const [spectrum, back] = [plan.createComplexArray(), plan.createComplexArray()];
  return bestTime(() => {
    for (let i = 0; i < 100; i++) {
      plan.realTransform(spectrum, values);
      plan.completeSpectrum(spectrum);
      plan.inverseTransform(back, spectrum);
    }
  }, SECONDS / 5);
}

const transforms = [];
for (const shape of [[256], [320], [512], [64, 64], [80, 80]]) {
  const size = shape.reduce((product, points) => product * points, 1);
  const add = (what, seconds) => {
    const operations = 2 * 2.5 * size * Math.log2(size);
    transforms.push([shape.join(' × '), what, seconds, (operations / seconds / 1e9).toFixed(2)]);
  };
  add('dyadic', (await transformTime(shape)) / 100);
  if (shape.length === 1 && Number.isInteger(Math.log2(size))) add('fft.js', (await fftJsTime(size)) / 100);
  const peer = scipy('nlse_scipy.py', { transform: shape, seconds: SECONDS / 5 });
  if (peer.skipped) continue;
  add(`SciPy ${peer.version}, one call each`, peer.single);
  add(`SciPy ${peer.version}, a hundred a call`, peer.batch);
}
console.log(
  `\n${tableText(
    table({
      caption: 'Real transforms, there and back, float64, one thread',
      columns: [
        { title: 'size' },
        { title: 'by' },
        { title: 'time', format: 'seconds' },
        { title: 'G operations/s', align: 'right' },
      ],
      rows: transforms,
      notes: ['Operations: 2.5 N log₂ N a transform, whatever the algorithm really needs.'],
    }),
  )}`,
);

printManyElectrons(SECONDS, manyElectronsPeer);
rmSync(folder, { recursive: true });
