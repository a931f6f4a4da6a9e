import type { Interactions, Level } from '../partition.js';
import type { H2Matrix } from './h2-matrix.js';
import { familyOf, type NestedBasis } from './nested-basis.js';

/**
 * H v in O(N) operations: up the tree, x_L = V_Lᵀ v and x_ℓ = Σ_c F_cᵀ x_(ℓ+1); across every level, y_ℓ = M_ℓ x_ℓ; down the
 * tree, y_(ℓ+1) += E y_ℓ, and U_L y_L; beside that A^(ad) v.
 */
export function multiplyH2(h2: H2Matrix, vector: ArrayLike<number>): Float64Array {
  const { partition, shared, rows, columns, couplings, adjacent } = h2;
  const { tree } = partition;
  const { order, boxSize } = partition.adjacent;
  const v = Float64Array.from(order, (index) => vector[index]!);
  const moments = upward(tree, columns, shared, v);
  const y = new Float64Array(v.length);
  multiplyBlocks(partition.adjacent, adjacent, boxSize, boxSize, shared, v, y);
  const local = tree.map((level, t) => {
    const values = new Float64Array(level.boxCount * rows.ranks[t]!);
    multiplyBlocks(level, couplings[t]!, rows.ranks[t]!, columns.ranks[t]!, shared, moments[t]!, values);
    return values;
  });
  downward(tree, rows, shared, local, y);
  const result = new Float64Array(v.length);
  for (let position = 0; position < order.length; position++) result[order[position]!] = y[position]!;
  return result;
}

/** x_ℓ = V_ℓᵀ v of every level, r numbers a box; v in the order of the finest boxes. */
function upward(tree: readonly Level[], { ranks, leaf, transfers }: NestedBasis, shared: boolean, v: Float64Array) {
  const moments = tree.map(({ boxCount }, t) => new Float64Array(boxCount * ranks[t]!));
  const last = tree.length - 1;
  const { boxCount, boxSize } = tree[last]!;
  const block = boxSize * ranks[last]!;
  for (let box = 0; box < boxCount; box++) {
    addTransposed(leaf, shared ? 0 : box * block, boxSize, ranks[last]!, v, box * boxSize, moments[last]!, box);
  }
  for (let t = last; t > 0; t--) {
    const { parent, position } = familyOf(tree[t]!);
    const size = ranks[t]! * ranks[t - 1]!;
    for (let box = 0; box < parent.length; box++) {
      const start = (shared ? position[box]! : box) * size;
      const from = box * ranks[t]!;
      addTransposed(
        transfers[t - 1]!,
        start,
        ranks[t]!,
        ranks[t - 1]!,
        moments[t]!,
        from,
        moments[t - 1]!,
        parent[box]!,
      );
    }
  }
  return moments;
}

/** y += Σ_ℓ U_ℓ y_ℓ; overwrites the y_ℓ. */
function downward(
  tree: readonly Level[],
  { ranks, leaf, transfers }: NestedBasis,
  shared: boolean,
  local: readonly Float64Array[],
  y: Float64Array,
): void {
  const last = tree.length - 1;
  for (let t = 1; t <= last; t++) {
    const { parent, position } = familyOf(tree[t]!);
    const size = ranks[t]! * ranks[t - 1]!;
    for (let box = 0; box < parent.length; box++) {
      const start = (shared ? position[box]! : box) * size;
      const from = parent[box]! * ranks[t - 1]!;
      addProduct(transfers[t - 1]!, start, ranks[t]!, ranks[t - 1]!, local[t - 1]!, from, local[t]!, box * ranks[t]!);
    }
  }
  const { boxCount, boxSize } = tree[last]!;
  for (let box = 0; box < boxCount; box++) {
    const start = shared ? 0 : box * boxSize * ranks[last]!;
    addProduct(leaf, start, boxSize, ranks[last]!, local[last]!, box * ranks[last]!, y, box * boxSize);
  }
}

/** y_I += Σ_J B_IJ x_J over the partners J of every box I. */
export function multiplyBlocks(
  { boxCount, interactions }: { readonly boxCount: number; readonly interactions: Interactions },
  blocks: Float64Array,
  rows: number,
  columns: number,
  shared: boolean,
  x: Float64Array,
  y: Float64Array,
): void {
  const { starts, partners, places } = interactions;
  const size = rows * columns;
  for (let box = 0, entry = 0; box < boxCount; box++) {
    for (; entry < starts[box + 1]!; entry++) {
      const start = (shared ? places[entry]! : entry) * size;
      addProduct(blocks, start, rows, columns, x, partners[entry]! * columns, y, box * rows);
    }
  }
}

/** y[to…] += B x[from…], B = blocks[start…], rows × columns. */
function addProduct(
  blocks: Float64Array,
  start: number,
  rows: number,
  columns: number,
  x: Float64Array,
  from: number,
  y: Float64Array,
  to: number,
): void {
  for (let a = 0; a < rows; a++) {
    let sum = 0;
    for (let b = 0; b < columns; b++) sum += blocks[start + b]! * x[from + b]!;
    start += columns;
    y[to + a]! += sum;
  }
}

/** y[number · columns…] += Bᵀ x[from…], B = blocks[start…], rows × columns. */
function addTransposed(
  blocks: Float64Array,
  start: number,
  rows: number,
  columns: number,
  x: Float64Array,
  from: number,
  y: Float64Array,
  number: number,
): void {
  const to = number * columns;
  for (let a = 0; a < rows; a++) {
    const factor = x[from + a]!;
    for (let b = 0; b < columns; b++) y[to + b]! += blocks[start + b]! * factor;
    start += columns;
  }
}

/** Products of two numbers that H v takes: what linear cost is measured by. */
export function operationsH2({ partition, rows, columns }: H2Matrix): number {
  const { tree } = partition;
  const entries = ({ interactions }: Pick<Level, 'interactions'>) => interactions.partners.length;
  const last = tree.length - 1;
  let count = entries(partition.adjacent) * partition.adjacent.boxSize ** 2;
  count += partition.size * (rows.ranks[last]! + columns.ranks[last]!);
  tree.forEach((level, t) => {
    count += entries(level) * rows.ranks[t]! * columns.ranks[t]!;
    if (t > 0)
      count += level.boxCount * (rows.ranks[t]! * rows.ranks[t - 1]! + columns.ranks[t]! * columns.ranks[t - 1]!);
  });
  return count;
}
