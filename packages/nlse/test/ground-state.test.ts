import { evaluatePotential, samplePotential } from '@dyadic/potentials';
import { fourierBasis, integrate, interpolate, type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { groundState, groundStateSolver } from '../src/index.js';
import { denseGroundState, maxDifference } from './oracles.js';
import { type PaperWells, paperWells } from './wells.js';

const line = periodicGrid({ dimension: 1, points: 320 });
const plane = periodicGrid({ dimension: 2, points: 80 });

function potentials(options: PaperWells, grid: PeriodicGrid, count: number): Float64Array[] {
  const recipe = paperWells({ dimension: grid.dimension, ...options });
  return Array.from({ length: count }, (_, index) => evaluatePotential(samplePotential(recipe, 11, index), grid));
}

describe('analytic cases', () => {
  it.each([line, plane])('constant V in $dimension D: u ≡ 1, E = V + β, energy V + β/2', (grid) => {
    const state = groundState(new Float64Array(grid.size).fill(-3), grid, { beta: 10 });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.u, new Float64Array(grid.size).fill(1))).toBeLessThan(1e-12);
    expect(state.chemicalPotential).toBeCloseTo(7, 11);
    expect(state.energy).toBeCloseTo(2, 11);
  });

  it('a torus of another length: u ≡ length^(−d/2), E = V + β length^(−d)', () => {
    const grid = periodicGrid({ dimension: 2, points: 20, length: 2, origin: -1 });
    const state = groundState(new Float64Array(grid.size).fill(1), grid, { beta: 8 });
    expect(maxDifference(state.u, new Float64Array(grid.size).fill(1 / 2))).toBeLessThan(1e-12);
    expect(state.chemicalPotential).toBeCloseTo(3, 11);
  });

  it('manufactured solution: V = (Δu − βu³ + Eu)/u makes any positive u the ground state', () => {
    const w = 2 * Math.PI;
    const norm = Math.sqrt(1 + 0.3 ** 2 / 2);
    const u = sampleOnGrid(line, (x) => (1 + 0.3 * Math.cos(w * x)) / norm);
    const potential = sampleOnGrid(line, (x) => {
      const value = (1 + 0.3 * Math.cos(w * x)) / norm;
      return (-0.3 * w ** 2 * Math.cos(w * x)) / norm / value - 10 * value ** 2 + 4;
    });
    const state = groundState(potential, line);
    expect(maxDifference(state.u, u)).toBeLessThan(1e-11);
    expect(state.chemicalPotential).toBeCloseTo(4, 9);
  });
});

describe.each([
  ['paper', line, 40],
  ['reference-code', line, 40],
  ['paper', plane, 2],
  ['reference-code', plane, 2],
] as const)('preset %s', (preset, grid, count) => {
  const states = potentials({ preset }, grid, count).map((potential) => ({
    potential,
    ...groundState(potential, grid),
  }));

  it(`in ${grid.dimension}D: ${count} samples converge to positive normalised states`, () => {
    for (const { u, status, residual } of states) {
      expect(status).toBe('converged');
      expect(residual).toBeLessThanOrEqual(1e-10);
      expect(Math.min(...u)).toBeGreaterThan(0);
      expect(
        integrate(
          grid,
          u.map((x) => x * x),
        ),
      ).toBeCloseTo(1, 12);
    }
  });

  it('the residual of the returned field, computed apart, is as reported', () => {
    const basis = fourierBasis(grid);
    for (const { potential, u, chemicalPotential, residual } of states.slice(0, 5)) {
      const laplacian = basis.laplacian(u);
      let sum = 0;
      for (let i = 0; i < u.length; i++) {
        sum += (-laplacian[i]! + (potential[i]! - chemicalPotential) * u[i]! + 10 * u[i]! ** 3) ** 2;
      }
      const relative = Math.sqrt(sum / u.length) / Math.max(1, Math.abs(chemicalPotential));
      // Δ of the rounded values of u adds rounding of about 1e-16 k_max² to the residual of the coefficients.
      expect(relative).toBeLessThan(residual + 1e-9);
    }
  });
});

describe('hard wells of the reference code: 8 of them, where the limit without care is an excited state', () => {
  it.each(['newton-krylov', 'gradient-flow'] as const)('takes β with the potential, to the same bits: %s', (method) => {
    const grid = periodicGrid({ points: [20, 24], length: [1, 2] });
    const potential = Float64Array.from({ length: grid.size }, (_, i) => -20 * Math.exp(-(((i % 24) / 4 - 3) ** 2)));
    const tolerance = 1e-7;
    const solve = groundStateSolver(grid, { method, tolerance });
    for (const beta of [40, 0, 10, 40]) {
      expect(solve(potential, beta)).toEqual(groundState(potential, grid, { method, tolerance, beta }));
    }
    expect(solve(potential)).toEqual(groundState(potential, grid, { method, tolerance }));
    expect(() => solve(potential, -1)).toThrow('beta is -1');
    expect(() => solve(potential, Number.NaN)).toThrow('beta is NaN');
  });

  it('every one converges to a positive state', () => {
    const solve = groundStateSolver(line);
    for (const potential of potentials({ preset: 'reference-code', wells: 8 }, line, 100)) {
      const { status, u, iterations } = solve(potential);
      expect(iterations).toBeLessThan(25); // the end is Newton's method
      expect([status, Math.min(...u) > 0]).toEqual(['converged', true]);
    }
  });

  it('started at an excited state of a symmetric double well, it finds the ground state', () => {
    const well = (x: number, c: number) => -400 * Math.exp(-((x - c) ** 2) / (2 * 0.003));
    const potential = sampleOnGrid(line, (x) => well(x, 0.25) + well(x, 0.75));
    const odd = sampleOnGrid(line, (x) => well(x, 0.25) - well(x, 0.75));
    const fromOdd = groundState(potential, line, { initial: odd });
    const direct = groundState(potential, line);
    expect(fromOdd.status).toBe('converged');
    expect(fromOdd.energy).toBeCloseTo(direct.energy, 8);
    expect(maxDifference(fromOdd.u, direct.u)).toBeLessThan(1e-8);
  });
});

describe('the ground state', () => {
  it('lies where the energy is stationary: its finite difference along any tangent vanishes to second order', () => {
    const [potential] = potentials({}, line, 1);
    const { u, energy } = groundState(potential!, line);
    const basis = fourierBasis(line);
    const energyOf = (field: Float64Array) => {
      const norm = Math.sqrt(
        integrate(
          line,
          field.map((x) => x * x),
        ),
      );
      const v = field.map((x) => x / norm);
      const dirichlet = integrate(
        line,
        basis.laplacian(v).map((x, i) => -x * v[i]!),
      );
      return (
        dirichlet +
        integrate(
          line,
          v.map((x, i) => potential![i]! * x ** 2 + 5 * x ** 4),
        )
      );
    };
    expect(energyOf(u)).toBeCloseTo(energy, 10);
    const bump = sampleOnGrid(line, (x) => Math.cos(2 * Math.PI * (3 * x + 0.1)));
    const at = (t: number) => energyOf(u.map((x, i) => x + t * bump[i]!)) - energy;
    const slope = (at(1e-3) - at(-1e-3)) / 2e-3;
    const curvature = (at(1e-3) + at(-1e-3)) / 1e-6;
    expect(Math.abs(slope)).toBeLessThan(1e-4 * curvature);
    expect(at(1e-3)).toBeGreaterThan(0);
    expect(at(2e-3) / at(1e-3)).toBeCloseTo(4, 1);
  });

  it('the chemical potential is the derivative of the energy by the norm: μ = dE(√s u)/ds at s = 1', () => {
    const [potential] = potentials({}, line, 1);
    const { u, energy, chemicalPotential } = groundState(potential!, line);
    // E is quadratic plus quartic in u: E(√s u) = s a + s² b, with a + b = energy and a + 2b = μ.
    const quartic = integrate(
      line,
      u.map((x) => 5 * x ** 4),
    );
    expect(chemicalPotential - energy).toBeCloseTo(quartic, 10);
  });

  it('starts anywhere: a random positive field and the constant give the same state', () => {
    const [potential] = potentials({ preset: 'reference-code' }, line, 1);
    const initial = sampleOnGrid(line, (x) => 1 + 0.9 * Math.sin(40 * x) * Math.cos(6 * x));
    const a = groundState(potential!, line, { initial });
    expect(maxDifference(a.u, groundState(potential!, line).u)).toBeLessThan(1e-9);
  });

  it('reports max-iterations with the residual reached, and does not throw', () => {
    const [potential] = potentials({}, line, 1);
    const state = groundState(potential!, line, { maxIterations: 2 });
    expect(state).toMatchObject({ status: 'max-iterations', iterations: 2 });
    expect(state.residual).toBeGreaterThan(1e-10);
  });
});

describe('symmetry', () => {
  it.each([line, plane])('translating V by whole cells translates u, $dimension D', (grid) => {
    const [potential] = potentials({}, grid, 1);
    const shift = (field: Float64Array) => field.map((_, i) => field[(i + 7) % field.length]!);
    if (grid.dimension === 2) return expectTranslated2D(potential!);
    const moved = groundState(shift(potential!), grid).u;
    return expect(maxDifference(moved, shift(groundState(potential!, grid).u))).toBeLessThan(1e-9);
  });

  function expectTranslated2D(potential: Float64Array) {
    const shift = (field: Float64Array) =>
      field.map((_, i) => field[((Math.floor(i / 80) + 13) % 80) * 80 + ((i + 5) % 80)]!);
    const moved = groundState(shift(potential), plane).u;
    return expect(maxDifference(moved, shift(groundState(potential, plane).u))).toBeLessThan(1e-9);
  }

  it('adding a constant to V adds it to E and leaves u', () => {
    const [potential] = potentials({ preset: 'reference-code' }, line, 1);
    const a = groundState(potential!, line);
    const b = groundState(
      potential!.map((v) => v - 600),
      line,
    );
    expect(b.status).toBe('converged');
    expect(maxDifference(a.u, b.u)).toBeLessThan(1e-8);
    expect(b.chemicalPotential - a.chemicalPotential).toBeCloseTo(-600, 7);
  });
});

describe('discretisation', () => {
  const recipe = paperWells();
  const solveAt = (points: number, discretization: 'fourier' | 'finite-differences') => {
    const grid = periodicGrid({ dimension: 1, points });
    const potential = evaluatePotential(samplePotential(recipe, 2, 0), grid);
    return { grid, ...groundState(potential, grid, { discretization }) };
  };
  const reference = solveAt(400, 'fourier');
  const error = ({ grid, u }: { grid: PeriodicGrid; u: Float64Array }) =>
    maxDifference(u, interpolate(reference.u, reference.grid, grid));

  it('Fourier converges spectrally: each refinement gains digits until rounding', () => {
    const errors = [16, 24, 32, 48, 64].map((points) => error(solveAt(points, 'fourier')));
    for (let i = 1; i < errors.length; i++) expect(errors[i]!).toBeLessThan(0.2 * errors[i - 1]!);
    expect(errors.at(-1)).toBeLessThan(1e-8);
  });

  it('finite differences converge at second order to the Fourier solution', () => {
    const errors = [100, 200, 400].map((points) => error(solveAt(points, 'finite-differences')));
    const orders = [Math.log2(errors[0]! / errors[1]!), Math.log2(errors[1]! / errors[2]!)];
    for (const order of orders) expect(Math.abs(order - 2)).toBeLessThan(0.1);
  });
});

describe('β = 0 is a linear eigenproblem: agrees with a dense eigensolve', () => {
  it.each(['fourier', 'finite-differences'] as const)('%s', (discretization) => {
    const grid = periodicGrid({ dimension: 1, points: 64 });
    for (const potential of potentials({ preset: 'reference-code' }, grid, 5)) {
      const dense = denseGroundState(potential, grid, discretization);
      const state = groundState(potential, grid, { beta: 0, discretization });
      expect(state.chemicalPotential / dense.eigenvalue).toBeCloseTo(1, 10);
      expect(maxDifference(state.u, dense.u)).toBeLessThan(1e-8);
    }
  });
});

describe('wrong arguments are refused by name', () => {
  const potential = new Float64Array(320);
  const bad = Float64Array.from(potential);
  bad[17] = Number.NaN;
  it.each<[Float64Array, unknown, RegExp]>([
    [new Float64Array(319), {}, /potential is a Float64Array of length 319; expected an array of length 320/],
    [bad, {}, /potential\[17\] is NaN; expected a finite number/],
    [potential, { beta: Number.NaN }, /options\.beta is NaN/],
    [potential, { beta: '10' }, /options\.beta is '10'/],
    [potential, { beta: -1 }, /options\.beta is -1; expected a finite number of at least 0/],
    [potential, { tolerance: 0 }, /options\.tolerance is 0/],
    [potential, { maxIterations: 0 }, /options\.maxIterations is 0/],
    [potential, { discretization: 'fem' }, /options\.discretization is 'fem'/],
    [potential, { betta: 1 }, /options\.betta/],
    [potential, { method: 'newton' }, /options\.method is 'newton'; expected one of 'auto', 'gradient-flow', 'newton-/],
    [potential, { timeStep: 1 }, /options\.timeStep is 1; expected no time step/],
    [potential, { method: 'gradient-flow', timeStep: Number.NaN }, /options\.timeStep is NaN/],
    [potential.map(() => Number.NEGATIVE_INFINITY), {}, /potential\[0\] is -Infinity; expected a finite number/],
    [potential, { initial: bad }, /options\.initial\[17\] is NaN/],
    [potential, null, /options is null; expected an object/],
    [potential, { initial: potential }, /options\.initial .* not zero everywhere/],
  ])('%#: %o %o', (values, options, message) => {
    expect(() => groundState(values, line, options as object)).toThrow(message);
  });
});
