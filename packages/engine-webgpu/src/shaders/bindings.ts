import type { Network } from '@dyadic/mnn';
import type { Plan } from '../plan.js';

/** Bindings of group 0, in order; `parts` holds the gradients of the parts of a batch, or the outputs of a prediction. */
export const BINDINGS = [
  'tables',
  'parameters',
  'inputs',
  'targets',
  'indices',
  'workspace',
  'parts',
  'losses',
] as const;
export type Binding = (typeof BINDINGS)[number];

const WORDS: ReadonlySet<Binding> = new Set(['tables', 'indices']);
export const WRITTEN: ReadonlySet<Binding> = new Set(['workspace', 'parts', 'losses']);

/** What is the same for all workgroups of a dispatch. */
export const STEP = /* wgsl */ `
struct Step {
  // Samples of the batch, where its numbers begin in indices, parts of the batch, and the round: part p does the samples
  // p, p + parts, … , one in each round.
  count: u32, first: u32, parts: u32, round: u32,
  lossOfErrors: u32,
  // Of the network.
  parameters: u32,
  // Where in indices the moves of the samples begin, or NONE.
  moves: u32,
}`;

/** Words of a step, padded to a multiple of 16 bytes. */
export const STEP_WORDS = 8;

/** What is the same for all dispatches of a network; so that shaders are compiled once for all networks. */
const NETWORK = /* wgsl */ `
struct Net {
  // Numbers of an input, of y and of an output, which are so many fields at so many points; parameters.
  inputs: u32, sums: u32, size: u32, fields: u32, points: u32, parameters: u32,
  // Floats of a sample's activations, and where among these input, y and the norms of output groups lie.
  activations: u32, input: u32, y: u32, norms: u32,
  // Offsets in the tables of the list of branches and of the stages; how many of these go forward, and all.
  merge: u32, stages: u32, forward: u32, all: u32,
  // Offset in the tables of the output groups, of the points that cropping takes and of the others; how many there are.
  groups: u32, groupCount: u32, crop: u32, others: u32, otherCount: u32,
  // Offset in the tables of what moves need, see gridTable in plan.ts.
  grid: u32,
}`;

/** Words of a network, padded to a multiple of 16 bytes. */
export const NETWORK_WORDS = 20;

/** The words of `Net`. */
export function networkWords(plan: Plan, { outputSize, outputs }: Network): number[] {
  const { frame, activations, input, sums, norms, merge, stages, forward, backward } = plan;
  const { groups, groupCount, crop, others, otherCount, grid } = plan;
  const sizes = [frame.input.length, frame.sums, outputSize, outputs, outputSize / outputs, plan.parameters];
  const all = forward.length + backward.length;
  const places = [activations, input, sums, norms, merge, stages, forward.length, all];
  return [...sizes, ...places, groups, groupCount, crop, others, otherCount, grid];
}

export function bindings(): string {
  const buffers = BINDINGS.map((name, i) => {
    const access = WRITTEN.has(name) ? 'read_write' : 'read';
    return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${WORDS.has(name) ? 'u32' : 'f32'}>;`;
  });
  return [
    STEP,
    NETWORK,
    ...buffers,
    `@group(0) @binding(${UNIFORM.net}) var<uniform> net: Net;`,
    `@group(0) @binding(${UNIFORM.step}) var<uniform> step: Step;`,
  ].join('\n');
}

/** Bindings of the uniforms that come after the buffers. */
export const UNIFORM = { net: BINDINGS.length, step: BINDINGS.length + 1, stage: BINDINGS.length + 2 } as const;
