/** Inputs from a JSON document, sample by sample: numbers of a column, or parameters from which a problem computes a field. */
import { type Json, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError, show } from '@dyadic/errors';
import { joinFields } from '@dyadic/training';
import { z } from 'zod';
import { firstInfinite } from '../experiment/columns.js';
import { warnOfPreset } from '../problems/wells.js';
import { FINITE, type Inputs, requireEquation, type Taker, wantedShape } from './taker.js';

const documentSchema = z.looseObject({
  equation: z.string().optional(),
  samples: z.array(z.record(z.string(), z.unknown())).min(1),
});
type Document = z.infer<typeof documentSchema>;

/**
 * Reads inputs on the network's grid from JSON. An entry with the name of a column has the numbers of that column, in the units of
 * the data. The other entries of a sample describe the one column without such an entry; the problem that the document names
 * computes it:
 *
 *   { "equation": "nlse", "samples": [{ "variance": 0.003, "wells": [{ "strength": 2, "center": [0.3] }], "beta": 25 }] }
 *
 * @param warn - Receives a warning of each assumption.
 * @throws DataError naming the file and an unusable sample
 */
export async function toldInputs(path: string, taker: Taker, warn: (line: string) => void): Promise<Inputs> {
  const { network, columns } = taker;
  const document = await readDocument(path, documentSchema);
  const { samples, equation } = document;
  if (equation !== undefined) requireEquation(path, equation, taker.trained);
  const named = columns.filter((column) => samples.some((sample) => Object.hasOwn(sample, column)));
  const rest = columns.filter((column) => !named.includes(column));
  const missing = rest.filter((column) => taker.numbers.includes(column));
  if (missing.length > 0 || rest.length > 1) {
    const [first] = missing.length > 0 ? missing : rest.slice(1);
    const takes = `the network takes ${columns.join(', ')} of each`;
    throw new DataError(path, `samples.0 has no '${first}'; ${takes}`);
  }
  const size = network.inputSize / network.inputs;
  const described = rest.length === 0 ? [] : describedFields(path, without(document, named), taker, warn);
  const values = columns.map((column) => {
    if (rest.includes(column)) return described;
    return samples.map((sample, index) => numbersOf(path, sample, `samples.${index}.${column}`, column, taker));
  });
  const joined = new Float32Array(samples.length * network.inputSize);
  for (let s = 0; s < samples.length; s++) {
    const fields = values.map((of) => of[s]!);
    const taken = joinFields(fields, 1, size);
    const wrong = firstInfinite(taken);
    if (wrong >= 0) {
      const field = fields[Math.floor(wrong / size)]!;
      const value = field[field.length === 1 ? 0 : wrong % size];
      throw new DataError(path, `samples.${s} gives a field of ${value}; expected ${FINITE}`);
    }
    joined.set(taken, s * network.inputSize);
  }
  return { count: samples.length, values: joined };
}

/** The numbers of a column in a sample: one number, or a field as nested arrays. @throws DataError */
function numbersOf(
  path: string,
  sample: Document['samples'][number],
  place: string,
  column: string,
  { network, numbers }: Taker,
): readonly number[] {
  const shape = numbers.includes(column) ? [] : wantedShape(network, numbers, column);
  const expected = shape.length === 0 ? 'a number' : `${shape.join(' × ')} numbers`;
  const found = Object.hasOwn(sample, column) ? sample[column] : undefined;
  if (!hasShape(found, shape)) throw new DataError(path, `${place} is ${show(found)}; expected ${expected}`);
  return [found].flat(shape.length) as number[];
}

/** Whether a value is nested arrays of numbers with these extents. */
function hasShape(value: unknown, [extent, ...rest]: readonly number[]): boolean {
  if (extent === undefined) return typeof value === 'number';
  return Array.isArray(value) && value.length === extent && value.every((one) => hasShape(one, rest));
}

/** The document without the given columns, for the problem, which knows no other columns. */
function without(document: Document, columns: readonly string[]): Document {
  const samples = document.samples.map((sample) =>
    Object.fromEntries(Object.entries(sample).filter(([entry]) => !columns.includes(entry))),
  );
  return { ...document, samples };
}

/** The fields that a problem computes from the parameters of each sample. @throws DataError */
function describedFields(
  path: string,
  document: Document,
  { network, trained, checkpoint, problems }: Taker,
  warn: (line: string) => void,
): readonly ArrayLike<number>[] {
  const { equation } = document;
  if (equation === undefined)
    throw new DataError(path, `has no entry 'equation'; expected the problem that reads its samples`);
  const { told } = problems.get(equation)?.inputs ?? {};
  if (!told) throw new DataError(path, `equation is '${equation}'; no problem of this name reads inputs from JSON`);
  warnOfPreset(path, { potential: { preset: document.preset as Json } }, trained, warn);
  try {
    return told.fields(path, document, trained, network.shape, (what) => warn(`${checkpoint} ${what}`));
  } catch (error) {
    if (error instanceof ArgumentError) throw new DataError(path, error.message, { cause: error });
    throw error;
  }
}
