import { integrate, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { kohnShamMap, kohnShamMapDense, kohnShamSolver } from '../src/index.js';
import { chemicalPotential, complementaryErrorFunction, completeOccupations, occupation } from '../src/occupations.js';
import { maxDifference, randomPotentials, torus } from './oracles.js';

const KINDS = [
  { kind: 'fermi-dirac' },
  { kind: 'gaussian' },
  { kind: 'methfessel-paxton' },
  { kind: 'methfessel-paxton', order: 2 },
  { kind: 'methfessel-paxton', order: 4 },
] as const;

describe('occupations', () => {
  it('erfc at 0.5, 1, 2, 3 and −1: Abramowitz and Stegun, table 7.1', () => {
    const values = [0.4795001221869535, 0.15729920705028513, 0.004677734981047266, 2.209049699858544e-5];
    [0.5, 1, 2, 3].forEach((x, i) => {
      expect(Math.abs(complementaryErrorFunction(x) / values[i]! - 1)).toBeLessThan(1e-13);
    });
    expect(complementaryErrorFunction(-1)).toBeCloseTo(2 - values[1]!, 14);
  });

  it.each(KINDS)('%o: slope is −f′ and s′ = x f′, by differences; f from 1 to 0, s from 0 to 0', (kind) => {
    const one = completeOccupations({ temperature: 1, ...kind });
    const h = 1e-5;
    for (const x of [-3, -1.2, -0.3, 0, 0.4, 1.1, 2.5]) {
      const [low, here, high] = [occupation(one, x - h), occupation(one, x), occupation(one, x + h)];
      const slope = (low.f - high.f) / (2 * h);
      expect(Math.abs(slope - here.slope)).toBeLessThan(1e-8);
      expect(Math.abs((high.s - low.s) / (2 * h) + x * here.slope)).toBeLessThan(1e-8);
    }
    expect(occupation(one, -39).f).toBeCloseTo(1, 14);
    expect(occupation(one, 39).f).toBeCloseTo(0, 14);
    expect(occupation(one, 39).s).toBeCloseTo(0, 14);
    expect(occupation(one, 0).f).toBeCloseTo(0.5, 14);
  });

  it('of first order, Methfessel and Paxton by hand: ½ erfc x − x exp(−x²)/(2√π)', () => {
    const one = completeOccupations({ temperature: 1, kind: 'methfessel-paxton' });
    for (const x of [-1, 0.3, 2]) {
      const f = 0.5 * complementaryErrorFunction(x) - (x * Math.exp(-x * x)) / (2 * Math.sqrt(Math.PI));
      expect(occupation(one, x).f).toBeCloseTo(f, 14);
    }
  });

  it('two levels and one electron: μ lies between; an even spread over equal levels', () => {
    const one = completeOccupations({ temperature: 0.3 });
    expect(chemicalPotential(one, Float64Array.of(-1, 3), 1)).toBeCloseTo(1, 12);
    const mu = chemicalPotential(one, Float64Array.of(2, 2, 2), 1);
    expect(occupation(one, (2 - mu) / 0.3).f).toBeCloseTo(1 / 3, 13);
  });
});

describe('the map with occupations', () => {
  const grid = torus(1, 64);
  const [potential] = randomPotentials(grid, { preset: 'localized', wells: 3 }, 1) as [Float64Array];

  it.each(KINDS)('%o: what all eigenpairs of the dense matrix give', (kind) => {
    const occupations = completeOccupations({ temperature: 8, ...kind });
    const state = kohnShamMap(potential, grid, { electrons: 3, occupations, spin: 2 });
    const all = kohnShamMapDense(potential, grid, { electrons: 63, orbitals: true });
    const mu = chemicalPotential(occupations, all.eigenvalues, 1.5);
    const density = new Float64Array(64);
    let [entropy, count] = [0, 0];
    all.orbitals!.forEach((psi, i) => {
      const { f, s } = occupation(occupations, (all.eigenvalues[i]! - mu) / 8);
      for (let x = 0; x < 64; x++) density[x]! += 2 * f * psi[x]! ** 2;
      entropy += 2 * s;
      count += 2 * f;
    });
    expect(state.status).toBe('converged');
    expect(count).toBeCloseTo(3, 10);
    expect(state.chemicalPotential).toBeCloseTo(mu, 8);
    expect(state.entropy).toBeCloseTo(entropy, 8);
    expect(maxDifference(state.density, density)).toBeLessThan(1e-8);
    expect(integrate(grid, state.density)).toBeCloseTo(3, 10);
  });

  it('∂F/∂λ = ∫ ρ W and D = ∂n/∂μ, by differences', () => {
    const occupations = { temperature: 5 };
    const w = sampleOnGrid(grid, (x) => Math.cos(Math.PI * x + 0.4));
    const solve = kohnShamSolver(grid, { electrons: 3, occupations });
    const free = (lambda: number) => {
      const state = solve(potential.map((v, x) => v + lambda * w[x]!));
      return state.occupations!.reduce((sum, f, i) => sum + f * state.eigenvalues[i]!, 0) - 5 * state.entropy!;
    };
    const { density, eigenvalues, chemicalPotential: mu, densityOfStates } = solve(potential);
    const slope = (free(1e-3) - free(-1e-3)) / 2e-3;
    expect(
      Math.abs(
        slope -
          integrate(
            grid,
            density.map((n, x) => n * w[x]!),
          ),
      ),
    ).toBeLessThan(1e-6);
    const electrons = (level: number) => eigenvalues.reduce((sum, e) => sum + 1 / (1 + Math.exp((e - level) / 5)), 0);
    expect((electrons(mu! + 1e-4) - electrons(mu! - 1e-4)) / 2e-4).toBeCloseTo(densityOfStates!, 6);
  });

  it('an open shell of free electrons: uniform, and no longer degenerate', () => {
    const plane = torus(2, 16);
    const state = kohnShamMap(new Float64Array(256), plane, { electrons: 3, occupations: { temperature: 0.5 } });
    expect(state.status).toBe('converged');
    expect(maxDifference(state.density, new Float64Array(256).fill(3 / 4))).toBeLessThan(1e-9);
  });

  it('spin 2 without a temperature: twice the density of half the electrons', () => {
    const pairs = kohnShamMap(potential, grid, { electrons: 4, spin: 2 });
    const half = kohnShamMap(potential, grid, { electrons: 2 });
    expect(
      maxDifference(
        pairs.density,
        half.density.map((n) => 2 * n),
      ),
    ).toBeLessThan(1e-12);
    expect([...pairs.occupations!]).toEqual([2, 2]);
    expect(pairs.gap).toBeCloseTo(half.gap, 12);
  });

  it.each<[object, RegExp]>([
    [{ electrons: 3, spin: 2 }, /options\.electrons is 3; expected an even number/],
    [{ spin: 3 }, /options\.spin is 3/],
    [{ occupations: {} }, /options\.occupations\.temperature is undefined/],
    [{ occupations: { temperature: 0 } }, /options\.occupations\.temperature is 0/],
    [{ occupations: { temperature: 1, kind: 'cold' } }, /options\.occupations\.kind is 'cold'/],
    [{ occupations: { temperature: 1, order: 0 } }, /options\.occupations\.order is 0/],
  ])('%o is refused', (wrong, message) => {
    expect(() => kohnShamMap(potential, grid, { electrons: 2, ...wrong })).toThrow(message);
  });
});
