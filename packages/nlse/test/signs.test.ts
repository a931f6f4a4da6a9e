import { readFileSync } from 'node:fs';
import { randomStream } from '@dyadic/random';
import { periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { type Discretization, type FlowStep, groundState } from '../src/index.js';
import { denseGroundState, energyGapBelow, maxDifference } from './oracles.js';

interface Case {
  readonly name: string;
  readonly points: number;
  readonly length: number;
  readonly origin: number;
  readonly beta: number;
  readonly discretization: Discretization;
  readonly potential: readonly number[];
}

/** Inputs that once ended with `not-positive` or with an excited state, as a search found them. */
const CASES: Case[] = JSON.parse(readFileSync(new URL('./cases/ground-states.json', import.meta.url), 'utf8'));

describe('a limit that changes sign leads to the ground state, however far apart its wells lie', () => {
  it.each(CASES.slice(0, 4))('$name, $discretization, $points points', ({ potential, points, ...options }) => {
    const { length, origin, beta, discretization } = options;
    const grid = periodicGrid({ dimension: 1, points, length, origin });
    const values = Float64Array.from(potential);
    const state = groundState(values, grid, { beta, discretization });
    expect(state.status).toBe('converged');
    expect(Math.min(...state.u)).toBeGreaterThan(-1e-8 * Math.max(...state.u));
    const from = 1e-9 * Math.abs(state.chemicalPotential);
    expect(energyGapBelow(state, values, grid, { discretization, beta, from })).toBe(from);
    if (points > 512) return; // the flow takes 9,000 steps there
    const flow = groundState(values, grid, { beta, discretization, method: 'gradient-flow' });
    expect(Math.abs(state.energy - flow.energy)).toBeLessThan(1e-12 * Math.abs(flow.energy));
  });

  it('what is negative everywhere takes no further step', () => {
    const grid = periodicGrid({ dimension: 1, points: 64 });
    const potential = sampleOnGrid(grid, (x) => -50 * Math.cos(2 * Math.PI * x));
    const direct = groundState(potential, grid);
    const steps: FlowStep[] = [];
    const initial = new Float64Array(64).fill(-1);
    const state = groundState(potential, grid, { initial, onStep: (step) => steps.push(step) });
    expect(state.status).toBe('converged');
    expect(state.iterations).toBe(direct.iterations);
    expect(maxDifference(state.u, direct.u)).toBeLessThan(1e-12);
    expect(steps.map(({ iteration }) => iteration)).toEqual(steps.map((_, i) => i + 1));
  });
});

describe('a positive state that is not the lowest on its grid is not called the ground state', () => {
  it('wells of two points, which six points of a Fourier grid do not resolve', () => {
    const { potential, points, length, origin } = CASES[4]!;
    const grid = periodicGrid({ dimension: 1, points, length, origin });
    const values = Float64Array.from(potential);
    for (const method of ['newton-krylov', 'gradient-flow'] as const) {
      const state = groundState(values, grid, { beta: 0, method });
      expect(state.status).toBe('not-positive');
      const { eigenvalue } = denseGroundState(values, grid, 'fourier');
      expect(state.chemicalPotential / eigenvalue).toBeCloseTo(1, 12);
    }
  });

  it.each([
    [1, 128],
    [2, 12],
    [3, 6],
  ] as const)(
    'noise of two values in %i D, %i points an axis, more than one Krylov basis holds',
    (dimension, points) => {
      const grid = periodicGrid({ dimension, points });
      const seen = new Set<string>();
      for (let index = 0; index < 20; index++) {
        const stream = randomStream(3, 'two values', index);
        const size = 10 ** stream.uniform(3, 5);
        const beta = 10 ** stream.uniform(2, 4);
        const potential = sampleOnGrid(grid, () => size * stream.integer(2));
        const state = groundState(potential, grid, { beta });
        seen.add(state.status);
        if (state.status !== 'converged') continue;
        const from = 1e-8 * Math.abs(state.chemicalPotential);
        expect(energyGapBelow(state, potential, grid, { discretization: 'fourier', beta, from })).toBe(from);
      }
      expect([...seen].sort()).toEqual(['converged', 'not-positive']);
    },
  );
});
