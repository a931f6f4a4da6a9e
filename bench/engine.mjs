/**
 * Speed of the WebAssembly engine on this machine: `node bench/engine.mjs` after `npm run build`.
 *
 *   node bench/engine.mjs [--seconds 2] [--threads 1,2] [--python python3] [--quick]
 *
 * Prints samples and multiply-adds per second in training (loss and gradient; no optimizer) and inference, beside
 * PyTorch if `python3` has it, and how the time of a step grows with N. Every number is the best of twenty repetitions:
 * other work on the machine can only slow a repetition down.
 */
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measurePeak, wasmEngine } from '@dyadic/engine-wasm';
import { initialParameters, mnn } from '@dyadic/mnn';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: availableParallelism() > 1 ? '1,2' : '1' },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean', default: false },
  },
});
const SECONDS = options.quick ? 0.25 : Number(options.seconds);
const THREADS = options.threads.split(',').map(Number);
const REPETITIONS = 20;

const NLSE_1D = { dimension: 1, points: 320, levels: 6, channels: 6, kernelLayers: 5 };
const NLSE_2D = { dimension: 2, points: 80, levels: 4, channels: 6, kernelLayers: 5 };
const CASES = [
  { name: '1D', network: NLSE_1D, batch: 50 },
  { name: '1D', network: NLSE_1D, batch: 100 },
  { name: '1D', network: NLSE_1D, batch: 200 },
  { name: '2D', network: NLSE_2D, batch: 50 },
];

/**
 * Multiply-adds of one sample by eq (2.10): forward, and with both gradients. Minimal filtering does with fewer, so
 * a share of the peak is not a count of instructions.
 */
function multiplyAdds({ branches }) {
  let inference = 0;
  let training = 0;
  for (const { layers } of branches) {
    layers.forEach((layer, index) => {
      const sites = layer.sites ** layer.dimension;
      const products = sites * layer.outputChannels * layer.window ** layer.dimension * layer.inputChannels;
      inference += products;
      // Nobody asks for the gradient with respect to the network's input.
      training += (index === 0 ? 2 : 3) * products;
    });
  }
  return { inference, training };
}

function randomSamples(network, count) {
  const numbers = (length) => Float32Array.from({ length }, () => Math.random() - 0.5);
  return {
    count,
    inputs: numbers(count * network.inputSize),
    targets: numbers(count * network.outputSize),
    weights: new Float32Array(count).fill(1),
  };
}

/** Shortest time of one call, in seconds. */
async function bestTime(run) {
  for (let i = 0; i < 3; i++) await run();
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    let calls = 0;
    do {
      await run();
      calls++;
    } while (performance.now() - start < (1000 * SECONDS) / REPETITIONS);
    best = Math.min(best, (performance.now() - start) / 1000 / calls);
  }
  return best;
}

async function measure(networkOptions, batch, threads) {
  const network = mnn(networkOptions);
  const session = await (await wasmEngine({ threads })).open(network);
  const samples = randomSamples(network, batch);
  const loaded = session.load(samples);
  const parameters = initialParameters(network, 1);
  const gradient = new Float32Array(network.parameterCount);
  const indices = Uint32Array.from({ length: batch }, (_, i) => i);
  const training = await bestTime(() => session.lossAndGradient(parameters, loaded, indices, gradient));
  const inference = await bestTime(() => session.predict(parameters, samples.inputs));
  const single = samples.inputs.subarray(0, network.inputSize);
  const latency = await bestTime(() => session.predict(parameters, single));
  session.close();
  return { network, training, inference, latency };
}

/** Samples per second of the peer, or why there are none. */
function measurePeer(networkOptions, batch) {
  const script = fileURLToPath(new URL('./peers/torch_mnn.py', import.meta.url));
  const threads = Math.max(...THREADS);
  const { stdout, stderr, status, error } = spawnSync(options.python, [script], {
    input: JSON.stringify({ ...networkOptions, batch, threads, seconds: SECONDS }),
    encoding: 'utf8',
  });
  if (status === 0) return JSON.parse(stdout.trim().split('\n').at(-1));
  return { skipped: error?.message ?? stderr.trim().split('\n').at(-1) };
}

const count = (value) => Math.round(value).toLocaleString('en').padStart(9);
const giga = (value) => (value / 1e9).toFixed(1).padStart(5);

const peak = await measurePeak();
console.log('Peak of one core in WebAssembly, measured with a loop of independent multiply-adds in registers:');
console.log(
  `${giga(peak)} G multiply-adds/s (four lanes, separate multiply and add). Shares are of this times the threads;`,
);
console.log('multiply-adds are those of eq (2.10), of which minimal filtering saves about a third in 2D.');

console.log('\n              training                             inference                   one sample');
console.log('    batch thr  samples/s  G mul-add/s  share        samples/s  G mul-add/s     predict');
for (const { name, network: networkOptions, batch } of CASES) {
  let fastest;
  for (const threads of THREADS) {
    const { network, training, inference, latency } = await measure(networkOptions, batch, threads);
    const work = multiplyAdds(network);
    const rate = (batch * work.training) / training;
    const share = `${((100 * rate) / (peak * threads)).toFixed(0)} %`.padStart(6);
    console.log(
      `${name} ${String(batch).padStart(5)} ${String(threads).padStart(3)}  ${count(batch / training)}  ${giga(rate)}        ` +
        `${share}        ${count(batch / inference)}  ${giga((batch * work.inference) / inference)}       ` +
        `${(1e6 * latency).toFixed(0).padStart(6)} µs`,
    );
    fastest = { training: batch / training, inference: batch / inference };
  }
  const peer = measurePeer(networkOptions, batch);
  if (peer.skipped) {
    console.log(`${name} ${String(batch).padStart(5)}      PyTorch skipped: ${peer.skipped}`);
  } else {
    const ratio = (kind) => `(${(fastest[kind] / peer[kind]).toFixed(1)}× slower)`;
    console.log(
      `${name} ${String(batch).padStart(5)} ${String(Math.max(...THREADS)).padStart(3)}  ${count(peer.training)}  ` +
        `PyTorch ${peer.version} ${ratio('training')}   ${count(peer.inference)} ${ratio('inference')}`,
    );
  }
}

console.log('\nTime of a training step against N log N: 1D, batch 32, r = 6, K = 5, boxes of 5 points');
console.log('       N   L   parameters     ms/step   ns/(sample N log2 N)');
for (let levels = 6; levels <= (options.quick ? 9 : 12); levels++) {
  const points = 5 * 2 ** levels;
  const { network, training } = await measure({ ...NLSE_1D, points, levels }, 32, Math.max(...THREADS));
  const normalized = (1e9 * training) / (32 * points * Math.log2(points));
  console.log(
    `${String(points).padStart(8)}  ${String(levels).padStart(2)}  ${count(network.parameterCount)}   ` +
      `${(1000 * training).toFixed(2).padStart(9)}   ${normalized.toFixed(2).padStart(10)}`,
  );
}
