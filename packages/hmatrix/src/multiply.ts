import { ArgumentError, requireFiniteArray, requireInteger, requireKnownOptions, requireLength } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import { finiteEntry, type GridMatrix } from './grid-matrix.js';
import type { H2Matrix } from './h2/h2-matrix.js';
import { multiplyBlocks, multiplyH2, operationsH2 } from './h2/multiply.js';
import type { HierarchicalMatrix, LevelFactors } from './hierarchical-matrix.js';
import { multiplyNonstandard, operationsNonstandard } from './wavelet/multiply.js';
import type { NonstandardForm } from './wavelet/nonstandard-form.js';

/** A matrix kept as something smaller than its entries. */
export type StructuredMatrix = HierarchicalMatrix | H2Matrix | NonstandardForm;

/**
 * A v without the entries of A: in O(N log N) operations for a hierarchical matrix, in O(N) for an H²-matrix and a
 * nonstandard form, N the size of the matrix.
 *
 * @param vector - N^d numbers on the grid, row-major.
 * @throws ArgumentError for a wrong length or a number that is not finite
 */
export function multiply(matrix: StructuredMatrix, vector: ArrayLike<number>): Float64Array {
  requireLength('vector', vector, sizeOf(matrix));
  requireFiniteArray('vector', vector);
  switch (matrix.structure) {
    case 'h':
      return multiplyH(matrix, vector);
    case 'h2':
      return multiplyH2(matrix, vector);
    case 'wavelet':
      return multiplyNonstandard(matrix, vector);
  }
}

/** Rows, and columns. */
function sizeOf(matrix: StructuredMatrix): number {
  return matrix.structure === 'wavelet' ? matrix.size : matrix.partition.size;
}

/** Products of two numbers that `multiply` forms. */
export function operations(matrix: StructuredMatrix): number {
  if (matrix.structure === 'wavelet') return operationsNonstandard(matrix);
  if (matrix.structure === 'h2') return operationsH2(matrix);
  const { partition, rank } = matrix;
  const { tree, adjacent, size } = partition;
  const near = adjacent.interactions.partners.length * adjacent.boxSize ** 2;
  return tree.reduce((sum, { interactions }) => sum + 2 * size * rank + interactions.partners.length * rank ** 2, near);
}

/** H v = Σ_ℓ U^(ℓ) M^(ℓ) V^(ℓ)ᵀ v + A^(ad) v (2.7). */
function multiplyH({ partition, rank, shared, levels, adjacent }: HierarchicalMatrix, vector: ArrayLike<number>) {
  const result = new Float64Array(partition.size);
  for (const factors of levels) {
    const coefficients = restrict(factors, rank, shared, vector);
    const { level, m } = factors;
    const values = new Float64Array(coefficients.length);
    multiplyBlocks(level, m, rank, rank, shared, coefficients, values);
    interpolate(factors, rank, shared, values, result);
  }
  const { order, boxSize } = partition.adjacent;
  const boxwise = Float64Array.from(order, (index) => vector[index]!);
  const near = new Float64Array(partition.size);
  multiplyBlocks(partition.adjacent, adjacent, boxSize, boxSize, shared, boxwise, near);
  near.forEach((value, position) => {
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

/** Numbers held by a structured matrix and by the full one. */
export interface Storage {
  /** Entries of U, V and M of all levels; of an H²-matrix, of the finest U and V, of E and F, and of M; of a nonstandard form, what is kept of its levels. */
  readonly compressed: number;
  /** Entries of A^(ad); of a nonstandard form, of the coarsest matrix. */
  readonly uncompressed: number;
  /** N² */
  readonly dense: number;
  /** (compressed + uncompressed) / dense; bytes are 8 times the counts. */
  readonly ratio: number;
}

/** How much a structured matrix stores. */
export function storage(matrix: StructuredMatrix): Storage {
  const compressed = factorsOf(matrix).reduce((sum, { length }) => sum + length, 0);
  const uncompressed = matrix.structure === 'wavelet' ? matrix.coarse.length : matrix.adjacent.length;
  const dense = sizeOf(matrix) ** 2;
  return { compressed, uncompressed, dense, ratio: (compressed + uncompressed) / dense };
}

function factorsOf(matrix: StructuredMatrix): Float64Array[] {
  if (matrix.structure === 'h') return matrix.levels.flatMap(({ u, v, m }) => [u, v, m]);
  if (matrix.structure === 'wavelet') return matrix.levels.map(({ values }) => values);
  const { rows, columns, couplings } = matrix;
  return [rows.leaf, ...rows.transfers, columns.leaf, ...columns.transfers, ...couplings];
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
export function relativeError(structured: StructuredMatrix, matrix: GridMatrix, options: ErrorOptions = {}): number {
  requireKnownOptions('relativeError', options, ['vectors', 'rows', 'seed']);
  const { vectors = 4, rows = 256, seed = 0 } = options;
  const size = sizeOf(structured);
  if (matrix.size !== size)
    throw new ArgumentError('matrix.size', matrix.size, `${size}, that of the structured matrix`);
  requireInteger('relativeError.vectors', vectors, { min: 1 });
  requireInteger('relativeError.rows', rows, { min: 1 });
  const stream = randomStream(seed, 'hmatrix/error');
  const chosen = stream.permutation(matrix.size).subarray(0, rows);
  const inputs = Array.from({ length: vectors }, () =>
    Float64Array.from({ length: matrix.size }, () => stream.normal()),
  );
  const outputs = inputs.map((input) => multiply(structured, input));
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
