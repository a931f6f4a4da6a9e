import {
  ArgumentError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  requirePositive,
  show,
} from '@dyadic/errors';

/** Options of {@link periodicGrid}. */
export interface GridOptions {
  /** d, one to three; default the number of entries of an option given per axis. */
  readonly dimension?: 1 | 2 | 3;
  /** Points, 2 to 2²⁴: one number for all axes, or one per axis. Transforms need products of powers of 2, 3 and 5. */
  readonly points: number | readonly number[];
  /** Period, above 0; default 1. One number for all axes, or one per axis. */
  readonly length?: number | readonly number[];
  /** Coordinate of the first point; default 0. One number for all axes, or one per axis. */
  readonly origin?: number | readonly number[];
}

/** One axis of a grid. */
export class GridAxis {
  readonly points: number;
  /** The period. */
  readonly length: number;
  /** Coordinate of the first point. */
  readonly origin: number;
  /** h = length / points */
  readonly spacing: number;
  #coordinates: Float64Array | undefined;

  constructor(points: number, length: number, origin: number) {
    this.points = points;
    this.length = length;
    this.origin = origin;
    this.spacing = length / points;
  }

  /** origin + j h, j = 0 … points − 1. Allocated on first use, so that a size can be checked without its memory. */
  get coordinates(): Float64Array {
    const { points, origin, spacing } = this;
    this.#coordinates ??= Float64Array.from({ length: points }, (_, j) => origin + j * spacing);
    return this.#coordinates;
  }
}

/**
 * A uniform grid on the torus Π_a [origin_a, origin_a + length_a). The right ends are excluded: they coincide with the left ends.
 * Fields on the grid are `Float64Array`s of length `size`, row-major, last axis fastest.
 */
export class PeriodicGrid {
  readonly dimension: 1 | 2 | 3;
  readonly axes: readonly GridAxis[];
  /** Points along each axis. */
  readonly shape: readonly number[];
  /** Number of points, the product of the shape. */
  readonly size: number;
  /** The product of the lengths. */
  readonly volume: number;

  /** Checks nothing: prefer {@link periodicGrid}. */
  constructor(axes: readonly GridAxis[]) {
    this.dimension = axes.length as 1 | 2 | 3;
    this.axes = axes;
    this.shape = axes.map(({ points }) => points);
    this.size = this.shape.reduce((product, points) => product * points, 1);
    this.volume = axes.reduce((product, { length }) => product * length, 1);
  }

  /** Points along each axis, if all are equal. @throws ArgumentError if they differ: use {@link axes} */
  get points(): number {
    return this.#same('points');
  }

  /** Period along each axis, if all are equal. @throws ArgumentError if they differ: use {@link axes} */
  get length(): number {
    return this.#same('length');
  }

  /** First coordinate along each axis, if all are equal. @throws ArgumentError if they differ: use {@link axes} */
  get origin(): number {
    return this.#same('origin');
  }

  /** h along each axis, if all are equal. @throws ArgumentError if they differ: use {@link axes} */
  get spacing(): number {
    return this.#same('spacing');
  }

  /** Coordinates along each axis, if all are equal. @throws ArgumentError if they differ: use {@link axes} */
  get axis(): Float64Array {
    for (const property of ['points', 'length', 'origin'] as const) this.#same(property);
    return this.axes[0]!.coordinates;
  }

  #same(property: 'points' | 'length' | 'origin' | 'spacing'): number {
    const values = this.axes.map((axis) => axis[property]);
    if (values.some((value) => value !== values[0])) {
      throw new ArgumentError(`grid.${property}`, values, 'the same number along every axis');
    }
    return values[0]!;
  }
}

/**
 * Builds a periodic grid.
 *
 * @example periodicGrid({ dimension: 1, points: 320 }) // [0, 1), h = 1/320
 * @example periodicGrid({ points: [32, 64], length: [8, 16], origin: [-4, -8] }) // h = 1/4 along both axes
 * @throws ArgumentError naming the wrong or unknown option
 */
export function periodicGrid(options: GridOptions): PeriodicGrid {
  requireKnownOptions('grid', options, ['dimension', 'points', 'length', 'origin']);
  const { points, length = 1, origin = 0 } = options;
  const lists = [points, length, origin].filter(Array.isArray);
  const dimension = requireOneOf<1 | 2 | 3>('grid.dimension', options.dimension ?? lists[0]?.length, [1, 2, 3]);
  return new PeriodicGrid(
    Array.from({ length: dimension }, (_, axis) => {
      const n = requireInteger(...entry('grid.points', points, axis, dimension), { min: 2, max: 2 ** 24 });
      const period = requirePositive(...entry('grid.length', length, axis, dimension));
      const first = requireFinite(...entry('grid.origin', origin, axis, dimension));
      return new GridAxis(n, period, first);
    }),
  );
}

/** The name in errors and the value of an option for one axis. */
function entry(name: string, value: unknown, axis: number, dimension: number): [name: string, value: unknown] {
  if (!Array.isArray(value)) return [name, value];
  if (value.length !== dimension) throw new ArgumentError(name, value, `one number, or ${dimension}, one per axis`);
  return [`${name}[${axis}]`, value[axis]];
}

/** Least number of points along an axis of a coarser grid, unless the given grid has fewer. */
const LEAST_POINTS = 16;

/**
 * A coarser grid of the same torus, with `points` points along the axis that has most. The points of the others shrink in
 * proportion, rounded up to an even product of powers of 2, 3 and 5, and are at least 16 where the given grid has that many.
 */
export function coarserGrid({ axes, shape }: PeriodicGrid, points: number): PeriodicGrid {
  const most = Math.max(...shape);
  const share = points / most;
  return periodicGrid({
    points: shape.map((n) => (n === most ? points : Math.min(n, evenLength(Math.max(n * share, LEAST_POINTS))))),
    length: axes.map(({ length }) => length),
    origin: axes.map(({ origin }) => origin),
  });
}

/** The smallest even product of powers of 2, 3 and 5 that is at least `least`. */
function evenLength(least: number): number {
  for (let n = 2 * Math.ceil(least / 2); ; n += 2) {
    let rest = n;
    for (const p of [2, 3, 5]) while (rest % p === 0) rest /= p;
    if (rest === 1) return n;
  }
}

/** Values of a function at every grid point, row-major; `f` receives the coordinates, one per axis. */
export function sampleOnGrid(grid: PeriodicGrid, f: (...x: number[]) => number): Float64Array {
  const { dimension, axes } = grid;
  const values = new Float64Array(grid.size);
  const x = new Array<number>(dimension);
  for (let index = 0; index < values.length; index++) {
    let rest = index;
    for (let d = dimension - 1; d >= 0; d--) {
      const { points, coordinates } = axes[d]!;
      x[d] = coordinates[rest % points]!;
      rest = Math.floor(rest / points);
    }
    values[index] = f(...x);
  }
  return values;
}

/** ∫ f dx over the torus by the trapezoidal rule, which converges spectrally for smooth periodic f. `values`: f on the grid. */
export function integrate(grid: PeriodicGrid, values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return (sum * grid.volume) / grid.size;
}

/** Checks that a grid covers the same torus as another. @throws ArgumentError naming the property and axis that differ */
export function requireSameTorus(name: string, grid: PeriodicGrid, other: PeriodicGrid): void {
  if (grid.dimension !== other.dimension) {
    throw new ArgumentError(`${name}.dimension`, grid.dimension, `${other.dimension}`);
  }
  for (const property of ['length', 'origin'] as const) {
    const [values, expected] = [grid, other].map(({ axes }) => axes.map((axis) => axis[property]));
    if (values!.some((value, a) => value !== expected![a])) {
      throw new ArgumentError(`${name}.${property}`, perAxis(values!), show(perAxis(expected!)));
    }
  }
}

/** One number if all are equal. */
function perAxis(values: readonly number[]): number | readonly number[] {
  return values.every((value) => value === values[0]) ? values[0]! : values;
}
