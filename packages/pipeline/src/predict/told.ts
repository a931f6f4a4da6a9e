/** Inputs that a JSON document tells, sample by sample: the numbers of a column, or the parameters that a problem makes a field of. */
import { type Json, readDocument } from '@dyadic/dataset';
import { ArgumentError, DataError, show } from '@dyadic/errors';
import { joinFields } from '@dyadic/training';
import { z } from 'zod';
import { firstInfinite } from '../experiment/columns.js';
import { warnOfPreset } from '../problems/wells.js';
import { FINITE, type Inputs, requireEquation, type Taker, wantedShape } from './inputs.js';

const documentSchema = z.looseObject({
  equation: z.string().optional(),
  samples: z.array(z.record(z.string(), z.unknown())).min(1),
});
type Document = z.infer<typeof documentSchema>;

/**
 * Reads inputs on the network's grid from JSON. What a sample has under the name of a column are its numbers, in the units of
 * the data; the rest of it describes the one column that is not named, and is read by the problem that the document names:
 *
 *   { "equation": "nlse", "samples": [{ "variance": 0.003, "wells": [{ "strength": 2, "center": [0.3] }], "beta": 25 }] }
 *
 * @param warn - Is told what had to be assumed
 * @throws DataError naming the file, and the sample that cannot be used
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

/** What a sample tells of a column: a number, or a field as rows of rows. @throws DataError */
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

/** Whether a value is rows of rows of numbers with these extents. */
function hasShape(value: unknown, [extent, ...rest]: readonly number[]): boolean {
  if (extent === undefined) return typeof value === 'number';
  return Array.isArray(value) && value.length === extent && value.every((one) => hasShape(one, rest));
}

/** The document as the problem reads it, which knows nothing of other columns. */
function without(document: Document, columns: readonly string[]): Document {
  const samples = document.samples.map((sample) =>
    Object.fromEntries(Object.entries(sample).filter(([entry]) => !columns.includes(entry))),
  );
  return { ...document, samples };
}

/** The fields that a problem makes of the parameters of each sample. @throws DataError */
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
