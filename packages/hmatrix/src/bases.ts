import { pivotedQr } from './pivoted-qr.js';
import { leftSingularVectors } from './singular.js';

/** Below this share of the largest column, what a QR factorisation leaves over is rounding. */
const ROUNDING = 1e-15;

/** B ≈ basis · (something): the rows of one box's interactions in terms of r numbers. */
export interface RowBasis {
  /** n × r, row-major; columns beyond the numerical rank are zero. */
  readonly basis: Float64Array;
  /** Rows of B whose entries are the coefficients, at most r of them; only of an interpolative basis. */
  readonly skeleton?: Uint32Array;
  /** ‖B − U Uᵀ B‖_F², the squared singular values left out; only of a singular basis. */
  readonly truncated?: number;
}

/**
 * Leading r left singular vectors of B, the best basis of its range: ‖B − U Uᵀ B‖_F² = Σ_{i > r} σ_i². B is first
 * reduced by a pivoted QR factorisation of Bᵀ to its numerical rank, but to no more than 4r + 32 directions, where those
 * that are left out are far below σ_r of anything worth compressing.
 *
 * @param rows - B, n rows of `length` numbers; overwritten.
 */
export function singularBasis(rows: Float64Array, length: number, r: number): RowBasis {
  const n = rows.length / length;
  const basis = new Float64Array(n * r);
  const { rank, r: factor, remainder } = pivotedQr(rows, length, 4 * r + 32, ROUNDING);
  if (rank === 0) return { basis, truncated: 0 };
  // Bᵀ = Q R: the left singular vectors of B are those of Rᵀ.
  const { vectors, values } = leftSingularVectors(factor, rank, n);
  const kept = Math.min(r, rank);
  for (let i = 0; i < n; i++) for (let k = 0; k < kept; k++) basis[i * r + k] = vectors[i * rank + k]!;
  return { basis, truncated: values.slice(kept).reduce((sum, sigma) => sum + sigma ** 2, remainder) };
}

/**
 * Interpolative basis: B ≈ P B[skeleton], r rows of B itself and a matrix P that is the identity on them (Cheng,
 * Gimbutas, Martinsson and Rokhlin, On the compression of low rank matrices, 2005). From R = [R₁ R₂] of a pivoted QR
 * factorisation of Bᵀ, P = (R₁⁻¹ R)ᵀ.
 *
 * @param rows - B, or enough of its columns: n rows of `length` numbers; overwritten.
 */
export function interpolativeBasis(rows: Float64Array, length: number, r: number): RowBasis {
  const n = rows.length / length;
  const basis = new Float64Array(n * r);
  const { rank, pivots, r: factor } = pivotedQr(rows, length, r, ROUNDING);
  for (let i = 0; i < n; i++) {
    for (let k = rank - 1; k >= 0; k--) {
      let value = factor[k * n + i]!;
      for (let j = k + 1; j < rank; j++) value -= factor[k * n + pivots[j]!]! * basis[i * r + j]!;
      basis[i * r + k] = value / factor[k * n + pivots[k]!]!;
    }
  }
  pivots.forEach((row, k) => {
    for (let j = 0; j < rank; j++) basis[row * r + j] = j === k ? 1 : 0;
  });
  return { basis, skeleton: pivots };
}
