/**
 * Does a network that starts from the least-squares linear map train faster? `node bench/warm-start.mjs`
 *
 *   node bench/warm-start.mjs [--seeds 1,2,3] [--epochs 10,50] [--noise 0.1] [--rate 0.01]
 *
 * Trains a ReLU network of the size of apps/nlse-1d (N = 320, L = 6, r = 6, K = 5; SOAP, batches of 20, 1,000 training
 * samples of datasets/nlse-1d, quick profile, which must have been generated) from random parameters of the default
 * scheme, from small ones with positive biases, and from `warmStart`, with the same seeds, order of samples and schedule.
 * Prints the mean relative error of 1,000 validation samples before the first step, after one epoch, and at the end.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fitNormalizer, openDataset } from '@dyadic/dataset';
import { wasmEngine } from '@dyadic/engine-wasm';
import { warmStart } from '@dyadic/hmatrix';
import { mnn } from '@dyadic/mnn';
import { table, tableText } from '@dyadic/report';
import { initialState, prepareSamples, relativeErrors, train } from '@dyadic/training';

/** Small weights under positive biases, with which a network is nearly linear at first; in `apps/reproduce` they are 0.1. */
const SMALL = { scheme: 'fan-in', gain: 0.3, bias: 1 };

const { values: options } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1,2,3' },
    epochs: { type: 'string', default: '10,50' },
    noise: { type: 'string', default: '0.1' },
    rate: { type: 'string', default: '0.01' },
  },
});
const numbers = (text) => text.split(',').map(Number);
const [SEEDS, EPOCHS] = [numbers(options.seeds), numbers(options.epochs)];

const network = mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5 });
const dataset = await openDataset(fileURLToPath(new URL('../datasets/nlse-1d/data/quick', import.meta.url)));
const read = async (first, count) => {
  const { potential, solution } = await dataset.read(['potential', 'solution'], first, count);
  return { first, count, inputs: Float32Array.from(potential), targets: Float32Array.from(solution) };
};
const [rawTrain, rawValidation] = [await read(0, 1000), await read(1000, 1000)];
const normalizers = { input: fitNormalizer(rawTrain.inputs), output: fitNormalizer(rawTrain.targets) };
const samples = prepareSamples(network, rawTrain, normalizers);
const validation = prepareSamples(network, rawValidation, normalizers);
const engine = await wasmEngine();
const session = await engine.open(network);

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const errorOf = async (parameters) => mean(await relativeErrors(network, session, parameters, validation));

/** Errors before training, after each epoch, and of the epoch that validation chose. */
async function run(start, seed, epochs) {
  const plan = {
    epochs,
    batchSize: 20,
    seed,
    optimizer: { name: 'soap' },
    schedule: { learningRate: Number(options.rate), warmup: 0.02 },
    ...(start === 'small' && { initial: SMALL }),
  };
  const from = initialState(network, plan);
  if (start === 'linear fit') {
    from.parameters.set(warmStart(network, samples, { seed, noise: Number(options.noise) }));
  }
  const before = await errorOf(from.parameters);
  const { history, bestError } = await train({ network, session, train: samples, validation, plan, from });
  return { before, first: history[0].validation, bestError };
}

const rows = [];
for (const epochs of EPOCHS) {
  for (const seed of SEEDS) {
    for (const start of ['random', 'small', 'linear fit']) {
      const { before, first, bestError } = await run(start, seed, epochs);
      rows.push([epochs, seed, start, before, first, bestError]);
    }
  }
}
session.close();
console.log(
  tableText(
    table({
      caption: 'NLSE 1D, 1,000 training samples: mean relative error of the validation samples',
      columns: [
        { title: 'epochs', format: 'integer' },
        { title: 'seed', format: 'integer' },
        { title: 'start' },
        { title: 'before', format: 'error' },
        { title: 'epoch 1', format: 'error' },
        { title: 'best', format: 'error' },
      ],
      rows,
      notes: [
        ...EPOCHS.map((epochs) => {
          const best = (start) =>
            mean(rows.filter((row) => row[0] === epochs && row[2] === start).map((row) => row[5]));
          const ratio = (start) => `/ ${start} = ${(best('linear fit') / best(start)).toFixed(2)}`;
          return `${epochs} epochs: linear fit ${ratio('random')}, ${ratio('small')}, means over ${SEEDS.length} seeds.`;
        }),
      ],
    }),
  ),
);
