/** Fields: how many numbers a network has at each grid point, and what the output stages do to them. */
import {
  ArgumentError,
  explainChoices,
  type Option,
  type OptionsOf,
  type OptionTable,
  requireInteger,
  requireValue,
  type Value,
  type ValueOf,
} from '@dyadic/errors';
import { OUTPUT_FORMULAS, OUTPUT_STAGES, type OutputStage } from './output-stage.js';

const stage = { type: 'choice', choices: OUTPUT_STAGES } as const satisfies Value;

const GROUP_OPTIONS = {
  stage: { ...stage, description: 'what happens to these fields' },
  fields: {
    type: 'integer',
    least: 1,
    description: 'how many consecutive output fields; the means of the stage are over all their numbers',
  },
} as const satisfies OptionTable;

/** Consecutive output fields that an output stage takes together: its means are over all their numbers. */
export type OutputGroup = OptionsOf<typeof GROUP_OPTIONS>;

/**
 * What happens to the sum of the branches: one stage, which every output field goes through by itself, or a list that names
 * the stages of the fields in their order, one for a field or for a group of them. Two spin densities that have one norm
 * together, and an energy: `[{ stage: 'density', fields: 2 }, 'mean']`.
 */
export const OUTPUT = {
  type: 'either',
  of: [stage, { type: 'list', of: { type: 'either', of: [stage, { type: 'object', options: GROUP_OPTIONS }] } }],
  default: 'linear',
  description: `what happens to the output fields; ${explainChoices(OUTPUT_FORMULAS)}; a list has one for each field, or group of fields`,
} as const satisfies Option;

/** One output stage, or a list of them; see `OUTPUT`. */
export type Output = ValueOf<typeof OUTPUT>;

const fields = { type: 'integer', least: 1, most: 1000 } as const satisfies Value;

/** Numbers per grid point; what is left out is one. */
export const FIELD_OPTIONS = {
  inputs: {
    ...fields,
    absentMeans: '1, in an experiment as many as there are input columns',
    description: 'α_in, input fields; a parameter of the equation, one number for a sample, is a constant field',
  },
  outputs: {
    ...fields,
    absentMeans: '1, in an experiment as many as there are output columns',
    description: 'α_out, output fields; a number that the map gives of a sample is a field with the output stage mean',
  },
} as const satisfies OptionTable;

/** Numbers of fields, as users give them. */
export type FieldOptions = OptionsOf<typeof FIELD_OPTIONS>;

/** Checks the numbers of fields and keeps those that are not one. @throws ArgumentError */
export function completeFields({ inputs = 1, outputs = 1 }: FieldOptions): FieldOptions {
  requireValue('network.inputs', inputs, FIELD_OPTIONS.inputs);
  requireValue('network.outputs', outputs, FIELD_OPTIONS.outputs);
  return { ...(inputs !== 1 && { inputs }), ...(outputs !== 1 && { outputs }) };
}

/** Checks an output stage, or those of all fields; one word where every field has the same by itself. @throws ArgumentError */
export function completeOutput(output: unknown, fields: number): Output {
  const stages: Output = requireValue('network.output', output, OUTPUT);
  if (typeof stages === 'string') return stages;
  const groups = stages.map((entry, index): OutputGroup => {
    const group = typeof entry === 'string' ? { stage: entry, fields: 1 } : entry;
    requireInteger(`network.output[${index}].fields`, group.fields, { min: 1, max: fields });
    return group;
  });
  const named = groups.reduce((sum, group) => sum + group.fields, 0);
  if (named !== fields)
    throw new ArgumentError('network.output', output, `stages of ${fields} fields, not of ${named}`);
  const short = groups.map(({ stage, fields }) => (fields === 1 ? stage : { stage, fields }));
  const [first] = short;
  return typeof first === 'string' && short.every((entry) => entry === first) ? first : short;
}

/** A group of output fields and the number of the first of them. */
export interface PlacedGroup extends OutputGroup {
  readonly first: number;
}

/** The output stages of a network as groups of fields, in order. */
export function outputGroups({
  output,
  outputs,
}: {
  readonly output: Output;
  readonly outputs: number;
}): PlacedGroup[] {
  const entries = typeof output === 'string' ? new Array<OutputStage>(outputs).fill(output) : output;
  let first = 0;
  return entries.map((entry) => {
    const group = typeof entry === 'string' ? { stage: entry, fields: 1 } : entry;
    first += group.fields;
    return { ...group, first: first - group.fields };
  });
}
