import { STEP } from './bindings.js';

export const SUM_THREADS = 64;

/** ∂loss/∂θ as the sum of the parts of a batch, always in the same order. */
export const SUM_MODULE = /* wgsl */ `
${STEP}
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(2) var<uniform> step: Step;

@compute @workgroup_size(${SUM_THREADS})
fn addParts(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) thread: u32) {
  let e = (workgroup.x + 65535u * workgroup.y) * ${SUM_THREADS}u + thread;
  if (e >= step.parameters) { return; }
  var sum = 0.0;
  for (var p = 0u; p < step.parts; p++) { sum += parts[p * step.parameters + e]; }
  gradient[e] = sum;
}
`;
