import { type Pair, pairsOf } from '../blocks.js';
import type { Level, Partition } from '../partition.js';
import { product, transposed } from '../products.js';
import { type Interpolation, leafBasis, transferBlocks } from './chebyshev.js';
import type { H2Matrix } from './h2-matrix.js';
import { boxesOf, childrenOf, familyOf, joined, type NestedBasis, transfersOf, truncateLevel } from './nested-basis.js';
import { TriangularFactor } from './triangular-factor.js';

export interface Accuracy {
  /** ‖B − H‖_F ≤ tolerance ‖B‖_F */
  readonly tolerance: number;
  /** ‖A^(ad)‖_F², which B has too. */
  readonly near: number;
  /** The greatest rank of a level. */
  readonly most: number;
}

/**
 * Truncates an H²-matrix B = Σ_ℓ U_ℓ M_ℓ U_ℓᵀ + A^(ad) whose bases are those of an interpolation to orthonormal bases of least
 * rank (Börm, Efficient numerical methods for non-local operators, 2010, ch. 6). What a box's basis must span, the block row
 * of B that the box and all boxes that hold it are compressed in, is U_I Z_Iᵀ times something with orthonormal rows: Z_I is
 * found down the tree from those of the parents, the truncated bases up the tree from those of the children.
 */
export function recompress(
  { tree }: Partition,
  shared: boolean,
  interpolation: Interpolation,
  couplings: readonly Float64Array[],
  { tolerance, near, most }: Accuracy,
): Pick<H2Matrix, 'rows' | 'columns' | 'couplings' | 'truncated'> {
  const { rank } = interpolation;
  const leaf = leafBasis(interpolation, tree.at(-1)!.boxPoints);
  const transfers = transferBlocks(interpolation);
  const gauges = gaugesOf(tree, leaf, transfers, rank);
  const pairs = tree.map((level) => pairsOf(level, shared));
  const far = tree.reduce(
    (sum, level, t) => sum + squaresOf(level, pairs[t]!, shared, couplings[t]!, gauges[t]!, rank),
    0,
  );
  const budget = (tolerance ** 2 * (near + far)) / 2;
  const task = { tree, shared, pairs, rank, leaf, transfers, gauges, couplings, budget, most };
  const rows = truncate(task, 'from');
  const columns = truncate(task, 'to');
  const compressed = tree.map((_, t) => {
    const [r, c] = [rows.basis.ranks[t]!, columns.basis.ranks[t]!];
    const m = new Float64Array((couplings[t]!.length / rank ** 2) * r * c);
    for (const { from, to, index } of pairs[t]!) {
      const [left, right] = [rows.changes[t]![shared ? 0 : from]!, columns.changes[t]![shared ? 0 : to]!];
      const half = product(left, blockOf(couplings[t]!, index, rank), r, rank, rank);
      m.set(product(half, transposed(right, c, rank), r, rank, c), index * r * c);
    }
    return m;
  });
  return {
    rows: rows.basis,
    columns: columns.basis,
    couplings: compressed,
    truncated: { u: rows.truncated, v: columns.truncated },
  };
}

interface Task {
  readonly tree: readonly Level[];
  readonly shared: boolean;
  /** The pairs of every level. */
  readonly pairs: readonly (readonly Pair[])[];
  /** Number of polynomials. */
  readonly rank: number;
  /** U of the finest boxes, which is the same for all. */
  readonly leaf: Float64Array;
  /** E of the 2^d children. */
  readonly transfers: Float64Array;
  readonly gauges: readonly Float64Array[];
  readonly couplings: readonly Float64Array[];
  readonly budget: number;
  readonly most: number;
}

/** R_ℓ of every level, a square: ‖U_ℓ z‖ = ‖R_ℓ z‖ for every z. */
function gaugesOf(tree: readonly Level[], leaf: Float64Array, transfers: Float64Array, rank: number): Float64Array[] {
  const gauges: Float64Array[] = [];
  for (let t = tree.length - 1; t >= 0; t--) {
    const factor = new TriangularFactor(rank);
    if (t === tree.length - 1) factor.add(leaf.slice());
    else {
      for (let child = 0; child < transfers.length; child += rank ** 2) {
        factor.add(product(gauges[0]!, transfers.subarray(child, child + rank ** 2), rank, rank, rank));
      }
    }
    gauges.unshift(factor.r);
  }
  return gauges;
}

/** ‖U_ℓ M_ℓ U_ℓᵀ‖_F² */
function squaresOf(
  { interactions, window, dimension }: Level,
  pairs: readonly Pair[],
  shared: boolean,
  couplings: Float64Array,
  gauge: Float64Array,
  rank: number,
): number {
  const times = new Float64Array(shared ? window ** dimension : interactions.partners.length);
  if (shared) for (const place of interactions.places) times[place]! += 1;
  else times.fill(1);
  const adjoint = transposed(gauge, rank, rank);
  return pairs.reduce((sum, { index }) => {
    const half = product(gauge, blockOf(couplings, index, rank), rank, rank, rank);
    const block = product(half, adjoint, rank, rank, rank);
    return sum + times[index]! * block.reduce((all, entry) => all + entry * entry, 0);
  }, 0);
}

/** Truncated bases of the rows (`from`) or columns (`to`), and C_I = Ũ_Iᵀ U_I, which takes coefficients to the new basis. */
function truncate(
  task: Task,
  end: 'from' | 'to',
): { basis: NestedBasis; changes: Float64Array[][]; truncated: number } {
  const { tree, shared, rank, leaf, transfers, budget, most } = task;
  const weights = weightsOf(task, end);
  const share = budget / boxesOf(tree);
  const ranks: number[] = [];
  const news: Float64Array[] = [];
  const changes: Float64Array[][] = [];
  let newLeaf = new Float64Array(0);
  let truncated = 0;
  for (let t = tree.length - 1; t >= 0; t--) {
    const level = tree[t]!;
    const finest = t === tree.length - 1;
    const old = finest ? weights[t]!.map(() => leaf) : childBases(tree[t + 1]!, shared, changes[0]!, transfers, rank);
    const n = old[0]!.length / rank;
    const spanned = old.map((u, group) => product(u, transposed(weights[t]![group]!, rank, rank), n, rank, rank));
    const { rank: r, bases, truncated: left } = truncateLevel(spanned, n, share, most);
    truncated += left.reduce((sum, one) => sum + one, 0) * (shared ? level.boxCount : 1);
    changes.unshift(bases.map((basis, group) => product(transposed(basis, n, r), old[group]!, r, n, rank)));
    if (finest) newLeaf = joined(bases);
    else news.unshift(transfersOf(bases, tree[t + 1]!, shared));
    ranks.unshift(r);
  }
  return { basis: { ranks, leaf: newLeaf, transfers: news }, changes, truncated };
}

/** Z_I of every level and box (or group of all boxes): R-factors of what I and the boxes that hold it are multiplied by. */
function weightsOf(
  { tree, shared, pairs, rank, transfers, gauges, couplings }: Task,
  end: 'from' | 'to',
): Float64Array[][] {
  const weights: Float64Array[][] = [];
  const children = transfers.length / rank ** 2;
  const inherited = (parent: Float64Array, position: number): Float64Array =>
    product(parent, transposed(blockOf(transfers, position, rank), rank, rank), rank, rank, rank);
  tree.forEach((level, t) => {
    const factors = Array.from({ length: shared ? 1 : level.boxCount }, () => new TriangularFactor(rank));
    if (t > 0 && shared) for (let c = 0; c < children; c++) factors[0]!.add(inherited(weights[t - 1]![0]!, c));
    if (t > 0 && !shared) {
      const { parent, position } = familyOf(level);
      factors.forEach((factor, box) => {
        factor.add(inherited(weights[t - 1]![parent[box]!]!, position[box]!));
      });
    }
    for (const pair of pairs[t]!) {
      const m = blockOf(couplings[t]!, pair.index, rank);
      const oriented = end === 'from' ? transposed(m, rank, rank) : m;
      factors[shared ? 0 : pair[end]]!.add(product(gauges[t]!, oriented, rank, rank, rank));
    }
    weights.push(factors.map(({ r }) => r));
  });
  return weights;
}

/** [C_c E_c] over the children c of every box: the old basis in terms of the children's new ones. */
function childBases(
  level: Level,
  shared: boolean,
  changes: readonly Float64Array[],
  transfers: Float64Array,
  rank: number,
): Float64Array[] {
  const perBox = 2 ** level.dimension;
  const children = childrenOf(familyOf(level), perBox);
  const r = changes[0]!.length / rank;
  return Array.from({ length: shared ? 1 : level.boxCount / perBox }, (_, box) => {
    const stacked = new Float64Array(perBox * r * rank);
    for (let c = 0; c < perBox; c++) {
      const change = changes[shared ? 0 : children[box * perBox + c]!]!;
      stacked.set(product(change, blockOf(transfers, c, rank), r, rank, rank), c * r * rank);
    }
    return stacked;
  });
}

function blockOf(blocks: Float64Array, index: number, rank: number): Float64Array {
  return blocks.subarray(index * rank ** 2, (index + 1) * rank ** 2);
}
