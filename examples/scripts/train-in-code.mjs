// A network trained in code on data in memory: the square of a random wave, by a network of 8,535 parameters.
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { prepareSamples, relativeErrors, summarizeErrors, train } from '@dyadic/training';

const network = mnn({ points: 320, levels: 6, channels: 6, kernelLayers: 5, activation: 'softplus' });

/** Waves of random phase and their squares. */
function waves(count, seed) {
  const inputs = new Float32Array(count * 320);
  for (let s = 0; s < count; s++) {
    const phase = randomStream(seed, 'waves', s).uniform();
    for (let i = 0; i < 320; i++) inputs[320 * s + i] = 1 + Math.cos(2 * Math.PI * (i / 320 + phase));
  }
  return { count, inputs, targets: inputs.map((x) => x * x) };
}

const units = { input: { shift: 1, scale: 0.7 }, output: { shift: 0, scale: 1.5 } };
const [training, validation] = [
  prepareSamples(network, waves(200, 1), units),
  prepareSamples(network, waves(50, 2), units),
];
const session = await (await wasmEngine()).open(network);
const plan = {
  epochs: 20,
  batchSize: 10,
  seed: 1,
  optimizer: { name: 'soap' },
  schedule: { learningRate: 0.003, warmup: 0.05 },
  loss: 'error',
  initial: { scheme: 'fan-in' },
};
const state = await train({ network, session, train: training, validation, plan });
const { mean, worst } = summarizeErrors(await relativeErrors(network, session, state.best, validation));
console.log(`epoch ${state.bestEpoch}: mean error ${mean.toExponential(2)}, worst ${worst.toExponential(2)}`);
session.close();
