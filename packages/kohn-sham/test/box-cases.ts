import { type RandomStream, randomStream } from '@dyadic/random';
import { type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { hamiltonianMatrix } from '../src/dense.js';
import { LowSpectrum } from '../src/low-spectrum.js';

/** A potential on a box, whose axes differ in points and lengths, with the eigenvalues of −½Δ + V by dense matrices. */
export interface BoxCase {
  readonly name: string;
  readonly grid: PeriodicGrid;
  readonly electrons: number;
  readonly potential: Float64Array;
  eigenvalues(count: number): number[];
}

const SMALL = { 2: [6, 8, 10, 12, 15, 20, 24], 3: [4, 5, 6, 8] } as const;
const LARGE = { 2: [12, 16, 20, 32, 48, 64], 3: [8, 10, 12, 16, 20] } as const;

/**
 * Case number `index`, always the same. Odd ones are sums of functions of one coordinate, symmetric and often equal, on larger
 * grids: their states come in kinds that a start may lack.
 *
 * @param electrons - At least so many, and twice as many at most
 */
export function boxCase(index: number, electrons: number): BoxCase {
  const random = randomStream(5, 'kohn-sham/test/boxes', index);
  const dimension = random.integer(3) > 0 ? 2 : 3;
  const separable = index % 2 === 1;
  const sizes: readonly number[] = (separable ? LARGE : SMALL)[dimension];
  const points = Array.from({ length: dimension }, () => sizes[random.integer(sizes.length)]!);
  while (points.reduce((product, n) => product * n, 1) < 5 * electrons) points[0] = sizes.at(-1)!;
  if (points[0]! ** dimension < 5 * electrons) points.fill(sizes.at(-1)!);
  const length = points.map((n) => n * 0.125 * (random.integer(2) ? 1 : random.uniform(0.5, 2)));
  const grid = periodicGrid({ points, length, origin: points.map(() => random.uniform(-1, 0)) });
  const count = Math.min(electrons + random.integer(electrons), Math.floor(grid.size / 4));
  const depth = 10 ** random.uniform(0, 3);
  const name = `${points.join(' × ')} points, ${length.map((l) => l.toFixed(2)).join(' × ')}, n_e = ${count}`;
  const shared = { name, grid, electrons: count };
  return separable ? { ...shared, ...sumOverAxes(grid, depth, random) } : { ...shared, ...wells(grid, depth, random) };
}

function wells(grid: PeriodicGrid, depth: number, random: RandomStream) {
  const centers = Array.from({ length: 3 }, () => grid.axes.map(() => random.uniform()));
  const potential = sampleOnGrid(grid, (...x) => {
    const one = (center: number[]) =>
      Math.exp(2 * x.reduce((s, y, a) => s + Math.cos(2 * Math.PI * (y / grid.axes[a]!.length - center[a]!)) - 1, 0));
    return -depth * centers.reduce((s, center) => s + one(center), 0);
  });
  return { potential, eigenvalues: (count: number) => denseEigenvalues(potential, grid).slice(0, count) };
}

function sumOverAxes(grid: PeriodicGrid, depth: number, random: RandomStream) {
  const sites = 1 + random.integer(3);
  const parts = grid.axes.map(({ points }) => {
    const scale = random.integer(2) ? 1 : random.uniform(0.3, 1);
    return Float64Array.from(
      { length: points },
      (_, j) => -depth * scale * Math.cos((sites * Math.PI * j) / points) ** 4,
    );
  });
  let potential = Float64Array.of(0);
  for (const part of parts) potential = Float64Array.from([...potential].flatMap((v) => [...part].map((w) => v + w)));
  const eigenvalues = (count: number) =>
    parts
      .map((part, axis) => {
        const { points, length } = grid.axes[axis]!;
        return denseEigenvalues(part, periodicGrid({ dimension: 1, points, length }));
      })
      .reduce((sums, values) => sums.flatMap((s) => values.map((v) => s + v)).sort((a, b) => a - b))
      .sort((a, b) => a - b)
      .slice(0, count);
  return { potential, eigenvalues };
}

function denseEigenvalues(potential: Float64Array, grid: PeriodicGrid): number[] {
  const spectrum = new LowSpectrum(grid.size);
  spectrum.decompose(Float64Array.from(hamiltonianMatrix(potential, grid).to1DArray()));
  return [...spectrum.values];
}
