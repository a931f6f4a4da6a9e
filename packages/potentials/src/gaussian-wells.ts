import {
  ArgumentError,
  requireFinite,
  requireInteger,
  requireKnownOptions,
  requireOneOf,
  requirePositive,
} from '@dyadic/errors';

/** A closed interval to draw from uniformly; equal ends fix the value. */
export type Interval = readonly [low: number, high: number];

/** What a user asks for: {@link GaussianWells} with defaults. */
export interface GaussianWellsOptions extends Partial<Omit<GaussianWells, 'strength' | 'variance' | 'height'>> {
  readonly strength: Interval;
  readonly variance: Interval;
  readonly height: GaussianWells['height'];
}

/**
 * A family of random potentials in full: everything that `samplePotential` draws from. Plain data, safe to store as JSON.
 *
 *   V(x) = −Σ_i Σ_j a_i exp(−|x − j·length − c_i|²/(2T)),  j ∈ Z^d,
 *
 * with a_i = depth·s_i, or a_i = s_i/√(2πT). Strengths s_i, the variance T and the centers c_i are uniform.
 */
export interface GaussianWells {
  /** Names the random streams of the family: families of other names draw other numbers. Default `gaussian-wells`. */
  readonly name: string;
  /** d; default 1. */
  readonly dimension: 1 | 2 | 3;
  /** Wells per potential, 1 to 1,000; default 2. */
  readonly wells: number;
  /** Range of the strengths s_i, above 0. */
  readonly strength: Interval;
  /** Range of the variance T, above 0: one for all wells of a sample. */
  readonly variance: Interval;
  /** How a strength becomes a height: `strength` times {@link depth}, or `normal-density`, s/√(2πT). */
  readonly height: 'strength' | 'normal-density';
  /** Factor on every strength; default 1. It has no effect on heights by `normal-density`. */
  readonly depth: number;
  /** Least distance between centers, measured on the torus; 0, the default, for none. */
  readonly separation: number;
  /**
   * Centers on a lattice: the torus has wells^(1/d) cells along each axis, a well in each, at its middle but for a uniform
   * shift of at most this many cells along each axis, 0 to ½. Absent: centers anywhere.
   */
  readonly jitter?: number;
  /** The potential is shifted so that its least value on the grid is this; null, the default, leaves it as it is. */
  readonly minimum: number | null;
  /** Period and first coordinate of the domain, one number for all axes or one per axis; defaults 1 and 0. */
  readonly length: number | readonly number[];
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

/** Completes and checks options. @throws ArgumentError naming the option that is wrong, as an entry of `argument` */
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
    // Families without a lattice are written down, and draw, as they did before there were any.
    ...(jitter !== undefined && { jitter: requireFinite(`${argument}.jitter`, jitter, { min: 0, max: 0.5 }) }),
    minimum: minimum === null ? null : requireFinite(`${argument}.minimum`, minimum),
    length: eachAxis(`${argument}.length`, options.length ?? 1, dimension, requirePositive),
    origin: eachAxis(`${argument}.origin`, options.origin ?? 0, dimension, requireFinite),
  };
}

/** One number, or one per axis, each of them checked; one where they are all the same. */
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

/** What an entry that may have one number per axis says of one axis. */
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
