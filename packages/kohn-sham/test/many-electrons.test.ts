import { randomStream } from '@dyadic/random';
import { type PeriodicGrid, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { kohnShamMap, kohnShamMapDense, kohnShamSolver } from '../src/index.js';
import { Panels } from '../src/panels.js';
import { innerProduct, maxDifference, randomPotentials, torus } from './oracles.js';
import { symmetricCase } from './symmetric-cases.js';

describe('products of blocks', () => {
  it.each([
    [1, 1, 2],
    [3, 5, 10],
    [4, 4, 8],
    [7, 9, 1030],
    [65, 66, 514],
  ])('%i by %i rows of %i floats, against sums', (m, k, n) => {
    const panels = new Panels((m + k) * n + m * k + 2 * m * n + m * m + 64, Math.max(m, k));
    const stream = randomStream(1, 'kohn-sham/test/panels', m);
    const [a, b, c, d] = [
      panels.allocate(m, n),
      panels.allocate(k, n),
      panels.allocate(m, k),
      panels.allocate(m, n),
    ] as const;
    for (const { data } of [a, b, d]) for (let i = 0; i < data.length; i++) data[i] = stream.uniform(-1, 1);
    const before = d.data.slice();
    panels.gram(c, a, b, m, k);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < k; j++) {
        const sum = a.rows[i]!.reduce((s, x, l) => s + x * b.rows[j]![l]!, 0);
        expect(Math.abs(c.data[i * k + j]! - sum)).toBeLessThan(1e-12);
      }
    }
    const square = panels.allocate(m, m);
    panels.gramLower(square, a, a, m);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j <= i; j++) {
        const sum = a.rows[i]!.reduce((s, x, l) => s + x * a.rows[j]![l]!, 0);
        expect(Math.abs(square.data[i * m + j]! - sum)).toBeLessThan(1e-12);
        if (j < i) square.data[j * m + i] = 0;
      }
    }
    const triangle = panels.allocate(m, n);
    panels.combineLower(triangle, square, a, m);
    for (let i = 0; i < m; i++) {
      let sum = 0;
      for (let j = 0; j <= i; j++) sum += square.data[i * m + j]! * a.rows[j]![n - 1]!;
      expect(Math.abs(triangle.rows[i]![n - 1]! - sum)).toBeLessThan(1e-11);
    }
    panels.combine(d, c, b, m, k, 1);
    for (let i = 0; i < m; i++) {
      for (let l = 0; l < n; l += 3) {
        let sum = before[i * n + l]!;
        for (let j = 0; j < k; j++) sum += c.data[i * k + j]! * b.rows[j]![l]!;
        expect(Math.abs(d.rows[i]![l]! - sum)).toBeLessThan(1e-11);
      }
    }
  });
});

describe('many electrons agree with the dense oracle', () => {
  it.each([
    [1, 160, 16, 100],
    [1, 192, 40, 400],
    [2, 18, 17, 100],
    [3, 8, 20, 60],
  ] as const)('in %iD on %i points, n_e = %i, depth %i', (dimension, points, electrons, depth) => {
    const grid = torus(dimension, points);
    for (const potential of randomPotentials(grid, { preset: 'localized', wells: 4, depth }, 2)) {
      const state = kohnShamMap(potential, grid, { electrons, orbitals: true });
      const dense = kohnShamMapDense(potential, grid, { electrons });
      expect(state.status).toBe('converged');
      expect(maxDifference(state.eigenvalues, dense.eigenvalues)).toBeLessThan(1e-9);
      expect(maxDifference(state.density, dense.density)).toBeLessThan(1e-8);
      state.orbitals!.forEach((a, i) => {
        state.orbitals!.forEach((b, j) => {
          expect(Math.abs(innerProduct(grid, a, b) - (i === j ? 1 : 0))).toBeLessThan(1e-11);
        });
      });
    }
  });

  it.each([3, 17, 40, 71])('symmetric case %i', (index) => {
    const { grid, electrons, potential, eigenvalues } = symmetricCase(index, 16);
    const state = kohnShamMap(potential, grid, { electrons });
    const scale = potential.reduce((s, v) => Math.max(s, Math.abs(v)), 1);
    expect(['converged', 'degenerate']).toContain(state.status);
    expect(maxDifference(state.eigenvalues, eigenvalues(electrons + 1))).toBeLessThan(1e-9 * scale);
  });
});

describe('one well an electron', () => {
  const chain = (electrons: number): [PeriodicGrid, Float64Array] => {
    const grid = periodicGrid({ dimension: 1, points: 40 * electrons, length: electrons / 4 });
    const stream = randomStream(2, 'kohn-sham/test/chain', electrons);
    const wells = Array.from({ length: electrons }, (_, i) => [(i + stream.uniform(0.2, 0.8)) / 4, 100] as const);
    const potential = sampleOnGrid(grid, (x) =>
      wells.reduce((sum, [center, depth]) => {
        const distance = x - center - grid.length * Math.round((x - center) / grid.length);
        return sum - depth * Math.exp(-(distance ** 2) / 0.005);
      }, 0),
    );
    return [grid, potential];
  };

  it('64 electrons on 2,560 points: residual, orthonormal, the same bits from a solver that saw others', () => {
    const [grid, potential] = chain(64);
    const solve = kohnShamSolver(grid, { electrons: 64, orbitals: true });
    solve(potential.map((v) => 0.5 * v));
    const state = solve(potential);
    expect(state.status).toBe('converged');
    expect(state.residual).toBeLessThanOrEqual(1e-10);
    const again = kohnShamMap(potential, grid, { electrons: 64 });
    expect(again.density).toEqual(state.density);
    expect(again.eigenvalues).toEqual(state.eigenvalues);
  });

  it('from 15 to 16 electrons the method changes, the numbers do not', () => {
    const [grid, potential] = chain(16);
    const fewer = kohnShamMap(potential, grid, { electrons: 15 });
    const more = kohnShamMap(potential, grid, { electrons: 16 });
    expect(maxDifference(fewer.eigenvalues, more.eigenvalues.slice(0, 16))).toBeLessThan(1e-8);
  });

  it('diverged, when V overflows, and the next potential is none the worse for it', () => {
    const [grid, potential] = chain(16);
    const solve = kohnShamSolver(grid, { electrons: 16 });
    expect(solve(potential.map((v) => 1e303 * v)).status).toBe('diverged');
    expect(solve(potential)).toEqual(kohnShamMap(potential, grid, { electrons: 16 }));
  });
});
