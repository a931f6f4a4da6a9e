import { exp, square } from '@dyadic/elementary';
import { ArgumentError, requireFinite, requireInteger } from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import type { GridAxis, PeriodicGrid } from '@dyadic/spectral';
import { alongAxis, cellsPerAxis, type GaussianWells } from './gaussian-wells.js';

/** One Gaussian well. */
export interface Well {
  /** s_i, before scaling to a height: ρ_i of eq (4.4), c_i of eq (4.8). */
  readonly strength: number;
  /** Coordinates of the center, one per axis. */
  readonly center: readonly number[];
}

/** The parameters of one random potential; {@link evaluatePotential} computes its values. */
export interface Sample {
  readonly family: GaussianWells;
  /** Number of the sample in the family. */
  readonly index: number;
  /** T, shared by all wells. */
  readonly variance: number;
  readonly wells: readonly Well[];
}

/** Most draws of one center before the wells count as too crowded. */
const CENTER_ATTEMPTS = 10_000;

/**
 * Draws sample number `index` of a family. A pure function: the same wells for the same (family, seed, index) on any
 * machine, in any order, on any worker. Families that differ in any entry except `height` have different random streams, unless
 * the 32-bit hashes by which `@dyadic/random` distinguishes them coincide.
 *
 * Draws in order: the variance; then for each well its strength and its center. A center too close to an earlier one is drawn
 * again.
 *
 * @param family - From {@link gaussianWells}.
 * @param seed - An integer from 0 to 2⁵³ − 1.
 * @param index - An integer from 0 to 2⁵³ − 1.
 * @throws ArgumentError for a seed or index outside its range, or when no center at least `separation` from the others was found
 * in 10,000 draws
 */
export function samplePotential(family: GaussianWells, seed: number, index: number): Sample {
  requireInteger('index', index, { min: 0 });
  const stream = randomStream(seed, `potentials/${streamName(family)}`, index);
  const variance = stream.uniform(...family.variance);
  const wells: Well[] = [];
  for (let i = 0; i < family.wells; i++) {
    wells.push({ strength: stream.uniform(...family.strength), center: drawCenter(family, stream, wells) });
  }
  return { family, index, variance, wells };
}

function drawCenter(family: GaussianWells, stream: RandomStream, others: readonly Well[]): number[] {
  const { dimension, origin, length, separation } = family;
  if (family.jitter !== undefined) return centerOfCell(family, family.jitter, stream, others.length);
  for (let attempt = 0; attempt < CENTER_ATTEMPTS; attempt++) {
    const center = Array.from({ length: dimension }, (_, axis) => {
      const first = alongAxis(origin, axis);
      return stream.uniform(first, first + alongAxis(length, axis));
    });
    const apart = (other: Well) => distanceOnTorus(center, other.center, length) > separation;
    if (separation === 0 || others.every(apart)) return center;
  }
  throw new ArgumentError('potential.wells', family.wells, `few enough wells to lie ${separation} apart`);
}

/** A center in cell number `cell` of the lattice, last axis fastest. */
function centerOfCell(family: GaussianWells, jitter: number, stream: RandomStream, cell: number): number[] {
  const { dimension, origin, length } = family;
  const side = cellsPerAxis(family);
  return Array.from({ length: dimension }, (_, axis) => {
    const position = Math.floor(cell / side ** (dimension - 1 - axis)) % side;
    const cellLength = alongAxis(length, axis) / side;
    return alongAxis(origin, axis) + cellLength * (position + 0.5 + stream.uniform(-jitter, jitter));
  });
}

/** Beyond it 2π times the variance may overflow. */
const MOST_VARIANCE = 1e300;

/** Distance to the nearest periodic image. */
function distanceOnTorus(a: readonly number[], b: readonly number[], length: GaussianWells['length']): number {
  const squares = a.map((x, axis) => {
    const period = alongAxis(length, axis);
    return square(x - b[axis]! - period * Math.round((x - b[axis]!) / period));
  });
  return Math.sqrt(squares.reduce((sum, one) => sum + one, 0));
}

/** The name of a family's random stream. Without `height`, which affects no draw. */
function streamName(family: GaussianWells): string {
  const { name, dimension, wells, strength, variance, depth, separation, minimum, length, origin, jitter } = family;
  const lattice = jitter === undefined ? [] : ['lattice', jitter];
  return [name, dimension, wells, strength, variance, depth, separation, minimum, length, origin, ...lattice].join('/');
}

/**
 * Values of a potential, the sum of {@link GaussianWells}, on a grid of its torus: `grid.size` numbers, row-major. The sum over
 * periodic images factorises over the axes and is accurate to rounding.
 *
 * @throws ArgumentError when the grid's dimension, length or origin differs from the family's, or the variance is not in
 * (0, 1e300]
 */
export function evaluatePotential(sample: Sample, grid: PeriodicGrid): Float64Array {
  const { family, variance, wells } = sample;
  if (grid.dimension !== family.dimension) {
    throw new ArgumentError('grid.dimension', grid.dimension, `${family.dimension}, the potential's`);
  }
  for (const property of ['length', 'origin'] as const) {
    grid.axes.forEach((found, axis) => {
      const wanted = alongAxis(family[property], axis);
      if (found[property] === wanted) return;
      throw new ArgumentError(`grid.${property}`, found[property], `${wanted}, the potential's`);
    });
  }
  requireFinite('sample.variance', variance, { min: Number.MIN_VALUE, max: MOST_VARIANCE });
  const prefactor = family.height === 'normal-density' ? 1 / Math.sqrt(2 * Math.PI * variance) : family.depth;
  const values = new Float64Array(grid.size);
  for (const { strength, center } of wells) {
    const axes = center.map((c, a) => periodicGaussian(grid.axes[a]!, c, variance));
    addOuterProduct(values, -strength * prefactor, axes);
  }
  if (family.minimum !== null) shiftMinimum(values, family.minimum);
  return values;
}

/**
 * Most periodic images summed on either side. A Gaussian that needs more is wider than 7 periods, so its periodic sum is constant
 * to rounding: by Poisson's formula the first harmonic is 2 exp(−2π² variance/length²) times the mean.
 */
const MOST_IMAGES = 64;

/** Σ_j exp(−(x − c − length·j)²/(2 variance)) along one axis. */
function periodicGaussian({ coordinates, length }: GridAxis, center: number, variance: number): Float64Array {
  const images = Math.ceil(Math.sqrt(2 * variance * 40) / length); // exp(−40) is below rounding
  if (images > MOST_IMAGES)
    return new Float64Array(coordinates.length).fill(Math.sqrt(2 * Math.PI * variance) / length);
  return coordinates.map((x) => {
    const nearest = x - center - length * Math.round((x - center) / length);
    let sum = 0;
    for (let j = -images; j <= images; j++) sum += exp(-square(nearest - length * j) / (2 * variance));
    return sum;
  });
}

/** values += scale · axes[0] ⊗ axes[1] ⊗ … */
function addOuterProduct(values: Float64Array, scale: number, axes: readonly Float64Array[]): void {
  const [first, ...rest] = axes;
  const stride = values.length / first!.length;
  for (let i = 0; i < first!.length; i++) {
    const factor = scale * first![i]!;
    if (rest.length === 0) values[i]! += factor;
    else addOuterProduct(values.subarray(i * stride, (i + 1) * stride), factor, rest);
  }
}

function shiftMinimum(values: Float64Array, minimum: number): void {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) least = Math.min(least, value);
  for (let i = 0; i < values.length; i++) values[i]! += minimum - least;
}
