import { describe, expect, it } from 'vitest';
import { type KohnShamStep, kohnShamMap, kohnShamMapDense, kohnShamSolver } from '../src/index.js';
import { maxDifference, randomPotentials, torus } from './oracles.js';

// Both methods: few electrons and many.
describe.each([2, 17])('options of the solver, n_e = %i', (electrons) => {
  const grid = torus(1, 192);
  const [potential, next] = randomPotentials(grid, { preset: 'localized', wells: 5, depth: 500 }, 2) as [
    Float64Array,
    Float64Array,
  ];

  it('empty: eigenvalues beyond n_e + 1, as the dense oracle has them; the density does not change', () => {
    const empty = 9;
    const state = kohnShamMap(potential, grid, { electrons, empty });
    const dense = kohnShamMapDense(potential, grid, { electrons, empty });
    expect(state.eigenvalues).toHaveLength(electrons + empty);
    expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-8);
    expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-8);
  });

  it('initial: the orbitals of a similar potential are nearer from the start, to the same density', () => {
    const similar = potential.map((v, i) => v + 1e-3 * next[i]!);
    const first: number[] = [];
    const onStep = ({ iteration, residual }: KohnShamStep) => iteration === 0 && first.push(residual);
    const solve = kohnShamSolver(grid, { electrons, orbitals: true, onStep });
    const { orbitals } = solve(potential);
    const cold = solve(similar);
    const warm = solve.from(similar, { initial: orbitals! });
    expect(warm.status).toBe('converged');
    expect(warm.iterations).toBeLessThanOrEqual(cold.iterations);
    expect(first[2]).toBeLessThan(0.1 * first[1]!);
    expect(maxDifference(warm.density, cold.density)).toBeLessThan(1e-8);
    expect(kohnShamMap(similar, grid, { electrons, initial: orbitals! }).density).toEqual(warm.density);
  });

  it('initial: orbitals of no use do no harm', () => {
    const useless = Array.from({ length: electrons }, () => new Float64Array(grid.size).fill(1));
    const state = kohnShamMap(potential, grid, { electrons, initial: useless });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.eigenvalues, kohnShamMap(potential, grid, { electrons }).eigenvalues)).toBeLessThan(
      1e-8,
    );
  });

  it('tolerance of one potential', () => {
    const solve = kohnShamSolver(grid, { electrons });
    const loose = solve.from(potential, { tolerance: 1e-3 });
    expect(loose.status).toBe('converged');
    expect(loose.iterations).toBeLessThan(solve(potential).iterations);
  });

  it('onStep sees every iteration, signal ends it', () => {
    const steps: KohnShamStep[] = [];
    const state = kohnShamMap(potential, grid, { electrons, onStep: (step) => steps.push(step) });
    expect(steps.length).toBeGreaterThanOrEqual(state.iterations);
    expect(steps.map(({ iteration }) => iteration)).toEqual(steps.map((_, i) => i));
    expect(steps.at(-1)!.residual).toBeLessThan(1e-3 * steps[0]!.residual);
    const controller = new AbortController();
    const onStep = () => controller.abort(new Error('enough'));
    const solve = kohnShamSolver(grid, { electrons, onStep, signal: controller.signal });
    expect(() => solve(potential)).toThrow('enough');
  });

  it.each<[object, RegExp]>([
    [{ empty: 0 }, /options\.empty is 0/],
    [{ empty: 192 }, /options\.empty is 192/],
    [{ onStep: 3 }, /options\.onStep is 3/],
    [{ signal: {} }, /options\.signal/],
    [{ initial: 7 }, /options\.initial is 7; expected an array/],
    [{ initial: [new Float64Array(3)] }, /options\.initial\[0\]/],
  ])('%o is refused', (wrong, message) => {
    expect(() => kohnShamMap(potential, grid, { electrons, ...wrong })).toThrow(message);
  });
});
