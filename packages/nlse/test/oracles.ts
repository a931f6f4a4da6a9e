import type { PeriodicGrid } from '@dyadic/spectral';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Lowest eigenpair of −D² + V in 1D from the whole matrix; no FFT involved. */
export function denseGroundState(
  potential: Float64Array,
  grid: PeriodicGrid,
  discretization: 'fourier' | 'finite-differences',
): { eigenvalue: number; u: Float64Array } {
  const entry = discretization === 'fourier' ? fourierEntry : finiteDifferenceEntry;
  const n = grid.points;
  const matrix = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix.set(i, j, -entry(i - j, grid) + (i === j ? potential[i]! : 0));
  }
  const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const eigenvalues = decomposition.realEigenvalues;
  const lowest = eigenvalues.indexOf(Math.min(...eigenvalues));
  const vector = Float64Array.from(decomposition.eigenvectorMatrix.getColumn(lowest));
  const sign = Math.sign(vector.reduce((sum, x) => sum + x, 0));
  return { eigenvalue: eigenvalues[lowest]!, u: vector.map((x) => (sign * x) / Math.sqrt(grid.spacing)) };
}

/** Second-derivative matrix of trigonometric interpolation at an even number of points (Trefethen 2000, eq 3.12). */
function fourierEntry(difference: number, { points, length }: PeriodicGrid): number {
  const scale = (2 * Math.PI) / length;
  const h = (2 * Math.PI) / points;
  if (difference === 0) return scale ** 2 * (-(Math.PI ** 2) / (3 * h ** 2) - 1 / 6);
  return (-((-1) ** difference) * scale ** 2) / (2 * Math.sin((difference * h) / 2) ** 2);
}

function finiteDifferenceEntry(difference: number, { points, spacing }: PeriodicGrid): number {
  const distance = Math.min(Math.abs(difference), points - Math.abs(difference));
  return distance === 0 ? -2 / spacing ** 2 : distance === 1 ? 1 / spacing ** 2 : 0;
}
