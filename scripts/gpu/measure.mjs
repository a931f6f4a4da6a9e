/**
 * `@dyadic/engine-webgpu` on a real device, in under eight minutes: conformance with the float64 reference, equal bits, and
 * training steps per second beside `engine-wasm` on the cores of the same machine and PyTorch and JAX on the same device.
 *
 *   npm run build && node scripts/gpu/measure.mjs [--out docs/results/gpu] [--seconds 3] [--python python3] [--quick]
 *
 * Writes one JSON file named after the device, again after every part, so that what is done is kept if the rest is not. A
 * step is loss, gradient and optimizer on a batch of 10 of random samples. On machines without Node or network see pack.mjs.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { initialParameters, mnn } from '@dyadic/mnn';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { randomStream } from '@dyadic/random';
import { optimizer } from '@dyadic/training';
import { askPeer } from './peer.mjs';
import { roofline } from './roofline.mjs';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/results/gpu' },
    seconds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean', default: false },
  },
});
const SECONDS = options.quick ? 0.2 : Number(options.seconds);
/** Seconds from the start after which no part is begun. */
const LAST_START = 420;

const PROBLEMS = {
  '1D': { dimension: 1, points: 320, levels: 6, channels: 6, kernelLayers: 5 },
  '2D': { dimension: 2, points: options.quick ? 16 : 80, levels: options.quick ? 2 : 4, channels: 6, kernelLayers: 5 },
};
const BATCH = 10;
/** Steps that are submitted at once, as in training. */
const AHEAD = options.quick ? 2 : 64;
const OPTIMIZERS = ['soap', 'adamw'];

const start = performance.now();
const engine = await webgpuEngine();
const threads = Math.min(32, availableParallelism());
const wasm = await wasmEngine({ threads });
const results = {
  device: engine.adapter,
  software: engine.software,
  processor: `${cpus()[0]?.model ?? 'unknown'}, ${threads} threads`,
  date: new Date().toISOString().slice(0, 10),
  batch: BATCH,
  parts: {},
};
const file = join(options.out, `${engine.adapter.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase()}.json`);
mkdirSync(options.out, { recursive: true });
console.log(engine.description, '/', wasm.description);

/** Does a part and writes what is known so far; a part that fails says why and the others go on. */
async function part(name, run) {
  const begun = performance.now();
  if (begun - start > 1000 * LAST_START) {
    results.parts[name] = { skipped: 'no time was left' };
  } else {
    try {
      results.parts[name] = await run();
    } catch (error) {
      results.parts[name] = { failed: error instanceof Error ? error.message : String(error) };
    }
  }
  results.seconds = Math.round((performance.now() - start) / 1000);
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  const took = ((performance.now() - begun) / 1000).toFixed(1);
  console.log(`${name} (${took} s): ${JSON.stringify(results.parts[name])}`);
}

/** Every case in one form of the engine, for so many seconds at most. */
async function conformance(form, seconds) {
  const tried = await webgpuEngine({ form });
  const cases = conformanceCases('pairs');
  const failures = [];
  let done = 0;
  const until = performance.now() + 1000 * seconds;
  for (const conformanceCase of options.quick ? cases.slice(0, 3) : cases) {
    if (performance.now() > until) break;
    await checkConformance(tried, conformanceCase).catch((error) => failures.push(error.message));
    done++;
  }
  tried.close();
  return { cases: cases.length, done, failures };
}

function randomSamples({ inputSize, outputSize }, count) {
  const stream = randomStream(1, 'gpu/samples');
  const normal = (length) => Float32Array.from({ length }, () => stream.normal());
  const weights = new Float32Array(count).fill(1 / outputSize);
  return { count, inputs: normal(count * inputSize), targets: normal(count * outputSize), weights };
}

/** A descent of `portions` times AHEAD steps; the parameters it comes to, and steps per second but for the first portion. */
async function descend(on, networkOptions, name, { batch = BATCH, portions, seconds }) {
  const network = mnn(networkOptions);
  const session = await on.open(network);
  const count = Math.max(200, batch);
  const samples = session.load(randomSamples(network, count));
  const rule = optimizer(network, { name });
  const descent = await session.descend(rule.rule);
  const parameters = initialParameters(network, 1);
  descent.write(parameters, rule.vectors);
  const stream = randomStream(2, 'gpu/order');
  const submit = () => {
    const order = Uint32Array.from({ length: AHEAD * batch }, () => stream.integer(count));
    const factors = Array.from({ length: AHEAD }, () => rule.advance(1e-3));
    return descent.run(samples, order, batch, factors);
  };
  const before = session.dispatches;
  await submit();
  const dispatches = (session.dispatches - before) / AHEAD;
  const begun = performance.now();
  let steps = 0;
  let pending = submit();
  for (let k = 1; portions ? k < portions : performance.now() - begun < 1000 * seconds; k++) {
    const next = submit();
    await pending;
    steps += AHEAD;
    pending = next;
  }
  await pending;
  steps += AHEAD;
  const rate = steps / ((performance.now() - begun) / 1000);
  await descent.read(parameters, rule.vectors);
  const { form, multiplyAdds } = session;
  session.close();
  return { parameters, rate, dispatches, form, multiplyAdds, parameterCount: network.parameterCount };
}

/** Steps per second of an engine whose optimizer runs on the host. */
async function onHost(on, networkOptions, name, seconds) {
  const network = mnn(networkOptions);
  const session = await on.open(network);
  const samples = session.load(randomSamples(network, 200));
  const rule = optimizer(network, { name });
  const parameters = initialParameters(network, 1);
  const gradient = new Float32Array(network.parameterCount);
  const stream = randomStream(2, 'gpu/order');
  const step = async () => {
    const indices = Uint32Array.from({ length: BATCH }, () => stream.integer(200));
    await session.lossAndGradient(parameters, samples, indices, gradient);
    rule.step(parameters, gradient, 1e-3);
  };
  for (let k = 0; k < 20; k++) await step();
  const begun = performance.now();
  let steps = 0;
  while (performance.now() - begun < 1000 * seconds) {
    await step();
    steps++;
  }
  session.close();
  return steps / ((performance.now() - begun) / 1000);
}

const rounded = (value) => Number(value.toPrecision(4));

for (const name of OPTIMIZERS) {
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    await part(`${problem} ${name}`, async () => {
      const { rate, dispatches, form, multiplyAdds } = await descend(engine, network, name, { seconds: SECONDS });
      const host = await onHost(wasm, network, name, SECONDS);
      return {
        form,
        dispatchesPerStep: dispatches,
        stepsPerSecond: rounded(rate),
        wasmStepsPerSecond: rounded(host),
        ratio: rounded(rate / host),
        ...roofline(engine.adapter, BATCH * multiplyAdds, rate),
      };
    });
  }
}
await part('equal bits', async () => {
  const equal = {};
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    const once = await descend(engine, network, 'soap', { portions: 2 });
    const again = await descend(engine, network, 'soap', { portions: 2 });
    equal[problem] = once.parameters.every((value, i) => Object.is(value, again.parameters[i]));
  }
  return equal;
});
for (const form of ['spread', 'workgroup', 'workspace']) await part(`conformance ${form}`, () => conformance(form, 40));
for (const [problem, network] of Object.entries(PROBLEMS)) {
  await part(`${problem} peers, AdamW`, () => {
    const seconds = options.quick ? 1 : 25;
    return askPeer(options.python, { ...network, batch: BATCH, seconds: SECONDS }, seconds);
  });
}
for (const form of ['workspace', 'spread']) {
  await part(`1D soap as ${form}`, async () => {
    const tried = await webgpuEngine({ form });
    const { rate, dispatches } = await descend(tried, PROBLEMS['1D'], 'soap', { seconds: SECONDS / 2 });
    tried.close();
    return { dispatchesPerStep: dispatches, stepsPerSecond: rounded(rate) };
  });
}
for (const [problem, network] of Object.entries(PROBLEMS)) {
  await part(`${problem} soap, batch 100`, async () => {
    const { rate, multiplyAdds } = await descend(engine, network, 'soap', { batch: 100, seconds: SECONDS / 2 });
    return { stepsPerSecond: rounded(rate), ...roofline(engine.adapter, 100 * multiplyAdds, rate) };
  });
}
engine.close();
console.log(`written to ${file} after ${results.seconds} s`);
process.exit(0);
