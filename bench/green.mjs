/** Green's functions as matrices. */
import { convolutionMatrix, denseMatrix } from '@dyadic/hmatrix';
import { fourierBasis, periodicGrid } from '@dyadic/spectral';
import { inverse, Matrix } from 'ml-matrix';

/** (−Δ_h + 1)⁻¹, second-order differences: a convolution. */
export function constantGreen(dimension, points) {
  const grid = periodicGrid({ dimension, points });
  const basis = fourierBasis(grid);
  const impulse = new Float64Array(grid.size);
  impulse[0] = 1;
  const symbol = basis.negativeLaplacianFiniteDifferences().map((k2) => 1 / (k2 + 1));
  return convolutionMatrix(grid, basis.multiply(symbol, impulse));
}

/** (−∇·(a∇) + 1)⁻¹, second-order differences with a between grid points, a from 0.1 to 1.9. */
export function variableGreen(dimension, points) {
  const grid = periodicGrid({ dimension, points });
  const { size, spacing, axis } = grid;
  const operator = Matrix.eye(size, size);
  const a = (x) => 1 + 0.9 * Math.sin(2 * Math.PI * x[0]) * (dimension > 1 ? Math.cos(4 * Math.PI * x[1]) : 1);
  for (let row = 0; row < size; row++) {
    for (let direction = 0, stride = size / points; direction < dimension; direction++, stride /= points) {
      const at = Math.floor(row / stride) % points;
      for (const step of [-1, 1]) {
        const column = row + (((at + step + points) % points) - at) * stride;
        const x = Array.from({ length: dimension }, (_, d) => {
          return (
            axis[Math.floor(row / points ** (dimension - 1 - d)) % points] +
            (d === direction ? (step * spacing) / 2 : 0)
          );
        });
        const conductance = a(x) / spacing ** 2;
        operator.set(row, row, operator.get(row, row) + conductance);
        operator.set(row, column, operator.get(row, column) - conductance);
      }
    }
  }
  return denseMatrix(grid, Float64Array.from(inverse(operator).to1DArray()));
}
