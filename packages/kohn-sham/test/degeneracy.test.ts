import { integrate, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { type KohnShamState, kohnShamMap, kohnShamMapDense } from '../src/index.js';
import { maxDifference, torus } from './oracles.js';

/** Depths of double wells and what the gap between their two lowest states is, roughly. */
const DOUBLE_WELLS: [number, number][] = [
  [180, 1e-3],
  [250, 7e-5],
  [300, 1.5e-5],
  [400, 1e-6],
];

describe('near and exact degeneracy', () => {
  const grid = torus(1, 96);
  const doubleWell = (depth: number, tilt = 0) =>
    sampleOnGrid(grid, (x) => {
      const well = (center: number) => Math.exp(-((x - center) ** 2) / 0.02);
      return -depth * (well(0.5) + well(-0.5)) + tilt * Math.sin(Math.PI * x);
    });
  const asymmetry = ({ density }: KohnShamState) =>
    maxDifference(
      density,
      density.map((_, i) => density[(96 - i) % 96]!),
    );

  it.each(DOUBLE_WELLS)('double well of depth %f, gap about %f: the symmetric ground state', (depth, gap) => {
    const state = kohnShamMap(doubleWell(depth), grid, { electrons: 1 });
    expect(state.status).toBe('converged');
    expect(state.gap / gap).toBeGreaterThan(0.3);
    expect(state.gap / gap).toBeLessThan(3);
    expect(asymmetry(state)).toBeLessThan(1e-12 / gap + 1e-9);
    expect(state.gap).toBeCloseTo(kohnShamMapDense(doubleWell(depth), grid, { electrons: 1 }).gap, 10);
  });

  it('a tilt of the order of the gap moves the electron as the dense oracle says', () => {
    const potential = doubleWell(DOUBLE_WELLS[1]![0], DOUBLE_WELLS[1]![1]);
    const state = kohnShamMap(potential, grid, { electrons: 1 });
    expect(asymmetry(state)).toBeGreaterThan(0.1);
    expect(maxDifference(state.density, kohnShamMapDense(potential, grid, { electrons: 1 }).density)).toBeLessThan(
      1e-7,
    );
  });

  it.each([
    [torus(1, 320), 2],
    [torus(2, 64), 3],
    [torus(3, 12), 4],
  ] as const)('V = 0 with an open shell is reported: %o, n_e = %i', (grid, electrons) => {
    const state = kohnShamMap(new Float64Array(grid.size), grid, { electrons });
    expect(state.status).toBe('degenerate');
    expect(state.gap).toBeLessThan(1e-9);
    expect(integrate(grid, state.density)).toBeCloseTo(electrons, 11);
    expect(state.residual).toBeLessThan(1e-10);
  });

  it('two equal wells far apart, one electron: degenerate by symmetry', () => {
    const grid = torus(1, 256);
    const well = (x: number) => -4000 * Math.exp(-(x ** 2) / 0.01);
    const potential = sampleOnGrid(grid, (x) => well(x - 0.5) + well(x + 0.5));
    expect(kohnShamMap(potential, grid, { electrons: 1 }).status).toBe('degenerate');
    expect(kohnShamMap(potential, grid, { electrons: 2 }).status).toBe('converged');
  });
});
