import { requireKnownOptions } from '@dyadic/errors';
import { block, pairsOf } from '../blocks.js';
import { finiteEntry, type GridMatrix } from '../grid-matrix.js';
import { digits, type Level, type Partition, partition } from '../partition.js';
import { accuracyOf, H2_OPTIONS, type H2Matrix, type H2Options } from './h2-matrix.js';
import { boxesOf, childrenOf, familyOf, joined, type NestedBasis, transfersOf, truncateLevel } from './nested-basis.js';

/**
 * Compresses a matrix given by its entries, all of which are read: O(N²) operations and memory.
 *
 * The basis of a box I must span the block row of A that I and all boxes that hold it are compressed in: on the finest
 * level its rows of A without those of the adjacent part, on coarser ones the coefficients Uᵀ A of its children without
 * what their own level has. U_I are leading singular vectors of it, as many as the tolerance asks for (Börm, Efficient
 * numerical methods for non-local operators, 2010, ch. 6). Each box of T levels may leave out ε² ‖A‖_F² / (2 T · boxes),
 * so that rows and columns together leave out at most ε² ‖A‖_F².
 *
 * @throws ArgumentError for a wrong option, and for an entry that is not finite
 */
export function h2Matrix(matrix: GridMatrix, options: H2Options): H2Matrix {
  requireKnownOptions('h2Matrix', options, H2_OPTIONS);
  const { tolerance, most } = accuracyOf('h2Matrix', options);
  const { levels, admissibility = 'strong', padding = 'periodic' } = options;
  const { dimension, points } = matrix;
  // What is translation-invariant around the torus is not so in an open domain.
  const shared = matrix.translationInvariant && padding === 'periodic';
  const { assignment = shared ? 'finest' : 'coarsest' } = options;
  const tree = partition({ dimension, points, levels, admissibility, assignment, padding });
  const adjacentPairs = pairsOf(tree.adjacent, shared);
  const side = tree.adjacent.boxSize;
  const adjacent = new Float64Array((shared ? tree.adjacent.window ** dimension : adjacentPairs.length) * side ** 2);
  for (const pair of adjacentPairs) adjacent.set(block(matrix, tree.adjacent, pair), pair.index * side ** 2);
  const budget = (tolerance * frobeniusNorm(matrix, shared)) ** 2 / 2;
  const transposed = { ...matrix, entry: (row: number, column: number) => matrix.entry(column, row) };
  const columns = nestedBasis(transposed, tree, shared, budget, most);
  const rows = nestedBasis(matrix, tree, shared, budget, most);
  const couplings = tree.tree.map((level, t) =>
    couplingsOf(level, shared, rows.coefficients[t]!, rows.basis.ranks[t]!, columns.basis, columns.explicit[t]!, t),
  );
  return {
    structure: 'h2',
    partition: tree,
    shared,
    rows: rows.basis,
    columns: columns.basis,
    couplings,
    adjacent,
    truncated: { u: rows.truncated, v: columns.truncated },
    interpolated: 0,
  };
}

function frobeniusNorm(matrix: GridMatrix, shared: boolean): number {
  const rows = shared ? 1 : matrix.size;
  let sum = 0;
  for (let i = 0; i < rows; i++) for (let j = 0; j < matrix.size; j++) sum += finiteEntry(matrix, i, j) ** 2;
  return Math.sqrt((sum * matrix.size) / rows);
}

interface NestedRows {
  readonly basis: NestedBasis;
  /** U_Iᵀ times the rows of I that its level and coarser ones have: for each level, each box (or the one shared), r × N. */
  readonly coefficients: readonly (readonly Float64Array[])[];
  /** U_I itself, for each level, each box (or the one shared), n × r. */
  readonly explicit: readonly (readonly Float64Array[])[];
  readonly truncated: number;
}

function nestedBasis(
  matrix: GridMatrix,
  { tree, adjacent }: Partition,
  shared: boolean,
  budget: number,
  most: number,
): NestedRows {
  const ranks: number[] = [];
  const transfers: Float64Array[] = [];
  const coefficients: Float64Array[][] = [];
  const explicit: Float64Array[][] = [];
  let truncated = 0;
  const share = budget / boxesOf(tree);
  let leaf = new Float64Array(0);
  for (let t = tree.length - 1; t >= 0; t--) {
    const level = tree[t]!;
    const finest = t === tree.length - 1;
    const rows = finest
      ? farRows(matrix, adjacent, shared)
      : childRows(matrix, tree[t + 1]!, shared, coefficients[0]!, ranks[0]!);
    const n = rows[0]!.length / matrix.size;
    const { rank, bases, truncated: left } = truncateLevel(rows, n, share, most);
    truncated += left.reduce((sum, one) => sum + one, 0) * (shared ? level.boxCount : 1);
    coefficients.unshift(rows.map((w, box) => transposedProduct(bases[box]!, w, n, rank, matrix.size)));
    explicit.unshift(
      finest ? [...bases] : prolonged(bases, rank, explicit[0]!, ranks[0]!, level, tree[t + 1]!, shared),
    );
    if (finest) leaf = joined(bases);
    else transfers.unshift(transfersOf(bases, tree[t + 1]!, shared));
    ranks.unshift(rank);
  }
  return { basis: { ranks, leaf, transfers }, coefficients, explicit, truncated };
}

/** The rows of every finest box (shared: of box 0) without the adjacent part, n × N each. */
function farRows(matrix: GridMatrix, adjacent: Partition['adjacent'], shared: boolean): Float64Array[] {
  const { boxCount, boxSize, order } = adjacent;
  return Array.from({ length: shared ? 1 : boxCount }, (_, box) => {
    const rows = new Float64Array(boxSize * matrix.size);
    for (let p = 0; p < boxSize; p++) {
      const row = order[box * boxSize + p]!;
      for (let j = 0; j < matrix.size; j++) rows[p * matrix.size + j] = finiteEntry(matrix, row, j);
    }
    removePartners(rows, adjacent, box);
    return rows;
  });
}

/** The coefficients of the children of every box of a level (shared: of box 0), without what the children's level has. */
function childRows(
  matrix: GridMatrix,
  level: Level,
  shared: boolean,
  coefficients: readonly Float64Array[],
  rank: number,
): Float64Array[] {
  const { size } = matrix;
  const perBox = 2 ** level.dimension;
  const children = childrenOf(familyOf(level), perBox);
  const parents = shared ? 1 : level.boxCount / perBox;
  return Array.from({ length: parents }, (_, parent) => {
    const rows = new Float64Array(perBox * rank * size);
    for (let c = 0; c < perBox; c++) {
      const child = children[parent * perBox + c]!;
      const own = shared ? translated(coefficients[0]!, matrix, level, child) : coefficients[child]!.slice();
      removePartners(own, level, child);
      rows.set(own, c * rank * size);
    }
    return rows;
  });
}

/** Puts zeros into the columns of the partners of a box. */
function removePartners(
  rows: Float64Array,
  { interactions, order, boxSize, boxCount }: Pick<Level, 'interactions' | 'order' | 'boxSize' | 'boxCount'>,
  box: number,
): void {
  const { starts, partners } = interactions;
  const size = boxCount * boxSize;
  for (let entry = starts[box]!; entry < starts[box + 1]!; entry++) {
    for (let q = 0; q < boxSize; q++) {
      const column = order[partners[entry]! * boxSize + q]!;
      for (let row = 0; row < rows.length; row += size) rows[row + column] = 0;
    }
  }
}

/** What the rows of box 0 are for another box of its level. */
function translated(rows: Float64Array, matrix: GridMatrix, level: Level, box: number): Float64Array {
  const source = translation(matrix, level, box);
  const moved = new Float64Array(rows.length);
  for (let row = 0; row < rows.length; row += matrix.size) {
    for (let j = 0; j < matrix.size; j++) moved[row + j] = rows[row + source[j]!]!;
  }
  return moved;
}

/** For every grid point the one that lies beside box 0 as it does beside `box`. */
function translation({ dimension, points, size }: GridMatrix, { boxes, boxPoints }: Level, box: number): Uint32Array {
  const shift = digits(box, boxes, dimension).map((b) => b * boxPoints);
  return Uint32Array.from({ length: size }, (_, j) =>
    digits(j, points, dimension).reduce((index, x, axis) => index * points + ((x - shift[axis]! + points) % points), 0),
  );
}

/** M_IJ = (U_Iᵀ A)_J V_J. */
function couplingsOf(
  level: Level,
  shared: boolean,
  coefficients: readonly Float64Array[],
  rowRank: number,
  columns: NestedBasis,
  explicit: readonly Float64Array[],
  t: number,
): Float64Array {
  const { boxSize, boxCount, order, window, dimension } = level;
  const columnRank = columns.ranks[t]!;
  const size = boxSize * boxCount;
  const pairs = pairsOf(level, shared);
  const m = new Float64Array((shared ? window ** dimension : pairs.length) * rowRank * columnRank);
  const matrix = { dimension: level.dimension, points: level.boxes * level.boxPoints, size } as GridMatrix;
  for (const { from, to, index } of pairs) {
    const rows = coefficients[shared ? 0 : from]!;
    const v = explicit[shared ? 0 : to]!;
    const source = shared ? translation(matrix, level, from) : undefined;
    for (let q = 0; q < boxSize; q++) {
      const column = order[to * boxSize + q]!;
      const j = source ? source[column]! : column;
      for (let a = 0; a < rowRank; a++) {
        const value = rows[a * size + j]!;
        const start = (index * rowRank + a) * columnRank;
        for (let b = 0; b < columnRank; b++) m[start + b]! += value * v[q * columnRank + b]!;
      }
    }
  }
  return m;
}

/** U_I of a level from the children's: the rows of child c are U_c E_c. */
function prolonged(
  bases: readonly Float64Array[],
  rank: number,
  finer: readonly Float64Array[],
  finerRank: number,
  level: Level,
  childLevel: Level,
  shared: boolean,
): Float64Array[] {
  const perBox = 2 ** level.dimension;
  const children = childrenOf(familyOf(childLevel), perBox);
  const place = pointsOfChildren(level, childLevel);
  return bases.map((q, box) => {
    const u = new Float64Array(level.boxSize * rank);
    for (let c = 0; c < perBox; c++) {
      const child = finer[shared ? 0 : children[box * perBox + c]!]!;
      for (let p = 0; p < childLevel.boxSize; p++) {
        const row = place[c * childLevel.boxSize + p]! * rank;
        for (let a = 0; a < finerRank; a++) {
          const value = child[p * finerRank + a]!;
          for (let k = 0; k < rank; k++) u[row + k]! += value * q[(c * finerRank + a) * rank + k]!;
        }
      }
    }
    return u;
  });
}

/** Number, in a box, of point p of its child c: entry c · (points of the child) + p. */
function pointsOfChildren({ dimension, boxPoints }: Level, child: Level): Uint32Array {
  return Uint32Array.from({ length: 2 ** dimension * child.boxSize }, (_, entry) => {
    const position = digits(Math.floor(entry / child.boxSize), 2, dimension);
    const point = digits(entry % child.boxSize, child.boxPoints, dimension);
    return point.reduce((index, x, axis) => index * boxPoints + position[axis]! * child.boxPoints + x, 0);
  });
}

/** Uᵀ W, U n × r and W n × length. */
function transposedProduct(u: Float64Array, w: Float64Array, n: number, r: number, length: number): Float64Array {
  const result = new Float64Array(r * length);
  for (let i = 0; i < n; i++) {
    for (let a = 0; a < r; a++) {
      const factor = u[i * r + a]!;
      if (factor === 0) continue;
      for (let j = 0; j < length; j++) result[a * length + j]! += factor * w[i * length + j]!;
    }
  }
  return result;
}
