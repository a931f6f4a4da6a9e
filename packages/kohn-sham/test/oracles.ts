import { evaluatePotential, type GaussianWells, gaussianWells, samplePotential } from '@dyadic/potentials';
import { integrate, type PeriodicGrid, periodicGrid } from '@dyadic/spectral';

/** The cell [−1, 1)^d of the paper. */
export const torus = (dimension: 1 | 2 | 3, points: number) =>
  periodicGrid({ dimension, points, length: 2, origin: -1 });

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    largest = difference >= 0 ? Math.max(largest, difference) : Number.POSITIVE_INFINITY;
  }
  return largest;
}

export interface PaperWells {
  readonly preset?: 'paper' | 'localized';
  readonly wells?: number;
  readonly depth?: number;
}

/** The families of eq (4.8): the paper's, and a hundred times as deep. */
export function paperWells(
  dimension: 1 | 2 | 3,
  { preset = 'paper', wells = 2, ...options }: PaperWells,
): GaussianWells {
  const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4];
  return gaussianWells({
    name: `kohn-sham/${preset}`,
    dimension,
    wells,
    strength: [0.8, 1.2],
    variance: [variance, variance],
    height: 'strength',
    depth: options.depth ?? (preset === 'localized' ? 100 : 1),
    separation,
    length: 2,
    origin: -1,
  });
}

/** Random potentials of eq (4.8) on a grid of [−1, 1)^d. */
export function randomPotentials(grid: PeriodicGrid, options: PaperWells, count: number): Float64Array[] {
  const family = paperWells(grid.dimension, options);
  return Array.from({ length: count }, (_, index) => evaluatePotential(samplePotential(family, 5, index), grid));
}

export function innerProduct(grid: PeriodicGrid, a: Float64Array, b: Float64Array): number {
  return integrate(
    grid,
    a.map((x, i) => x * b[i]!),
  );
}

/** The lowest `count` values of ½|k|² on the torus. */
export function freeEnergies(grid: PeriodicGrid, count: number): number[] {
  const m = Array.from({ length: 15 }, (_, i) => ((i - 7) * 2 * Math.PI) / grid.length);
  let energies = [0];
  for (let axis = 0; axis < grid.dimension; axis++) energies = energies.flatMap((e) => m.map((k) => e + k * k * 0.5));
  return energies.sort((a, b) => a - b).slice(0, count);
}
