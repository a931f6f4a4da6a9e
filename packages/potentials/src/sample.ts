import { exp, square } from '@dyadic/elementary';
import { ArgumentError, requireFinite, requireInteger } from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import type { GridAxis, PeriodicGrid } from '@dyadic/spectral';
import { alongAxis, cellsPerAxis, type GaussianWells } from './gaussian-wells.js';

/** One Gaussian well. */
export interface Well {
  /** s_i, without the factor that makes it a height: ρ_i of eq (4.4), c_i of eq (4.8). */
  readonly strength: number;
  /** Coordinates of the center, one per axis. */
  readonly center: readonly number[];
}

/** The parameters of one random potential; {@link evaluatePotential} turns them into values. */
export interface Sample {
  readonly family: GaussianWells;
  readonly index: number;
  /** T: one for all wells of the sample. */
  readonly variance: number;
  readonly wells: readonly Well[];
}

/** Draws allowed for one center before the wells are declared too crowded. */
const CENTER_ATTEMPTS = 10_000;

/**
 * Draws sample number `index` of a family. A pure function: the same wells for the same (family, seed, index) on any
 * machine, in any order, on any worker. Families that differ in any entry have random streams of their own, unless the
 * hashes of 32 bits by which `@dyadic/random` tells them apart coincide: then they share their uniform draws.
 *
 * Draws in order: the variance; then for each well its strength and its center, the center again until it keeps its
 * distance from those before it.
 *
 * @throws ArgumentError when the wells do not fit at the family's distance
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

/** A center in cell number `cell` of the lattice, the last axis fastest. */
function centerOfCell(family: GaussianWells, jitter: number, stream: RandomStream, cell: number): number[] {
  const { dimension, origin, length } = family;
  const side = cellsPerAxis(family);
  return Array.from({ length: dimension }, (_, axis) => {
    const position = Math.floor(cell / side ** (dimension - 1 - axis)) % side;
    const cellLength = alongAxis(length, axis) / side;
    return alongAxis(origin, axis) + cellLength * (position + 0.5 + stream.uniform(-jitter, jitter));
  });
}

/** Beyond it 2π times the variance is no number any more. */
const MOST_VARIANCE = 1e300;

/** Distance to the nearest periodic image. */
function distanceOnTorus(a: readonly number[], b: readonly number[], length: GaussianWells['length']): number {
  const squares = a.map((x, axis) => {
    const period = alongAxis(length, axis);
    return square(x - b[axis]! - period * Math.round((x - b[axis]!) / period));
  });
  return Math.sqrt(squares.reduce((sum, one) => sum + one, 0));
}

/** The text that the random stream of a family is named by; `height` changes no draw. */
function streamName(family: GaussianWells): string {
  const { name, dimension, wells, strength, variance, depth, separation, minimum, length, origin, jitter } = family;
  const lattice = jitter === undefined ? [] : ['lattice', jitter];
  return [name, dimension, wells, strength, variance, depth, separation, minimum, length, origin, ...lattice].join('/');
}

/**
 * Values of a potential on a grid of its torus, as {@link GaussianWells} defines them. The sum over periodic images is a
 * product over the axes and is taken to rounding.
 *
 * @throws ArgumentError when the grid is not a grid of the family's torus, or the variance is not in (0, 1e300]
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
 * Most periodic images on either side that are summed one by one. A Gaussian that needs more is wider than 7 periods, and
 * its sum constant beyond rounding: by Poisson's formula the first harmonic is exp(−2π² variance/length²) of the mean.
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
