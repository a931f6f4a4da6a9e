import { ArgumentError, requireFiniteArray, requireInteger, requireKnownOptions, requireLength } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { finiteEntry, type GridMatrix } from './grid-matrix.js';
import type { HierarchicalMatrix, LevelFactors } from './hierarchical-matrix.js';
import type { Level } from './partition.js';

/**
 * H v = Σ_ℓ U^(ℓ) M^(ℓ) V^(ℓ)ᵀ v + A^(ad) v (2.7) in O(N log N) operations, N the size of the matrix.
 *
 * @param vector - N^d numbers on the grid, row-major.
 * @throws ArgumentError for a wrong length or a number that is not finite
 */
export function multiply(hmatrix: HierarchicalMatrix, vector: ArrayLike<number>): Float64Array {
  const { partition, rank, shared, levels, adjacent } = hmatrix;
  requireLength('vector', vector, partition.size);
  requireFiniteArray('vector', vector);
  const result = new Float64Array(partition.size);
  for (const factors of levels) {
    const coefficients = restrict(factors, rank, shared, vector);
    interpolate(factors, rank, shared, multiplyBlocks(factors.level, factors.m, rank, shared, coefficients), result);
  }
  const { order, boxSize } = partition.adjacent;
  const boxwise = Float64Array.from(order, (index) => vector[index]!);
  multiplyBlocks(partition.adjacent, adjacent, boxSize, shared, boxwise).forEach((value, position) => {
    result[order[position]!]! += value;
  });
  return result;
}

/** V^(ℓ)ᵀ v: r numbers per box. */
function restrict({ level, v }: LevelFactors, rank: number, shared: boolean, vector: ArrayLike<number>): Float64Array {
  const { boxCount, boxSize, order } = level;
  const coefficients = new Float64Array(boxCount * rank);
  for (let box = 0; box < boxCount; box++) {
    for (let a = 0; a < rank; a++) {
      const row = ((shared ? 0 : box) * rank + a) * boxSize;
      let sum = 0;
      for (let p = 0; p < boxSize; p++) sum += v[row + p]! * vector[order[box * boxSize + p]!]!;
      coefficients[box * rank + a] = sum;
    }
  }
  return coefficients;
}

/** Σ_J B_IJ x_J over the partners J of every box I, blocks of `side` × `side`. */
function multiplyBlocks(
  { boxCount, interactions }: Pick<Level, 'boxCount' | 'interactions'>,
  blocks: Float64Array,
  side: number,
  shared: boolean,
  x: Float64Array,
): Float64Array {
  const { starts, partners, places } = interactions;
  const y = new Float64Array(boxCount * side);
  for (let box = 0, entry = 0; box < boxCount; box++) {
    const to = box * side;
    for (; entry < starts[box + 1]!; entry++) {
      const from = partners[entry]! * side;
      const start = (shared ? places[entry]! : entry) * side * side;
      for (let a = 0; a < side; a++) {
        let sum = 0;
        for (let b = 0; b < side; b++) sum += blocks[start + a * side + b]! * x[from + b]!;
        y[to + a]! += sum;
      }
    }
  }
  return y;
}

/** result += U^(ℓ) y. */
function interpolate(
  { level, u }: LevelFactors,
  rank: number,
  shared: boolean,
  y: Float64Array,
  result: Float64Array,
): void {
  const { boxCount, boxSize, order } = level;
  for (let box = 0; box < boxCount; box++) {
    for (let p = 0; p < boxSize; p++) {
      const row = ((shared ? 0 : box) * boxSize + p) * rank;
      let sum = 0;
      for (let a = 0; a < rank; a++) sum += u[row + a]! * y[box * rank + a]!;
      result[order[box * boxSize + p]!]! += sum;
    }
  }
}

/** Numbers held by a hierarchical matrix and by the full one. */
export interface Storage {
  /** Entries of U, V and M of all levels. */
  readonly lowRank: number;
  /** Entries of A^(ad). */
  readonly adjacent: number;
  /** N² */
  readonly dense: number;
  /** (lowRank + adjacent) / dense; bytes are 8 times the counts. */
  readonly ratio: number;
}

/** How much a hierarchical matrix stores. */
export function storage({ levels, adjacent, partition }: HierarchicalMatrix): Storage {
  const lowRank = levels.reduce((sum, { u, v, m }) => sum + u.length + v.length + m.length, 0);
  const dense = partition.size ** 2;
  return { lowRank, adjacent: adjacent.length, dense, ratio: (lowRank + adjacent.length) / dense };
}

export interface ErrorOptions {
  /** Random vectors to apply both matrices to; default 4. */
  readonly vectors?: number;
  /** Rows of A to compare, drawn at random; default 256, or all if there are no more. */
  readonly rows?: number;
  /** Default 0. */
  readonly seed?: number;
}

/**
 * ‖(A − H) x‖ / ‖A x‖ over normal random vectors x and random rows of A. The square of the numerator over all rows has
 * the expectation ‖A − H‖_F², so this estimates the relative error in the Frobenius norm at a cost linear in N.
 *
 * @throws ArgumentError
 */
export function relativeError(hmatrix: HierarchicalMatrix, matrix: GridMatrix, options: ErrorOptions = {}): number {
  requireKnownOptions('relativeError', options, ['vectors', 'rows', 'seed']);
  const { vectors = 4, rows = 256, seed = 0 } = options;
  const { size } = hmatrix.partition;
  if (matrix.size !== size)
    throw new ArgumentError('matrix.size', matrix.size, `${size}, that of the hierarchical matrix`);
  requireInteger('relativeError.vectors', vectors, { min: 1 });
  requireInteger('relativeError.rows', rows, { min: 1 });
  const stream = randomStream(seed, 'hmatrix/error');
  const chosen = stream.permutation(matrix.size).subarray(0, rows);
  const inputs = Array.from({ length: vectors }, () =>
    Float64Array.from({ length: matrix.size }, () => stream.normal()),
  );
  const outputs = inputs.map((input) => multiply(hmatrix, input));
  let difference = 0;
  let norm = 0;
  for (const row of chosen) {
    const exact = new Float64Array(vectors);
    for (let column = 0; column < matrix.size; column++) {
      const value = finiteEntry(matrix, row, column);
      inputs.forEach((input, k) => {
        exact[k]! += value * input[column]!;
      });
    }
    exact.forEach((value, k) => {
      difference += (outputs[k]![row]! - value) ** 2;
      norm += value ** 2;
    });
  }
  return norm === 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
}
