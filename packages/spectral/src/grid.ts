import { requireFinite, requireInteger, requireKnownOptions, requireOneOf, requirePositive } from '@dyadic/errors';

export interface GridOptions {
  /** d, one to three. */
  readonly dimension: 1 | 2 | 3;
  /** Points per axis, at least 2. Transforms need a product of powers of 2, 3 and 5. */
  readonly points: number;
  /** Period along each axis; default 1. */
  readonly length?: number;
  /** Coordinate of the first point along each axis; default 0. */
  readonly origin?: number;
}

/**
 * A uniform grid on the torus [origin, origin + length)^d. The right end is excluded: it is the left end again.
 * Fields on the grid are `Float64Array`s of length `size`, row-major, last axis fastest.
 */
export interface PeriodicGrid extends Required<GridOptions> {
  /** points^d */
  readonly size: number;
  /** h = length / points */
  readonly spacing: number;
  /** length^d */
  readonly volume: number;
  /** Coordinates along one axis: origin + j h, j = 0 … points − 1. */
  readonly axis: Float64Array;
}

/**
 * Builds a periodic grid.
 *
 * @example periodicGrid({ dimension: 1, points: 320 }) // [0, 1), h = 1/320
 * @throws ArgumentError naming the option that is wrong
 */
export function periodicGrid(options: GridOptions): PeriodicGrid {
  requireKnownOptions('grid', options, ['dimension', 'points', 'length', 'origin']);
  const dimension = requireOneOf<1 | 2 | 3>('grid.dimension', options.dimension, [1, 2, 3]);
  const points = requireInteger('grid.points', options.points, { min: 2, max: 2 ** 24 });
  const length = requirePositive('grid.length', options.length ?? 1);
  const origin = requireFinite('grid.origin', options.origin ?? 0);
  const spacing = length / points;
  return {
    dimension,
    points,
    length,
    origin,
    spacing,
    size: points ** dimension,
    volume: length ** dimension,
    axis: Float64Array.from({ length: points }, (_, j) => origin + j * spacing),
  };
}

/** Values of a function at every grid point; it receives the coordinates, one per axis. */
export function sampleOnGrid(grid: PeriodicGrid, f: (...x: number[]) => number): Float64Array {
  const { dimension, points, axis } = grid;
  const values = new Float64Array(grid.size);
  const x = new Array<number>(dimension);
  for (let index = 0; index < values.length; index++) {
    let rest = index;
    for (let d = dimension - 1; d >= 0; d--) {
      x[d] = axis[rest % points]!;
      rest = Math.floor(rest / points);
    }
    values[index] = f(...x);
  }
  return values;
}

/** ∫ f over the torus by the trapezoidal rule, which converges spectrally for periodic functions. */
export function integrate(grid: PeriodicGrid, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return (sum * grid.volume) / grid.size;
}

/** Points along each axis, as transforms want them. */
export function shapeOf({ dimension, points }: PeriodicGrid): number[] {
  return new Array<number>(dimension).fill(points);
}
