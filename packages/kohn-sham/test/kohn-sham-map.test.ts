import { randomStream } from '@dyadic/random';
import { fourierBasis, integrate, type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { hamiltonianMatrix } from '../src/dense.js';
import { Hamiltonian } from '../src/hamiltonian.js';
import { kohnShamMap, kohnShamMapDense, kohnShamSolver } from '../src/index.js';
import { PlaneWaves } from '../src/plane-waves.js';
import { freeEnergies, innerProduct, maxDifference, randomPotentials, torus } from './oracles.js';

const line = torus(1, 320);
const plane = torus(2, 64);

describe('analytic cases', () => {
  it.each([
    [line, [1, 3, 5, 9]],
    [torus(1, 45), [1, 3, 7]],
    [plane, [1, 5, 9, 13]],
    [torus(2, 15), [1, 5]],
    [torus(3, 16), [1, 7, 19]],
    [torus(3, 4), [1, 7]],
  ] as const)('free electrons, closed shells: plane-wave energies, uniform density; %o', (grid, shells) => {
    for (const electrons of shells) {
      const state = kohnShamMap(new Float64Array(grid.size).fill(-3), grid, { electrons });
      const expected = freeEnergies(grid, electrons + 1).map((energy) => energy - 3);
      expect(state.status).toBe('converged');
      expect(maxDifference(state.eigenvalues, expected)).toBeLessThan(1e-10);
      expect(maxDifference(state.density, new Float64Array(grid.size).fill(electrons / grid.volume))).toBeLessThan(
        1e-9,
      );
    }
  });

  it("Mathieu's equation at q = 1: the characteristic values a0, b1, a1, b2, a2 of Abramowitz and Stegun, table 20.1", () => {
    const grid = periodicGrid({ dimension: 1, points: 64, length: 2 * Math.PI });
    const { eigenvalues } = kohnShamMap(
      sampleOnGrid(grid, (x) => Math.cos(2 * x)),
      grid,
      { electrons: 4 },
    );
    const values = [-0.4551386, -0.11024882, 1.85910807, 3.91702477, 4.37130098];
    expect(
      maxDifference(
        eigenvalues,
        values.map((a) => a / 2),
      ),
    ).toBeLessThan(1e-8);
  });

  it.each([
    [1, 128, 20, 3],
    [2, 48, 16, 3],
    [3, 30, 14, 4],
  ] as const)(
    'harmonic oscillator in %iD: n + d/2, and virial theorem by hand',
    (dimension, points, length, electrons) => {
      const grid = periodicGrid({ dimension, points, length, origin: -length / 2 });
      const potential = sampleOnGrid(grid, (...x) => x.reduce((sum, y) => sum + 0.5 * y * y, 0));
      const { eigenvalues, density, status } = kohnShamMap(potential, grid, { electrons });
      const levels = [0, 1, 1, 1, 2].map(
        (n, i) => (dimension === 1 ? i : dimension === 2 && i === 3 ? 2 : n) + dimension / 2,
      );
      expect(status).toBe('converged');
      expect(maxDifference(eigenvalues, levels.slice(0, electrons + 1))).toBeLessThan(1e-8);
      const energy = eigenvalues.slice(0, electrons).reduce((sum, e) => sum + e, 0);
      expect(innerProduct(grid, density, potential)).toBeCloseTo(energy / 2, 7);
    },
  );
});

describe('the operator', () => {
  it.each([torus(1, 20), torus(1, 15), torus(2, 6), torus(2, 5), torus(3, 4)])(
    'by FFT is the dense matrix; %o',
    (grid) => {
      const [potential] = randomPotentials(grid, { preset: 'localized' }, 1);
      const field = sampleOnGrid(grid, (...x) => Math.sin(3 * x[0]! + 1) + x.reduce((p, y) => p * (y + 0.3), 1));
      const hamiltonian = new Hamiltonian(grid);
      hamiltonian.potential.set(potential!);
      const image = new Float64Array(hamiltonian.basis.size);
      hamiltonian.apply(hamiltonian.basis.toCoefficients(field), image);
      const matrix = hamiltonianMatrix(potential!, grid);
      const expected = Array.from({ length: grid.size }, (_, i) =>
        field.reduce((s, u, j) => s + matrix.get(i, j) * u, 0),
      );
      expect(maxDifference(hamiltonian.basis.toValues(image), expected)).toBeLessThan(1e-10);
    },
  );
});

describe('the parts', () => {
  const grids = [torus(1, 16), torus(1, 15), torus(2, 6), torus(2, 5), torus(3, 4)];

  it.each(grids)('all plane waves together are the dense matrix; %o', (grid) => {
    const [potential] = randomPotentials(grid, { preset: 'localized' }, 1);
    const waves = new PlaneWaves(grid, grid.size);
    waves.decompose(fourierBasis(grid).toCoefficients(potential!));
    const dense = kohnShamMapDense(potential!, grid, { electrons: grid.size - 1 });
    expect(waves.complete).toBe(true);
    expect(maxDifference(waves.spectrum.values, dense.eigenvalues)).toBeLessThan(1e-10);
  });
});

describe('agrees with the dense oracle', () => {
  const cases: [string, PeriodicGrid, number, number][] = [2, 3, 5, 8].flatMap((wells) => [
    ['paper', torus(1, 80), wells, 6] as [string, PeriodicGrid, number, number],
    ['localized', torus(1, 96), wells, 6] as [string, PeriodicGrid, number, number],
  ]);
  cases.push(
    ['localized', torus(1, 135), 3, 2],
    ['paper', torus(2, 18), 2, 2],
    ['localized', torus(2, 18), 3, 2],
    ['paper', torus(3, 6), 2, 1],
    ['localized', torus(3, 8), 2, 1],
  );
  it.each(cases)('%s %o, n_g = %i, %i samples', (preset, grid, wells, count) => {
    const solve = kohnShamSolver(grid, { electrons: wells });
    for (const potential of randomPotentials(grid, { preset: preset as 'paper' | 'localized', wells }, count)) {
      const state = solve(potential);
      const dense = kohnShamMapDense(potential, grid, { electrons: wells });
      expect([state.status, dense.status]).toEqual(['converged', 'converged']);
      expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-9);
      expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-9);
      expect(state.gap).toBeCloseTo(dense.gap, 9);
    }
  });

  it.each([
    [torus(1, 100), 1500, 8],
    [torus(1, 96), 40, 3],
    [torus(2, 16), 380, 4],
    [torus(3, 8), 60, 1],
  ] as const)('a box, which no grid resolves: %o, depth %f, n_e = %i', (grid, depth, electrons) => {
    const inside = (y: number) => y > -0.4 && y < 0.21;
    const potential = sampleOnGrid(grid, (...x) => (x.every(inside) ? -depth * (1 + 0.1 * x[0]!) : 0));
    const dense = kohnShamMapDense(potential, grid, { electrons });
    const state = kohnShamMap(potential, grid, { electrons });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-9 * depth);
    expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-7);
  });

  // The start sees the wrong symmetries below, or too few of those that are equal.
  const product = (m: number) => (x: readonly number[]) => -x.reduce((p, y) => p * Math.cos(m * Math.PI * y), 1);
  const kinks = (m: number) => (x: readonly number[]) => x.reduce((s, y) => s + Math.abs(Math.sin(m * Math.PI * y)), 0);
  it.each([
    ['cosines', torus(3, 8), 193, (x) => x.reduce((s, y) => s + Math.cos(2 * Math.PI * y), 0), 6],
    ['a lattice', torus(2, 24), 590, product(5), 1],
    ['kinks', torus(3, 8), 150, kinks(1), 3],
    ['kinks', torus(3, 6), 230, kinks(2), 1],
    ['kinks, a threefold ground state of the start', torus(3, 6), 260, kinks(1), 1],
    ['kinks', torus(1, 180), 400, kinks(6), 1],
    ['cosines', torus(1, 180), 1000, (x) => Math.cos(10 * Math.PI * x[0]!), 2],
  ] as [string, PeriodicGrid, number, (x: readonly number[]) => number, number][])(
    'many symmetries: %s on %o, depth %f',
    (_, grid, depth, shape, electrons) => {
      const potential = sampleOnGrid(grid, (...x) => depth * shape(x));
      const dense = kohnShamMapDense(potential, grid, { electrons });
      const state = kohnShamMap(potential, grid, { electrons });
      const degenerate = dense.gap < 1e-9;
      expect(state.status).toBe(degenerate ? 'degenerate' : 'converged');
      expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-10 * depth);
      if (!degenerate) expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-7);
    },
  );

  it.each([1, 7, 30])('noise: n_e = %i', (electrons) => {
    const grid = torus(1, 120);
    const stream = randomStream(1, 'kohn-sham/test/noise', electrons);
    const potential = Float64Array.from({ length: 120 }, () => stream.uniform(-200, 200));
    const dense = kohnShamMapDense(potential, grid, { electrons });
    const state = kohnShamMap(potential, grid, { electrons });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-8);
    expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-7);
  });

  it('nearly all of a tiny grid occupied', () => {
    const grid = torus(1, 12);
    const [potential] = randomPotentials(grid, { preset: 'localized' }, 1);
    for (const electrons of [1, 6, 10, 11]) {
      const dense = kohnShamMapDense(potential!, grid, { electrons });
      const state = kohnShamMap(potential!, grid, { electrons });
      expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-9);
      expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-9);
    }
  });

  it('many electrons, where the dense start alone would not do', () => {
    const grid = torus(1, 256);
    const [potential] = randomPotentials(grid, { preset: 'localized', wells: 5, depth: 2000 }, 1);
    const dense = kohnShamMapDense(potential!, grid, { electrons: 24 });
    const state = kohnShamMap(potential!, grid, { electrons: 24 });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-8);
    expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-8);
  });
});

describe.each([
  ['paper', line, 2, 20],
  ['localized', line, 8, 10],
  ['paper', plane, 2, 3],
  ['localized', plane, 3, 2],
  ['localized', torus(3, 20), 2, 1],
] as const)('preset %s on %o, n_g = %i', (preset, grid, electrons, count) => {
  const solve = kohnShamSolver(grid, { electrons, orbitals: true });
  const potentials = randomPotentials(grid, { preset, wells: electrons }, count);
  const states = potentials.map(solve);

  it('∫ρ = n_e, ρ = Σ|ψ|² ≥ 0, orbitals orthonormal', () => {
    for (const { density, orbitals, status, residual } of states) {
      expect(status).toBe('converged');
      expect(residual).toBeLessThanOrEqual(1e-10);
      expect(integrate(grid, density)).toBeCloseTo(electrons, 11);
      expect(Math.min(...density)).toBeGreaterThanOrEqual(0);
      expect(
        maxDifference(
          density,
          density.map((_, x) => orbitals!.reduce((s, psi) => s + psi[x]! ** 2, 0)),
        ),
      ).toBe(0);
      orbitals!.forEach((a, i) => {
        orbitals!.forEach((b, j) => {
          expect(Math.abs(innerProduct(grid, a, b) - (i === j ? 1 : 0))).toBeLessThan(1e-12);
        });
      });
    }
  });

  it('the residual of the orbitals, computed apart, is as reported', () => {
    const basis = fourierBasis(grid);
    states.slice(0, 3).forEach(({ orbitals, eigenvalues, residual }, sample) => {
      const relative = orbitals!.map((psi, i) => {
        const laplacian = basis.laplacian(psi);
        const r = psi.map((u, x) => -0.5 * laplacian[x]! + (potentials[sample]![x]! - eigenvalues[i]!) * u);
        return Math.sqrt(r.reduce((s, v) => s + v * v, 0) / r.length) / Math.max(1, Math.abs(eigenvalues[i]!));
      });
      // Δ of rounded values adds rounding of about 1e-16 k_max².
      expect(Math.abs(Math.max(...relative) - residual)).toBeLessThan(1e-9);
    });
  });

  it('is one function of the potential: again, and from a solver that saw others, to the last bit', () => {
    expect(solve(potentials[0]!).density).toEqual(states[0]!.density);
    expect(kohnShamMap(potentials[0]!, grid, { electrons }).density).toEqual(states[0]!.density);
  });

  it('a constant added to V is added to the eigenvalues', () => {
    const { eigenvalues, density } = kohnShamMap(
      potentials[0]!.map((v) => v + 500),
      grid,
      { electrons },
    );
    expect(
      maxDifference(
        eigenvalues.map((e) => e - 500),
        states[0]!.eigenvalues,
      ),
    ).toBeLessThan(1e-7);
    expect(maxDifference(density, states[0]!.density)).toBeLessThan(1e-6);
  });

  it('Hellmann and Feynman: d Σ ε_i/dλ = ∫ ρ W for V + λ W', () => {
    const w = sampleOnGrid(grid, (...x) => Math.cos(Math.PI * x[0]! + 0.4) + Math.sin(2 * Math.PI * x.at(-1)!));
    const total = (lambda: number) => {
      const { eigenvalues } = solve(potentials[0]!.map((v, x) => v + lambda * w[x]!));
      return eigenvalues.slice(0, electrons).reduce((sum, e) => sum + e, 0);
    };
    const [h, far] = [1e-4, 2e-4];
    const slope = (4 * (total(h) - total(-h))) / (6 * h) - (total(far) - total(-far)) / (6 * far);
    expect(Math.abs(slope - innerProduct(grid, states[0]!.density, w))).toBeLessThan(1e-6);
  });
});

describe('symmetry', () => {
  it('translating V by whole cells translates ρ', () => {
    const roll = (field: Float64Array) => field.map((_, i) => field[(i + 77) % 320]!);
    const [potential] = randomPotentials(line, { preset: 'localized', wells: 4 }, 1);
    const a = kohnShamMap(potential!, line, { electrons: 4 });
    const b = kohnShamMap(roll(potential!), line, { electrons: 4 });
    expect(maxDifference(roll(a.density), b.density)).toBeLessThan(1e-9);
    expect(maxDifference(a.eigenvalues, b.eigenvalues)).toBeLessThan(1e-9);
  });

  it('in 2D, also exchanging the axes', () => {
    const move = (field: Float64Array) =>
      field.map((_, i) => field[((i + 5) % 64) * 64 + ((Math.floor(i / 64) + 40) % 64)]!);
    const [potential] = randomPotentials(plane, { preset: 'paper' }, 1);
    const a = kohnShamMap(potential!, plane, { electrons: 2 });
    const b = kohnShamMap(move(potential!), plane, { electrons: 2 });
    expect(maxDifference(move(a.density), b.density)).toBeLessThan(1e-9);
  });
});

describe('discretisation', () => {
  it.each(['paper', 'localized'] as const)('converges spectrally, preset %s', (preset) => {
    const solveAt = (points: number) => {
      const [potential] = randomPotentials(torus(1, points), { preset, wells: 3 }, 1);
      return kohnShamMap(potential!, torus(1, points), { electrons: 3 });
    };
    const reference = solveAt(256).density;
    const errors = [16, 32, 64, 128].map((points) => {
      const { density } = solveAt(points);
      return maxDifference(
        density,
        density.map((_, i) => reference[(i * 256) / points]!),
      );
    });
    for (let i = 1; i < 3; i++) expect(errors[i]!).toBeLessThan(0.05 * errors[i - 1]!);
    expect(errors[3]).toBeLessThan(1e-8);
  });
});

describe('status', () => {
  it('max-iterations, with the residual reached', () => {
    const [potential] = randomPotentials(line, { preset: 'localized', wells: 3 }, 1);
    const state = kohnShamMap(potential!, line, { electrons: 3, maxIterations: 1 });
    expect(state).toMatchObject({ status: 'max-iterations', iterations: 1 });
    expect(state.residual).toBeGreaterThan(1e-10);
    expect(integrate(line, state.density)).toBeCloseTo(3, 10);
  });

  it('diverged, when V overflows, and the next potential is none the worse for it', () => {
    const potential = sampleOnGrid(line, (x) => 1e300 * Math.sin(Math.PI * x));
    const [next] = randomPotentials(line, { preset: 'localized' }, 1);
    const solve = kohnShamSolver(line, { electrons: 2 });
    expect(solve(potential).status).toBe('diverged');
    expect(solve(next!)).toEqual(kohnShamMap(next!, line, { electrons: 2 }));
  });

  it('a tolerance below rounding is not met, and says so', () => {
    const [potential] = randomPotentials(torus(1, 64), { preset: 'localized' }, 1);
    const state = kohnShamMap(potential!, torus(1, 64), { electrons: 2, tolerance: 1e-18 });
    expect(state.status).toBe('max-iterations');
    expect(state.residual).toBeLessThan(1e-11);
  });
});

describe('wrong arguments are refused by name', () => {
  const grid = torus(1, 32);
  const potential = new Float64Array(32);
  const spoiled = (value: number) => potential.map((v, i) => (i === 17 ? value : v));
  it.each<[Float64Array, unknown, RegExp]>([
    [
      new Float64Array(31),
      { electrons: 2 },
      /potential is a Float64Array of length 31; expected an array of length 32/,
    ],
    [spoiled(Number.NaN), { electrons: 2 }, /potential\[17\] is NaN; expected a finite number/],
    [spoiled(Number.NEGATIVE_INFINITY), { electrons: 2 }, /potential\[17\] is -Infinity/],
    [potential, { electrons: 0 }, /options\.electrons is 0; expected an integer from 1 to 31/],
    [potential, { electrons: 32 }, /options\.electrons is 32; expected an integer from 1 to 31/],
    [potential, { electrons: 1.5 }, /options\.electrons is 1\.5/],
    [potential, {}, /options\.electrons is undefined/],
    [potential, undefined, /options is undefined; expected an object with some of the options electrons/],
    [potential, { electrons: 2, tolerance: 0 }, /options\.tolerance is 0/],
    [potential, { electrons: 2, maxIterations: 0 }, /options\.maxIterations is 0/],
    [potential, { electrons: 2, orbitals: 'yes' }, /options\.orbitals is 'yes'; expected true or false/],
    [potential, { electrons: 2, spin: true }, /options\.spin/],
  ])('%#: %o %o', (values, options, message) => {
    expect(() => kohnShamMap(values, grid, options as { electrons: number })).toThrow(message);
    if (!message.source.includes('spin')) {
      expect(() => kohnShamMapDense(values, grid, options as { electrons: number })).toThrow(message);
    }
  });

  it.each([0, -2, Number.NaN, Number.POSITIVE_INFINITY])('grid length %f', (length) => {
    expect(() => periodicGrid({ dimension: 1, points: 32, length })).toThrow(/grid\.length/);
  });
});
