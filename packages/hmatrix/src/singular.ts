import { Matrix, SingularValueDecomposition } from 'ml-matrix';

/**
 * Left singular vectors of Rᵀ, and the singular values in descending order.
 *
 * @param r - R, rows × n, row-major, rows ≤ n.
 * @returns `vectors`: n × rows, row-major.
 */
export function leftSingularVectors(
  r: Float64Array,
  rows: number,
  n: number,
): { vectors: Float64Array; values: Float64Array } {
  const vectors = new Float64Array(n * rows);
  if (rows === 0) return { vectors, values: new Float64Array(0) };
  const transposed = new Matrix(n, rows);
  for (let k = 0; k < rows; k++) for (let i = 0; i < n; i++) transposed.set(i, k, r[k * n + i]!);
  const { leftSingularVectors: u, diagonal } = new SingularValueDecomposition(transposed, { autoTranspose: true });
  for (let i = 0; i < n; i++) for (let k = 0; k < rows; k++) vectors[i * rows + k] = u.get(i, k);
  return { vectors, values: Float64Array.from(diagonal) };
}
