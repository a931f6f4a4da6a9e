import { cos, sin, square } from '@dyadic/elementary';
import { ArgumentError, requireFiniteArray, requireLength } from '@dyadic/errors';
import type { GridAxis, PeriodicGrid } from '@dyadic/spectral';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { KohnShamState } from './kohn-sham-state.js';
import { completeOptions, type KohnShamOptions } from './options.js';

/** Gaps below this, relative to the largest eigenvalue of the matrix, are rounding. */
const GAP_ROUNDING = 1e-14;

/**
 * The Kohn-Sham map of {@link kohnShamMap} from all eigenpairs of the full matrix of −½Δ + V, with no FFT and no
 * iteration of this package involved: an oracle for small grids. The work grows with the cube of the grid's size, a
 * minute at some 1500 points.
 *
 * The residual is that of the matrix; `tolerance` and `maxIterations` are without effect.
 *
 * @throws ArgumentError as {@link kohnShamMap}
 */
export function kohnShamMapDense(potential: Float64Array, grid: PeriodicGrid, options: KohnShamOptions): KohnShamState {
  const { electrons, empty, spin, occupations, orbitals: wanted } = completeOptions(options, grid);
  if (spin !== 1 || occupations) throw new ArgumentError('options.occupations', occupations, 'none, and spin 1');
  requireLength('potential', potential, grid.size);
  requireFiniteArray('potential', potential);
  const matrix = hamiltonianMatrix(potential, grid);
  const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const all = decomposition.realEigenvalues;
  const order = all.map((_, i) => i).sort((i, j) => all[i]! - all[j]!);
  const eigenvalues = Float64Array.from(order.slice(0, electrons + empty), (i) => all[i]!);
  const norm = Math.sqrt(grid.size / grid.volume); // columns have Euclidean norm one, orbitals ∫ ψ² = 1
  const orbitals = order
    .slice(0, electrons)
    .map((i) => Float64Array.from(decomposition.eigenvectorMatrix.getColumn(i), (x) => x * norm));
  const density = new Float64Array(grid.size);
  for (const psi of orbitals) for (let x = 0; x < psi.length; x++) density[x]! += square(psi[x]!);
  const residual = Math.max(...orbitals.map((psi, i) => rootMeanSquareResidual(matrix, psi, eigenvalues[i]!)));
  const gap = eigenvalues[electrons]! - eigenvalues[electrons - 1]!;
  const degenerate = gap <= GAP_ROUNDING * Math.max(1, ...all.map(Math.abs));
  const status = Number.isFinite(residual) ? (degenerate ? 'degenerate' : 'converged') : 'diverged';
  return { density, eigenvalues, gap, residual, iterations: 0, status, ...(wanted ? { orbitals } : {}) };
}

/** −½ Σ_a D_a² + V on the grid points; D_a² is the tensor product of D² along axis a and identities. */
export function hamiltonianMatrix(potential: Float64Array, grid: PeriodicGrid): Matrix {
  const { axes, size } = grid;
  const matrix = new Matrix(size, size);
  for (let row = 0; row < size; row++) {
    matrix.set(row, row, potential[row]!);
    let stride = size;
    for (const axis of axes) {
      const { points } = axis;
      stride /= points;
      const position = Math.floor(row / stride) % points;
      for (let j = 0; j < points; j++) {
        const column = row + (j - position) * stride;
        matrix.set(row, column, matrix.get(row, column) - 0.5 * secondDerivative(position - j, axis));
      }
    }
  }
  return matrix;
}

/** Second-derivative matrix of trigonometric interpolation (Trefethen, Spectral Methods in MATLAB, 2000, chapter 3). */
function secondDerivative(difference: number, { points, length }: GridAxis): number {
  const unit = square((2 * Math.PI) / length);
  const even = points % 2 === 0;
  if (difference === 0) return (-unit * (even ? points ** 2 + 2 : points ** 2 - 1)) / 12;
  const angle = (Math.PI * difference) / points;
  const sign = difference % 2 === 0 ? -1 : 1;
  return ((even ? 1 : cos(angle)) * sign * unit) / (2 * square(sin(angle)));
}

function rootMeanSquareResidual(matrix: Matrix, psi: Float64Array, epsilon: number): number {
  const image = matrix.mmul(Matrix.columnVector(psi)).getColumn(0);
  const sum = image.reduce((total, value, x) => total + square(value - epsilon * psi[x]!), 0);
  return Math.sqrt(sum / psi.length) / Math.max(1, Math.abs(epsilon));
}
