import { type RandomStream, randomStream } from '@dyadic/random';
import { type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { hamiltonianMatrix } from '../src/dense.js';
import { LowSpectrum } from '../src/low-spectrum.js';

type Field = (...x: number[]) => number;
type Family = (random: RandomStream, dimension: Dimension) => Field;
type Dimension = 1 | 2 | 3;

/** A potential whose Hamiltonian has symmetries, or is a sum of one-dimensional ones. */
export interface SymmetricCase {
  readonly name: string;
  readonly grid: PeriodicGrid;
  readonly electrons: number;
  readonly potential: Float64Array;
  /** The lowest eigenvalues, by a dense matrix of the grid or of its axes. */
  eigenvalues(count: number): number[];
}

/** Points per axis whose dense matrices take a fraction of a second. */
const DENSE = { 1: [16, 30, 48, 96], 2: [8, 10, 12, 15, 16, 20], 3: [4, 5, 6] } as const;
/** Points per axis where the Hamiltonian is a sum over the axes. */
const SEPARABLE = { 1: [64, 200], 2: [16, 24, 32, 40, 64], 3: [8, 10, 12, 16] } as const;

/** x from 0 to 1 on every axis; values of order one. */
const FAMILIES: Record<string, Family> = {
  'trigonometric polynomial': (random, dimension) => {
    const period = 1 + random.integer(4);
    const terms = Array.from({ length: 1 + random.integer(4) }, () => ({
      weight: random.uniform(-1, 1),
      waves: Array.from({ length: dimension }, () => period * random.integer(3)),
    }));
    const field: Field = (...x) =>
      terms.reduce((s, t) => s + t.weight * x.reduce((p, y, a) => p * Math.cos(2 * Math.PI * t.waves[a]! * y), 1), 0);
    return random.integer(2) === 0 ? field : overExchanges(field);
  },
  'powers of cosines': (random) => {
    const [waves, power] = [1 + random.integer(3), [1, 2, 4][random.integer(3)]!];
    return (...x) => -x.reduce((p, y) => p * Math.cos(waves * Math.PI * y) ** (2 * power), 1);
  },
  'Gaussian wells on a lattice': (random) => {
    const [sites, width] = [1 + random.integer(3), random.uniform(0.05, 0.4)];
    const well = (y: number) => {
      const t = sites * y - Math.round(sites * y);
      return Math.exp(-((t / width) ** 2) / 2);
    };
    return (...x) => -x.reduce((p, y) => p * well(y), 1);
  },
  'rings and shells': (random) => {
    const [radius, width] = [random.uniform(0.05, 0.4), random.uniform(0.03, 0.2)];
    return (...x) => -Math.exp(-(((Math.hypot(...x.map((y) => y - 0.5)) - radius) / width) ** 2));
  },
  'kinks and boxes': (random) => {
    const [waves, box] = [1 + random.integer(3), random.integer(2)];
    const step = (y: number) => Math.abs(Math.sin(waves * Math.PI * y));
    return (...x) => x.reduce((s, y) => s + (box ? Number(step(y) > 0.6) : step(y)), 0);
  },
  'noise made symmetric': (random) => {
    const values = new Map<string, number>();
    return (...x) => {
      const key = x
        .map((y) => Math.round(1e6 * Math.min(y, 1 - y)))
        .sort((a, b) => a - b)
        .join();
      if (!values.has(key)) values.set(key, random.uniform(-1, 1));
      return values.get(key)!;
    };
  },
};

/** A number as large as often as it is small, from low to high. */
const logarithmic = (random: RandomStream, low: number, high: number) => low * (high / low) ** random.uniform();
const choose = <T>(random: RandomStream, from: readonly T[]): T => from[random.integer(from.length)]!;

/**
 * Case number `index`, always the same. Every third is a sum of functions of one coordinate on a larger grid.
 *
 * @param least - Electrons from this on, twice as many at most, on grids that are large enough; default 1 to 8
 */
export function symmetricCase(index: number, least?: number): SymmetricCase {
  const random = randomStream(3, 'kohn-sham/test/symmetric', index);
  const dimension = choose(random, [1, 2, 2, 2, 3, 3] as const);
  const separable = index % 3 === 2;
  const sizes: readonly number[] = separable ? SEPARABLE[dimension] : DENSE[dimension];
  const points = choose(
    random,
    sizes.filter((n) => least === undefined || n ** dimension > 4 * least),
  );
  const grid = periodicGrid({ dimension, points, length: choose(random, [1, 2, 4]), origin: 0 });
  const range = least === undefined ? Math.min(8, Math.floor(grid.size / 4)) : least;
  const electrons = (least ?? 1) + random.integer(range);
  const depth = logarithmic(random, 1, 1e6) / grid.length ** 2;
  const [family, draw] = choose(random, Object.entries(FAMILIES));
  if (!separable) {
    const field = draw(random, dimension);
    const potential = sampleOnGrid(grid, (...x) => depth * field(...x.map((y) => y / grid.length)));
    const eigenvalues = (count: number) => denseEigenvalues(potential, grid, count);
    return { name: family, grid, electrons, potential, eigenvalues };
  }
  const same = random.integer(3) > 0 ? draw(random, 1) : null;
  const axis = periodicGrid({ dimension: 1, points, length: grid.length, origin: 0 });
  const parts = Array.from({ length: dimension }, () => {
    const [field, scale] = same ? [same, 1] : [draw(random, 1), random.uniform(0.3, 1)];
    return sampleOnGrid(axis, (x) => depth * scale * field(x / grid.length));
  });
  const position = (x: number) => Math.round(x / axis.spacing);
  const potential = sampleOnGrid(grid, (...x) => x.reduce((s, y, a) => s + parts[a]![position(y)]!, 0));
  const eigenvalues = (count: number) =>
    parts
      .map((part) => denseEigenvalues(part, axis, points))
      .reduce((sums, values) => sums.flatMap((s) => values.map((v) => s + v)))
      .sort((a, b) => a - b)
      .slice(0, count);
  return { name: `a sum over axes: ${family}`, grid, electrons, potential, eigenvalues };
}

/** The mean over exchanges of the axes. */
function overExchanges(field: Field): Field {
  return (...x) => x.reduce((s, _, shift) => s + field(...x.slice(shift), ...x.slice(0, shift)), 0) / x.length;
}

function denseEigenvalues(potential: Float64Array, grid: PeriodicGrid, count: number): number[] {
  const spectrum = new LowSpectrum(grid.size);
  spectrum.decompose(Float64Array.from(hamiltonianMatrix(potential, grid).to1DArray()));
  return [...spectrum.values.subarray(0, count)];
}
