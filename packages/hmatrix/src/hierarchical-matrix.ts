import { requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import type { Admissibility } from '@dyadic/mnn';
import { interpolativeBasis, type RowBasis, singularBasis } from './bases.js';
import { block, interactionRows, type Pair, pairsOf, samplePoints } from './blocks.js';
import type { GridMatrix } from './grid-matrix.js';
import { type Assignment, type Level, type Partition, partition } from './partition.js';
import { product, transposed } from './products.js';

export interface HierarchicalMatrixOptions {
  /** L, the finest level. Boxes of m = N / 2^L points per axis and their neighbours are kept as they are. */
  readonly levels: number;
  /** r, the rank of every compressed block. */
  readonly rank: number;
  /** Default `strong`, the paper's. */
  readonly admissibility?: Admissibility;
  /** Default `coarsest`, the paper's; for a translation-invariant matrix `finest`, which a convolutional network needs. */
  readonly assignment?: Assignment;
  /** `periodic` (default), or `zero` for a matrix on an open domain: no box is a neighbour around the end. */
  readonly padding?: Partition['padding'];
  /**
   * `singular` (default): U_I and V_J are the leading singular vectors of the interaction rows and columns and
   * M_IJ = U_Iᵀ A_IJ V_J; every entry of A is used. `interpolative`: each box gets r skeleton points, chosen by pivoted
   * QR from entries against Chebyshev points of its partners, and M_IJ is A on the skeletons; O(N log N) entries.
   */
  readonly bases?: 'singular' | 'interpolative';
}

/** U, M and V of one level (2.5), n = points of a box, c copies: one per box, or 1 if all boxes share them. */
export interface LevelFactors {
  readonly level: Level;
  /** [c, n, r] */
  readonly u: Float64Array;
  /** Vᵀ, [c, r, n] */
  readonly v: Float64Array;
  /** [boxCount · partners, r, r] in the order of `level.interactions`; shared: [window^d, r, r] by place. */
  readonly m: Float64Array;
}

/** A uniform hierarchical matrix, A ≈ Σ_ℓ U^(ℓ) M^(ℓ) V^(ℓ)ᵀ + A^(ad) (2.6). */
export interface HierarchicalMatrix {
  readonly structure: 'h';
  readonly partition: Partition;
  /** r */
  readonly rank: number;
  /** Whether all boxes of a level share U and V, and M_IJ depends on the place of J beside I alone. */
  readonly shared: boolean;
  readonly levels: readonly LevelFactors[];
  /** A^(ad): [boxCount · neighbours, m^d, m^d] in the order of `partition.adjacent`; shared: [neighbours, m^d, m^d]. */
  readonly adjacent: Float64Array;
  /**
   * Singular values left out, Σ over boxes and levels of the squares; null with interpolative bases. Where levels do
   * not overlap (assignment `coarsest`) and boxes do not share, u ≤ ‖A − H‖_F² ≤ u + v.
   */
  readonly truncated: { readonly u: number; readonly v: number } | null;
}

/**
 * Compresses a matrix.
 *
 * @throws ArgumentError for a wrong option, and for an entry that is not finite
 */
export function hierarchicalMatrix(matrix: GridMatrix, options: HierarchicalMatrixOptions): HierarchicalMatrix {
  const known = ['levels', 'rank', 'admissibility', 'assignment', 'padding', 'bases'];
  requireKnownOptions('hierarchicalMatrix', options, known);
  const { levels, rank, admissibility, padding, bases = 'singular' } = options;
  const { dimension, points, translationInvariant: shared } = matrix;
  const assignment = options.assignment ?? (shared ? 'finest' : 'coarsest');
  requireInteger('hierarchicalMatrix.rank', rank, { min: 1, max: 10_000 });
  requireOneOf<'singular' | 'interpolative'>('hierarchicalMatrix.bases', bases, ['singular', 'interpolative']);
  const choices = { ...(admissibility && { admissibility }), ...(padding && { padding }) };
  const tree = partition({ dimension, points, levels, assignment, ...choices });
  const compress = bases === 'singular' ? singularFactors : interpolativeFactors;
  const truncated = { u: 0, v: 0 };
  const factors = tree.tree.map((level) => {
    const { u, v, m } = compress({ matrix, level, rank, pairs: pairsOf(level, shared), shared }, truncated);
    return { level, u, v, m };
  });
  const adjacent = adjacentBlocks(matrix, tree, shared);
  return {
    structure: 'h',
    partition: tree,
    rank,
    shared,
    levels: factors,
    adjacent,
    truncated: bases === 'singular' ? truncated : null,
  };
}

interface LevelTask {
  readonly matrix: GridMatrix;
  readonly level: Level;
  readonly rank: number;
  readonly shared: boolean;
  readonly pairs: readonly Pair[];
}

/** U_I and V_J from singular vectors, M_IJ = U_Iᵀ A_IJ V_J; adds up the singular values left out. */
function singularFactors(task: LevelTask, truncated: { u: number; v: number }) {
  const { matrix, level, rank, shared, pairs } = task;
  const n = level.boxSize;
  const basis = (side: 'rows' | 'columns') => (group: readonly Pair[]) =>
    singularBasis(interactionRows(matrix, level, group, side), group.length * n, rank);
  const rows = groups(task, 'from').map(basis('rows'));
  const columns = groups(task, 'to').map(basis('columns'));
  const m = storage(task);
  for (const pair of pairs) {
    const [u, v] = [rows[shared ? 0 : pair.from]!.basis, columns[shared ? 0 : pair.to]!.basis];
    const half = product(block(matrix, level, pair), v, n, n, rank);
    m.set(product(transposed(u, n, rank), half, rank, n, rank), pair.index * rank ** 2);
  }
  const copies = shared ? level.boxCount : 1;
  for (const { truncated: left = 0 } of rows) truncated.u += copies * left;
  for (const { truncated: left = 0 } of columns) truncated.v += copies * left;
  return { ...joined(rows, columns, n, rank), m };
}

/** U_I and V_J that interpolate from r skeleton points of each box, M_IJ = A between skeletons. */
function interpolativeFactors(task: LevelTask) {
  const { matrix, level, rank, shared, pairs } = task;
  const against = samplePoints(level, rank);
  const basis = (side: 'rows' | 'columns') => (group: readonly Pair[]) =>
    interpolativeBasis(interactionRows(matrix, level, group, side, against), group.length * against.length, rank);
  const rows = groups(task, 'from').map(basis('rows'));
  const columns = groups(task, 'to').map(basis('columns'));
  const m = storage(task);
  for (const pair of pairs) {
    const [left, right] = [rows[shared ? 0 : pair.from]!.skeleton!, columns[shared ? 0 : pair.to]!.skeleton!];
    const values = block(matrix, level, pair, left, right);
    for (let a = 0; a < left.length; a++) {
      m.set(values.subarray(a * right.length, (a + 1) * right.length), (pair.index * rank + a) * rank);
    }
  }
  return { ...joined(rows, columns, level.boxSize, rank), m };
}

/** The pairs that each basis must serve: those of one box, or all of them if boxes share it. */
function groups({ level, shared, pairs }: LevelTask, end: 'from' | 'to'): (readonly Pair[])[] {
  if (shared) return [pairs];
  const byBox: Pair[][] = Array.from({ length: level.boxCount }, () => []);
  for (const pair of pairs) byBox[pair[end]]!.push(pair);
  return byBox;
}

function storage({ level, shared, pairs, rank }: LevelTask): Float64Array {
  return new Float64Array((shared ? level.window ** level.dimension : pairs.length) * rank ** 2);
}

/** All U_I one after the other, and all V_Jᵀ. */
function joined(rows: readonly RowBasis[], columns: readonly RowBasis[], n: number, rank: number) {
  const u = new Float64Array(rows.length * n * rank);
  const v = new Float64Array(columns.length * n * rank);
  rows.forEach(({ basis }, box) => {
    u.set(basis, box * n * rank);
  });
  columns.forEach(({ basis }, box) => {
    v.set(transposed(basis, n, rank), box * n * rank);
  });
  return { u, v };
}

function adjacentBlocks(matrix: GridMatrix, { adjacent }: Partition, shared: boolean): Float64Array {
  const pairs = pairsOf(adjacent, shared);
  const blocks = new Float64Array(pairs.length * adjacent.boxSize ** 2);
  for (const pair of pairs) blocks.set(block(matrix, adjacent, pair), pair.index * adjacent.boxSize ** 2);
  return blocks;
}
