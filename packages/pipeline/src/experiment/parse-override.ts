/** Overrides of an experiment, checked by the schema of its file. */
import type { Json } from '@dyadic/dataset';
import { ArgumentError } from '@dyadic/errors';
import { z } from 'zod';
import { experimentSchema } from './experiment.js';
import type { ExperimentOverrides } from './overrides.js';

/** The entries of an experiment and of its profile that can be replaced. */
const { input, output, normalization, network, profiles } = experimentSchema.shape;
const { splits, training, start } = profiles.valueType.shape;
const settable = z.strictObject({ input, output, normalization, network, splits, training, start });

/**
 * Parses `entry=value`. The schema of the entry determines the type of the value: the text itself if it allows that, else JSON.
 *
 * @param option - Name of the argument in error messages.
 * @throws ArgumentError for an unknown entry, or a value that it does not allow
 */
export function parseExperimentOverride(option: string, text: string): ExperimentOverrides {
  const at = text.indexOf('=');
  const expected = 'entry=value, such as training.batchSize=50 or network.activation=tanh';
  if (at < 1) throw new ArgumentError(option, text, expected);
  const [path, typed] = [text.slice(0, at), text.slice(at + 1)];
  const readings = [typed, parsedJson(typed)].filter((value) => value !== undefined);
  return { [path]: allowed(option, path, readings) };
}

/** Checks overrides from a program. @throws ArgumentError naming the first invalid one */
export function requireExperimentOverrides(argument: string, overrides: ExperimentOverrides): void {
  for (const [path, value] of Object.entries(overrides)) allowed(argument, path, [value]);
}

/** The first reading that the schema of the entry allows. @throws ArgumentError if there is none */
function allowed(argument: string, path: string, readings: readonly Json[]): Json {
  const schemas = schemasAt(argument, path);
  for (const value of readings) if (schemas.some((schema) => schema.safeParse(value).success)) return value;
  const value = readings.at(-1)!;
  const problem = schemas[0]!.safeParse(value).error?.issues[0]?.message ?? 'something else';
  throw new ArgumentError(`${argument} ${path}`, value, problem.replace(/^Invalid (input|option): expected /, ''));
}

/** The schemas of an entry, one per alternative that has it. @throws ArgumentError listing the known entries */
function schemasAt(argument: string, path: string): readonly z.ZodType[] {
  let schemas: readonly z.ZodType[] = [settable];
  let place = 'an experiment';
  for (const key of path.split('.')) {
    const shapes = schemas
      .flatMap(alternatives)
      .flatMap((schema) => (schema instanceof z.ZodObject ? [schema.shape] : []));
    const inner = shapes.flatMap((shape) => (Object.hasOwn(shape, key) ? [shape[key] as z.ZodType] : []));
    if (inner.length === 0) {
      const known = [...new Set(shapes.flatMap((shape) => Object.keys(shape)))];
      const choices = known.length > 0 ? `one of ${known.join(', ')}` : 'no entries within it';
      throw new ArgumentError(argument, path, `the path of an entry: ${place} has ${choices}`);
    }
    schemas = inner;
    place = `'${key}'`;
  }
  return schemas;
}

/** The alternatives of a schema, without optional wrappers. */
function alternatives(schema: z.ZodType): readonly z.ZodType[] {
  if (schema instanceof z.ZodOptional) return alternatives(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).flatMap(alternatives);
  return [schema];
}

function parsedJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
