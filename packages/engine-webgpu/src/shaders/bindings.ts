import type { Plan } from '../plan.js';

/** Bindings of group 0, in order; `parts` holds the gradients of the parts of a batch, or the outputs of a prediction. */
export const BINDINGS = ['tables', 'parameters', 'inputs', 'targets', 'indices', 'workspace', 'parts', 'losses'] as const;
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
}`;

/** Words of a step, padded to a multiple of 16 bytes. */
export const STEP_WORDS = 8;

export function bindings(): string {
  const buffers = BINDINGS.map((name, i) => {
    const access = WRITTEN.has(name) ? 'read_write' : 'read';
    return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${WORDS.has(name) ? 'u32' : 'f32'}>;`;
  });
  return `${STEP}\n${buffers.join('\n')}\n@group(0) @binding(${BINDINGS.length}) var<uniform> step: Step;`;
}

export function constants(plan: Plan, power: number, threads: number): string {
  return /* wgsl */ `
const THREADS = ${threads}u;
const SIZE = ${plan.order.length}u;
const PARAMETERS = ${plan.parameters}u;
const ACTIVATIONS = ${plan.activations}u;
const INPUT = ${plan.input}u;
const OUTPUT = ${plan.output}u;
const MERGE = ${plan.merge}u;
const POWER = ${power}u;`;
}
