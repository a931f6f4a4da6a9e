import type { GridAxis, PeriodicGrid } from '@dyadic/spectral';
import { EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import type { Discretization } from '../src/index.js';

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Number.POSITIVE_INFINITY;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}

/** Lowest eigenpair of −D² + V in 1D from the whole matrix; no FFT involved. */
export function denseGroundState(
  potential: Float64Array,
  grid: PeriodicGrid,
  discretization: Discretization,
): { eigenvalue: number; eigenvalues: number[]; u: Float64Array } {
  const matrix = denseHamiltonian(potential, grid, discretization);
  const decomposition = new EigenvalueDecomposition(matrix, { assumeSymmetric: true });
  const eigenvalues = decomposition.realEigenvalues;
  const lowest = eigenvalues.indexOf(Math.min(...eigenvalues));
  const vector = Float64Array.from(decomposition.eigenvectorMatrix.getColumn(lowest));
  const sign = Math.sign(vector.reduce((sum, x) => sum + x, 0));
  return {
    eigenvalue: eigenvalues[lowest]!,
    eigenvalues: [...eigenvalues].sort((a, b) => a - b),
    u: vector.map((x) => (sign * x) / Math.sqrt(grid.spacing)),
  };
}

/**
 * The ground state of (4.2) in 1D by Newton's method on the whole system F(u, E) = (−D²u + Vu + βu³ − Eu, (1 − ∫u²)/2),
 * Gaussian elimination each time, with β raised from 0, where {@link denseGroundState} knows the answer. No FFT.
 */
export function denseNewton(
  potential: Float64Array,
  grid: PeriodicGrid,
  discretization: Discretization,
  beta: number,
): { chemicalPotential: number; u: Float64Array } {
  const n = grid.points;
  const hamiltonian = denseHamiltonian(potential, grid, discretization);
  let { eigenvalue: e, u } = denseGroundState(potential, grid, discretization);
  for (let continuation = 1; continuation <= 8; continuation++) {
    const b = (beta * continuation) / 8;
    for (let iteration = 0, size = 1; size > 1e-12; iteration++) {
      if (iteration === 30) throw new Error('dense Newton does not converge');
      const jacobian = Matrix.zeros(n + 1, n + 1);
      const right = Matrix.zeros(n + 1, 1);
      const hu = hamiltonian.mmul(Matrix.columnVector([...u]));
      for (let i = 0; i < n; i++) {
        for (let j = 0; j < n; j++) jacobian.set(i, j, hamiltonian.get(i, j));
        jacobian.set(i, i, hamiltonian.get(i, i) + 3 * b * u[i]! ** 2 - e);
        jacobian.set(i, n, -u[i]!);
        jacobian.set(n, i, -u[i]! * grid.spacing);
        right.set(i, 0, -(hu.get(i, 0) + b * u[i]! ** 3 - e * u[i]!));
      }
      right.set(n, 0, (u.reduce((sum, x) => sum + x * x, 0) * grid.spacing - 1) / 2);
      const step = solve(jacobian, right);
      u = u.map((x, i) => x + step.get(i, 0));
      e += step.get(n, 0);
      size = Math.max(...u.map((_, i) => Math.abs(step.get(i, 0))));
    }
  }
  return { chemicalPotential: e, u };
}

function denseHamiltonian(potential: Float64Array, grid: PeriodicGrid, discretization: Discretization): Matrix {
  const entry = discretization === 'fourier' ? fourierEntry : finiteDifferenceEntry;
  const n = grid.points;
  const matrix = new Matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) matrix.set(i, j, -entry(i - j, grid) + (i === j ? potential[i]! : 0));
  }
  return matrix;
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

/**
 * How far H(u) − μ is from positive: the least α ≥ 0 found, doubling from `from`, for which H(u) − μ + α has a Cholesky
 * factor. As E(v) ≥ ⟨v, H(u) v⟩ − (β/2)∫u⁴ for any v of norm one, no function on the grid has an energy below E(u) − α.
 * The matrix is built from stencils or sums of cosines, in any dimension. No FFT, no eigensolver.
 */
export function energyGapBelow(
  { u, chemicalPotential }: { u: Float64Array; chemicalPotential: number },
  potential: Float64Array,
  grid: PeriodicGrid,
  { discretization, beta, from }: { discretization: Discretization; beta: number; from: number },
): number {
  const n = grid.size;
  const matrix = new Float64Array(n * n);
  let stride = 1;
  for (const axis of [...grid.axes].reverse()) {
    const { points } = axis;
    const line = Array.from({ length: points }, (_, j) => secondDerivative(j, axis, discretization));
    for (let i = 0; i < n; i++) {
      const place = Math.floor(i / stride) % points;
      for (let j = 0; j < points; j++) matrix[i * n + i + (j - place) * stride]! -= line[Math.abs(place - j)]!;
    }
    stride *= points;
  }
  for (let i = 0; i < n; i++) matrix[i * n + i]! += potential[i]! + beta * u[i]! ** 2 - chemicalPotential;
  for (let alpha = from; ; alpha *= 2) if (hasCholeskyFactor(matrix, n, alpha)) return alpha;
}

/** Entry of the second derivative along one axis by the distance of its points. */
function secondDerivative(distance: number, { points, length, spacing }: GridAxis, kind: Discretization): number {
  if (kind === 'finite-differences') {
    // Two points are each other's left and right neighbours.
    const neighbours = (distance === 1 ? 1 : 0) + (distance === points - 1 ? 1 : 0);
    return ((distance === 0 ? -2 : 0) + neighbours) / spacing ** 2;
  }
  let sum = 0;
  for (let k = 1 - Math.ceil(points / 2); k <= points / 2; k++) {
    sum -= k ** 2 * Math.cos((2 * Math.PI * k * distance) / points);
  }
  return ((2 * Math.PI) / length) ** 2 * (sum / points);
}

function hasCholeskyFactor(matrix: Float64Array, n: number, shift: number): boolean {
  const factor = Float64Array.from(matrix);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = factor[i * n + j]! + (i === j ? shift : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * n + k]! * factor[j * n + k]!;
      if (i === j && !(sum > 0)) return false;
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j]!;
    }
  }
  return true;
}
