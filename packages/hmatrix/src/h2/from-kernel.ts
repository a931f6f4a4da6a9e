import { ArgumentError, requireKnownOptions } from '@dyadic/errors';
import { randomStream } from '@dyadic/random';
import type { PeriodicGrid } from '@dyadic/spectral';
import { pairsOf } from '../blocks.js';
import { digits, type Level, type Partition, partition } from '../partition.js';
import { chebyshev, coefficientsOf, type Interpolation, interpolant } from './chebyshev.js';
import { accuracyOf, type H2Matrix, type H2Options } from './h2-matrix.js';
import { recompress } from './recompress.js';

/** k(x, y) of two points, their coordinates one per axis; not to be kept or changed. */
export type KernelFunction = (x: readonly number[], y: readonly number[]) => number;

export interface H2KernelOptions extends Omit<H2Options, 'admissibility' | 'assignment'> {
  /** ε > 0 */
  readonly tolerance: number;
  /** Whether k(x, y) depends on x − y alone, so that all boxes of a level share bases and blocks; default false. */
  readonly translationInvariant?: boolean;
}

/** More points per axis than any kernel worth compressing wants. */
const MOST_ORDER = 24;
/** Pairs of points that the error of interpolation is sampled at, on every level. */
const SAMPLES = 512;

/**
 * The H²-matrix of A[i, j] = k(x_i, x_j) in O(N) operations, without forming A. On pairs of boxes that are not neighbours k
 * is interpolated at p Chebyshev points per axis in both variables, by polynomials of total degree below p, bases that are
 * nested because polynomials are; then the bases are truncated by singular values as in {@link h2Matrix}.
 *
 * **Error.** Boxes that are compressed are at least one box apart. If, along every axis and in either variable, k is analytic
 * but where x = y, the error of interpolation falls like (3 + √8)^−p = 5.8^−p (Bernstein; Trefethen, Approximation Theory and
 * Approximation Practice, thm 8.2). p is the least at which the error sampled at 512 random pairs of points of every level says
 * ‖A − B‖_F ≤ ε/2 ‖A‖_F (`interpolated`); truncation then gives ‖B − H‖_F ≤ ε/2 ‖B‖_F (`truncated`), which holds to rounding.
 *
 * @param kernel - Also asked between grid points. With periodic padding it has to be periodic: |x − y| itself is not.
 * @throws ArgumentError for a wrong option, a value that is not finite, and a kernel that 24 points per axis do not resolve
 */
export function h2KernelMatrix(grid: PeriodicGrid, kernel: KernelFunction, options: H2KernelOptions): H2Matrix {
  requireKnownOptions('h2KernelMatrix', options, ['levels', 'tolerance', 'rank', 'padding', 'translationInvariant']);
  const { tolerance, most } = accuracyOf('h2KernelMatrix', options);
  if (tolerance === 0) throw new ArgumentError('h2KernelMatrix.tolerance', options.tolerance, 'a number above 0');
  const { levels, padding = 'periodic', translationInvariant: shared = false } = options;
  const { dimension, points } = grid;
  const tree = partition({ dimension, points, levels, padding });
  const checked: KernelFunction = (x, y) => {
    const value = kernel(x, y);
    if (!Number.isFinite(value)) throw new ArgumentError(`kernel at [${x}], [${y}]`, value, 'a finite number');
    return value;
  };
  const adjacent = adjacentBlocks(grid, tree, checked, shared);
  const near = squaredNorm(tree.adjacent, adjacent, shared);
  const sampler = { grid, tree, kernel: checked, near };
  const { interpolation, interpolated } = resolve(sampler, tolerance / 2);
  const couplings = tree.tree.map((level) => couplingsOf(grid, level, checked, interpolation, shared));
  const compressed = recompress(tree, shared, interpolation, couplings, { tolerance: tolerance / 2, near, most });
  return { structure: 'h2', partition: tree, shared, ...compressed, adjacent, interpolated };
}

function adjacentBlocks(grid: PeriodicGrid, { adjacent }: Partition, kernel: KernelFunction, shared: boolean) {
  const { boxSize, order, window, dimension } = adjacent;
  const pairs = pairsOf(adjacent, shared);
  const blocks = new Float64Array((shared ? window ** dimension : pairs.length) * boxSize ** 2);
  const at = (index: number) => digits(index, grid.points, dimension).map((j) => grid.axis[j]!);
  const pointsOf = (box: number) => Array.from(order.subarray(box * boxSize, (box + 1) * boxSize), at);
  for (const { from, to, index } of pairs) {
    const columns = pointsOf(to);
    pointsOf(from).forEach((x, p) => {
      columns.forEach((y, q) => {
        blocks[(index * boxSize + p) * boxSize + q] = kernel(x, y);
      });
    });
  }
  return blocks;
}

/** Sum of the squares of the entries of all blocks. */
function squaredNorm({ interactions, boxSize }: Partition['adjacent'], blocks: Float64Array, shared: boolean): number {
  const squares = new Float64Array(blocks.length / boxSize ** 2);
  blocks.forEach((entry, i) => {
    squares[Math.floor(i / boxSize ** 2)]! += entry * entry;
  });
  const { places } = interactions;
  return places.reduce((sum, place, entry) => sum + squares[shared ? place : entry]!, 0);
}

interface Sampler {
  readonly grid: PeriodicGrid;
  readonly tree: Partition;
  readonly kernel: KernelFunction;
  /** ‖A^(ad)‖_F² */
  readonly near: number;
}

/** The least order at which the error of interpolation is estimated at no more than `tolerance` ‖A‖_F. */
function resolve(sampler: Sampler, tolerance: number): { interpolation: Interpolation; interpolated: number } {
  const { dimension } = sampler.tree;
  for (let order = 1; order <= MOST_ORDER; order++) {
    const interpolation = chebyshev(dimension, order);
    const { error, norm } = sampled(sampler, interpolation);
    if (error <= tolerance ** 2 * norm) return { interpolation, interpolated: error };
  }
  const expected = `a tolerance that ${MOST_ORDER} points of interpolation per axis reach`;
  throw new ArgumentError('h2KernelMatrix.tolerance', 2 * tolerance, expected);
}

/** Estimates of ‖A − B‖_F² and ‖A‖_F²: far from the diagonal by the means of samples on every level. */
function sampled({ grid, tree, kernel, near }: Sampler, interpolation: Interpolation): { error: number; norm: number } {
  const stream = randomStream(0, 'hmatrix/interpolation');
  let [error, norm] = [0, near];
  for (const level of tree.tree) {
    const { starts, partners } = level.interactions;
    let [errors, squares] = [0, 0];
    for (let sample = 0; sample < SAMPLES; sample++) {
      const entry = stream.integer(partners.length);
      const [from, to] = [boxOf(starts, entry), partners[entry]!].map((box) => frameOf(grid, level, box));
      const [s, t] = [0, 1].map(() =>
        Array.from({ length: level.dimension }, () => (stream.integer(level.boxPoints) + 0.5) / level.boxPoints),
      );
      const [x, y] = [from!(s!), to!(t!)];
      const value = kernel(x, y);
      const overX = Float64Array.from(interpolation.nodes, (node) => kernel(from!(node), y));
      const overY = Float64Array.from(interpolation.nodes, (node) => kernel(x, to!(node)));
      const alongX = interpolant(interpolation, overX, s!);
      const alongY = interpolant(interpolation, overY, t!);
      errors += (Math.abs(value - alongX) + Math.abs(value - alongY)) ** 2;
      squares += value * value;
    }
    const pairs = partners.length * level.boxSize ** 2;
    error += (pairs * errors) / SAMPLES;
    norm += (pairs * squares) / SAMPLES;
  }
  return { error, norm };
}

/** The box that an entry of the lists belongs to, by bisection. */
function boxOf(starts: Uint32Array, entry: number): number {
  let [low, high] = [0, starts.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= entry) low = middle;
    else high = middle;
  }
  return low;
}

/** Takes coordinates in the unit box to the box of the grid: its cells, each one spacing wide around its point. */
function frameOf({ origin, spacing }: PeriodicGrid, { dimension, boxes, boxPoints }: Level, box: number) {
  const corner = digits(box, boxes, dimension).map((b) => origin + (b * boxPoints - 0.5) * spacing);
  return (t: readonly number[]) => t.map((along, axis) => corner[axis]! + along * boxPoints * spacing);
}

/** M_IJ: coefficients, in both variables, of the interpolant of k on I × J. */
function couplingsOf(
  grid: PeriodicGrid,
  level: Level,
  kernel: KernelFunction,
  interpolation: Interpolation,
  shared: boolean,
): Float64Array {
  const { rank, nodes } = interpolation;
  const pairs = pairsOf(level, shared);
  const m = new Float64Array((shared ? level.window ** level.dimension : pairs.length) * rank ** 2);
  for (const { from, to, index } of pairs) {
    const columns = nodes.map(frameOf(grid, level, to));
    const half = new Float64Array(rank * nodes.length);
    nodes.map(frameOf(grid, level, from)).forEach((x, j) => {
      const row = Float64Array.from(columns, (y) => kernel(x, y));
      coefficientsOf(interpolation, row).forEach((value, b) => {
        half[b * nodes.length + j] = value;
      });
    });
    for (let b = 0; b < rank; b++) {
      const column = half.subarray(b * nodes.length, (b + 1) * nodes.length);
      coefficientsOf(interpolation, column).forEach((value, a) => {
        m[(index * rank + a) * rank + b] = value;
      });
    }
  }
  return m;
}
