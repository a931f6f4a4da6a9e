/**
 * `@dyadic/engine-webgpu` on a real device, in under eight minutes: training steps per second beside `engine-wasm` on the cores of
 * the same machine and PyTorch and JAX on the same device, conformance with the float64 reference, equal bits, the networks of
 * Table 11, and TensorFlow.js on its native library where it is there.
 *
 *   npm run build && node scripts/gpu/measure.mjs [--out docs/results/gpu] [--seconds 3] [--python python3] [--quick]
 *     [--only 'regular expression of parts'] [--conformance seconds for each form]
 *
 * Writes one JSON file named after the device, again after every part, so that what is done is kept if the rest is not; page.mjs
 * makes the page. A step is loss, gradient and optimizer on a batch of 10 of random samples. `--quick` is the same in small,
 * which a software adapter does too. On machines without Node or network see pack.mjs.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { devicePeers } from '../../bench/peer.mjs';
import { roofline } from '../../bench/roofline.mjs';
import { STEP_BATCH, trainingSteps } from '../../bench/steps.mjs';
import { PAPER, STRUCTURES, TABLE_11, TABLE_11_STEPS } from './networks.mjs';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: 'docs/results/gpu' },
    seconds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    conformance: { type: 'string', default: '40' },
  },
});
const { quick } = options;
const ONLY = new RegExp(options.only);
const CONFORMANCE_SECONDS = Number(options.conformance);
const SECONDS = quick ? 0.2 : Number(options.seconds);
/** Seconds from the start after which no part is begun. */
const LAST_START = 420;
const AHEAD = quick ? 2 : 64;
/** For a software adapter, which has a thousandth of the speed. */
const SMALL = {
  '1D': { points: 40, levels: 3, channels: 2, kernelLayers: 2 },
  '2D': { dimension: 2, points: 16, levels: 2, channels: 2, kernelLayers: 1 },
};
const PROBLEMS = quick ? SMALL : PAPER;

/** In small on SwiftShader, whose compiler spends minutes on workgroup memory that is set to zero as a whole. */
const { create } = await import('webgpu');
const slow = 'disable-dawn-features=vulkan_use_zero_initialize_workgroup_memory_extension';
const device = quick ? { gpu: create([slow]) } : {};

const start = performance.now();
const gpu = await webgpuEngine({ ...device, ...(quick && { form: 'spread' }) });
const threads = Math.min(32, availableParallelism());
const wasm = await wasmEngine({ threads });
/** Some drivers tell WebGPU their version in place of the device's name. */
const deviceName = nameOfDevice() ?? gpu.adapter;
const results = {
  device: deviceName,
  adapter: gpu.adapter,
  software: gpu.software,
  processor: `${cpus()[0]?.model ?? 'unknown'}, ${threads} threads`,
  date: new Date().toISOString().slice(0, 10),
  quick,
  batch: STEP_BATCH,
  parts: {},
};
const name = `${deviceName.replace(/[^A-Za-z0-9]+/g, '-').toLowerCase()}${quick ? '.quick' : ''}`;
const file = join(options.out, `${name}.json`);
mkdirSync(options.out, { recursive: true });
console.log(gpu.description, '/', wasm.description);

/** Does a part and writes what is known so far; a part that fails says why and the others go on. */
async function part(name, run) {
  if (!ONLY.test(name)) return;
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

function nameOfDevice() {
  if (gpu.software) return undefined;
  const { stdout } = spawnSync('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader'], { encoding: 'utf8' });
  return stdout?.split('\n')[0].trim() || undefined;
}

const rounded = (value) => Number(value.toPrecision(4));
const steps = (engine, network, how) => trainingSteps(engine, network, { batch: STEP_BATCH, ahead: AHEAD, ...how });

/** Of a network on the device, and how much of what the device allows that is. */
async function onDevice(network, how) {
  const { rate, form, dispatches, work } = await steps(gpu, network, { seconds: SECONDS, ...how });
  const workgroups = form.startsWith('work') ? (how.batch ?? STEP_BATCH) : undefined;
  return { form, dispatches, stepsPerSecond: rounded(rate), ...roofline(deviceName, work, rate, workgroups) };
}

/** The same, and engine-wasm on the machine's cores. */
async function besideWasm(network, optimizer) {
  const ours = await onDevice(network, { optimizer });
  const { rate } = await steps(wasm, network, { optimizer, seconds: SECONDS, ahead: quick ? 2 : 8 });
  return { ...ours, wasmStepsPerSecond: rounded(rate), toWasm: rounded(ours.stepsPerSecond / rate) };
}

/** The cases of the suite on an engine, for so many seconds at most. */
async function conformance(engine, seconds) {
  const cases = conformanceCases('pairs');
  const failures = [];
  let done = 0;
  const until = performance.now() + 1000 * seconds;
  for (const conformanceCase of quick ? cases.filter((_, i) => i % 100 === 0) : cases) {
    if (performance.now() > until) break;
    await checkConformance(engine, conformanceCase).catch((error) => failures.push(error.message));
    done++;
  }
  return { cases: cases.length, done, failures };
}

/** An engine for one part. */
async function withEngine(open, use) {
  const engine = await open();
  try {
    return await use(engine);
  } finally {
    engine.close?.();
  }
}

for (const optimizer of ['soap', 'adamw']) {
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    await part(`${problem} ${optimizer}`, () => besideWasm(network, optimizer));
  }
}
/** PyTorch's compiler works for half a minute. */
const PEERS = {
  'peers, AdamW': { ways: ['eager', 'graph', 'jitted'], timeout: 40 },
  'compiled peers, AdamW': { ways: ['compiled'], timeout: 70 },
};
for (const [kind, { ways, timeout }] of Object.entries(PEERS)) {
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    await part(`${problem} ${kind}`, () => {
      const how = { batch: STEP_BATCH, seconds: SECONDS, ways, timeout: quick ? 20 : timeout };
      return devicePeers(options.python, network, how);
    });
  }
}
/** More threads than parts of a batch only wait: what the cores give at best. */
await part('wasm by threads', async () => {
  const rates = {};
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    rates[problem] = {};
    for (const count of [1, 2, 4, 8, 12, 16].filter((count) => count <= threads)) {
      rates[problem][count] = await withEngine(
        () => wasmEngine({ threads: count }),
        async (engine) => rounded((await steps(engine, network, { seconds: SECONDS / 2, ahead: quick ? 2 : 8 })).rate),
      );
    }
  }
  return rates;
});
await part('equal bits', async () => {
  const equal = {};
  for (const [problem, network] of Object.entries(PROBLEMS)) {
    const [once, again] = [await steps(gpu, network, { portions: 2 }), await steps(gpu, network, { portions: 2 })];
    equal[problem] = once.parameters.every((value, i) => Object.is(value, again.parameters[i]));
  }
  return equal;
});
for (const form of ['tiles', 'spread', 'workgroup', 'workspace']) {
  const open = () => webgpuEngine({ ...device, form });
  await part(`conformance ${form}`, () => withEngine(open, (engine) => conformance(engine, CONFORMANCE_SECONDS)));
}
for (const [channels, network] of Object.entries(quick ? {} : TABLE_11)) {
  await part(`Table 11, ${channels}`, async () => {
    // As many as 16,000 make no other step, but take long to draw.
    const measured = await onDevice(network, { samples: 4000, seconds: SECONDS });
    return { ...measured, minutesOfTraining: rounded(TABLE_11_STEPS / measured.stepsPerSecond / 60) };
  });
}
for (const [structure, network] of Object.entries(quick ? {} : STRUCTURES)) {
  await part(structure, () => besideWasm(network, 'soap'));
}
await part('conformance of tfjs-node-gpu', async () => {
  const { tensorflowEngine } = await import('@dyadic/engine-tensorflow').catch(() => ({}));
  if (!tensorflowEngine) return { skipped: 'TensorFlow with CUDA is some 4 GB: more than the bundle takes along' };
  return withEngine(
    () => tensorflowEngine({ backend: 'node-gpu' }),
    (engine) => conformance(engine, CONFORMANCE_SECONDS),
  );
});
for (const form of ['workspace', 'spread', 'tiles']) {
  await part(`1D soap as ${form}`, () =>
    withEngine(
      () => webgpuEngine({ ...device, form }),
      async (engine) => {
        const { rate, dispatches } = await steps(engine, PROBLEMS['1D'], { seconds: SECONDS / 2 });
        return { dispatches, stepsPerSecond: rounded(rate) };
      },
    ),
  );
}
for (const [problem, network] of Object.entries(PROBLEMS)) {
  await part(`${problem} soap, batch 100`, () => onDevice(network, { batch: quick ? 20 : 100, seconds: SECONDS / 2 }));
}
gpu.close();
console.log(`written to ${file} after ${results.seconds} s`);
process.exit(0);
