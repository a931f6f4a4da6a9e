import { ArgumentError, requireFiniteArray, requireLength } from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';
import { digits } from './partition.js';

/** A matrix whose rows and columns are the points of one periodic grid, given by its entries. */
export interface GridMatrix {
  readonly dimension: 1 | 2 | 3;
  /** Grid points per axis. */
  readonly points: number;
  /** Rows, and columns: points^d. */
  readonly size: number;
  /** Whether A[i, j] depends on x_i − x_j alone (a block circulant matrix; the paper's "Toeplitz", §3.2). */
  readonly translationInvariant: boolean;
  /** A[i, j] by row-major grid indices. */
  readonly entry: (row: number, column: number) => number;
}

type Grid = Pick<PeriodicGrid, 'dimension' | 'points' | 'size'>;

/**
 * The matrix A[i, j] = k(x_i, x_j) of a kernel function. Entries are computed when they are asked for; with the bases
 * `interpolative` most never are.
 *
 * @param kernel - Receives two points, their coordinates one per axis; not to be kept or changed.
 */
export function kernelMatrix(
  grid: PeriodicGrid,
  kernel: (x: readonly number[], y: readonly number[]) => number,
): GridMatrix {
  const { dimension, points, size, axis } = grid;
  const coordinates = Array.from({ length: size }, (_, index) => digits(index, points, dimension).map((j) => axis[j]!));
  return {
    dimension,
    points,
    size,
    translationInvariant: false,
    entry: (row, column) => kernel(coordinates[row]!, coordinates[column]!),
  };
}

/** A matrix given by all its entries, row-major. @throws ArgumentError for a wrong length or an entry that is not finite */
export function denseMatrix(grid: Grid, values: Float64Array): GridMatrix {
  const { dimension, points, size } = grid;
  requireLength('values', values, size ** 2);
  requireFiniteArray('values', values);
  const entry = (row: number, column: number) => values[row * size + column]!;
  return { dimension, points, size, translationInvariant: false, entry };
}

/**
 * The matrix of a periodic convolution: A[i, j] = response[i − j], the difference taken along every axis and wrapped.
 *
 * @param response - A e_0: what the operator makes of 1 at the first grid point. N^d numbers.
 * @throws ArgumentError for a wrong length or a number that is not finite
 */
export function convolutionMatrix(grid: Grid, response: Float64Array): GridMatrix {
  const { dimension, points, size } = grid;
  requireLength('response', response, size);
  requireFiniteArray('response', response);
  const coordinates = Int32Array.from({ length: size * dimension }, (_, entry) => {
    return digits(Math.floor(entry / dimension), points, dimension)[entry % dimension]!;
  });
  const entry = (row: number, column: number): number => {
    let index = 0;
    for (let axis = 0; axis < dimension; axis++) {
      const difference = coordinates[row * dimension + axis]! - coordinates[column * dimension + axis]!;
      index = index * points + (difference < 0 ? difference + points : difference);
    }
    return response[index]!;
  };
  return { dimension, points, size, translationInvariant: true, entry };
}

/** A[row, column]. @throws ArgumentError if it is not finite */
export function finiteEntry(matrix: GridMatrix, row: number, column: number): number {
  const value = matrix.entry(row, column);
  if (!Number.isFinite(value)) throw new ArgumentError(`matrix entry [${row}, ${column}]`, value, 'a finite number');
  return value;
}
