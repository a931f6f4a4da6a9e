// An optimizer of one's own: gradient descent with momentum. Its vectors are saved in checkpoints and restored from them.
import { wasmEngine } from '@dyadic/engine-wasm';
import { mnn } from '@dyadic/mnn';
import { prepareSamples, train } from '@dyadic/training';

/** v ← βv + g, θ ← θ − ηv. */
const momentum = (beta) => ({
  name: 'momentum',
  settings: { beta },
  create: ({ parameterCount }) => {
    const velocity = new Float32Array(parameterCount);
    return {
      vectors: { velocity },
      scalars: {},
      step(parameters, gradient, learningRate) {
        for (let i = 0; i < parameterCount; i++) {
          velocity[i] = beta * velocity[i] + gradient[i];
          parameters[i] -= learningRate * velocity[i];
        }
      },
    };
  },
});

const network = mnn({ points: 32, levels: 3, channels: 2, kernelLayers: 1 });
const inputs = Float32Array.from({ length: 32 * 64 }, (_, i) => Math.sin((2 * Math.PI * i) / 32 + Math.floor(i / 32)));
const units = { input: { shift: 0, scale: 1 }, output: { shift: 0, scale: 1 } };
const samples = prepareSamples(network, { count: 64, inputs, targets: inputs.map((x) => 0.5 * x) }, units);
const session = await (await wasmEngine()).open(network);
const plan = { epochs: 40, batchSize: 8, seed: 1, optimizer: momentum(0.9), schedule: { learningRate: 0.02 } };
const { history } = await train({ network, session, train: samples, validation: samples, plan });
console.log(
  `validation error ${history[0].validation.toExponential(2)} → ${history.at(-1).validation.toExponential(2)}`,
);
session.close();
