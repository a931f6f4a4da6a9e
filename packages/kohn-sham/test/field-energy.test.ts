import { integrate, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { localDensity } from '../src/exchange-correlation.js';
import { kohnShamMapDense, selfConsistentField } from '../src/index.js';
import { HartreePotential } from '../src/interaction.js';
import { maxDifference, torus } from './oracles.js';

const COULOMB = { strength: 4 * Math.PI };

describe('the local density approximation', () => {
  const line = torus(1, 16);
  const cube = torus(3, 4);
  it.each([
    ['1D, spin 1', localDensity(line, { strength: 7, screening: 2 }, 1)],
    ['1D, spin 2', localDensity(line, { strength: 7, screening: 2 }, 2)],
    ['3D, spin 1', localDensity(cube, COULOMB, 1)],
    ['3D, spin 2', localDensity(cube, COULOMB, 2)],
  ] as const)('%s: v = de/dρ, by differences', (_, local) => {
    for (const density of [1e-3, 0.05, 0.5, 3]) {
      const h = 1e-5 * density;
      const slope = (local(density + h).energy - local(density - h).energy) / (2 * h);
      expect(Math.abs(slope / local(density).potential - 1)).toBeLessThan(1e-7);
    }
    expect(local(0).potential).toBeCloseTo(0, 14);
  });

  it('in 1D, exchange is the double integral over occupied waves', () => {
    const [strength, screening, density] = [7, 2, 1.3];
    for (const spin of [1, 2] as const) {
      const fermi = (Math.PI * density) / spin;
      const n = 400;
      let sum = 0; // midpoints
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) {
          const q = (2 * fermi * (i - j)) / n;
          sum += strength / (q * q + screening ** 2);
        }
      }
      const integral = (sum * (2 * fermi) ** 2) / n ** 2 / (2 * Math.PI) ** 2;
      const { energy } = localDensity(line, { strength, screening }, spin)(density);
      expect(Math.abs(energy / (-0.5 * spin * integral) - 1)).toBeLessThan(1e-4);
    }
  });

  it('in 3D: exchange −0.4582/r_s per electron of pairs, correlation of Perdew and Zunger at r_s = 1 and 2', () => {
    for (const [rs, correlation] of [
      [1, -0.0596],
      [2, -0.045],
    ] as const) {
      const density = 3 / (4 * Math.PI * rs ** 3);
      const { energy } = localDensity(cube, COULOMB, 2)(density);
      expect(energy / density + 0.4581653 / rs).toBeCloseTo(correlation, 3);
    }
  });

  it('elsewhere there is none', () => {
    expect(() => localDensity(torus(2, 4), COULOMB, 1)).toThrow(/options\.exchangeCorrelation is 'lda'; expected/);
    expect(() => localDensity(line, { strength: 1 }, 1)).toThrow(/screening in 1D/);
  });
});

describe('the energy of a field', () => {
  const grid = torus(1, 64);
  const external = sampleOnGrid(
    grid,
    (x) => -40 * Math.exp(-((x - 0.3) ** 2) / 0.02) - 60 * Math.exp(-((x + 0.5) ** 2) / 0.02),
  );
  const problem = { external, grid, electrons: 3, interaction: { strength: 50, screening: 1 }, tolerance: 1e-10 };
  const w = sampleOnGrid(grid, (x) => Math.sin(Math.PI * x + 0.3));

  it.each([
    {},
    { exchangeCorrelation: 'lda' },
    { occupations: { temperature: 3 } },
    { electrons: 4, spin: 2, exchangeCorrelation: 'lda' },
    { spin: 2, occupations: { temperature: 2, kind: 'methfessel-paxton' }, exchangeCorrelation: 'lda' },
  ] as const)('%o: dE/dλ = ∫ ρ W for V_ext + λ W', (options) => {
    const field = (lambda: number) =>
      selfConsistentField({ ...problem, ...options, external: external.map((v, x) => v + lambda * w[x]!) });
    const [low, here, high] = [field(-1e-3), field(0), field(1e-3)];
    expect(here.status).toBe('converged');
    const slope = (high.energy!.total - low.energy!.total) / 2e-3;
    expect(
      Math.abs(
        slope -
          integrate(
            grid,
            here.density.map((n, x) => n * w[x]!),
          ),
      ),
    ).toBeLessThan(2e-6);
  });

  it('every term, from orbitals of the dense matrix in the converged potential', () => {
    const { energy, potential, density } = selfConsistentField({ ...problem, exchangeCorrelation: 'lda' });
    const dense = kohnShamMapDense(potential, grid, { electrons: 3, orbitals: true });
    const product = (a: Float64Array, b: Float64Array) =>
      integrate(
        grid,
        a.map((v, x) => v * b[x]!),
      );
    const kinetic = dense.orbitals!.reduce((sum, psi, i) => {
      const square = psi.map((u) => u * u);
      return sum + dense.eigenvalues[i]! - product(square, potential);
    }, 0);
    const hartree = 0.5 * product(density, new HartreePotential(grid, problem.interaction).of(density));
    const local = localDensity(grid, problem.interaction, 1);
    expect(energy!.kinetic).toBeCloseTo(kinetic, 6);
    expect(energy!.external).toBeCloseTo(product(density, external), 8);
    expect(energy!.hartree).toBeCloseTo(hartree, 8);
    expect(energy!.exchangeCorrelation).toBeCloseTo(
      integrate(
        grid,
        density.map((n) => local(n).energy),
      ),
      8,
    );
    const { total, ...terms } = energy!;
    expect(total).toBeCloseTo(
      Object.values(terms).reduce((sum, term) => sum + term, 0),
      10,
    );
  });

  it('none where a map gives no eigenvalues', () => {
    const map = () => ({ density: new Float64Array(64).fill(1.5) });
    expect(selfConsistentField({ ...problem, map }).energy).toBeUndefined();
  });
});

describe('open shells', () => {
  const grid = periodicGrid({ dimension: 2, points: 36, length: 3 });
  const distance = (x: number, center: number) => x - center - 3 * Math.round((x - center) / 3);
  const sites = [0.5, 1.5, 2.5].flatMap((a) => [0.5, 1.5, 2.5].map((b) => [a, b] as const));
  const external = sampleOnGrid(grid, (x, y) =>
    sites.reduce((s, [a, b]) => s - 60 * Math.exp(-(distance(x!, a) ** 2 + distance(y!, b) ** 2) / 0.08), 0),
  );
  const crystal = { external, grid, electrons: 11, interaction: { strength: 20, screening: 1 } };

  it('a crystal whose last shell is half full: no field without a temperature, one with it', () => {
    expect(selfConsistentField({ ...crystal, maxIterations: 15 }).status).not.toBe('converged');
    const field = selfConsistentField({ ...crystal, occupations: { temperature: 0.5 }, maxIterations: 30 });
    expect(field.status).toBe('converged');
    const turned = field.density.map((_, i) => field.density[(i % 36) * 36 + Math.floor(i / 36)]!);
    expect(maxDifference(turned, field.density)).toBeLessThan(1e-6);
  });
});
