import {
  ArgumentError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';

/** The ends of an interval for uniform draws, 0 < low ≤ high; equal ends fix the value. */
export type Interval = readonly [low: number, high: number];

/** Options of {@link gaussianWells}: {@link GaussianWells} with defaults. */
export interface GaussianWellsOptions extends Partial<Omit<GaussianWells, 'strength' | 'variance' | 'height'>> {
  readonly strength: Interval;
  readonly variance: Interval;
  readonly height: GaussianWells['height'];
}

/**
 * A family of random potentials: everything that determines the draws of {@link samplePotential}. Plain data, safe to store as
 * JSON.
 *
 *   V(x) = −Σ_i Σ_j a_i exp(−|x − j·length − c_i|²/(2T)),  j ∈ Z^d,
 *
 * with heights a_i = depth·s_i (eq (4.8) of the paper) or a_i = s_i/√(2πT) (eq (4.4)). Strengths s_i, the variance T and the
 * centers c_i are uniform. Lengths are in the unit of the domain, T in its square, V in the unit of a_i.
 */
export interface GaussianWells {
  /** Names the random streams: families with different names draw different numbers. Default `gaussian-wells`. */
  readonly name: string;
  /** d; default 1. */
  readonly dimension: 1 | 2 | 3;
  /** Wells per potential, 1 to 1,000; default 2. */
  readonly wells: number;
  /** Range of the strengths s_i, above 0. */
  readonly strength: Interval;
  /** Range of the variance T, above 0. All wells of a sample share one T. */
  readonly variance: Interval;
  /** The height of a well of strength s: `strength` for depth·s, `normal-density` for s/√(2πT). */
  readonly height: 'strength' | 'normal-density';
  /** Factor on every strength, above 0; default 1. Does not affect the heights of `normal-density`. */
  readonly depth: number;
  /** Least distance between centers, measured on the torus; default 0, no restriction. */
  readonly separation: number;
  /**
   * Places the centers on a lattice of wells^(1/d) cells per axis, one well per cell, shifted from the middle of the cell by a
   * uniform amount of at most this many cells along each axis, 0 to ½; `separation` then does not apply. Default: uniform centers.
   */
  readonly jitter?: number;
  /** Shifts each potential so that its least value on the grid is this; default null, no shift. */
  readonly minimum: number | null;
  /** Period of the domain, one number for all axes or one per axis; default 1. */
  readonly length: number | readonly number[];
  /** First coordinate of the domain, one number for all axes or one per axis; default 0. */
  readonly origin: number | readonly number[];
}

const OPTIONS = [
  'name',
  'dimension',
  'wells',
  'strength',
  'variance',
  'height',
  'depth',
  'separation',
  'jitter',
  'minimum',
  'length',
  'origin',
] as const satisfies readonly (keyof GaussianWells)[];

/**
 * Fills in the defaults of a family of Gaussian wells and checks it.
 *
 * @param argument - Name of the options in error messages; default `potential`.
 * @throws ArgumentError naming the wrong or unknown option; with `jitter`, also unless `wells` is an integer to the power of d
 */
export function gaussianWells(options: GaussianWellsOptions, argument = 'potential'): GaussianWells {
  requireKnownOptions(argument, options, OPTIONS);
  const { name = 'gaussian-wells', minimum = null, jitter } = options;
  if (typeof name !== 'string') throw new ArgumentError(`${argument}.name`, name, 'a text');
  const dimension = requireOneOf<1 | 2 | 3>(`${argument}.dimension`, options.dimension ?? 1, [1, 2, 3]);
  const wells = requireInteger(`${argument}.wells`, options.wells ?? 2, { min: 1, max: 1000 });
  if (jitter !== undefined && cellsPerAxis({ dimension, wells }) ** dimension !== wells) {
    throw new ArgumentError(
      `${argument}.wells`,
      wells,
      `a whole number to the power of ${dimension}, the cells of a lattice`,
    );
  }
  return {
    name,
    dimension,
    wells,
    strength: requireInterval(`${argument}.strength`, options.strength),
    variance: requireInterval(`${argument}.variance`, options.variance),
    height: requireOneOf(`${argument}.height`, options.height, ['strength', 'normal-density'] as const),
    depth: requirePositive(`${argument}.depth`, options.depth ?? 1),
    separation: requireFinite(`${argument}.separation`, options.separation ?? 0, { min: 0 }),
    // Absent without a lattice: older recipes and their random streams stay the same.
    ...(jitter !== undefined && { jitter: requireFinite(`${argument}.jitter`, jitter, { min: 0, max: 0.5 }) }),
    minimum: minimum === null ? null : requireFinite(`${argument}.minimum`, minimum),
    length: eachAxis(`${argument}.length`, options.length ?? 1, dimension, requirePositive),
    origin: eachAxis(`${argument}.origin`, options.origin ?? 0, dimension, requireFinite),
  };
}

/** Checks one number, or one per axis. Equal numbers become one. */
function eachAxis(
  argument: string,
  value: unknown,
  dimension: number,
  require: (argument: string, value: unknown) => number,
): number | readonly number[] {
  if (!Array.isArray(value)) return require(argument, value);
  if (value.length !== dimension) throw new ArgumentError(argument, value, `one number, or ${dimension}, one per axis`);
  const numbers = value.map((one, axis) => require(`${argument}[${axis}]`, one));
  return numbers.every((one) => one === numbers[0]) ? numbers[0]! : numbers;
}

/** The value along one axis of an entry with one number for all axes or one per axis. */
export function alongAxis(value: number | readonly number[], axis: number): number {
  return typeof value === 'number' ? value : value[axis]!;
}

/** Cells of the lattice along an axis: wells^(1/d). */
export function cellsPerAxis({ dimension, wells }: Pick<GaussianWells, 'dimension' | 'wells'>): number {
  return Math.round(wells ** (1 / dimension));
}

/** Checks two numbers [low, high], 0 < low ≤ high. @throws ArgumentError */
export function requireInterval(argument: string, interval: unknown): Interval {
  if (!Array.isArray(interval) || interval.length !== 2) {
    throw new ArgumentError(argument, interval, 'two numbers [low, high]');
  }
  const [low, high] = interval;
  requireFinite(`${argument}[0]`, low);
  requireFinite(`${argument}[1]`, high, { min: low });
  requirePositive(`${argument}[0]`, low);
  return [low, high];
}
