import { requireFinite, requireInteger } from '@dyadic/errors';
import type { Admissibility } from '@dyadic/mnn';
import type { Assignment, Partition } from '../partition.js';
import type { NestedBasis } from './nested-basis.js';

export interface H2Options {
  /** L, the finest level. Boxes of m = N / 2^L points per axis and their neighbours are kept as they are. */
  readonly levels: number;
  /** ε: ‖A − H‖_F ≤ ε ‖A‖_F. Default 0, to rounding. */
  readonly tolerance?: number;
  /** The greatest rank of a level, whatever it costs in accuracy; default no limit. */
  readonly rank?: number;
  /** Default `strong`, the paper's. */
  readonly admissibility?: Admissibility;
  /** Default `coarsest`, the paper's; for a translation-invariant matrix `finest`, which a convolutional network needs. */
  readonly assignment?: Assignment;
  /** `periodic` (default), or `zero` for a matrix on an open domain. */
  readonly padding?: Partition['padding'];
}

/**
 * An H²-matrix (Hackbusch, Khoromskij and Sauter, On H²-matrices, 2000): a uniform hierarchical matrix whose bases are
 * nested, A ≈ Σ_ℓ U^(ℓ) M^(ℓ) V^(ℓ)ᵀ + A^(ad) with U^(ℓ) = U^(ℓ+1) E^(ℓ+1) and V^(ℓ) = V^(ℓ+1) F^(ℓ+1). It keeps O(N) numbers.
 */
export interface H2Matrix {
  readonly structure: 'h2';
  readonly partition: Partition;
  /** Whether all boxes of a level share U and V, and M_IJ depends on the place of J beside I alone. */
  readonly shared: boolean;
  /** U, and E */
  readonly rows: NestedBasis;
  /** V, and F */
  readonly columns: NestedBasis;
  /**
   * M of each level of the tree, blocks of (rank of the rows) × (rank of the columns): [entries, …] in the order of the
   * level's interactions; shared: [window^d, …] by place.
   */
  readonly couplings: readonly Float64Array[];
  /** A^(ad): [entries, m^d, m^d] in the order of `partition.adjacent`; shared: [window^d, m^d, m^d] by place. */
  readonly adjacent: Float64Array;
  /**
   * Singular values left out, Σ over boxes and levels of the squares. For what was truncated, B, the projections are
   * orthogonal, and so ‖B − H‖_F² ≤ u + v, and, unless boxes share, ≥ max(u, v). B is A itself, or an interpolation of A.
   */
  readonly truncated: { readonly u: number; readonly v: number };
  /** Estimate of ‖A − B‖_F², where B interpolates the kernel; otherwise 0. */
  readonly interpolated: number;
}

export const H2_OPTIONS = ['levels', 'tolerance', 'rank', 'admissibility', 'assignment', 'padding'];

/** Checked numbers of {@link H2Options}. */
export function accuracyOf(argument: string, { tolerance = 0, rank }: H2Options): { tolerance: number; most: number } {
  requireFinite(`${argument}.tolerance`, tolerance, { min: 0, max: 1 });
  if (rank === undefined) return { tolerance, most: Number.POSITIVE_INFINITY };
  return { tolerance, most: requireInteger(`${argument}.rank`, rank, { min: 1, max: 10_000 }) };
}
