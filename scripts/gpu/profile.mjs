/**
 * Where a training step spends a device's time: microseconds of every dispatch by timestamps, for the paper's networks with SOAP.
 *
 *   npm run build && node scripts/gpu/profile.mjs [--out profile.json] [--steps 20] [--form spread] [--only 1D]
 *
 * Every dispatch becomes a pass of its own, so that it has a beginning and an end; steps are slower for that, dispatches are not.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { webgpuEngine } from '@dyadic/engine-webgpu';
import { create } from 'webgpu';
import { STEP_BATCH, trainingSteps } from '../../bench/steps.mjs';
import { PAPER, STRUCTURES, TABLE_11 } from './networks.mjs';

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    steps: { type: 'string', default: '20' },
    form: { type: 'string' },
    only: { type: 'string', multiple: true, default: ['1D', '2D'] },
    optimizer: { type: 'string', default: 'soap' },
    feature: { type: 'string', multiple: true, default: [] },
  },
});
const STEPS = Number(options.steps);
const MOST = 4096;
const [QUERY_RESOLVE, COPY_SOURCE, COPY_TARGET, MAP_READ] = [512, 4, 8, 1];

const networks = { ...PAPER, ...TABLE_11, ...STRUCTURES };
const profiler = profiled(create(['disable-dawn-features=timestamp_quantization', ...options.feature]));
const engine = await webgpuEngine({ gpu: profiler.gpu, ...(options.form && { form: options.form }) });
console.log(engine.description);
const results = {};
for (const name of options.only) {
  profiler.start();
  const { form } = await trainingSteps(engine, networks[name], {
    optimizer: options.optimizer,
    batch: STEP_BATCH,
    ahead: STEPS,
    portions: 1,
  });
  results[name] = { form, ...(await profiler.times(STEPS)) };
  const { perStep, ...entries } = results[name];
  console.log(name, JSON.stringify(perStep), JSON.stringify(entries));
}
if (options.out) writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`);
process.exit(0);

/** A GPU whose command encoders give every dispatch a pass with timestamps. The last portion of steps is what is read. */
function profiled(gpu) {
  let device;
  let queries;
  let submits = [];
  const named = new WeakMap();
  const passes = (encoder) => {
    const labels = [];
    let [pipeline, group] = [];
    return {
      labels,
      setPipeline: (value) => {
        pipeline = value;
      },
      setBindGroup: (...value) => {
        group = value;
      },
      dispatchWorkgroups: (...counts) => {
        const at = 2 * labels.length;
        const timed = at + 2 <= MOST;
        const timestampWrites = { querySet: queries.set, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
        const pass = encoder.beginComputePass(timed ? { timestampWrites } : {});
        pass.setPipeline(pipeline);
        pass.setBindGroup(...group);
        pass.dispatchWorkgroups(...counts);
        pass.end();
        if (timed) labels.push(`${named.get(pipeline) ?? '?'} ${counts.join('×')}`);
      },
      end: () => {
        encoder.resolveQuerySet(queries.set, 0, 2 * labels.length, queries.resolved, 0);
      },
    };
  };
  const wrapEncoder = (encoder) =>
    new Proxy(encoder, {
      get(target, key) {
        if (key === 'beginComputePass') {
          return () => {
            const made = passes(target);
            submits.push(made.labels);
            return made;
          };
        }
        const value = target[key];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const wrapDevice = (target) =>
    new Proxy(target, {
      get(_, key) {
        if (key === 'createCommandEncoder') return (...a) => wrapEncoder(target.createCommandEncoder(...a));
        if (key === 'createComputePipelineAsync') {
          return async (description) => {
            const pipeline = await target.createComputePipelineAsync(description);
            named.set(pipeline, description.compute.entryPoint);
            return pipeline;
          };
        }
        const value = target[key];
        return typeof value === 'function' ? value.bind(target) : value;
      },
      set(_, key, value) {
        target[key] = value;
        return true;
      },
    });
  const wrapAdapter = (adapter) =>
    new Proxy(adapter, {
      get(target, key) {
        if (key === 'requestDevice') {
          return async (description) => {
            device = await target.requestDevice({ ...description, requiredFeatures: ['timestamp-query'] });
            const set = device.createQuerySet({ type: 'timestamp', count: MOST });
            const resolved = device.createBuffer({ size: 8 * MOST, usage: QUERY_RESOLVE | COPY_SOURCE });
            const readback = device.createBuffer({ size: 8 * MOST, usage: MAP_READ | COPY_TARGET });
            queries = { set, resolved, readback };
            return wrapDevice(device);
          };
        }
        const value = target[key];
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return {
    gpu: { requestAdapter: async (...a) => wrapAdapter(await gpu.requestAdapter(...a)) },
    start: () => {
      submits = [];
    },
    times: async (steps) => {
      const labels = submits.at(-1);
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(queries.resolved, 0, queries.readback, 0, 16 * labels.length);
      device.queue.submit([encoder.finish()]);
      await queries.readback.mapAsync(1);
      const stamps = new BigUint64Array(queries.readback.getMappedRange().slice(0));
      queries.readback.unmap();
      // Steps differ in what they do: the k-th dispatch of a name in every step that has one.
      const byName = new Map();
      const isFirst = labels[0];
      let seen = new Map();
      labels.forEach((label, k) => {
        if (label === isFirst) seen = new Map();
        const name = label.split(' ')[0];
        seen.set(name, (seen.get(name) ?? 0) + 1);
        const key = `${name} ${seen.get(name)}`;
        const known = byName.get(key) ?? { what: label, took: [] };
        known.took.push(Number(stamps[2 * k + 1] - stamps[2 * k]) / 1000);
        byName.set(key, known);
      });
      const perDispatch = round(labels.length / steps);
      const dispatches = [...byName.values()].map(({ what, took }) => {
        took.sort((a, b) => a - b);
        const mean = took.reduce((a, b) => a + b, 0) / took.length;
        const perStep = took.length / steps;
        const [median, most] = [round(took[took.length >> 1]), round(took.at(-1))];
        return { what, perStep, median, mean: round(mean), most };
      });
      const sum = dispatches.reduce((a, { mean, perStep }) => a + mean * perStep, 0);
      const span = Number(stamps[2 * labels.length - 1] - stamps[0]) / 1000 / steps;
      return { perStep: { dispatches: perDispatch, sum: round(sum), span: round(span) }, dispatches };
    },
  };
}

function round(value) {
  return Number(value.toFixed(1));
}
