// Temporary: µs of the factorization by side and threads a column; run on a device.
import { writeFileSync } from 'node:fs';
import { create } from 'webgpu';
import { accumulateModule, factorModule, factorShape, SLAB } from '../../node_modules/@dyadic/engine-webgpu/dist/shaders/householder.js';
import { UPDATE_BINDINGS, UPDATE_WORDS } from '../../node_modules/@dyadic/engine-webgpu/dist/shaders/update.js';
const gpu = create(['disable-dawn-features=timestamp_quantization', ...(process.env.ROBUST ? [] : ['enable-dawn-features=disable_robustness'])]);
const adapter = await gpu.requestAdapter();
const L = adapter.limits;
const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'], requiredLimits: { maxComputeInvocationsPerWorkgroup: L.maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX: L.maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize: L.maxComputeWorkgroupStorageSize } });
const limits = { invocations: L.maxComputeInvocationsPerWorkgroup, x: L.maxComputeWorkgroupSizeX, storage: L.maxComputeWorkgroupStorageSize };
console.log(JSON.stringify(limits), adapter.info.vendor, adapter.info.description);
const padded = (n) => 4 * Math.ceil(n / 4);
const SQUARES = 5;
const REPEAT = Number(process.env.REPEAT ?? 10);
const results = [];
const querySet = device.createQuerySet({ type: 'timestamp', count: 2 });
const resolved = device.createBuffer({ size: 16, usage: 512 | 4 });
async function bench(side) {
  let at = 0;
  const take = (f) => { const s = at; at += f; return s; };
  const places = Array.from({ length: SQUARES }, () => ({ n: side, basis: take(side * padded(side)), room: take((2 * side + 1) * padded(side) + 4) }));
  const factor = places.flatMap(({ n, basis, room }) => [n, basis, room, 0]);
  const acc = places.flatMap(({ n, basis, room }) => Array.from({ length: Math.ceil(n / SLAB) }, (_, k) => [n, basis, room, k]).flat());
  const words = Uint32Array.from([...factor, ...acc]);
  const buf = (size, usage) => device.createBuffer({ size: Math.max(16, size), usage });
  const state = buf(4 * at + 16, 128 | 8 | 4);
  const matrices = buf(words.byteLength, 128 | 8);
  const update = buf(4 * UPDATE_WORDS, 64 | 8);
  device.queue.writeBuffer(matrices, 0, words);
  const step = new Uint32Array(UPDATE_WORDS);
  step[5] = at;
  step.set([0, factor.length / 4, factor.length, acc.length / 4], 18);
  device.queue.writeBuffer(update, 0, step);
  const floats = new Float32Array(at);
  for (const { n, room } of places) {
    for (let j = 0; j < n; j++) for (let i = 0; i < n; i++) floats[room + j * padded(n) + i] = Math.random() - 0.5;
    floats[room + (2 * n + 1) * padded(n)] = 1;
  }
  device.queue.writeBuffer(state, 0, floats);
  const written = new Set(['parameters', 'state', 'history']);
  const layout = device.createBindGroupLayout({ entries: [
    ...UPDATE_BINDINGS.map((name, binding) => ({ binding, visibility: 4, buffer: { type: written.has(name) ? 'storage' : 'read-only-storage' } })),
    { binding: UPDATE_BINDINGS.length, visibility: 4, buffer: { type: 'uniform' } }] });
  const own = { matrices, state };
  const group = device.createBindGroup({ layout, entries: [
    ...UPDATE_BINDINGS.map((name, i) => ({ binding: i, resource: { buffer: own[name] ?? buf(16, 128) } })),
    { binding: UPDATE_BINDINGS.length, resource: { buffer: update } }] });
  const all = device.createPipelineLayout({ bindGroupLayouts: [layout] });
  const pipeline = async (code, entryPoint) => device.createComputePipelineAsync({ layout: all, compute: { module: device.createShaderModule({ code }), entryPoint } });
  const time = async (made, workgroups, repeat) => {
    let best = Infinity;
    for (let r = 0; r < 4; r++) {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass({ timestampWrites: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } });
      pass.setBindGroup(0, group);
      pass.setPipeline(made);
      for (let k = 0; k < repeat; k++) pass.dispatchWorkgroups(workgroups);
      pass.end();
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      const readback = buf(16, 1 | 8);
      encoder.copyBufferToBuffer(resolved, 0, readback, 0, 16);
      device.queue.submit([encoder.finish()]);
      await readback.mapAsync(1);
      const [a, b] = new BigUint64Array(readback.getMappedRange().slice(0));
      best = Math.min(best, Number(b - a) / 1000 / repeat);
    }
    return Number(best.toFixed(2));
  };
  const orthogonality = async () => {
    const readback = buf(4 * at, 1 | 8);
    const encoder = device.createCommandEncoder();
    encoder.copyBufferToBuffer(state, 0, readback, 0, 4 * at);
    device.queue.submit([encoder.finish()]);
    await readback.mapAsync(1);
    const q = new Float32Array(readback.getMappedRange().slice(0));
    let worst = 0;
    const { basis, n } = places.at(-1);
    for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) {
      let sum = i === j ? -1 : 0;
      for (let k = 0; k < n; k++) sum += q[basis + i * padded(n) + k] * q[basis + j * padded(n) + k];
      worst = Math.max(worst, Math.abs(sum));
    }
    return worst;
  };
  return { pipeline, time, orthogonality, factors: SQUARES, slabs: acc.length / 4 };
}
for (const side of (process.env.SIDES ?? '42,64,80,150,225').split(',').map(Number)) {
  const b = await bench(side);
  const wanted = factorShape(side, limits.invocations) ?? {};
  for (let threads = 1; threads <= 16; threads++) {
    if (threads * side > limits.invocations || threads > Math.ceil(side / 4)) continue;
    const t0 = performance.now();
    const made = await b.pipeline(factorModule({ side, threads, quads: Math.ceil(side / 4 / threads) }), 'factor');
    const compile = Math.round(performance.now() - t0);
    const one = await b.time(made, b.factors, REPEAT);
    results.push({ side, threads, factor: one, compile, chosen: wanted.threads === threads });
    console.log(JSON.stringify(results.at(-1)));
  }
  const acc = await b.pipeline(accumulateModule(side), 'accumulate');
  const t = await b.time(acc, b.slabs, REPEAT);
  results.push({ side, accumulate: t, orthogonality: await b.orthogonality() });
  console.log(JSON.stringify(results.at(-1)));
  if (side === 42) {
    const idle = await b.pipeline(`@group(0) @binding(4) var<storage, read_write> state: array<f32>; @compute @workgroup_size(64) fn idle(@builtin(global_invocation_id) id: vec3u) { state[id.x] += 1.0; }`, 'idle');
    for (const n of [1, 1, 50]) console.log(JSON.stringify({ idleDispatch: await b.time(idle, 4, n), in: n }));
  }
}
if (process.argv[2]) writeFileSync(process.argv[2], JSON.stringify({ limits, results }, null, 1));
process.exit(0);
