import { integrate, periodicGrid, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import { hamiltonianMatrix } from '../src/dense.js';
import { HalfSpectrum, kineticBeyond, reachOf, reachUnits } from '../src/half-spectrum.js';
import { Hamiltonian } from '../src/hamiltonian.js';
import { kohnShamMap, kohnShamMapDense, selfConsistentField } from '../src/index.js';
import { boxCase } from './box-cases.js';
import { maxDifference } from './oracles.js';

describe('boxes whose axes differ', () => {
  it.each(Array.from({ length: 16 }, (_, index) => index))('case %i: eigenvalues of the dense matrix', (index) => {
    const { grid, electrons, potential, eigenvalues, name } = boxCase(index, index % 4 < 2 ? 2 : 16);
    const state = kohnShamMap(potential, grid, { electrons });
    expect(['converged', 'degenerate'], name).toContain(state.status);
    const scale = potential.reduce((s, v) => Math.max(s, Math.abs(v)), 1);
    expect(maxDifference(state.eigenvalues, eigenvalues(electrons + 1)) / scale, name).toBeLessThan(1e-9);
    expect(integrate(grid, state.density)).toBeCloseTo(electrons, 9);
  });

  it.each([
    [
      [24, 12],
      [3, 1],
    ],
    [
      [6, 10, 8],
      [1, 2.5, 1],
    ],
  ])('the density of the dense matrix: %o points, lengths %o', (points, length) => {
    const grid = periodicGrid({ points, length });
    const potential = sampleOnGrid(
      grid,
      (...x) => 20 * x.reduce((s, y, a) => s + Math.cos(2 * Math.PI * (y / length[a]! + 0.1 * a)) * (a + 1), 0),
    );
    const [state, dense] = [kohnShamMap, kohnShamMapDense].map((map) => map(potential, grid, { electrons: 3 }));
    expect(state!.status).toBe('converged');
    expect(maxDifference(state!.density, dense!.density)).toBeLessThan(1e-8);
  });

  it('the matrix is a sum over the axes: plane waves are its eigenvectors', () => {
    const grid = periodicGrid({ points: [8, 6], length: [3, 2] });
    const wave = sampleOnGrid(grid, (x, y) => Math.cos(2 * Math.PI * ((2 * x) / 3 + y / 2)));
    const image = hamiltonianMatrix(new Float64Array(48), grid)
      .mmul([...wave].map((w) => [w]) as never)
      .to1DArray();
    const kinetic = 0.5 * (2 * Math.PI) ** 2 * ((2 / 3) ** 2 + (1 / 2) ** 2);
    expect(
      maxDifference(
        image,
        wave.map((w) => kinetic * w),
      ),
    ).toBeLessThan(1e-11);
  });

  it('axes in another order: the same eigenvalues', () => {
    const field = (x: number, y: number) =>
      50 * Math.cos(2 * Math.PI * x) + 80 * Math.cos(Math.PI * y + 0.3) * Math.sin(2 * Math.PI * x);
    const wide = periodicGrid({ points: [32, 64], length: [1, 2] });
    const tall = periodicGrid({ points: [64, 32], length: [2, 1] });
    const [one, other] = [
      kohnShamMap(sampleOnGrid(wide, field), wide, { electrons: 4 }),
      kohnShamMap(
        sampleOnGrid(tall, (y, x) => field(x, y)),
        tall,
        { electrons: 4 },
      ),
    ];
    expect(maxDifference(one.eigenvalues, other.eigenvalues)).toBeLessThan(1e-9);
  });

  it('the field of a box is a fixed point, checked with the dense oracle', () => {
    const grid = periodicGrid({ points: [12, 24], length: [4, 8], origin: [-2, -4] });
    const external = sampleOnGrid(
      grid,
      (x, y) => -9 * Math.exp(2 * Math.cos((Math.PI * x) / 2) + 2 * Math.cos((Math.PI * (y - 1)) / 4) - 4),
    );
    const options = { grid, electrons: 2, interaction: { strength: 4, screening: 1 } };
    const { status, potential, density } = selfConsistentField({ ...options, external });
    expect(status).toBe('converged');
    expect(maxDifference(kohnShamMapDense(potential, grid, { electrons: 2 }).density, density)).toBeLessThan(1e-7);
    const again = selfConsistentField({ ...options, external, initial: density });
    expect(again.residuals[0]).toBeLessThan(1e-5);
  });
});

describe('how far out a wave lies', () => {
  it('is max |m_a| where axes are alike, and its part of the Nyquist frequency otherwise', () => {
    expect(reachOf([-3, 2], reachUnits({ shape: [16, 16] }))).toBe(3);
    const box = { shape: [8, 32] };
    expect(reachOf([4, 0], reachUnits(box))).toBe(reachOf([0, -16], reachUnits(box)));
  });

  it('the least kinetic energy further out, against all waves', () => {
    for (const length of [
      [1, 4],
      [4, 1],
      [2, 3],
    ]) {
      const grid = periodicGrid({ points: [12, 32], length });
      const { spectrum, kinetic, reach } = new Hamiltonian(grid);
      for (let r = 0; r < 15; r++) {
        let least = Number.POSITIVE_INFINITY;
        for (let e = 0; e < spectrum.entries; e++) if (reach[e]! > r) least = Math.min(least, kinetic[2 * e]!);
        expect(kineticBeyond(grid, r) / least).toBeCloseTo(1, 12);
      }
    }
  });

  it('a coarse grid sees what it cuts off along each axis, and nothing where it cuts off nothing', () => {
    const fine = periodicGrid({ points: [16, 64] });
    const coarse = new Hamiltonian(periodicGrid({ points: [16, 32] }), fine);
    const [along, across] = [
      [0, 14],
      [7, 0],
    ].map((m) => {
      const c = new Float64Array(coarse.basis.size);
      c[2 * coarse.spectrum.entry(m)] = 1;
      return coarse.truncation(c);
    });
    expect(along).toBeGreaterThan(1000);
    expect(across).toBe(0);
    const square = new Hamiltonian(periodicGrid({ points: [12, 32] }), fine);
    const c = new Float64Array(square.basis.size);
    c[2 * square.spectrum.entry([5, 0])] = 1;
    expect(square.truncation(c)).toBeGreaterThan(100);
  });

  it('entries and waves are each other’s inverse on a box', () => {
    const spectrum = new HalfSpectrum(periodicGrid({ points: [5, 6, 8] }));
    for (let entry = 0; entry < spectrum.entries; entry++) expect(spectrum.entry(spectrum.wave(entry))).toBe(entry);
    expect(spectrum.entries).toBe(5 * 6 * 5);
  });
});
