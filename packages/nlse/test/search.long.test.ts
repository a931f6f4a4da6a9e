import { type RandomStream, randomStream } from '@dyadic/random';
import { type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { type Discretization, groundState } from '../src/index.js';
import { energyGapBelow } from './oracles.js';

/** Inputs of each kind; `DYADIC_GROUND_STATES=5000` searches as long as one has patience. */
const CASES = Number(process.env.DYADIC_GROUND_STATES ?? 150);

const POINTS = {
  1: [2, 3, 5, 6, 8, 15, 16, 24, 32, 45, 64, 96, 128, 256, 320],
  2: [2, 3, 4, 5, 6, 8, 10, 12, 15, 18],
  3: [2, 3, 4, 5, 6],
} as const;

interface Input {
  readonly grid: PeriodicGrid;
  readonly potential: Float64Array;
  readonly beta: number;
}

type Family = (grid: PeriodicGrid, stream: RandomStream) => (...x: number[]) => number;

/** Potentials on the unit torus, in units of 1/length². */
const FAMILIES: Record<string, Family> = {
  'white noise': (_, stream) => {
    const size = 10 ** stream.uniform(0, 6);
    return () => size * stream.normal();
  },
  'two values': (_, stream) => {
    const size = 10 ** stream.uniform(0, 6);
    return () => size * stream.integer(2);
  },
  'wells of one or a few points': (grid, stream) => {
    const depth = 10 ** stream.uniform(2, 7);
    const chance = stream.uniform(0, 4 / grid.shape[0]!);
    return () => (stream.uniform() < chance ? -depth * stream.uniform(0.999, 1) : 0);
  },
  'like wells far apart': (grid, stream) => {
    const count = 2 + stream.integer(3);
    const depth = 10 ** stream.uniform(2, 6);
    const width = 10 ** stream.uniform(-2, -0.7);
    const detuning = stream.integer(2) * 10 ** stream.uniform(-12, -2);
    const wells = Array.from({ length: count }, (_, i) => ({
      center: Array.from({ length: grid.dimension }, () => (i / count + 0.02 * stream.uniform()) % 1),
      strength: depth * (1 + detuning * stream.normal()),
    }));
    return (...x) =>
      -wells.reduce((sum, { center, strength }) => {
        const square = x.reduce((r2, xa, a) => r2 + (xa - center[a]! - Math.round(xa - center[a]!)) ** 2, 0);
        return sum + strength * Math.exp(-square / (2 * width ** 2));
      }, 0);
  },
  waves: (grid, stream) => {
    const size = 10 ** stream.uniform(0, 6);
    const waves = Array.from({ length: 1 + stream.integer(6) }, () => ({
      k: Array.from({ length: grid.dimension }, () => stream.integer(5)),
      amplitude: size * stream.normal(),
      phase: stream.integer(2) * stream.uniform(0, 2 * Math.PI),
    }));
    return (...x) =>
      waves.reduce((sum, { k, amplitude, phase }) => {
        const angle = x.reduce((kx, xa, a) => kx + 2 * Math.PI * k[a]! * xa, 0);
        return sum + amplitude * Math.cos(angle + phase);
      }, 0);
  },
};

function draw(family: Family, index: number): Input {
  const stream = randomStream(14, 'ground states', index);
  const dimension = ([1, 1, 2, 3] as const)[stream.integer(4)]!;
  const points = POINTS[dimension][stream.integer(POINTS[dimension].length)]!;
  const length = 10 ** stream.uniform(-1, 1);
  // A third are boxes with other points along the first axis, and a period up to twice as long.
  const isBox = stream.integer(3) === 0;
  const first = POINTS[dimension][stream.integer(POINTS[dimension].length)]!;
  const longest = length * stream.uniform(1, 2);
  const grid = periodicGrid({
    points: Array.from({ length: dimension }, (_, axis) => (axis === 0 && isBox ? first : points)),
    length: Array.from({ length: dimension }, (_, axis) => (axis === 0 && isBox ? longest : length)),
  });
  const value = family(grid, stream);
  const potential = sampleOnGrid(grid, (...x) => value(...x.map((xa, a) => xa / grid.axes[a]!.length)) / length ** 2);
  const beta = stream.integer(3) === 0 ? 0 : 10 ** stream.uniform(-2, 4) * length ** (dimension - 2);
  return { grid, potential, beta };
}

describe.each(Object.entries(FAMILIES))('%s', (_, family) => {
  it.each<Discretization>(['finite-differences', 'fourier'])('%s', { timeout: 3_600_000 }, (discretization) => {
    const statuses = new Map<string, number>();
    for (let index = 0; index < CASES; index++) {
      const { grid, potential, beta } = draw(family, index);
      const state = groundState(potential, grid, { beta, discretization, maxIterations: 2000 });
      const where = `case ${index}: ${grid.shape} points, β = ${beta}`;
      statuses.set(state.status, (statuses.get(state.status) ?? 0) + 1);
      if (state.status === 'converged') {
        const scale = Math.max(Math.abs(state.chemicalPotential), 1 / grid.axes[0]!.length ** 2);
        const rounding = 1e-13 * potential.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
        const from = 1e-8 * scale + rounding;
        expect(energyGapBelow(state, potential, grid, { discretization, beta, from }), where).toBe(from);
        const greatest = Math.max(...state.u);
        expect(Math.min(...state.u), where).toBeGreaterThan(-1e-8 * greatest);
      } else if (discretization === 'finite-differences') {
        // Positive and stationary is the ground state of finite differences, and there always is one.
        expect([where, state.status, state.residual]).toEqual([where, 'converged', state.residual]);
      } else if (state.status === 'not-positive') {
        const flow = groundState(potential, grid, { beta, discretization, method: 'gradient-flow' });
        const lower = flow.energy + 1e-9 * Math.abs(flow.energy) < state.energy;
        expect([where, flow.status === 'converged' && lower]).toEqual([where, false]);
      } else {
        // Newton's method may rest at a saddle point that rounding hides, and says so; rarely.
        expect([where, state.status]).toEqual([where, 'max-iterations']);
      }
    }
    expect(statuses.get('max-iterations') ?? 0).toBeLessThanOrEqual(CASES / 100);
    expect([...statuses.values()].reduce((sum, count) => sum + count, 0)).toBe(CASES);
  });
});
