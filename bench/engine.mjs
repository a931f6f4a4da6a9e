/**
 * Speed of the engines and optimizers on this machine: `npm run bench`.
 *
 *   node bench/engine.mjs [--seconds 2] [--threads 1,2] [--batches 10,200] [--python python3] [--quick]
 *
 * Samples and multiply-adds per second in training (loss and gradient) and inference: the wasm engine on one and all
 * threads, WebGPU on a GPU, TensorFlow.js on its best backend here, PyTorch and JAX where `python3` has them, all in one run; where
 * there is a GPU, whole training steps on it, beside PyTorch (eager, CUDA graph, compiled), JAX and what the device allows; the cost of
 * optimizer steps; and how the time of a training step grows with N. Every number is the best of twenty repetitions.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { tensorflowEngine } from '@dyadic/engine-tensorflow';
import { measurePeak, wasmEngine } from '@dyadic/engine-wasm';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { initialParameters, mnn } from '@dyadic/mnn';
import { table, tableText } from '@dyadic/report';
import { optimizer } from '@dyadic/training';
import { deviceTable } from './device.mjs';
import { askPeer } from './peer.mjs';
import { bestTime, randomSamples } from './timing.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    threads: { type: 'string', default: availableParallelism() > 1 ? '1,2' : '1' },
    batches: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean', default: false },
  },
});
const SECONDS = options.quick ? 0.25 : Number(options.seconds);
const THREADS = options.threads.split(',').map(Number);
const MOST_THREADS = Math.max(...THREADS);

const NLSE_1D = { dimension: 1, points: 320, levels: 6, channels: 6, kernelLayers: 5 };
const NLSE_2D = { dimension: 2, points: 80, levels: 4, channels: 6, kernelLayers: 5 };
const PROBLEMS = [
  { name: '1D', network: NLSE_1D, batches: [50, 100, 200] },
  { name: '2D', network: NLSE_2D, batches: [50] },
];
const CASES = PROBLEMS.flatMap(({ batches, ...problem }) =>
  (options.batches?.split(',').map(Number) ?? batches).map((batch) => ({ ...problem, batch })),
);

/** Multiply-adds of one sample by eq (2.10): forward, and with both gradients. */
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

/** Samples per second, and the time of predicting one sample alone. */
async function measure(engine, networkOptions, batch) {
  const network = mnn(networkOptions);
  const session = await engine.open(network);
  const samples = randomSamples(network, batch);
  const loaded = session.load(samples);
  const parameters = initialParameters(network, 1);
  const gradient = new Float32Array(network.parameterCount);
  const indices = Uint32Array.from({ length: batch }, (_, i) => i);
  const training = await bestTime(() => session.lossAndGradient(parameters, loaded, indices, gradient), SECONDS);
  const inference = await bestTime(() => session.predict(parameters, samples.inputs), SECONDS);
  const single = samples.inputs.subarray(0, network.inputSize);
  const latency = await bestTime(() => session.predict(parameters, single), SECONDS / 2);
  session.close();
  return { training: batch / training, inference: batch / inference, latency };
}

/** The same of a peer in Python, or why there is none. */
function measurePeer(script, networkOptions, batch) {
  return askPeer(options.python, script, { ...networkOptions, batch, threads: MOST_THREADS, seconds: SECONDS });
}

const peak = await measurePeak();
const skipped = new Map();
const rows = [];
for (const { name, network: networkOptions, batch } of CASES) {
  const work = multiplyAdds(mnn(networkOptions));
  let wasm;
  const add = (what, threads, { training, inference, latency }) => {
    const rate = training * work.training;
    rows.push([
      `${name}, batch ${batch}`,
      what,
      Math.round(training),
      (rate / 1e9).toFixed(1),
      threads === null ? null : `${((100 * rate) / (peak * threads)).toFixed(0)} %`,
      wasm ? wasm.training / training : null,
      Math.round(inference),
      latency ?? null,
    ]);
  };
  for (const threads of THREADS) {
    const measured = await measure(await wasmEngine({ threads }), networkOptions, batch);
    add(`wasm, ${threads} thread${threads > 1 ? 's' : ''}`, threads, measured);
    if (threads === MOST_THREADS) wasm = measured;
  }
  const tensorflow = await tensorflowEngine();
  add(tensorflow.description, null, await measure(tensorflow, networkOptions, batch));
  // With the gradient read back in every step; whole steps on the device are the table below.
  const gpu = skipped.has('webgpu')
    ? null
    : await webgpuEngine().catch(({ message }) => void skipped.set('webgpu', message));
  if (gpu?.software) skipped.set('webgpu', `${gpu.adapter} computes on the CPU`);
  else if (gpu) add(gpu.description, null, await measure(gpu, networkOptions, batch));
  gpu?.close();
  for (const [peer, script] of [
    ['PyTorch', 'torch_mnn.py'],
    ['JAX', 'jax_mnn.py'],
  ]) {
    const measured = skipped.has(peer) ? { skipped: skipped.get(peer) } : measurePeer(script, networkOptions, batch);
    if (measured.skipped) skipped.set(peer, measured.skipped);
    else add(`${peer} ${measured.version}, ${MOST_THREADS} threads`, null, measured);
  }
}
console.log(
  tableText(
    table({
      caption: 'Loss and gradient, and inference',
      columns: [
        { title: 'network' },
        { title: 'engine' },
        { title: 'training/s', format: 'integer' },
        { title: 'G mul-add/s', align: 'right' },
        { title: 'of peak', align: 'right' },
        { title: `wasm ${MOST_THREADS} is`, format: 'ratio' },
        { title: 'inference/s', format: 'integer' },
        { title: 'one sample', format: 'seconds' },
      ],
      rows,
      notes: [
        `Peak: ${(peak / 1e9).toFixed(1)} G multiply-adds/s a thread, a loop of independent ones in WebAssembly registers.`,
        'Multiply-adds are those of eq (2.10); Winograd needs about a third fewer in 2D.',
        ...[...skipped].map(([peer, reason]) => `${peer} skipped: ${reason}`),
      ],
    }),
  ),
);

const gpu = skipped.has('webgpu') ? undefined : await webgpuEngine();
if (gpu) {
  const most = await wasmEngine({ threads: MOST_THREADS });
  console.log(`\n${tableText(await deviceTable(gpu, most, PROBLEMS, { seconds: SECONDS, python: options.python }))}`);
  gpu.close();
} else console.log(`\nTraining steps on a GPU skipped: ${skipped.get('webgpu')}`);

const network = mnn(NLSE_1D);
const { batch } = CASES.find(({ name, batch }) => name === '1D' && batch === 100) ?? CASES[0];
const gradientStep =
  batch / rows.findLast(([what, engine]) => what === `1D, batch ${batch}` && engine.startsWith('wasm'))[2];
const optimizerRows = [];
for (const name of ['nadam', 'adamw', 'soap']) {
  const rule = optimizer(network, { name });
  const parameters = initialParameters(network, 1);
  const gradients = randomSamples(network, 64).inputs;
  let step = 0;
  const seconds = await bestTime(() => {
    rule.step(parameters, gradients.subarray(step, step + network.parameterCount), 1e-6);
    step = (step + 1) % 1000;
  }, SECONDS);
  optimizerRows.push([name, seconds, seconds / gradientStep]);
}
console.log(
  `\n${tableText(
    table({
      caption: 'Optimizer steps, 1D',
      columns: [
        { title: 'optimizer' },
        { title: 'a step', format: 'seconds' },
        { title: `of a gradient step, batch ${batch}`, format: 'ratio' },
      ],
      rows: optimizerRows,
    }),
  )}`,
);

/** The recipe of apps/nlse-1d: softplus, an output of norm one, the mean error, SOAP; a batch of 10. */
const RECIPE = { ...NLSE_1D, activation: 'softplus', output: 'wavefunction' };
const RECIPE_BATCH = 10;

/** Seconds of a gradient, and of a whole step by the engine's own optimizer and by one that waits for each gradient. */
async function measureRecipe(engine) {
  const network = mnn(RECIPE);
  const session = await engine.open(network);
  const loaded = session.load(randomSamples(network, RECIPE_BATCH));
  const parameters = initialParameters(network, 1);
  const gradient = new Float32Array(network.parameterCount);
  const indices = Uint32Array.from({ length: RECIPE_BATCH }, (_, i) => i);
  const gradientAlone = () => session.lossAndGradient(parameters, loaded, indices, gradient, 'error');
  const rule = optimizer(network, { name: 'soap', beta2: 0.99 });
  const apart = await bestTime(async () => {
    await gradientAlone();
    rule.step(parameters, gradient, 1e-6);
  }, SECONDS);
  const descent = await session.descend(rule.rule);
  descent.write(parameters, rule.vectors);
  const together = await bestTime(
    () => descent.run(loaded, indices, RECIPE_BATCH, [rule.advance(1e-6)], 'error'),
    SECONDS,
  );
  const alone = await bestTime(gradientAlone, SECONDS);
  descent.close();
  session.close();
  return { alone, apart, together };
}

const recipeRows = [];
for (const threads of THREADS) {
  const { alone, apart, together } = await measureRecipe(await wasmEngine({ threads }));
  recipeRows.push([`wasm, ${threads} thread${threads > 1 ? 's' : ''}`, alone, apart, together]);
}
const peerOfRecipe = skipped.has('JAX')
  ? { skipped: true }
  : measurePeer('jax_mnn.py', { ...NLSE_1D, recipe: true }, RECIPE_BATCH);
if (!peerOfRecipe.skipped) {
  const { version, training, step } = peerOfRecipe;
  recipeRows.push([`JAX ${version}, ${MOST_THREADS} threads`, RECIPE_BATCH / training, null, RECIPE_BATCH / step]);
}
console.log(
  `\n${tableText(
    table({
      caption: `A step of the recipe of apps/nlse-1d: softplus, SOAP, batch ${RECIPE_BATCH}`,
      columns: [
        { title: 'engine' },
        { title: 'gradient', format: 'seconds' },
        { title: 'and SOAP after it', format: 'seconds' },
        { title: 'whole step', format: 'seconds' },
      ],
      rows: recipeRows,
      notes: ['Whole step: SOAP on all threads, its bases beside the next batch; without augmentation and validation.'],
    }),
  )}`,
);

const growth = [];
for (let levels = 6; levels <= (options.quick ? 9 : 12); levels++) {
  const points = 5 * 2 ** levels;
  const { training } = await measure(await wasmEngine({ threads: MOST_THREADS }), { ...NLSE_1D, points, levels }, 32);
  growth.push([
    points,
    levels,
    mnn({ ...NLSE_1D, points, levels }).parameterCount,
    32 / training,
    `${(1e9 / training / (points * Math.log2(points))).toFixed(2)} ns`,
  ]);
}
console.log(
  `\n${tableText(
    table({
      caption: 'A training step against N log N: 1D, batch 32, r = 6, K = 5, boxes of 5 points',
      columns: [
        { title: 'N', format: 'integer' },
        { title: 'L', format: 'integer' },
        { title: 'parameters', format: 'integer' },
        { title: 'a step', format: 'seconds' },
        { title: 'per sample · N log₂ N', align: 'right' },
      ],
      rows: growth,
    }),
  )}`,
);
