/**
 * `npm run bench:structures`: what each structure of a network reaches on the maps of the experiments, with the same recipe, samples
 * and steps, at about as many parameters. A cell is a map and a structure; what is done is kept, and the same command goes on.
 *
 *   npm run bench:structures -- [--map nlse-1d] [--structure fourier] [--epochs 30] [--threads 1] [--seconds 240]
 *     [--data <folder of datasets, by map>] [--work <folder of runs>] [--results docs/results/structures]
 *
 * With --data, the dataset of a map is <data>/<map>, otherwise that of its experiment. Times are CPU seconds, of all threads.
 * Stops after --seconds, between two checkpoints.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sha256 } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { networkFromDocument } from '@dyadic/mnn';
import { findCheckpoint, openExperiment, readExperiment, sampleSource, train } from '@dyadic/pipeline';
import { table, tableMarkdown } from '@dyadic/report';
import { prepareSamples, relativeErrors, summarizeErrors } from '@dyadic/training';
import { bestTime } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    map: { type: 'string', multiple: true },
    structure: { type: 'string', multiple: true },
    epochs: { type: 'string', default: '30' },
    threads: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '240' },
    data: { type: 'string' },
    work: { type: 'string', default: join(tmpdir(), 'dyadic-structures') },
    results: { type: 'string', default: 'docs/results/structures' },
  },
});
const [epochs, threads] = [Number(options.epochs), Number(options.threads)];

/** The networks of a map, sized to about as many parameters as the Fourier network at the points. */
function structuresOf({ dimension = 1, points, levels, padding = 'periodic', output, own, modes, width }) {
  const common = { dimension, points, activation: 'softplus', padding, output };
  const layered = { ...common, layers: 4 };
  return {
    h: { ...common, levels, ...own },
    h2: { ...common, levels, ...own, structure: 'h2' },
    fourier: { ...layered, structure: 'fourier', modes, width: 8 },
    'fourier-boxes': {
      ...layered,
      structure: 'fourier',
      boxes: 2 ** levels,
      modes: Math.min(modes, 2 ** (levels - 1)),
      width: 8,
    },
    'multiscale-operator': { ...layered, structure: 'multiscale-operator', levels, width },
    wavelet: { ...common, structure: 'wavelet', levels, window: 5, channels: dimension === 1 ? 4 : 3, kernelLayers: 3 },
  };
}

const LINE = { points: 320, levels: 6, own: { channels: 6, kernelLayers: 5 }, modes: 16, width: 8 };
const SQUARE = { dimension: 2, levels: 4, own: { channels: 6, kernelLayers: 5 }, modes: 8, width: 12 };
const MAPS = {
  'nlse-1d': { folder: 'apps/nlse-1d', networks: structuresOf({ ...LINE, output: 'wavefunction' }) },
  'kohn-sham-1d': { folder: 'apps/kohn-sham-1d', networks: structuresOf({ ...LINE, output: 'density' }) },
  burgers: { folder: 'examples/burgers', networks: structuresOf({ ...LINE, points: 1024, output: 'linear' }) },
  darcy: {
    folder: 'examples/darcy',
    networks: structuresOf({ ...SQUARE, points: 64, padding: 'zero', output: 'linear' }),
  },
  'nlse-2d': { folder: 'apps/nlse-2d', networks: structuresOf({ ...SQUARE, points: 80, output: 'wavefunction' }) },
};

const deadline = AbortSignal.timeout(1000 * Number(options.seconds));
const engine = await wasmEngine({ threads });

async function cell(map, structure, { folder, networks }) {
  const document = networks[structure];
  const data = options.data && join(options.data, map);
  const runFolder = join(options.work, map, `${structure}-${epochs}`);
  const experiment = await readExperiment(folder, 'quick', { ...(data && { data }), out: runFolder });
  const network = networkFromDocument(document);
  const plan = { ...experiment.plan, epochs };
  const open = await openExperiment({ ...experiment, network, plan });
  const key = sha256({ network: document, plan, data: open.dataset.checksum ?? null, splits: experiment.splits });
  const path = join(options.results, `${map}--${structure}--${epochs}.json`);
  if (existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).key === key) return;
  const cpu = join(runFolder, 'cpu-seconds.json');
  const before = existsSync(cpu) ? JSON.parse(readFileSync(cpu, 'utf8')) : 0;
  const start = process.cpuUsage();
  const used = () => before + process.cpuUsage(start).user / 1e6;
  try {
    await train(open, { engine: 'wasm', threads, signal: deadline });
  } finally {
    mkdirSync(runFolder, { recursive: true });
    writeFileSync(cpu, String(used()));
  }
  const trainingSeconds = used();
  const { state, normalizers } = await findCheckpoint(runFolder);
  const session = await engine.open(network);
  const errors = {};
  for (const split of ['train', 'validation', 'test']) {
    const source = sampleSource(open.experiment, open.splits[split], normalizers);
    errors[split] = summarizeErrors(await relativeErrors(network, session, state.best, source));
  }
  const { inputs } = prepareSamples(network, await open.splits.test.read(0, 40), normalizers);
  const inferenceSeconds = (await bestTime(() => session.predict(state.best, inputs), 0.5)) / 40;
  session.close();
  const steps = Math.ceil(open.splits.train.count / plan.batchSize) * epochs;
  const parameters = network.parameterCount;
  const result = {
    map,
    structure,
    key,
    network: document,
    parameters,
    steps,
    errors,
    trainingSeconds,
    inferenceSeconds,
  };
  mkdirSync(options.results, { recursive: true });
  writeFileSync(path, `${JSON.stringify(result, null, 2)}\n`);
  console.log(
    `${map}, ${structure}: ${parameters} parameters, test ε ${errors.test.mean.toExponential(2)}, ${trainingSeconds.toFixed(1)} s`,
  );
}

/** All results that there are, as a page. */
function writePage() {
  const results = readdirSync(options.results)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(options.results, name), 'utf8')));
  const parts = Object.keys(MAPS).flatMap((map) => {
    const own = results.filter((result) => result.map === map);
    if (own.length === 0) return [];
    const fourier = own.find(({ structure }) => structure === 'fourier');
    const byStructure = (a, b) => order.indexOf(a.structure) - order.indexOf(b.structure);
    const order = Object.keys(MAPS[map].networks);
    own.sort((a, b) => byStructure(a, b) || a.steps - b.steps);
    return tableMarkdown(
      table({
        caption: map,
        columns: [
          { title: 'structure' },
          { title: 'steps', format: 'integer' },
          { title: 'parameters', format: 'integer' },
          { title: 'test ε', format: 'error' },
          { title: 'worst ε', format: 'error' },
          { title: 'to Fourier', format: 'ratio' },
          { title: 'training, CPU', format: 'seconds' },
          { title: 'inference, a sample', format: 'seconds' },
        ],
        rows: own.map(({ structure, steps, parameters, errors, trainingSeconds, inferenceSeconds }) => [
          structure,
          steps,
          parameters,
          errors.test.mean,
          errors.test.worst,
          fourier ? errors.test.mean / fourier.errors.test.mean : null,
          trainingSeconds,
          inferenceSeconds,
        ]),
      }),
    );
  });
  const head = [
    '# What each structure reaches',
    'Made by `npm run bench:structures`: the same recipe (SOAP, augmentation where the map has it, softplus, output stage), samples and seed for every structure, one thread; CPU seconds, of the training and of predicting one sample of 40. Some are also trained for more steps, about as long as `fourier` takes. `fourier` works at the grid points, `fourier-boxes` and `multiscale-operator` on the boxes of the finest level.',
  ];
  writeFileSync(join(options.results, 'README.md'), `${[...head, ...parts].join('\n\n')}\n`);
}

try {
  for (const [map, what] of Object.entries(MAPS)) {
    if (options.map && !options.map.includes(map)) continue;
    for (const structure of Object.keys(what.networks)) {
      if (options.structure && !options.structure.includes(structure)) continue;
      await cell(map, structure, what);
      writePage();
    }
  }
} catch (error) {
  if (!deadline.aborted) throw error;
  console.log('stopped; the same command goes on');
}
