import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { integrate, interpolate, type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { type FlowStep, groundState } from '../src/index.js';
import { energyGapBelow, maxDifference } from './oracles.js';
import { paperWells } from './wells.js';

const METHODS = ['newton-krylov', 'gradient-flow'] as const;

/** V = Σ ω_a² x_a², whose ground state for β = 0 is Π exp(−ω_a x_a²/2), E = Σ ω_a, in all space. */
function trap(omega: readonly number[], grid: PeriodicGrid) {
  const potential = sampleOnGrid(grid, (...x) => x.reduce((sum, xa, a) => sum + (omega[a]! * xa) ** 2, 0));
  const plain = sampleOnGrid(grid, (...x) => Math.exp(-x.reduce((sum, xa, a) => sum + (omega[a]! * xa ** 2) / 2, 0)));
  const norm = (Math.PI ** omega.length / omega.reduce((product, w) => product * w, 1)) ** 0.25;
  return { potential, u: plain.map((x) => x / norm) };
}

describe('harmonic traps, one axis stiffer than the others', () => {
  it.each<[number[], number[], number[]]>([
    [
      [1, 4],
      [60, 64],
      [18, 10],
    ],
    [
      [4, 1],
      [64, 45],
      [10, 18],
    ],
    [
      [0.5, 1, 2],
      [40, 36, 32],
      [24, 18, 12],
    ],
  ])('ω = %o on %o points of a box %o', (omega, points, length) => {
    const grid = periodicGrid({ points, length, origin: length.map((l) => -l / 2) });
    const { potential, u } = trap(omega, grid);
    for (const method of METHODS) {
      const state = groundState(potential, grid, { beta: 0, method });
      expect(state.status).toBe('converged');
      expect(state.chemicalPotential).toBeCloseTo(
        omega.reduce((sum, w) => sum + w, 0),
        8,
      );
      expect(maxDifference(state.u, u)).toBeLessThan(1e-8);
    }
  });

  it.each([0, 10])(
    'a cigar, four times stiffer across, that a cube of as many points does not resolve, β = %i',
    (beta) => {
      const points = [40, 40];
      const cube = periodicGrid({ points, length: 14, origin: -7 });
      const box = periodicGrid({ points, length: [14, 7], origin: [-7, -3.5] });
      expect(groundState(trap([1, 4], cube).potential, cube, { beta }).status).toBe('not-positive');
      const state = groundState(trap([1, 4], box).potential, box, { beta });
      expect(state.status).toBe('converged');
      const fine = periodicGrid({ points: [72, 72], length: [14, 7], origin: [-7, -3.5] });
      const finer = groundState(trap([1, 4], fine).potential, fine, { beta });
      expect(state.chemicalPotential / finer.chemicalPotential).toBeCloseTo(1, 6);
      if (beta === 0) expect(state.chemicalPotential).toBeCloseTo(5, 5);
    },
  );

  it('finite differences converge at second order, each axis by its own h', () => {
    const errors = [1, 2, 4].map((refinement) => {
      const grid = periodicGrid({
        points: [24 * refinement, 20 * refinement],
        length: [14, 7],
        origin: [-7, -3.5],
      });
      const { potential } = trap([1, 4], grid);
      const state = groundState(potential, grid, { beta: 0, discretization: 'finite-differences' });
      return Math.abs(state.chemicalPotential - 5);
    });
    const orders = [Math.log2(errors[0]! / errors[1]!), Math.log2(errors[1]! / errors[2]!)];
    for (const order of orders) expect(Math.abs(order - 2)).toBeLessThan(0.15);
  });
});

describe('β > 0 on boxes', () => {
  it.each([
    ['fourier', 2, [12, 15], [1, 3]],
    ['finite-differences', 2, [12, 15], [1, 3]],
    ['fourier', 3, [6, 5, 8], [2, 1, 3]],
    ['finite-differences', 3, [6, 5, 8], [2, 1, 3]],
  ] as const)('%s in %i D: the dense matrix has no lower state', (discretization, _, points, length) => {
    const grid = periodicGrid({ points, length });
    const potential = sampleOnGrid(grid, (...x) =>
      x.reduce((sum, xa, a) => sum - 8 * Math.cos((2 * Math.PI * xa) / length[a]! + a), 0),
    );
    for (const method of METHODS) {
      const state = groundState(potential, grid, { beta: 30, discretization, method });
      expect(state.status).toBe('converged');
      expect(energyGapBelow(state, potential, grid, { discretization, beta: 30, from: 1e-8 })).toBe(1e-8);
    }
  });

  it('manufactured solution: V = E + Δu/u − βu² makes any positive u the ground state', () => {
    const length = [1, 3, 2];
    const grid = periodicGrid({ points: [20, 30, 24], length });
    const w = length.map((l) => (2 * Math.PI) / l);
    const wave = (...x: number[]) => x.reduce((product, xa, a) => product * Math.cos(w[a]! * xa), 0.5);
    const plain = sampleOnGrid(grid, (...x) => 1 + wave(...x));
    const square = integrate(
      grid,
      plain.map((x) => x * x),
    );
    const u = plain.map((x) => x / Math.sqrt(square));
    const k2 = w.reduce((sum, wa) => sum + wa ** 2, 0);
    const potential = u.map((x, i) => 4 - (k2 * (plain[i]! - 1)) / plain[i]! - 25 * x ** 2);
    const steps: FlowStep[] = [];
    const state = groundState(potential, grid, { beta: 25, onStep: (step) => steps.push(step) });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.u, u)).toBeLessThan(1e-9);
    expect(state.chemicalPotential).toBeCloseTo(4, 8);
  });

  it('a line of wells in a tube is the line alone: what does not depend on y is constant there, whatever its points', () => {
    const line = periodicGrid({ dimension: 1, points: 128 });
    const tube = periodicGrid({ points: [128, 10], length: [1, 0.25] });
    const family = paperWells();
    const well = evaluatePotential(samplePotential(family, 3, 0), line);
    const along = groundState(well, line, { beta: 10 });
    const steps: FlowStep[] = [];
    const onStep = (step: FlowStep) => steps.push(step);
    const state = groundState(
      Float64Array.from({ length: tube.size }, (_, i) => well[Math.floor(i / 10)]!),
      tube,
      { beta: 2.5, onStep },
    );
    expect(state.status).toBe('converged');
    expect(state.chemicalPotential).toBeCloseTo(along.chemicalPotential, 8);
    const expected = Float64Array.from({ length: tube.size }, (_, i) => 2 * along.u[Math.floor(i / 10)]!);
    expect(maxDifference(state.u, expected)).toBeLessThan(1e-8);
    // The coarse grids do most of the work, in proportion.
    expect(steps[0]!.points).toEqual([32, 10]);
  });

  it('wells of a unit torus on more points along one axis: the same function', () => {
    const family = paperWells({ dimension: 2 });
    const sample = samplePotential(family, 1, 0);
    const [square, box] = [periodicGrid({ points: [64, 64] }), periodicGrid({ points: [64, 96] })];
    const [a, b] = [square, box].map((grid) => groundState(evaluatePotential(sample, grid), grid));
    expect(maxDifference(interpolate(a!.u, square, box), b!.u)).toBeLessThan(1e-8);
  });
});
