/** Nested cluster bases, and how boxes of one level lie in those of the next coarser one. */

import { digits, type Level } from '../partition.js';
import { pivotedQr } from '../pivoted-qr.js';
import { leftSingularVectors } from '../singular.js';

/**
 * U_I of every box of every level, of which only the finest are kept: on a coarser level U_I is what the bases of its
 * children make of it,
 *
 *   U_I = [U_c E_c] over the children c of I, E_c ∈ R^{r_(ℓ+1) × r_ℓ}.
 *
 * Copies: one per box, or, if all boxes of a level share their basis, one for the level (`leaf`) and one per place of a
 * child in its parent (`transfers`).
 */
export interface NestedBasis {
  /** r_ℓ of the levels of the tree, coarsest first. */
  readonly ranks: readonly number[];
  /** U on the finest level, [copies, n, r_L]. */
  readonly leaf: Float64Array;
  /** E of the children on levels of the tree 1, 2, …: entry k leads from level k to level k + 1, [copies, r_(k+1), r_k]. */
  readonly transfers: readonly Float64Array[];
}

/** Where every box of a level lies in its parent. */
export interface Family {
  /** Number of the parent on the next coarser level. */
  readonly parent: Uint32Array;
  /** Which child of its parent a box is, 0 … 2^d − 1, row-major. */
  readonly position: Uint8Array;
}

/** The family of the boxes of a level. */
export function familyOf({ dimension, boxes, boxCount }: Pick<Level, 'dimension' | 'boxes' | 'boxCount'>): Family {
  const parent = new Uint32Array(boxCount);
  const position = new Uint8Array(boxCount);
  for (let box = 0; box < boxCount; box++) {
    for (const b of digits(box, boxes, dimension)) {
      parent[box] = parent[box]! * (boxes / 2) + (b >> 1);
      position[box] = 2 * position[box]! + (b & 1);
    }
  }
  return { parent, position };
}

/** The children of every box of the next coarser level, 2^d each, in the order of their positions. */
export function childrenOf({ parent, position }: Family, children: number): Uint32Array {
  const table = new Uint32Array(parent.length);
  parent.forEach((box, child) => {
    table[box * children + position[child]!] = child;
  });
  return table;
}

/** The truncated bases of the boxes of a level, or of the one group of boxes that share theirs. */
export interface TruncatedLevel {
  /** k, one for all. */
  readonly rank: number;
  /** Orthonormal columns of each box, n × k, row-major; zero beyond the numerical rank. */
  readonly bases: readonly Float64Array[];
  /** ‖W_I − U_I U_Iᵀ W_I‖_F² of each box. */
  readonly truncated: readonly number[];
}

/**
 * Orthonormal bases U_I of one rank k for several matrices W_I, by singular vectors: the smallest k at which
 * ‖W_I − U_I U_Iᵀ W_I‖_F² ≤ `budget` for all of them, but at most `most`.
 *
 * @param matrices - W_I, n rows each, row-major; kept as they are.
 */
export function truncateLevel(
  matrices: Iterable<Float64Array>,
  n: number,
  budget: number,
  most: number,
): TruncatedLevel {
  const factors: { vectors: Float64Array; kept: number; tails: Float64Array }[] = [];
  let rank = 1;
  for (const matrix of matrices) {
    // Bᵀ = Q R: the left singular vectors of B are those of Rᵀ. What QR may leave out is little beside the budget.
    const { rank: directions, r, remainder } = pivotedQr(matrix.slice(), matrix.length / n, n, 1e-15, budget / 100);
    const { vectors, values } = leftSingularVectors(r, directions, n);
    // tails[k]: what is left out at rank k.
    const tails = new Float64Array(directions + 1).fill(remainder);
    for (let k = directions - 1; k >= 0; k--) tails[k] = tails[k + 1]! + values[k]! ** 2;
    let wanted = 0;
    while (wanted < directions && tails[wanted]! > budget) wanted++;
    rank = Math.max(rank, Math.min(wanted, most));
    factors.push({ vectors, kept: directions, tails });
  }
  const bases = factors.map(({ vectors, kept }) => {
    const basis = new Float64Array(n * rank);
    const columns = Math.min(rank, kept);
    for (let i = 0; i < n; i++) for (let k = 0; k < columns; k++) basis[i * rank + k] = vectors[i * kept + k]!;
    return basis;
  });
  return { rank, bases, truncated: factors.map(({ tails, kept }) => tails[Math.min(rank, kept)]!) };
}

/**
 * Boxes of all levels. Each may leave out as much: where the squares left out fall exponentially with the ranks, a division in
 * proportion to the boxes of a level costs the least products, Σ_ℓ boxes_ℓ r_ℓ², and the finest level's part hardly
 * shrinks as there are more levels.
 */
export function boxesOf(tree: readonly Level[]): number {
  return tree.reduce((sum, { boxCount }) => sum + boxCount, 0);
}

/** E of every child, [copies, r of the child, r of the parent], from the parents' bases of their children's coefficients. */
export function transfersOf(bases: readonly Float64Array[], childLevel: Level, shared: boolean): Float64Array {
  if (shared) return bases[0]!.slice();
  const { parent, position } = familyOf(childLevel);
  const block = bases[0]!.length / 2 ** childLevel.dimension;
  const transfers = new Float64Array(parent.length * block);
  parent.forEach((box, child) => {
    const from = position[child]! * block;
    transfers.set(bases[box]!.subarray(from, from + block), child * block);
  });
  return transfers;
}

/** All bases one after the other. */
export function joined(bases: readonly Float64Array[]): Float64Array<ArrayBuffer> {
  const all = new Float64Array(bases.length * bases[0]!.length);
  bases.forEach((basis, box) => {
    all.set(basis, box * basis.length);
  });
  return all;
}
