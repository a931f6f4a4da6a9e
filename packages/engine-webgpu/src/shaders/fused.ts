import { ACTIVATION_SHADERS } from './activations.js';
import { bindings } from './bindings.js';
import { FUNCTIONS } from './functions.js';
import { items } from './network.js';
import { OUTPUT_STAGE } from './output.js';

/** Items of a chunk here: those of one layer that threads next to each other do. */
export const FUSED_CHUNK = 32;

/**
 * A whole sample by one workgroup: all stages one after the other, with the sample's activations in workgroup
 * memory, or in the workspace where they do not fit. Gradients take the place of activations, which are used for the last
 * time just then.
 */
export function fusedModule(threads: number, memory: number, runs: readonly number[]): string {
  const inWorkgroup = memory > 0;
  const access = inWorkgroup
    ? /* wgsl */ `
var<workgroup> memory: array<f32, ${memory}>;
fn act(i: u32) -> f32 { return memory[i]; }
fn setAct(i: u32, value: f32) { memory[i] = value; }
fn settle() { workgroupBarrier(); }`
    : /* wgsl */ `
var<private> slot: u32;
fn act(i: u32) -> f32 { return workspace[slot + i]; }
fn setAct(i: u32, value: f32) { workspace[slot + i] = value; }
fn settle() { storageBarrier(); workgroupBarrier(); }`;
  return /* wgsl */ `
const THREADS = ${threads}u;
const CHUNK = ${FUSED_CHUNK}u;
${bindings()}
${access}
fn gradientAt(i: u32) -> f32 { return act(i); }
fn setGradient(i: u32, value: f32) { setAct(i, value); }
${FUNCTIONS}
${ACTIVATION_SHADERS}
${items(runs)}
${OUTPUT_STAGE}

var<private> gradientOfPart: u32;
var<private> fresh: bool;
fn addPartial(index: u32, value: f32) {
  let at = gradientOfPart + index;
  parts[at] = select(parts[at] + value, value, fresh);
}

// The input of the sample at place b of the batch.
fn gather(thread: u32, b: u32, sample: u32) {
  for (var i = thread; i < net.inputs; i += THREADS) {
    setAct(net.input + i, inputs[sample * net.inputs + inputNumber(b, i)]);
  }
  settle();
}

fn chunkStage(kind: u32, chunks: u32, count: u32, thread: u32) {
  for (var k = thread / CHUNK; k < count; k += THREADS / CHUNK) {
    let layer = tables[chunks + 2u * k];
    let item = tables[chunks + 2u * k + 1u] + thread % CHUNK;
    switch kind {
      case 0u: { forwardItem(layer, item); }
      case 4u: { deltaItem(layer, item); }
      default: { weightItem(layer, item); }
    }
  }
}

fn runStages(first: u32, end: u32, thread: u32, b: u32, sample: u32) {
  for (var s = first; s < end; s++) {
    let at = net.stages + 3u * s;
    switch tables[at] {
      case 1u: { for (var g = thread; g < net.sums; g += THREADS) { mergeItem(g); } }
      case 2u: { lossStage(thread, b, sample); }
      default: { chunkStage(tables[at], tables[at + 1u], tables[at + 2u], thread); }
    }
    settle();
  }
}

@compute @workgroup_size(THREADS)
fn train(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let part = workgroup.x;
  gradientOfPart = part * net.parameters;
  ${inWorkgroup ? '' : 'slot = part * net.activations;'}
  for (var b = part; b < step.count; b += step.parts) {
    let sample = indices[step.first + b];
    gather(thread, b, sample);
    fresh = b == part;
    runStages(0u, net.all, thread, b, sample);
  }
}

@compute @workgroup_size(THREADS)
fn predict(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let sample = workgroup.x;
  ${inWorkgroup ? '' : 'slot = sample * net.activations;'}
  gather(thread, 0u, sample);
  runStages(0u, net.forward, thread, 0u, sample);
  writeOutput(thread, sample * net.size);
}
`;
}
