/** What all shaders of an optimizer share, and the step without matrices: entry by entry, in one dispatch. */

/** Words of a step, padded to a multiple of 16 bytes. */
export const UPDATE_WORDS = 36;

/** Bindings of group 0 in storage; two uniforms come after them. */
export const UPDATE_BINDINGS = ['matrices', 'parameters', 'parts', 'losses', 'state', 'history'] as const;

/** Step and buffers. @param element - What the state is an array of. */
export function updateBindings(element: 'f32' | 'vec4f'): string {
  return /* wgsl */ `
struct Update {
  // Samples and parts of the batch, parameters, number of the step among those submitted together.
  count: u32, parts: u32, parameters: u32, slot: u32,
  // t, and where the state has 1 once a loss was no finite number: from then on nothing moves.
  step: u32, stopped: u32,
  shrink: f32, gradient: f32, moment: f32, second: f32,
  beta1: f32, beta2: f32, epsilon: f32,
  // Matrices are due every so many steps. Of each list of tasks that are due: where it begins in matrices, and its length.
  refreshEvery: u32, reserved: vec2u,
  due: array<vec4u, 5>,
}
@group(0) @binding(0) var<storage, read> matrices: array<u32>;
@group(0) @binding(1) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> parts: array<f32>;
@group(0) @binding(3) var<storage, read> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> state: array<${element}>;
@group(0) @binding(5) var<storage, read_write> history: array<f32>;
@group(0) @binding(6) var<uniform> update: Update;
// Which list of tasks, or which panel of a factorization.
@group(0) @binding(7) var<uniform> part: vec4u;

fn numberOf(workgroup: vec3u) -> u32 { return workgroup.x + 65535u * workgroup.y; }
// What the state says of stopping, told to all threads by the first: it may be another workgroup's to write.
var<workgroup> stops: bool;
`;
}

/** Threads of a workgroup that goes through the parameters. */
export const ELEMENTWISE_THREADS = 64;

/** The gradient as the sum of its parts, the loss as the mean of those of the samples, for workgroups of so many threads. */
export function gradientCode(threads: number): string {
  return /* wgsl */ `
// In order; loads go in fours, so that they do not wait for each other.
fn gradientOf(e: u32) -> f32 {
  let stride = update.parameters;
  var sum = 0.0;
  var p = 0u;
  var at = e;
  for (; p + 4u <= update.parts; p += 4u) {
    let next = vec4f(parts[at], parts[at + stride], parts[at + 2u * stride], parts[at + 3u * stride]);
    sum = (((sum + next.x) + next.y) + next.z) + next.w;
    at += 4u * stride;
  }
  for (; p < update.parts; p++) {
    sum += parts[at];
    at += stride;
  }
  return sum;
}

var<workgroup> lossSums: array<f32, ${threads}>;
// The same in every workgroup and thread of it.
fn batchLoss(thread: u32) -> f32 {
  var sum = 0.0;
  for (var b = thread; b < update.count; b += ${threads}u) { sum += losses[b]; }
  lossSums[thread] = sum;
  workgroupBarrier();
  sum = 0.0;
  for (var k = 0u; k < min(update.count, ${threads}u); k++) { sum += lossSums[k]; }
  return sum / f32(update.count);
}
// By its bits: comparisons of what is not a number are left to the driver.
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) < 0x7f800000u; }

// The loss of the batch, by the first thread of all; after one that is no finite number those that are not any more.
fn recordLoss(workgroup: u32, thread: u32, loss: f32, isStopped: bool) {
  if (workgroup != 0u || thread != 0u) { return; }
  history[update.slot] = select(loss, bitcast<f32>(0x7fc00000u + update.slot), isStopped);
  if (!isFinite(loss)) { state[update.stopped] = 1.0; }
}
`;
}

export const ADAM = /* wgsl */ `
// The moments at two places of the state after gradient g, and what is to be subtracted.
fn adam(m: u32, v: u32, g: f32) -> f32 {
  let first = update.beta1 * state[m] + (1.0 - update.beta1) * g;
  let second = update.beta2 * state[v] + (1.0 - update.beta2) * g * g;
  state[m] = first;
  state[v] = second;
  return (update.gradient * g + update.moment * first) / (sqrt(update.second * second) + update.epsilon);
}
`;

export const ELEMENTWISE_MODULE = /* wgsl */ `
${updateBindings('f32')}
${gradientCode(ELEMENTWISE_THREADS)}
${ADAM}
@compute @workgroup_size(${ELEMENTWISE_THREADS})
fn elementwise(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let number = numberOf(workgroup);
  let loss = batchLoss(thread);
  let isStopped = state[update.stopped] != 0.0;
  recordLoss(number, thread, loss, isStopped);
  let e = number * ${ELEMENTWISE_THREADS}u + thread;
  if (e >= update.parameters || isStopped || !isFinite(loss)) { return; }
  let change = adam(e, update.parameters + e, gradientOf(e));
  parameters[e] = update.shrink * parameters[e] - change;
}
`;
