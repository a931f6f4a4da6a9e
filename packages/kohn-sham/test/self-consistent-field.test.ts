import { integrate, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { AndersonMixing } from '../src/anderson.js';
import {
  type FieldStep,
  kohnShamMap,
  kohnShamMapDense,
  kohnShamSolver,
  selfConsistentField,
  selfConsistentFieldAsync,
  selfConsistentFieldSolver,
} from '../src/index.js';
import { HartreePotential } from '../src/interaction.js';
import { innerProduct, maxDifference, randomPotentials } from './oracles.js';

const grid = periodicGrid({ dimension: 1, points: 64, length: 2, origin: -1 });
const external = sampleOnGrid(
  grid,
  (x) => -40 * Math.exp(-((x - 0.3) ** 2) / 0.02) - 60 * Math.exp(-((x + 0.5) ** 2) / 0.02),
);
const electrons = 3;
const interaction = { strength: 50, screening: 1 };
const problem = { external, grid, electrons, interaction };

/** The interaction's kernel on the real line, cosh(κ(L/2 − |x|))/(2κ sinh(κL/2)) made periodic, by plain summation. */
function yukawaBySummation(density: Float64Array, strength: number, kappa: number): Float64Array {
  return density.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < density.length; j++) {
      const distance = (Math.abs(i - j) * grid.length) / density.length;
      sum += Math.cosh(kappa * (grid.length / 2 - distance)) * density[j]!;
    }
    return (strength * sum * grid.spacing) / (2 * kappa * Math.sinh((kappa * grid.length) / 2));
  });
}

describe('the interaction', () => {
  it('a plane wave: v_H = γ/(k² + κ²) ρ', () => {
    const wave = sampleOnGrid(grid, (x) => Math.cos(3 * Math.PI * x));
    const v = new HartreePotential(grid, { strength: 7, screening: 2 }).of(wave);
    expect(
      maxDifference(
        v,
        wave.map((x) => (7 * x) / (9 * Math.PI ** 2 + 4)),
      ),
    ).toBeLessThan(1e-13);
  });

  it('Hartree (κ = 0) neutralises the mean', () => {
    const v = new HartreePotential(grid, { strength: 7 }).of(sampleOnGrid(grid, (x) => 5 + Math.sin(Math.PI * x)));
    expect(
      maxDifference(
        v,
        sampleOnGrid(grid, (x) => (7 * Math.sin(Math.PI * x)) / Math.PI ** 2),
      ),
    ).toBeLessThan(1e-13);
  });

  it('is the convolution with the periodic Yukawa kernel', () => {
    // The kernel has a kink, so that the sum converges at second order only; Richardson takes it to fourth.
    const density = sampleOnGrid(grid, (x) => Math.exp(Math.cos(Math.PI * x)));
    const v = new HartreePotential(grid, { strength: 3, screening: 4 }).of(density);
    expect(maxDifference(v, yukawaBySummation(density, 3, 4))).toBeLessThan(5e-3 * Math.max(...v));
  });
});

const solution = selfConsistentField(problem);

describe('self-consistent field', () => {
  it('converges to a fixed point of ρ ↦ F_KS[V[ρ]], checked with the dense oracle', () => {
    expect(solution.status).toBe('converged');
    expect(solution.residual).toBeLessThanOrEqual(1e-8);
    expect(solution.residuals).toHaveLength(solution.iterations);
    expect(solution.residuals.at(-1)).toBe(solution.residual);
    const hartree = new HartreePotential(grid, interaction).of(solution.density);
    const again = kohnShamMapDense(
      external.map((v, x) => v + hartree[x]!),
      grid,
      { electrons },
    );
    expect(maxDifference(again.density, solution.density)).toBeLessThan(1e-6);
    expect(maxDifference(again.eigenvalues, solution.state.eigenvalues)).toBeLessThan(1e-6);
    expect(integrate(grid, solution.density)).toBeCloseTo(electrons, 11);
    expect(maxDifference(solution.density, kohnShamMap(external, grid, { electrons }).density)).toBeGreaterThan(0.1);
  });

  it('the energy Σε_i − ½∫ρ v_H is stationary: d E/dλ = ∫ρ W for V_ext + λ W', () => {
    const w = sampleOnGrid(grid, (x) => Math.sin(Math.PI * x + 0.3));
    const energy = (lambda: number) => {
      const shifted = external.map((v, x) => v + lambda * w[x]!);
      const { density, state } = selfConsistentField({ ...problem, external: shifted, tolerance: 1e-10 });
      const hartree = new HartreePotential(grid, interaction).of(density);
      const sum = state.eigenvalues.slice(0, electrons).reduce((total, e) => total + e, 0);
      return sum - 0.5 * innerProduct(grid, density, hartree);
    };
    const slope = (energy(1e-3) - energy(-1e-3)) / 2e-3;
    expect(Math.abs(slope - innerProduct(grid, solution.density, w))).toBeLessThan(1e-5);
  });

  it('from a bad start, all electrons in the wrong place, to the same field', () => {
    const initial = sampleOnGrid(grid, (x) => (Math.abs(x - 0.9) < 0.05 ? 30 : 0));
    const other = selfConsistentField({ ...problem, initial });
    expect(other.status).toBe('converged');
    expect(other.residuals[0]).toBeGreaterThan(0.1);
    expect(maxDifference(other.density, solution.density)).toBeLessThan(1e-6);
  });

  it("Anderson's mixing takes at most half the maps of plain mixing", () => {
    const plain = selfConsistentField({ ...problem, mixing: { history: 0 } });
    expect(plain.status).toBe('converged');
    expect(maxDifference(plain.density, solution.density)).toBeLessThan(1e-6);
    expect(solution.iterations).toBeLessThanOrEqual(plain.iterations / 2);
  });

  it('no interaction: one map', () => {
    const free = selfConsistentField({ ...problem, interaction: { strength: 0 } });
    expect(free).toMatchObject({ status: 'converged', iterations: 1, residual: 0 });
    expect(free.density).toEqual(kohnShamMap(external, grid, { electrons }).density);
  });

  it('the map is an argument: a linear one, whose fixed point a linear solve gives', () => {
    const map = (potential: Float64Array) => ({
      density: potential.map((_, i) => 1.5 - 0.01 * potential[i]! + 0.01 * potential[(i + 1) % 64]!),
    });
    const { density, status, state } = selfConsistentField({ ...problem, map, tolerance: 1e-12 });
    // ρ = a + B (V_ext + K ρ), so (1 − B K) ρ = a + B V_ext.
    const hartree = new HartreePotential(grid, interaction);
    const difference = (v: Float64Array) => v.map((_, i) => 0.01 * (v[(i + 1) % 64]! - v[i]!));
    const columns = Array.from({ length: 64 }, (_, j) => difference(hartree.of(grid.axis.map((_, i) => +(i === j)))));
    const matrix = new Matrix(64, 64);
    columns.forEach((column, j) => {
      column.forEach((value, i) => {
        matrix.set(i, j, (i === j ? 1 : 0) - value);
      });
    });
    const right = Matrix.columnVector(difference(external).map((v) => 1.5 + v));
    expect(status).toBe('converged');
    expect(maxDifference(density, solve(matrix, right).getColumn(0))).toBeLessThan(1e-9);
    expect(state.density).toBe(density);
  });

  it('in 2D with the localized preset', () => {
    const plane = periodicGrid({ dimension: 2, points: 24, length: 2, origin: -1 });
    const [wells] = randomPotentials(plane, { preset: 'localized' }, 1);
    const options = { grid: plane, electrons: 2, interaction: { strength: 4 * Math.PI, screening: 1 } };
    const field = selfConsistentField({ ...options, external: wells! });
    expect(field.status).toBe('converged');
    const hartree = new HartreePotential(plane, options.interaction).of(field.density);
    const again = kohnShamMap(
      wells!.map((v, x) => v + hartree[x]!),
      plane,
      { electrons: 2 },
    );
    expect(maxDifference(again.density, field.density)).toBeLessThan(1e-6);
  });
});

describe('many fields, and maps of others', () => {
  const solve = selfConsistentFieldSolver(grid, { electrons, interaction });
  const other = external.map((v) => 0.8 * v);

  it('a solver gives the bits of single calls, in any order', () => {
    const [first, second, again] = [solve(external), solve(other), solve(external)];
    expect(first).toEqual(selfConsistentField(problem));
    expect(second).toEqual(selfConsistentField({ ...problem, external: other }));
    expect(again).toEqual(first);
  });

  it('a solver starts where it is told, and stops', () => {
    const { density, potential } = solve(external);
    expect(solve(external, { initial: density }).iterations).toBeLessThan(5);
    const steps: FieldStep[] = [];
    const onStep = (step: FieldStep) => steps.push(step);
    const watched = selfConsistentFieldSolver(grid, { electrons, interaction, onStep });
    watched(external);
    const third = solve(external, { maxIterations: 3 });
    expect(third).toMatchObject({ status: 'max-iterations', iterations: 3, potential: steps[2]!.potential });
    expect(third.density).toEqual(steps[2]!.density);
    expect(steps.map(({ iteration }) => iteration)).toEqual(steps.map((_, i) => i));
    expect(steps.at(-1)!.potential).toEqual(potential);
    expect(() => solve(external, { initial: density, tolerance: 1 } as object)).toThrow(/options\.tolerance/);
  });

  it('a map that answers later gives the bits of the same map at once', async () => {
    const map = kohnShamSolver(grid, { electrons });
    const [now, later] = [
      selfConsistentField({ ...problem, map, tolerance: 1e-6 }),
      await selfConsistentFieldAsync({ ...problem, map: async (v) => map(v), tolerance: 1e-6 }),
    ];
    expect(now.status).toBe('converged');
    expect(later).toEqual(now);
    expect(maxDifference(later.density, solution.density)).toBeLessThan(1e-4);
    await expect(selfConsistentFieldAsync({ ...problem } as never)).rejects.toThrow(/options\.map is undefined/);
  });

  it('a stand-in that errs by δ leads to a field that is off by as much, in proportion', () => {
    const exact = kohnShamSolver(grid, { electrons });
    const wrong = sampleOnGrid(grid, (x) => Math.cos(2 * Math.PI * x));
    const off = (delta: number) => {
      const map = (v: Float64Array) => ({ density: exact(v).density.map((n, x) => n + delta * wrong[x]!) });
      return maxDifference(selfConsistentField({ ...problem, map }).density, solution.density);
    };
    expect(off(1e-3) / off(1e-4)).toBeGreaterThan(9);
    expect(off(1e-3) / off(1e-4)).toBeLessThan(11);
  });

  it('a signal ends it', () => {
    const controller = new AbortController();
    const onStep = () => controller.abort(new Error('enough'));
    expect(() => selfConsistentField({ ...problem, onStep, signal: controller.signal })).toThrow('enough');
    let calls = 0;
    const map = (v: Float64Array) => {
      calls++;
      return kohnShamMap(v, grid, { electrons });
    };
    const { signal } = controller;
    expect(() => selfConsistentField({ ...problem, map, signal })).toThrow('enough');
    expect(calls).toBe(0);
  });
});

describe("Anderson's mixing", () => {
  it('solves a linear problem of n unknowns in n + 1 steps', () => {
    const target = Float64Array.from([1, -2, 3, 0.5]);
    const rates = [0.9, 0.3, -0.8, 2.5]; // plain mixing with β = 1 would diverge
    const residual = (v: Float64Array) => v.map((x, i) => rates[i]! * (target[i]! - x));
    const mixing = new AndersonMixing(6, 1);
    let v: Float64Array = new Float64Array(4);
    for (let step = 0; step < 5; step++) v = mixing.next(v, residual(v));
    expect(maxDifference(v, target)).toBeLessThan(1e-8);
  });
});

describe('status', () => {
  it('max-iterations', () => {
    const field = selfConsistentField({ ...problem, maxIterations: 3 });
    expect(field).toMatchObject({ status: 'max-iterations', iterations: 3 });
  });

  it('degenerate, when the frontier of the fixed point is', () => {
    const field = selfConsistentField({
      ...problem,
      external: new Float64Array(64),
      electrons: 2,
      interaction: { strength: 0 },
    });
    expect(field.status).toBe('degenerate');
  });

  it('diverged, when the map gives numbers that are not finite', () => {
    const map = (potential: Float64Array) => ({ density: potential.map(() => Number.NaN) });
    expect(selfConsistentField({ ...problem, map }).status).toBe('diverged');
    const diverged = (potential: Float64Array) => ({ density: potential, status: 'diverged' as const });
    expect(selfConsistentField({ ...problem, map: diverged }).status).toBe('diverged');
  });
});

describe('wrong arguments are refused by name', () => {
  const spoiled = external.map((v, i) => (i === 3 ? Number.NaN : v));
  it.each<[object, RegExp]>([
    [
      { external: new Float64Array(63) },
      /options\.external is a Float64Array of length 63; expected an array of length 64/,
    ],
    [{ external: spoiled }, /options\.external\[3\] is NaN/],
    [{ electrons: 0 }, /options\.electrons is 0/],
    [{ electrons: 64 }, /options\.electrons is 64/],
    [{ interaction: { strength: Number.NaN } }, /options\.interaction\.strength is NaN/],
    [{ interaction: { strength: 1, screening: -1 } }, /options\.interaction\.screening is -1/],
    [{ interaction: { strength: 1, range: 1 } }, /options\.interaction\.range/],
    [{ interaction: undefined }, /options\.interaction is undefined/],
    [{ mixing: null }, /options\.mixing is null; expected an object/],
    [{ mixing: { beta: 0 } }, /options\.mixing\.beta is 0/],
    [{ mixing: { history: -1 } }, /options\.mixing\.history is -1/],
    [{ mixing: { alpha: 1 } }, /options\.mixing\.alpha/],
    [{ tolerance: -1 }, /options\.tolerance is -1/],
    [{ maxIterations: 0 }, /options\.maxIterations is 0/],
    [{ initial: new Float64Array(3) }, /options\.initial/],
    [{ map: 'surrogate' }, /options\.map is 'surrogate'; expected a function/],
    [{ map: () => ({ density: new Float64Array(2) }) }, /density of options\.map is a Float64Array of length 2/],
    [{ damping: 1 }, /options\.damping/],
    [{ onStep: 1 }, /options\.onStep is 1/],
    [{ signal: 1 }, /options\.signal is 1/],
  ])('%#: %o', (change, message) => {
    expect(() => selfConsistentField({ ...problem, ...change })).toThrow(message);
  });
});
