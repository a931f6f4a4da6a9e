import { dot, periodicGrid } from '@dyadic/spectral';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { CorrectionEquation } from '../src/correction-equation.js';
import { hamiltonianMatrix, kohnShamMapDense } from '../src/dense.js';
import { Hamiltonian } from '../src/hamiltonian.js';
import { PlaneWaves } from '../src/plane-waves.js';
import { Preconditioner } from '../src/preconditioner.js';
import { maxDifference, randomPotentials } from './oracles.js';

describe('the correction equation', () => {
  it.each([
    [1, 40, 9],
    [2, 8, 13],
  ] as const)('in %iD is what a dense solve of the bordered system says', (dimension, points, least) => {
    const grid = periodicGrid({ dimension, points, length: 2, origin: -1 });
    const [potential] = randomPotentials(grid, { preset: 'localized' }, 1);
    const mean = potential!.reduce((sum, v) => sum + v, 0) / grid.size;
    const hamiltonian = new Hamiltonian(grid);
    const { basis } = hamiltonian;
    hamiltonian.potential.set(potential!.map((v) => v - mean));
    const waves = new PlaneWaves(grid, least);
    waves.decompose(basis.toCoefficients(hamiltonian.potential));
    waves.spectrum.findVectors(3);
    const equation = new CorrectionEquation(hamiltonian, new Preconditioner(hamiltonian, waves.on(hamiltonian)));

    const { orbitals } = kohnShamMapDense(hamiltonian.potential, grid, { electrons: 3, orbitals: true });
    const block = orbitals!.map((psi) => basis.toCoefficients(psi));
    const [x] = block;
    const epsilon = dot(x!, image(hamiltonian, x!));
    const right = basis.toCoefficients(grid.size > 40 ? bump(grid.size) : bump(40));
    for (const y of block) {
      const along = dot(y, right);
      for (let i = 0; i < right.length; i++) right[i]! -= along * y[i]!;
    }
    const r = right.map((v) => 1e-9 * v); // so small that third order does not end the iteration
    const t = new Float64Array(basis.size);
    equation.solve(r, epsilon, block, 1e-16, t);

    // [A − ε, X; Xᵀ, 0] [t; μ] = [−r; 0] on the grid.
    const n = grid.size;
    const bordered = new Matrix(n + 3, n + 3);
    bordered.setSubMatrix(hamiltonianMatrix(hamiltonian.potential, grid), 0, 0);
    for (let i = 0; i < n; i++) bordered.set(i, i, bordered.get(i, i) - epsilon);
    orbitals!.forEach((psi, j) => {
      psi.forEach((value, i) => {
        bordered.set(i, n + j, value).set(n + j, i, value);
      });
    });
    const minus = [...basis.toValues(r)].map((v) => -v);
    const expected = solve(bordered, Matrix.columnVector([...minus, 0, 0, 0])).getColumn(0);
    const scale = Math.max(...expected.slice(0, n).map(Math.abs));
    expect(maxDifference(basis.toValues(t), expected.slice(0, n))).toBeLessThan(1e-5 * scale);
  });
});

function image(hamiltonian: Hamiltonian, c: Float64Array): Float64Array {
  const output = new Float64Array(c.length);
  hamiltonian.apply(c, output);
  return output;
}

function bump(size: number): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => Math.sin(3 * i * i + 1));
}
