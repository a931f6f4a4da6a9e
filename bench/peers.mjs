/**
 * `npm run bench:peers`: the field's default beside ours. A Fourier neural operator in JAX (`bench/peers/jax_operator.py`), trained on
 * the same shards and splits with our recipe and with the usual one, at as many parameters as our network and at its usual size; for
 * as many steps, for as much CPU time, and for ten times that. What is done is kept; the same command goes on.
 *
 *   npm run bench:peers -- --python <interpreter with jax and pyarrow> [--map nlse-1d] [--only <cells>] [--budget steps,time,ten]
 *     [--data <folder of datasets, by map>] [--work <folder of runs>] [--results docs/results/peers] [--seconds 200]
 *
 * Times are CPU seconds of all threads. Stops after --seconds. With no interpreter it writes the page from what there is.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import {
  findCheckpoint,
  generate,
  openExperiment,
  readExperiment,
  resolveRecipe,
  sampleSource,
  train,
} from '@dyadic/pipeline';
import { dotFigure, table, tableMarkdown } from '@dyadic/report';
import { prepareSamples, relativeErrors, summarizeErrors } from '@dyadic/training';
import { askPeer } from './peer.mjs';
import { bestTime } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string' },
    map: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    budget: { type: 'string', default: 'steps,time,ten' },
    data: { type: 'string' },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-peers') },
    results: { type: 'string', default: 'docs/results/peers' },
    seconds: { type: 'string', default: '200' },
  },
});
const end = performance.now() + 1000 * Number(options.seconds);
const left = () => Math.max(0, (end - performance.now()) / 1000);

/** Experiments, and of other potentials than theirs what the recipe of the data has in its place. */
const MAPS = {
  'nlse-1d': { app: 'apps/nlse-1d' },
  'kohn-sham-1d': { app: 'apps/kohn-sham-1d' },
  'nlse-1d-authors': { app: 'apps/nlse-1d', potential: { 'potential.preset': 'reference-code' } },
};
/** As many parameters as the networks of the experiments, and what libraries of neural operators come with. */
const SMALL = { modes: 16, width: 8, layers: 4 };
const USUAL = { modes: 16, width: 64, layers: 4 };
const PEERS = {
  'small-ours': { network: SMALL, recipe: 'ours', learningRate: 0.003, title: 'Fourier, our recipe' },
  'small-adamw': { network: SMALL, recipe: 'adamw', learningRate: 0.003, title: 'Fourier, AdamW, linear output' },
  'usual-adamw': {
    network: USUAL,
    recipe: 'adamw',
    learningRate: 0.001,
    title: 'Fourier of width 64, AdamW, linear output',
  },
  'usual-ours': { network: USUAL, recipe: 'ours', learningRate: 0.001, title: 'Fourier of width 64, our recipe' },
};
const BUDGETS = { steps: 'as many steps', time: 'as much CPU time', ten: 'ten times the CPU time' };

const pathOf = (map, cell, budget) => join(options.results, `${map}--${cell}--${budget}.json`);
const stored = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined);
function keep(path, result) {
  mkdirSync(options.results, { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  const { map, cell, budget, errors, trainingSeconds } = result;
  console.log(
    `${map}, ${cell}, ${budget}: test ε ${errors.test.mean.toExponential(2)}, ${trainingSeconds.toFixed(1)} s`,
  );
}

async function opened(map) {
  const { app, potential } = MAPS[map];
  const out = join(options.work, map, 'ours');
  const own = potential ? join(options.work, map, 'data') : options.data && join(options.data, map);
  const experiment = await readExperiment(app, 'quick', { ...(own && { data: own }), out });
  if (potential) {
    const { train, validation, test } = experiment.splits;
    const changes = { ...potential, samples: train + validation + test };
    await generate(await resolveRecipe(experiment.datasetFolder, 'quick', changes), { out: own, wait: true });
  }
  return openExperiment(experiment);
}

/** Our network by our engine, on one thread; undefined when the time is up. */
async function ours(map) {
  const path = pathOf(map, 'ours', 'steps');
  if (stored(path)) return stored(path);
  const open = await opened(map);
  const { network, plan } = open.experiment;
  const folder = join(options.work, map, 'ours');
  const clock = join(folder, 'cpu-seconds.json');
  const before = stored(clock) ?? 0;
  const start = process.cpuUsage();
  const used = () => before + process.cpuUsage(start).user / 1e6;
  try {
    await train(open, { engine: 'wasm', threads: 1, signal: AbortSignal.timeout(Math.ceil(1000 * left())) });
  } catch (error) {
    if (left() > 0) throw error;
    return undefined;
  } finally {
    mkdirSync(folder, { recursive: true });
    writeFileSync(clock, String(used()));
  }
  const trainingSeconds = used();
  const { state, normalizers } = await findCheckpoint(folder);
  const session = await (await wasmEngine({ threads: 1 })).open(network);
  const errors = {};
  for (const split of ['train', 'validation', 'test']) {
    const source = sampleSource(open.experiment, open.splits[split], normalizers);
    errors[split] = summarizeErrors(await relativeErrors(network, session, state.best, source));
  }
  const { inputs } = prepareSamples(network, await open.splits.test.read(0, 40), normalizers);
  const inferenceSeconds = (await bestTime(() => session.predict(state.best, inputs), 0.5)) / 40;
  session.close();
  const steps = plan.epochs * Math.ceil(open.splits.train.count / plan.batchSize);
  const parameters = network.parameterCount;
  const result = { map, cell: 'ours', budget: 'steps', parameters, steps, errors, trainingSeconds, inferenceSeconds };
  keep(path, result);
  return result;
}

async function peer(map, cell, budget, own) {
  const path = pathOf(map, cell, budget);
  if (stored(path) || left() < 20) return;
  const { title: _, ...settings } = PEERS[cell];
  const open = await opened(map);
  const { plan, dataFolder, splits, network, input, output } = open.experiment;
  const amount =
    budget === 'steps' ? { steps: own.steps } : { cpuSeconds: own.trainingSeconds * (budget === 'ten' ? 10 : 1) };
  const answer = askPeer(options.python, 'jax_operator.py', {
    folder: resolve(dataFolder),
    input: [input].flat()[0],
    output: [output].flat()[0],
    splits,
    stage: network.output,
    ...settings,
    ...amount,
    batch: plan.batchSize,
    seed: plan.seed,
    checkpoint: resolve(join(options.work, map, `${cell}-${budget}.pickle`)),
    wallSeconds: left(),
  });
  if (answer.skipped) throw new Error(`${cell}: ${answer.skipped}`);
  if (answer.unfinished === undefined) keep(path, { map, cell, budget, ...answer });
  else console.log(`${map}, ${cell}, ${budget}: ${(100 * answer.unfinished).toFixed(0)} %; the same command goes on`);
}

/** All results that there are, as a page. */
async function writePage() {
  if (!existsSync(options.results)) return;
  const results = readdirSync(options.results)
    .filter((name) => name.endsWith('.json'))
    .map((name) => stored(join(options.results, name)));
  const parts = [];
  const titleOf = (cell) => PEERS[cell]?.title ?? 'ours';
  for (const map of Object.keys(MAPS)) {
    const own = results.find((result) => result.map === map && result.cell === 'ours');
    if (!own) continue;
    const rest = Object.keys(PEERS).flatMap((cell) =>
      Object.keys(BUDGETS).flatMap((budget) =>
        results.filter((r) => r.map === map && r.cell === cell && r.budget === budget),
      ),
    );
    const row = ({ cell, budget, parameters, steps, errors, trainingSeconds, inferenceSeconds }) => [
      titleOf(cell),
      cell === 'ours' ? '' : BUDGETS[budget],
      parameters,
      steps,
      errors.test.mean,
      errors.test.worst,
      errors.test.mean / own.errors.test.mean,
      trainingSeconds,
      inferenceSeconds,
    ];
    const spec = {
      caption: map,
      columns: [
        { title: 'network and recipe' },
        { title: 'trained for' },
        { title: 'parameters', format: 'integer' },
        { title: 'steps', format: 'integer' },
        { title: 'test ε', format: 'error' },
        { title: 'worst ε', format: 'error' },
        { title: 'to ours', format: 'ratio' },
        { title: 'training, CPU', format: 'seconds' },
        { title: 'inference, a sample', format: 'seconds' },
      ],
      rows: [own, ...rest].map(row),
    };
    const missing = Object.keys(PEERS).flatMap((cell) =>
      Object.keys(BUDGETS)
        .filter((budget) => !rest.some((r) => r.cell === cell && r.budget === budget))
        .map((budget) => `${PEERS[cell].title}, ${BUDGETS[budget]}`),
    );
    const unfinished = missing.length > 0 ? [`Not run yet: ${missing.join('; ')}.`] : [];
    parts.push(tableMarkdown(table(spec)), verdict(map, own, rest));
    if (rest.length > 0) {
      writeFileSync(join(options.results, `${map}.svg`), `${await figure(map, own, rest)}\n`);
      const caption = `${map}: mean test error of each network, by how long it was trained.`;
      parts.push(`![${caption}](${map}.svg)`);
    }
    parts.push(...unfinished);
  }
  const head = [
    '# The field’s default beside ours',
    'Made by `npm run bench:peers`: a Fourier neural operator in JAX (16 modes, 4 layers, gelu) on the shards, splits and batches that our network is trained on, one seed, one thread, on a machine that was shared. Our recipe: SOAP, random translations and reflections, an output normalised as eq (4.2) demands. AdamW: weight decay 1e-4, linear output, no augmentation. Both with a cosine schedule and the mean relative error as the loss; the validation split chooses the epoch. CPU seconds, of the training with its validation and of predicting one sample of 40.',
  ];
  writeFileSync(join(options.results, 'README.md'), `${[...head, ...parts].join('\n\n')}\n`);
}

/** The test error of each network, a row each. */
function figure(map, own, rest) {
  const titleOf = ({ cell }) => PEERS[cell]?.title ?? 'ours';
  const of = (name, results) => ({ name, dots: results.map((r) => ({ row: titleOf(r), x: r.errors.test.mean })) });
  const series = Object.entries(BUDGETS).map(([budget, name]) =>
    of(
      name,
      rest.filter((r) => r.budget === budget),
    ),
  );
  return dotFigure({
    rows: [...new Set([own, ...rest].map(titleOf))],
    series: [of('our network', [own]), ...series.filter(({ dots }) => dots.length > 0)],
    x: { title: 'mean test error ε', scale: 'log' },
    rules: [{ value: own.errors.test.mean, label: 'ours' }],
    description: `Mean test error on ${map} of our network and of Fourier neural operators`,
  });
}

/** What the numbers say, from the numbers. */
function verdict(map, own, rest) {
  const best = rest.toSorted((a, b) => a.errors.test.mean - b.errors.test.mean)[0];
  if (!best) return '';
  const ratio = own.errors.test.mean / best.errors.test.mean;
  const where = `${PEERS[best.cell].title}, ${BUDGETS[best.budget]}`;
  return ratio > 1
    ? `On ${map} the best of these networks (${where}) is ${ratio.toFixed(1)} times as accurate as ours.`
    : `On ${map} ours is ${(1 / ratio).toFixed(1)} times as accurate as the best of these networks (${where}).`;
}

try {
  if (options.python) {
    for (const map of Object.keys(MAPS)) {
      if (options.map && !options.map.includes(map)) continue;
      const own = await ours(map);
      for (const budget of own ? options.budget.split(',') : []) {
        for (const cell of Object.keys(PEERS)) {
          if (!options.only || options.only.includes(cell)) await peer(map, cell, budget, own);
        }
      }
    }
  }
} finally {
  await writePage();
}
