import { ArgumentError, requireFinite, requireInteger } from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import type { PeriodicGrid } from '@dyadic/spectral';
import type { PotentialRecipe } from './recipe.js';

/** One Gaussian well. */
export interface Well {
  /** ρ_i of eq (4.4), or c_i of eq (4.8) without the depth factor. */
  readonly strength: number;
  /** Coordinates of the center, one per axis. */
  readonly center: readonly number[];
}

/** The parameters of one random potential; {@link evaluatePotential} turns them into values. */
export interface Sample {
  readonly recipe: PotentialRecipe;
  readonly index: number;
  /** T of eq (4.4), or σ² of eq (4.8): one for all wells of the sample. */
  readonly variance: number;
  readonly wells: readonly Well[];
}

/** Draws allowed for one center before the wells are declared too crowded. */
const CENTER_ATTEMPTS = 10_000;

/**
 * Draws sample number `index` of a family. A pure function: the same wells for the same (recipe, seed, index) on any
 * machine, in any order, on any worker. Families that differ in any entry have random streams of their own, unless the
 * hashes of 32 bits by which `@dyadic/random` tells them apart coincide: then they share their uniform draws.
 *
 * Draws in order: the variance; then for each well its strength and its center, the center again until it keeps its
 * distance from those before it.
 *
 * @throws ArgumentError when the wells do not fit at the recipe's distance
 */
export function samplePotential(recipe: PotentialRecipe, seed: number, index: number): Sample {
  requireInteger('index', index, { min: 0 });
  const stream = randomStream(seed, `potentials/${recipeName(recipe)}`, index);
  const variance = stream.uniform(...recipe.variance);
  const wells: Well[] = [];
  for (let i = 0; i < recipe.wells; i++) {
    wells.push({ strength: stream.uniform(...recipe.strength), center: drawCenter(recipe, stream, wells) });
  }
  return { recipe, index, variance, wells };
}

function drawCenter(recipe: PotentialRecipe, stream: RandomStream, others: readonly Well[]): number[] {
  const { dimension, origin, length, separation } = recipe;
  for (let attempt = 0; attempt < CENTER_ATTEMPTS; attempt++) {
    const center = Array.from({ length: dimension }, () => stream.uniform(origin, origin + length));
    const apart = (other: Well) => distanceOnTorus(center, other.center, length) > separation;
    if (separation === 0 || others.every(apart)) return center;
  }
  throw new ArgumentError('potential.wells', recipe.wells, `few enough wells to lie ${separation} apart`);
}

/** Beyond it 2π times the variance is no number any more. */
const MOST_VARIANCE = 1e300;

/** Distance to the nearest periodic image. */
function distanceOnTorus(a: readonly number[], b: readonly number[], length: number): number {
  return Math.hypot(...a.map((x, axis) => x - b[axis]! - length * Math.round((x - b[axis]!) / length)));
}

/** A text that names the family, independent of the order of the properties in a stored recipe. */
function recipeName(recipe: PotentialRecipe): string {
  const { equation, preset, dimension, wells, strength, variance, depth, separation, minimum, length, origin } = recipe;
  return [equation, preset, dimension, wells, strength, variance, depth, separation, minimum, length, origin].join('/');
}

/**
 * Values of a potential on a grid of its torus, in the units of the equation:
 *
 *   (4.4)  V(x) = −Σ_i Σ_j ρ_i/√(2πT) exp(−|x − j − c_i|²/(2T)),
 *   (4.8)  V(x) = −Σ_i Σ_j depth · c_i exp(−|x − c_i − 2j|²/(2σ²)).
 *
 * The sum over periodic images is a product over the axes and is taken to rounding.
 *
 * @throws ArgumentError when the grid is not a grid of the recipe's torus, or the variance is not in (0, 1e300]
 */
export function evaluatePotential(sample: Sample, grid: PeriodicGrid): Float64Array {
  const { recipe, variance, wells } = sample;
  for (const property of ['dimension', 'length', 'origin'] as const) {
    if (grid[property] !== recipe[property]) {
      throw new ArgumentError(`grid.${property}`, grid[property], `${recipe[property]}, the potential's`);
    }
  }
  requireFinite('sample.variance', variance, { min: Number.MIN_VALUE, max: MOST_VARIANCE });
  const prefactor = recipe.equation === 'nlse' ? 1 / Math.sqrt(2 * Math.PI * variance) : recipe.depth;
  const values = new Float64Array(grid.size);
  for (const { strength, center } of wells) {
    const axes = center.map((c) => periodicGaussian(grid, c, variance));
    addOuterProduct(values, -strength * prefactor, axes);
  }
  if (recipe.minimum !== null) shiftMinimum(values, recipe.minimum);
  return values;
}

/**
 * Most periodic images on either side that are summed one by one. A Gaussian that needs more is wider than 7 periods, and
 * its sum constant beyond rounding: by Poisson's formula the first harmonic is exp(−2π² variance/length²) of the mean.
 */
const MOST_IMAGES = 64;

/** Σ_j exp(−(x − c − length·j)²/(2 variance)) along one axis. */
function periodicGaussian({ axis, length }: PeriodicGrid, center: number, variance: number): Float64Array {
  const images = Math.ceil(Math.sqrt(2 * variance * 40) / length); // exp(−40) is below rounding
  if (images > MOST_IMAGES) return new Float64Array(axis.length).fill(Math.sqrt(2 * Math.PI * variance) / length);
  return axis.map((x) => {
    const nearest = x - center - length * Math.round((x - center) / length);
    let sum = 0;
    for (let j = -images; j <= images; j++) sum += Math.exp(-((nearest - length * j) ** 2) / (2 * variance));
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
