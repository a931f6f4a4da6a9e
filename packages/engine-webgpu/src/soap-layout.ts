/** Where SOAP's matrices have their state, and what the shaders are told of it. */
import type { RotatedMatrix, UpdateRule } from '@dyadic/mnn';
import { MATRIX_CHUNK, MATRIX_WORDS } from './shaders/update.js';

/** A vector of the optimizer as a piece of the state, in floats. */
export interface VectorPlace {
  readonly name: string;
  readonly start: number;
  readonly size: number;
}

/** The state of an optimizer on the device. */
export interface StateLayout {
  readonly vectors: readonly VectorPlace[];
  /** Floats of the vectors and of what need not be kept. */
  readonly size: number;
  /** Words that the shaders look matrices up in; none without matrices. */
  readonly words: Uint32Array;
  /** Workgroups of each phase where phases are dispatches, and of the one dispatch where they are not. */
  readonly workgroups: {
    readonly entries: number;
    readonly all: number;
    readonly factors: number;
    readonly matrices: number;
  };
  /** Whether one workgroup a matrix is fast enough. */
  readonly small: boolean;
}

/** A side beyond which its products and factorization are spread over the device. */
const LARGEST_SMALL_SIDE = 128;

const padded = (n: number) => 4 * Math.ceil(n / 4);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** State of a rule that moves `parameters` numbers. */
export function layOut({ matrices }: UpdateRule, parameters: number): StateLayout {
  if (!matrices) {
    return {
      vectors: [
        { name: 'firstMoment', start: 0, size: parameters },
        { name: 'secondMoment', start: parameters, size: parameters },
      ],
      size: 2 * parameters,
      words: new Uint32Array(4),
      workgroups: { entries: 0, all: 0, factors: 0, matrices: 0 },
      small: true,
    };
  }
  const moments = sum(matrices.map(({ rows, columns }) => rows * padded(columns)));
  const squares = sum(matrices.map(({ left, right }) => left * padded(left) + right * padded(right)));
  const starts = [0, moments, 2 * moments, 2 * moments + squares, 2 * (moments + squares)];
  const names = ['firstMoment', 'secondMoment', 'grams', 'bases'];
  const vectors = names.map((name, k) => ({ name, start: starts[k]!, size: starts[k + 1]! - starts[k]! }));
  const { records, end } = places(matrices, starts);
  const { words, workgroups } = lookUp(matrices, records);
  const small = matrices.every(({ left, right }) => Math.max(left, right) <= LARGEST_SMALL_SIDE);
  return { vectors, size: end, words, workgroups, small };
}

/** The words of every matrix, see `Matrix` of the shader. */
function places(matrices: readonly RotatedMatrix[], starts: readonly number[]): { records: number[][]; end: number } {
  const next = starts.slice();
  const take = (part: number, floats: number) => {
    const start = next[part]!;
    next[part] = start + floats;
    return start;
  };
  const [FIRST, SECOND, GRAMS, BASES, SCRATCH] = [0, 1, 2, 3, 4];
  const side = (n: number) => [
    take(GRAMS!, n * padded(n)),
    take(BASES!, n * padded(n)),
    take(SCRATCH!, n * (2 * n + 1)),
  ];
  const records = matrices.map(({ offset, rows, columns, left, right }, number) => {
    const stride = padded(columns);
    const matrix = rows * stride;
    const record = [number, offset, rows, columns, stride, left, right, take(FIRST!, matrix), take(SECOND!, matrix)];
    record.push(...side(left), ...side(right));
    record.push(take(SCRATCH!, matrix), take(SCRATCH!, matrix), take(SCRATCH!, matrix));
    return record;
  });
  return { records, end: next[SCRATCH!]! };
}

/**
 * Eight words: how many matrices, chunks of entries, chunks of entries and squares, and factorizations there are and where
 * each list begins; then the matrices and the lists.
 */
function lookUp(matrices: readonly RotatedMatrix[], records: readonly number[][]) {
  const header = 8;
  const at = (k: number) => header + MATRIX_WORDS * k;
  const chunks = (items: (matrix: RotatedMatrix) => number) =>
    matrices.flatMap((matrix, k) =>
      Array.from({ length: Math.ceil(items(matrix) / MATRIX_CHUNK) }, (_, c) => [at(k), c * MATRIX_CHUNK]).flat(),
    );
  const entries = chunks(({ rows, columns }) => rows * columns);
  const all = chunks(({ rows, columns, left, right }) => rows * columns + left ** 2 + right ** 2);
  const factors = matrices.flatMap(({ left, right }, k) => [
    ...(left > 0 ? [at(k), 0] : []),
    ...(right > 0 ? [at(k), 1] : []),
  ]);
  const entriesAt = at(matrices.length);
  const allAt = entriesAt + entries.length;
  const factorsAt = allAt + all.length;
  const workgroups = {
    entries: entries.length / 2,
    all: all.length / 2,
    factors: factors.length / 2,
    matrices: matrices.length,
  };
  const words = new Uint32Array(factorsAt + factors.length);
  words.set([
    matrices.length,
    header,
    workgroups.entries,
    entriesAt,
    workgroups.all,
    allAt,
    workgroups.factors,
    factorsAt,
  ]);
  records.forEach((record, k) => {
    words.set(record, at(k));
  });
  words.set(entries, entriesAt);
  words.set(all, allAt);
  words.set(factors, factorsAt);
  return { words, workgroups };
}
