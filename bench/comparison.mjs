/**
 * What the multiscale structure buys: `npm run build && node bench/comparison.mjs`.
 *
 *   node bench/comparison.mjs [--samples 1000] [--epochs 200] [--data datasets/nlse-1d/data/quick] [--results docs/results]
 *
 * On the same data and through the same engine, recipe (that of apps/nlse-1d) and order of samples: the network of the
 * paper (r = 6, K = 5) and a plain convolutional network of about as many parameters, K layers on the boxes of the finest
 * level alone, each with softplus and an output normalised as eq (4.2) demands, and with ReLU and a linear output as in
 * the paper; and the best linear map that commutes with translations, one least-squares factor a frequency, which no
 * linear network of the multiscale kind can beat. With --results, the table is kept there for `dyadic report`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fitNormalizer, openDataset } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn, networkFromLayers } from '@dyadic/mnn';
import { table, tableText } from '@dyadic/report';
import { prepareSamples, relativeErrors, summarizeErrors, train } from '@dyadic/training';

const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '200' },
    data: { type: 'string', default: 'datasets/nlse-1d/data/quick' },
    results: { type: 'string' },
  },
});
const [SAMPLES, EPOCHS] = [Number(options.samples), Number(options.epochs)];
const N = 320;

const OURS = { activation: 'softplus', output: 'wavefunction' };
const RELU = { activation: 'relu', output: 'wavefunction' };
const PAPER = { activation: 'relu', output: 'linear' };

const multiscale = (kind) => mnn({ points: N, levels: 6, channels: 6, kernelLayers: 5, ...kind });

/** K kernel layers with windows of 9 on the 64 boxes of 5 points: 5 → 16 → … → 16 → 5 channels. */
function plain(kind) {
  const [boxes, boxPoints, channels, window, kernelLayers] = [64, 5, 16, 9, 5];
  const layers = Array.from({ length: kernelLayers }, (_, k) => {
    const last = k === kernelLayers - 1;
    return {
      name: `plain/kernel-${k + 1}`,
      kind: 'kernel',
      connectivity: 'convolutional',
      window,
      outputChannels: last ? boxPoints : channels,
      activation: last ? 'linear' : kind.activation,
      padding: 'periodic',
    };
  });
  const branches = [{ name: 'plain', boxes, layers }];
  return networkFromLayers({ dimension: 1, points: N, output: kind.output, branches });
}

const dataset = await openDataset(options.data);
const read = async (first, count) => {
  const { potential, solution } = await dataset.read(['potential', 'solution'], first, count);
  return { first, count, inputs: potential, targets: solution };
};
const held = Math.min(1000, Math.floor((dataset.samples - SAMPLES) / 2));
const raw = {
  train: await read(0, SAMPLES),
  validation: await read(dataset.samples - 2 * held, held),
  test: await read(dataset.samples - held, held),
};
const input = fitNormalizer(raw.train.inputs);
const normalizers = {
  linear: { input, output: fitNormalizer(raw.train.targets) },
  wavefunction: { input, output: fitNormalizer(raw.train.targets, 'rms-scale') },
};

async function trained(network) {
  const prepare = (part) => prepareSamples(network, raw[part], normalizers[network.output]);
  const session = await (await wasmEngine()).open(network);
  const start = performance.now();
  const plan = {
    epochs: EPOCHS,
    batchSize: 10,
    seed: 1,
    optimizer: { name: 'soap', beta2: 0.99 },
    schedule: { learningRate: 0.003, warmup: 0.02 },
    loss: 'error',
    initial: { gain: 0.3, bias: 0.1 },
    augment: 'torus',
    validateEvery: 10,
  };
  const state = await train({ network, session, train: prepare('train'), validation: prepare('validation'), plan });
  const seconds = (performance.now() - start) / 1000;
  const error = async (part) => summarizeErrors(await relativeErrors(network, session, state.best, prepare(part))).mean;
  const row = { parameters: network.parameterCount, seconds, train: await error('train'), test: await error('test') };
  session.close();
  return row;
}

/** û_k = a_k V̂_k with a_k = Σ conj(V̂_k) û_k / Σ |V̂_k|², of fields from which the mean of the training data is taken. */
function linearFit() {
  const waves = Array.from({ length: N / 2 + 1 }, (_, k) =>
    Array.from({ length: N }, (_, i) => [Math.cos((2 * Math.PI * k * i) / N), Math.sin((2 * Math.PI * k * i) / N)]),
  );
  const transform = (fields, s, { shift, scale }) =>
    waves.map((wave) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < N; i++) {
        const value = (fields[s * N + i] - shift) / scale;
        re += value * wave[i][0];
        im -= value * wave[i][1];
      }
      return [re, im];
    });
  const start = performance.now();
  const sums = waves.map(() => [0, 0, 0]);
  for (let s = 0; s < SAMPLES; s++) {
    const v = transform(raw.train.inputs, s, normalizers.linear.input);
    const u = transform(raw.train.targets, s, normalizers.linear.output);
    v.forEach(([a, b], k) => {
      const [c, d] = u[k];
      sums[k][0] += a * c + b * d;
      sums[k][1] += a * d - b * c;
      sums[k][2] += a * a + b * b;
    });
  }
  const factors = sums.map(([re, im, norm]) => [re / norm, im / norm]);
  const seconds = (performance.now() - start) / 1000;
  const { shift, scale } = normalizers.linear.output;
  const error = ({ count, inputs, targets }) => {
    let total = 0;
    for (let s = 0; s < count; s++) {
      const v = transform(inputs, s, normalizers.linear.input);
      let [difference, norm] = [0, 0];
      for (let i = 0; i < N; i++) {
        let y = 0;
        for (let k = 0; k <= N / 2; k++) {
          const re = factors[k][0] * v[k][0] - factors[k][1] * v[k][1];
          const im = factors[k][0] * v[k][1] + factors[k][1] * v[k][0];
          y += ((k === 0 || k === N / 2 ? 1 : 2) * (re * waves[k][i][0] - im * waves[k][i][1])) / N;
        }
        difference += (shift + scale * y - targets[s * N + i]) ** 2;
        norm += targets[s * N + i] ** 2;
      }
      total += Math.sqrt(difference / norm);
    }
    return total / count;
  };
  return { parameters: N, seconds, train: error(raw.train), test: error(raw.test) };
}

const rows = [
  { model: 'multiscale network, r = 6, K = 5', ...(await trained(multiscale(OURS))) },
  { model: 'the same, ReLU', ...(await trained(multiscale(RELU))) },
  { model: 'the same, ReLU and linear output', ...(await trained(multiscale(PAPER))) },
  { model: 'plain convolutions, 5 layers, windows of 9 boxes', ...(await trained(plain(OURS))) },
  { model: 'the same, ReLU and linear output', ...(await trained(plain(PAPER))) },
  { model: 'linear, a factor a frequency', ...linearFit() },
];
const caption = `NLSE 1D, ${SAMPLES} samples, ${EPOCHS} epochs`;
console.log(
  tableText(
    table({
      caption,
      columns: [
        { title: 'model' },
        { title: 'parameters', format: 'integer' },
        { title: 'time', format: 'seconds' },
        { title: 'train', format: 'error' },
        { title: 'test', format: 'error' },
      ],
      rows: rows.map(({ model, parameters, seconds, train, test }) => [model, parameters, seconds, train, test]),
    }),
  ),
);
if (options.results) {
  await writeFile(join(options.results, 'comparison.json'), `${JSON.stringify({ caption, rows }, null, 2)}\n`);
}
