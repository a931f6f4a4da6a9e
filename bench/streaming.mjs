/**
 * Training on more data than memory holds: `node bench/streaming.mjs [--window 32] [--quick]` after a build.
 *
 * Peak memory of `dyadic train` with windows of so many MiB, on a 2D dataset of random fields ten times larger than the bound on
 * that memory and on one of a tenth of that; then samples per second of training window by window and in memory, the two
 * in turn in this process. The dataset lies in the temporary folder and is deleted afterwards.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createDataset } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { openExperiment, sampleSource } from '@dyadic/pipeline';
import { randomStream } from '@dyadic/random';
import { table, tableText } from '@dyadic/report';
import { train } from '@dyadic/training';

const { values: options } = parseArgs({
  options: { window: { type: 'string', default: '32' }, quick: { type: 'boolean', default: false } },
});
const MIB = 2 ** 20;
const SIZE = 80 * 80;
const SAMPLE_BYTES = 2 * 4 * SIZE;
const WINDOW = Math.floor((Number(options.window) * MIB) / SAMPLE_BYTES);
const BATCH = 50;
/** A window in the session, the next one, and blocks on their way into it. */
const WINDOWS = 2.25 * WINDOW * SAMPLE_BYTES;
/** What `dyadic train` takes besides: Node, the network, garbage. */
const REST = 224 * MIB;
const BOUND = WINDOWS + REST;
const SAMPLES = Math.ceil(((options.quick ? 1 : 10) * BOUND) / SAMPLE_BYTES);
const HELD_OUT = 50;
const COMPARED = 4 * WINDOW;
const LAPS = options.quick ? 1 : 3;

const DYADIC = fileURLToPath(new URL('../apps/cli/bin/dyadic.js', import.meta.url));
const REPORT_PEAK = `data:text/javascript,process.on('exit', () => console.log('peak', process.resourceUsage().maxRSS))`;

/** Random fields: the speed of training does not depend on what is in them. */
async function makeDataset(folder) {
  const shardRows = 500;
  const stream = randomStream(1, 'bench/streaming');
  const noise = Float32Array.from({ length: 2 ** 16 }, () => 1 + 0.1 * stream.normal());
  const field = (name) => ({ name, type: 'float32', shape: [80, 80], description: 'random numbers' });
  const writer = await createDataset(folder, {
    name: 'random-fields',
    seed: 1,
    samples: SAMPLES,
    shardRows,
    generator: { name: 'bench', version: '1' },
    problem: {},
    fields: [field('potential'), field('solution')],
  });
  for (const shard of writer.missing) {
    const { rows } = writer.range(shard);
    const columns = ['potential', 'solution'].map((name) => {
      const values = new Float32Array(rows * SIZE);
      for (let i = 0; i < values.length; i += SIZE) {
        const from = stream.integer(noise.length - SIZE);
        values.set(noise.subarray(from, from + SIZE), i);
      }
      return [name, values];
    });
    await writer.write(shard, Object.fromEntries(columns));
  }
  await writer.close();
}

/** A profile of the experiment on the first `samples` training samples. */
const profile = (samples, windowSamples, epochs) => ({
  splits: { train: samples, validation: HELD_OUT, test: HELD_OUT },
  training: {
    epochs,
    batchSize: BATCH,
    seed: 1,
    optimizer: { name: 'nadam' },
    schedule: { learningRate: 1e-4 },
    windowSamples,
  },
});

const PROFILES = {
  large: profile(SAMPLES - 2 * HELD_OUT, WINDOW, 1),
  small: profile(Math.ceil(SAMPLES / 10), WINDOW, 1),
  windowed: profile(COMPARED, WINDOW, 3),
  whole: profile(COMPARED, COMPARED, 3),
};

/** The 2D network of the paper; all profiles share one folder of data. */
async function makeExperiment(root) {
  const [app, data] = [join(root, 'app'), join(root, 'data/data')];
  await mkdir(app);
  for (const name of Object.keys(PROFILES)) await symlink(join(root, 'fields'), join(data, name), 'junction');
  await writeFile(
    join(app, 'experiment.json'),
    JSON.stringify({
      name: 'streaming',
      description: 'training on more data than memory holds',
      dataset: '../data',
      input: 'potential',
      output: 'solution',
      normalization: { input: 'standard', output: 'standard' },
      network: { dimension: 2, points: 80, levels: 4, channels: 6, kernelLayers: 5 },
      profiles: PROFILES,
    }),
  );
  return app;
}

/** Peak memory and duration of `dyadic train`. */
function measureCommand(app, name) {
  const start = performance.now();
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--import', REPORT_PEAK, DYADIC, 'train', app, '--profile', name, '--engine', 'wasm'],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(stderr);
  return { peak: 1024 * Number(/peak (\d+)/.exec(stdout)[1]), seconds: (performance.now() - start) / 1000 };
}

/** Time of the second of three epochs, one that begins and ends with a window in the session, and of all its threads. */
async function epochTimes(session, experiment, splits, normalizers) {
  const { network, plan } = experiment;
  const ends = [];
  const onEpoch = () => void ends.push({ wall: performance.now() / 1e3, processor: processorSeconds() });
  const sources = Object.fromEntries(
    ['train', 'validation'].map((name) => [name, sampleSource(experiment, splits[name], normalizers)]),
  );
  await train({ network, session, plan, ...sources, onEpoch });
  return { wall: ends[1].wall - ends[0].wall, processor: ends[1].processor - ends[0].processor };
}

function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const root = await mkdtemp(join(tmpdir(), 'dyadic-streaming-'));
try {
  await mkdir(join(root, 'data/data'), { recursive: true });
  await makeDataset(join(root, 'fields'));
  const app = await makeExperiment(root);
  const mib = (bytes) => Math.round(bytes / MIB);
  const rows = ['small', 'large'].map((name) => {
    const { peak, seconds } = measureCommand(app, name);
    const bytes = PROFILES[name].splits.train * SAMPLE_BYTES;
    return [mib(bytes), mib(WINDOWS), mib(BOUND), mib(peak), bytes / peak, seconds];
  });
  console.log(
    tableText(
      table({
        caption: 'Peak memory of dyadic train, one epoch, in MiB',
        columns: [
          { title: 'training data', format: 'integer' },
          { title: 'windows', format: 'integer' },
          { title: 'bound', format: 'integer' },
          { title: 'peak', format: 'integer' },
          { title: 'data / peak', format: 'ratio' },
          { title: 'time', format: 'seconds' },
        ],
        rows,
        notes: [`The bound: 2¼ windows of ${WINDOW} samples, and ${mib(REST)} MiB for Node, the network and garbage.`],
      }),
    ),
  );

  const opened = { data: join(root, 'fields') };
  const { network } = (await openExperiment(app, { ...opened, profile: 'whole' })).experiment;
  const session = await (await wasmEngine()).open(network);
  const worst = { wall: Number.POSITIVE_INFINITY, processor: Number.POSITIVE_INFINITY };
  const best = { windowed: worst, whole: worst };
  for (let lap = 0; lap < LAPS; lap++) {
    for (const name of Object.keys(best)) {
      const open = await openExperiment(app, { ...opened, profile: name });
      const { experiment, splits } = open;
      const normalizers = await open.normalizers();
      const { wall, processor } = await epochTimes(session, experiment, splits, normalizers);
      best[name] = { wall: Math.min(best[name].wall, wall), processor: Math.min(best[name].processor, processor) };
    }
  }
  session.close();
  console.log(
    `\n${tableText(
      table({
        caption: `Training on ${COMPARED} samples, 2D, batch ${BATCH}, best of ${LAPS}`,
        columns: [
          { title: 'samples' },
          { title: 'samples/s', format: 'integer' },
          { title: 'of in memory', format: 'ratio' },
          { title: 'processor time a sample', format: 'seconds' },
          { title: 'of in memory', format: 'ratio' },
        ],
        rows: [
          ['in memory', 'whole'],
          [`in windows of ${WINDOW}`, 'windowed'],
        ].map(([title, name]) => {
          const { wall, processor } = best[name];
          return [
            title,
            Math.round(COMPARED / wall),
            best.whole.wall / wall,
            processor / COMPARED,
            processor / best.whole.processor,
          ];
        }),
        notes: ['On a machine with other work only the processor time tells.'],
      }),
    )}`,
  );
} finally {
  await rm(root, { recursive: true, force: true });
}
