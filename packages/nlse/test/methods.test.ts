import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { randomStream } from '@dyadic/random';
import { integrate, type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { type FlowStep, type GroundState, groundState, groundStateSolver } from '../src/index.js';
import { denseGroundState, denseNewton, maxDifference } from './oracles.js';
import { type PaperWells, paperWells } from './wells.js';

const METHODS = ['gradient-flow', 'newton-krylov'] as const;
const line = periodicGrid({ dimension: 1, points: 320 });

/** Both methods; they must have converged to the same state. */
function agree(potential: Float64Array, grid: PeriodicGrid, options = {}): GroundState {
  const [reference, accelerated] = METHODS.map((method) => groundState(potential, grid, { ...options, method }));
  expect([reference!.method, accelerated!.method]).toEqual(METHODS);
  expect([reference!.status, accelerated!.status]).toEqual(['converged', 'converged']);
  const scale = 1 / Math.sqrt(grid.volume);
  expect(maxDifference(reference!.u, accelerated!.u)).toBeLessThan(1e-8 * scale);
  const size = Math.max(1, Math.abs(reference!.chemicalPotential));
  expect(Math.abs(reference!.chemicalPotential - accelerated!.chemicalPotential)).toBeLessThan(1e-10 * size);
  return accelerated!;
}

describe('the two methods agree to 1e-8 on random potentials', () => {
  it.each<[PaperWells, number, number]>([
    [{ preset: 'paper', wells: 2 }, 320, 150],
    [{ preset: 'paper', wells: 8 }, 320, 50],
    [{ preset: 'reference-code', wells: 2 }, 320, 150],
    [{ preset: 'reference-code', wells: 8 }, 320, 50],
    [{ preset: 'paper', dimension: 2 }, 80, 2],
    [{ preset: 'reference-code', dimension: 2 }, 80, 2],
    [{ preset: 'paper', dimension: 3 }, 40, 1],
  ])('%o, N = %i, %i seeds', (options, points, seeds) => {
    const recipe = paperWells({ ...options });
    const grid = periodicGrid({ dimension: recipe.dimension, points });
    const [reference, accelerated] = METHODS.map((method) => groundStateSolver(grid, { method }));
    for (let seed = 0; seed < seeds; seed++) {
      const potential = evaluatePotential(samplePotential(recipe, seed, 0), grid);
      const a = reference!(potential);
      const b = accelerated!(potential);
      expect([seed, a.status, b.status]).toEqual([seed, 'converged', 'converged']);
      expect(Math.max(a.residual, b.residual)).toBeLessThanOrEqual(1e-10);
      expect(maxDifference(a.u, b.u)).toBeLessThan(1e-8);
      expect(Math.abs(a.energy - b.energy)).toBeLessThan(1e-9 * Math.abs(a.energy));
    }
  });
});

describe('any β ≥ 0, any period, any V', () => {
  const wave = (grid: PeriodicGrid, depth: number) =>
    sampleOnGrid(grid, (...x) => x.reduce((sum, xa) => sum + depth * Math.cos((2 * Math.PI * xa) / grid.length), 0));

  it.each([0, 1e-3, 1, 100, 1e4])('β = %d', (beta) => {
    agree(wave(line, -50), line, { beta });
  });

  it.each([1e-3, 0.1, 7, 300])('period %d', (length) => {
    const grid = periodicGrid({ dimension: 1, points: 96, length, origin: -length / 2 });
    agree(wave(grid, -20 / length ** 2), grid, { beta: 10 / length });
  });

  it.each([2, 3, 4, 5, 45, 75, 128])('N = %i', (points) => {
    const grid = periodicGrid({ dimension: 1, points });
    agree(wave(grid, -5), grid);
  });

  it.each([2, 3] as const)('odd N in %i D', (dimension) => {
    const grid = periodicGrid({ dimension, points: 15 });
    agree(wave(grid, -5), grid);
  });

  it('a square well and white noise, which no coarse grid resolves', () => {
    const stream = randomStream(3, 'noise');
    agree(
      sampleOnGrid(line, (x) => (Math.abs(x - 0.4) < 0.13 ? -300 : 0)),
      line,
    );
    agree(
      sampleOnGrid(line, () => 1000 * stream.normal()),
      line,
    );
    agree(
      sampleOnGrid(line, (x) => (x === 0 ? -1e4 : 0)),
      line,
    );
  });

  it('strong repulsion in 2D, where what is no function on the grid would have less energy than any that is', () => {
    const grid = periodicGrid({ dimension: 2, points: 16 });
    const stream = randomStream(4, 'noise');
    const { u } = agree(
      sampleOnGrid(grid, () => 3 * stream.normal()),
      grid,
      { beta: 300 },
    );
    expect(
      integrate(
        grid,
        u.map((x) => x * x),
      ),
    ).toBeCloseTo(1, 12);
  });

  it('finite differences', () => {
    agree(wave(line, -50), line, { discretization: 'finite-differences' });
  });

  it('β → ∞: the density is that of Thomas and Fermi, βu² = E − V, to first order in 1/β', () => {
    const potential = wave(line, -50);
    const defect = [1e4, 2e4].map((beta) => {
      const { u, chemicalPotential } = agree(potential, line, { beta });
      return maxDifference(
        u.map((x) => beta * x * x),
        potential.map((v) => chemicalPotential - v),
      );
    });
    // What is left is −Δu/u, of order 1/β.
    expect(defect[0]! / defect[1]!).toBeCloseTo(2, 1);
  });
});

describe.each(METHODS)('%s', (method) => {
  it.each(['fourier', 'finite-differences'] as const)('agrees with a dense Newton iteration, %s', (discretization) => {
    const grid = periodicGrid({ dimension: 1, points: 48 });
    const recipe = paperWells({ preset: 'reference-code' });
    for (const [index, beta] of [10, 200].entries()) {
      const potential = evaluatePotential(samplePotential(recipe, 5, index), grid);
      const dense = denseNewton(potential, grid, discretization, beta);
      const state = groundState(potential, grid, { method, discretization, beta });
      expect(maxDifference(state.u, dense.u)).toBeLessThan(1e-8);
      expect(state.chemicalPotential / dense.chemicalPotential).toBeCloseTo(1, 10);
    }
  });

  it('manufactured solution in 2D: V = E + Δu/u − βu² makes any positive u the ground state', () => {
    const grid = periodicGrid({ dimension: 2, points: 40, length: 3 });
    const w = (2 * Math.PI) / 3;
    const wave = (x: number, y: number) => 0.5 * Math.cos(w * x) * Math.cos(w * y) + 0.2 * Math.sin(w * y);
    const waveLaplacian = (x: number, y: number) => -(w ** 2) * (wave(x, y) + 0.5 * Math.cos(w * x) * Math.cos(w * y));
    const plain = sampleOnGrid(grid, (x, y) => 1 + wave(x, y!));
    const norm = Math.sqrt(
      integrate(
        grid,
        plain.map((x) => x * x),
      ),
    );
    const u = plain.map((x) => x / norm);
    const laplacian = sampleOnGrid(grid, (x, y) => waveLaplacian(x, y!));
    const potential = u.map((x, i) => 4 + laplacian[i]! / plain[i]! - 25 * x ** 2);
    const state = groundState(potential, grid, { method, beta: 25 });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.u, u)).toBeLessThan(1e-10);
    expect(state.chemicalPotential).toBeCloseTo(4, 9);
  });

  it('lowers the energy in every step on each grid, down to rounding', () => {
    const recipe = paperWells({ preset: 'reference-code', wells: 4 });
    const potential = evaluatePotential(samplePotential(recipe, 1, 0), line);
    const steps: FlowStep[] = [];
    const { iterations } = groundState(potential, line, { method, onStep: (step) => steps.push(step) });
    expect(iterations).toBe(steps.at(-1)!.iteration);
    for (const [i, step] of steps.entries()) {
      const before = steps[i - 1];
      if (before?.points[0] !== step.points[0]) continue;
      expect(step.energy).toBeLessThanOrEqual(before.energy + 1e-12 * Math.abs(step.energy));
    }
  });

  it('noise far beyond what the grid resolves: the discrete ground state changes sign, and the status says so', () => {
    const grid = periodicGrid({ dimension: 1, points: 16 });
    const stream = randomStream(1, 'noise');
    const potential = sampleOnGrid(grid, () => 1e4 * stream.normal());
    const state = groundState(potential, grid, { method, beta: 0 });
    expect(state.status).toBe('not-positive');
    expect(state.residual).toBeLessThanOrEqual(1e-10);
    const { eigenvalue } = denseGroundState(potential, grid, 'fourier');
    expect(state.chemicalPotential / eigenvalue).toBeCloseTo(1, 10);
  });

  it('numbers beyond the finite range: diverged, not an exception', () => {
    const potential = sampleOnGrid(line, (x) => 1e308 * Math.cos(2 * Math.PI * x));
    expect(groundState(potential, line, { method }).status).toBe('diverged');
  });
});

describe('gradient-flow', () => {
  it('contracts by (1/τ + λ₀)/(1/τ + λ₁) a step where the problem is linear', () => {
    const grid = periodicGrid({ dimension: 1, points: 32 });
    const potential = sampleOnGrid(grid, (x) => -30 * Math.cos(2 * Math.PI * x));
    const { eigenvalues } = denseGroundState(potential, grid, 'fourier');
    // V is even and the first excited state odd: the start has a part of it.
    const initial = sampleOnGrid(grid, (x) => 1 + 0.5 * Math.sin(2 * Math.PI * x));
    for (const timeStep of [0.02, 1]) {
      const residuals: number[] = [];
      const onStep = ({ residual }: FlowStep) => residuals.push(residual);
      groundState(potential, grid, { method: 'gradient-flow', beta: 0, timeStep, initial, onStep });
      const [ground, excited] = eigenvalues.map((lambda) => 1 / timeStep + lambda + 30);
      const observed = (residuals.at(-1)! / residuals.at(-5)!) ** (1 / 4);
      expect(observed / (ground! / excited!)).toBeCloseTo(1, 1);
    }
  });
});

describe('newton-krylov', () => {
  it('works on coarse grids and lets the given one check', () => {
    const recipe = paperWells();
    const potential = evaluatePotential(samplePotential(recipe, 2, 0), line);
    const steps: FlowStep[] = [];
    groundState(potential, line, { onStep: (step) => steps.push(step) });
    expect(steps.length).toBeGreaterThan(2);
    expect(Math.max(...steps.map(({ points }) => points[0]!))).toBeLessThanOrEqual(128);
  });

  it('goes on where the coarse grids do not suffice', () => {
    const potential = sampleOnGrid(line, (x) => (x < 0.25 ? -300 : 0));
    const steps: FlowStep[] = [];
    const { residual } = groundState(potential, line, { onStep: (step) => steps.push(step) });
    expect(steps.at(-1)).toMatchObject({ points: [320], residual });
    expect(steps[0]!.points).toEqual([32]);
  });

  it('ends as Newton does: the residual of the last steps on one grid falls faster than linearly', () => {
    const grid = periodicGrid({ dimension: 1, points: 32 });
    const recipe = paperWells({ preset: 'reference-code' });
    const potential = evaluatePotential(samplePotential(recipe, 4, 1), grid);
    const residuals: number[] = [];
    groundState(potential, grid, { tolerance: 1e-11, onStep: ({ residual }) => residuals.push(residual) });
    const factors = residuals.slice(1).map((residual, i) => residual / residuals[i]!);
    expect(residuals.length).toBeLessThan(9);
    expect(factors.at(-1)).toBeLessThan(1e-3);
  });

  it('an unreachable tolerance ends with max-iterations and the residual that rounding allows', () => {
    const potential = sampleOnGrid(line, (x) => -300 * Math.exp(-((x - 0.5) ** 2) / 0.006));
    const state = groundState(potential, line, { tolerance: 1e-20 });
    expect(state.status).toBe('max-iterations');
    expect(state.residual).toBeLessThan(1e-12);
  });
});
