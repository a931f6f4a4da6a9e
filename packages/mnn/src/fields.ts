/** Fields: how many numbers a network has at each grid point, and what the output stages do to them. */
import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { OUTPUT_STAGES, type OutputStage } from './output-stage.js';

/** Consecutive output fields that an output stage takes together: its means are over all their numbers. */
export interface OutputGroup {
  readonly stage: OutputStage;
  /** How many fields. */
  readonly fields: number;
}

/**
 * What happens to the sum of the branches: one stage, which every output field goes through by itself, or a list that names
 * the stages of the fields in their order, one for a field or for a group of them. Two spin densities that have one norm
 * together, and an energy: `[{ stage: 'density', fields: 2 }, 'mean']`.
 */
export type Output = OutputStage | readonly (OutputStage | OutputGroup)[];

/** Numbers per grid point; what is left out is one. */
export interface FieldOptions {
  /** α_in, input fields; default 1. A parameter of the equation, one number for a sample, is a constant field. */
  readonly inputs?: number;
  /** α_out, output fields; default 1. A number that the map gives of a sample is a field with the output stage `mean`. */
  readonly outputs?: number;
}

const MOST_FIELDS = 1000;

/** Checks the numbers of fields and keeps those that are not one. @throws ArgumentError */
export function completeFields({ inputs = 1, outputs = 1 }: FieldOptions): FieldOptions {
  requireInteger('network.inputs', inputs, { min: 1, max: MOST_FIELDS });
  requireInteger('network.outputs', outputs, { min: 1, max: MOST_FIELDS });
  return { ...(inputs !== 1 && { inputs }), ...(outputs !== 1 && { outputs }) };
}

/** Checks an output stage, or those of all fields; one word where every field has the same by itself. @throws ArgumentError */
export function completeOutput(output: unknown, fields: number): Output {
  if (!Array.isArray(output)) return requireOneOf<OutputStage>('network.output', output, OUTPUT_STAGES);
  const groups = output.map((entry, index): OutputGroup => {
    const argument = `network.output[${index}]`;
    if (typeof entry !== 'object' || entry === null) {
      return { stage: requireOneOf<OutputStage>(argument, entry, OUTPUT_STAGES), fields: 1 };
    }
    requireKnownOptions(argument, entry, ['stage', 'fields']);
    return {
      stage: requireOneOf<OutputStage>(`${argument}.stage`, (entry as OutputGroup).stage, OUTPUT_STAGES),
      fields: requireInteger(`${argument}.fields`, (entry as OutputGroup).fields, { min: 1, max: fields }),
    };
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
