import { ACTIVATION_SHADERS } from './activations.js';
import { bindings, UNIFORM } from './bindings.js';
import { FUNCTIONS } from './functions.js';
import { items } from './network.js';
import { OUTPUT_STAGE } from './output.js';

/** Items of a chunk here, and threads of a workgroup that does one. */
export const SPREAD_CHUNK = 64;

/** Entry points, in the order of the stages' kinds where they are stages. */
export const SPREAD_ENTRIES = ['forward', 'merge', 'loss', 'weights', 'delta', 'gather', 'values'] as const;
export type SpreadEntry = (typeof SPREAD_ENTRIES)[number];

/** Most workgroups along x, the least that any device allows. */
export const MOST_WORKGROUPS = 65_535;

/** Entry points `forward`, `delta` and `weights` that do a chunk of items. */
export const ITEM_STAGES = /* wgsl */ `
@compute @workgroup_size(CHUNK)
fn forward(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  forwardItem(tables[stage.chunks + 2u * k], tables[stage.chunks + 2u * k + 1u] + thread);
}

@compute @workgroup_size(CHUNK)
fn delta(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  deltaItem(tables[stage.chunks + 2u * k], tables[stage.chunks + 2u * k + 1u] + thread);
}

@compute @workgroup_size(CHUNK)
fn weights(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let k = chunkOf(workgroup);
  if (place(workgroup.z) >= step.count || k >= stage.count) { return; }
  weightItem(tables[stage.chunks + 2u * k], tables[stage.chunks + 2u * k + 1u] + thread);
}
`;

/**
 * One stage a dispatch, spread over the whole device: x and y count chunks, z the samples of a round. Activations and their
 * gradients have places of their own in the workspace, so that all weights' gradients are one dispatch in the end.
 */
export function spreadModule(threads: number, stages: string, runs: readonly number[]): string {
  return /* wgsl */ `
const THREADS = ${threads}u;
const CHUNK = ${SPREAD_CHUNK}u;
${bindings()}
struct Stage { chunks: u32, count: u32 }
@group(0) @binding(${UNIFORM.stage}) var<uniform> stage: Stage;

var<private> slot: u32;
var<private> gradientOfPart: u32;
fn act(i: u32) -> f32 { return workspace[slot + i]; }
fn setAct(i: u32, value: f32) { workspace[slot + i] = value; }
fn gradientAt(i: u32) -> f32 { return workspace[slot + net.activations + i]; }
fn setGradient(i: u32, value: f32) { workspace[slot + net.activations + i] = value; }
fn settle() { storageBarrier(); workgroupBarrier(); }
${FUNCTIONS}
${ACTIVATION_SHADERS}
${items(runs)}
${OUTPUT_STAGE}

// The number in the batch of the sample that a part does in this round; count or more where it has none.
fn place(part: u32) -> u32 {
  slot = part * 2u * net.activations;
  gradientOfPart = part * net.parameters;
  return step.round * step.parts + part;
}
fn addPartial(index: u32, value: f32) {
  let at = gradientOfPart + index;
  parts[at] = select(parts[at] + value, value, step.round == 0u);
}
fn chunkOf(workgroup: vec3u) -> u32 { return workgroup.x + ${MOST_WORKGROUPS}u * workgroup.y; }

@compute @workgroup_size(CHUNK)
fn gather(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let b = place(workgroup.z);
  let i = chunkOf(workgroup) * CHUNK + thread;
  if (b >= step.count || i >= net.inputs) { return; }
  setAct(net.input + i, inputs[indices[step.first + b] * net.inputs + inputNumber(b, i)]);
}

${stages}

@compute @workgroup_size(CHUNK)
fn merge(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  if (place(workgroup.z) >= step.count) { return; }
  mergeItem(chunkOf(workgroup) * CHUNK + thread);
}

@compute @workgroup_size(THREADS)
fn loss(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let b = place(workgroup.z);
  if (b >= step.count) { return; }
  lossStage(thread, b, indices[step.first + b]);
}

@compute @workgroup_size(THREADS)
fn values(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let b = place(workgroup.z);
  if (b >= step.count) { return; }
  writeOutput(thread, b * net.size);
}
`;
}
