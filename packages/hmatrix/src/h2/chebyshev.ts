import { cos } from '@dyadic/elementary';
import { digits } from '../partition.js';
import { product, transposed } from '../products.js';

/** Interpolation in a box of d dimensions by polynomials of total degree below p. */
export interface Interpolation {
  readonly dimension: 1 | 2 | 3;
  /** p */
  readonly order: number;
  /** The p^d points of interpolation in the unit box. */
  readonly nodes: readonly (readonly number[])[];
  /** Number of polynomials, C(p − 1 + d, d). */
  readonly rank: number;
  /** Degrees along the axes of every polynomial. */
  readonly degrees: readonly (readonly number[])[];
  /** Coefficients from values at the nodes along one axis: p × p, row-major. */
  readonly analysis: Float64Array;
}

/**
 * Interpolation at the tensor product of Chebyshev points t_j = (1 + cos θ_j) / 2, θ_j = (2j + 1) π / 2p, in products of
 * Chebyshev polynomials T_k(2t − 1) along the axes. Along one axis the coefficients are
 *
 *   c_k = (2 − δ_k0)/p Σ_j f(t_j) cos(k θ_j)
 *
 * (Trefethen, Approximation Theory and Approximation Practice, ch. 3). Of their products, those of total degree p and beyond
 * are left out: in three dimensions five of six, with an error of the size of that of interpolation.
 */
export function chebyshev(dimension: 1 | 2 | 3, order: number): Interpolation {
  const angles = Array.from({ length: order }, (_, j) => ((2 * j + 1) * Math.PI) / (2 * order));
  const all = Array.from({ length: order ** dimension }, (_, index) => digits(index, order, dimension));
  const degrees = all.filter((degree) => degree.reduce((sum, k) => sum + k, 0) < order);
  const along = angles.map((_, k) => angles.map((theta) => ((k === 0 ? 1 : 2) / order) * cos(k * theta)));
  return {
    dimension,
    order,
    nodes: all.map((index) => index.map((j) => (1 + cos(angles[j]!)) / 2)),
    rank: degrees.length,
    degrees,
    analysis: Float64Array.from(along.flat()),
  };
}

/** U of a finest box: entry [q, a] is polynomial a at the centre of cell q of a box cut into `points` cells per axis. */
export function leafBasis({ dimension, order, degrees }: Interpolation, points: number): Float64Array {
  const along = Array.from({ length: points }, (_, j) => polynomials((j + 0.5) / points, order));
  const cells = Array.from({ length: points ** dimension }, (_, q) => digits(q, points, dimension));
  return matrix(cells, degrees, (j, k) => along[j]![k]!);
}

/** E of the 2^d children, one after the other: the parent's polynomials in terms of the child's, rank × rank each. */
export function transferBlocks({ dimension, order, degrees }: Interpolation): Float64Array {
  const { nodes, analysis } = chebyshev(1, order);
  const half = [0, 1].map((c) => {
    const values = nodes.flatMap(([t]) => [...polynomials((t! + c) / 2, order)]);
    return product(analysis, Float64Array.from(values), order, order, order);
  });
  const blocks = Array.from({ length: 2 ** dimension }, (_, child) => {
    const position = digits(child, 2, dimension);
    return matrix(degrees, degrees, (b, a, axis) => half[position[axis]!]![b * order + a]!);
  });
  return Float64Array.from(blocks.flatMap((block) => [...block]));
}

/** The value at t of the interpolant of `values` at the nodes. */
export function interpolant(interpolation: Interpolation, values: Float64Array, t: readonly number[]): number {
  const along = t.map((component) => polynomials(component, interpolation.order));
  const coefficients = coefficientsOf(interpolation, values);
  return interpolation.degrees.reduce(
    (sum, degree, a) => sum + degree.reduce((all, k, axis) => all * along[axis]![k]!, coefficients[a]!),
    0,
  );
}

/** Coefficients of the polynomials from values at the nodes, axis by axis. */
export function coefficientsOf(interpolation: Interpolation, values: Float64Array): Float64Array {
  const { dimension, order, degrees, analysis } = interpolation;
  let tensor = values;
  // Transforms the last axis and turns the axes by one; after d turns each is where it was.
  for (let axis = 0; axis < dimension; axis++)
    tensor = product(analysis, turned(tensor, order), order, order, tensor.length / order);
  return Float64Array.from(degrees, (degree) => tensor[degree.reduce((index, k) => index * order + k, 0)]!);
}

/** The last axis first. */
function turned(tensor: Float64Array, order: number): Float64Array {
  return transposed(tensor, tensor.length / order, order);
}

/** T_k(2t − 1), k = 0 … count − 1, by the recurrence T_(k+1) = 2x T_k − T_(k−1). */
function polynomials(t: number, count: number): Float64Array {
  const x = 2 * t - 1;
  const values = new Float64Array(count).fill(1);
  if (count > 1) values[1] = x;
  for (let k = 2; k < count; k++) values[k] = 2 * x * values[k - 1]! - values[k - 2]!;
  return values;
}

/** The matrix whose entry at two multi-indices is the product of those along the axes. */
function matrix(
  rows: readonly (readonly number[])[],
  columns: readonly (readonly number[])[],
  entry: (row: number, column: number, axis: number) => number,
): Float64Array {
  const result = new Float64Array(rows.length * columns.length);
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      result[i * columns.length + j] = row.reduce((all, index, axis) => all * entry(index, column[axis]!, axis), 1);
    });
  });
  return result;
}
