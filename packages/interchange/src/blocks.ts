/** Arrays of formats that store rows in blocks (record batches, row groups, lines), read one block at a time. */
import type { Slab } from './axes.js';
import { arrayOf, type NumberArray, product, Unfit, UnfitAt } from './numbers.js';

export interface Blocks {
  readonly type: string;
  readonly shape: readonly number[];
  /** First row of each block, and the number of rows at the end. */
  readonly starts: readonly number[];
  /** All numbers of a block, row after row. @throws Unfit with the index in the block */
  read(block: number): Promise<NumberArray>;
}

/** Reads slabs along any axis from blocks. Keeps the last block, for calls for neighbouring rows. */
export function blockSlabs({ type, shape, starts, read }: Blocks) {
  let kept: { readonly block: number; readonly values: NumberArray } | undefined;
  const entries = product(shape.slice(1));

  async function values(block: number, axis: number, first: number): Promise<NumberArray> {
    if (kept?.block === block) return kept.values;
    kept = undefined;
    const found = await read(block).catch((error) => {
      throw error instanceof Unfit ? placed(error, starts[block]!, axis, first) : error;
    });
    kept = { block, values: found };
    return found;
  }

  function placed({ index, message }: Unfit, firstRow: number, axis: number, first: number): UnfitAt {
    const coordinates: number[] = [];
    let rest = index;
    for (let k = shape.length - 1; k > 0; k--) {
      coordinates[k] = rest % shape[k]!;
      rest = Math.floor(rest / shape[k]!);
    }
    coordinates[0] = firstRow + rest;
    coordinates[axis] = coordinates[axis]! - first;
    return new UnfitAt(coordinates, message);
  }

  async function rows(first: number, count: number): Promise<NumberArray> {
    const target = arrayOf(type, count * entries);
    for (let block = blockOf(starts, first); block < starts.length - 1 && starts[block]! < first + count; block++) {
      const [from, to] = [Math.max(first, starts[block]!), Math.min(first + count, starts[block + 1]!)];
      const found = await values(block, 0, first);
      const at = from - starts[block]!;
      target.set(found.subarray(at * entries, (at + to - from) * entries), (from - first) * entries);
    }
    return target;
  }

  return async (axis: number, first: number, count: number): Promise<Slab> => {
    const extents = shape.map((extent, k) => (k === axis ? count : extent));
    const axes = shape.map((_, k) => k);
    if (axis === 0) return { values: await rows(first, count), extents, axes };
    const target = arrayOf(type, product(extents));
    const inner = product(shape.slice(axis + 1));
    const [pitch, run] = [shape[axis]! * inner, count * inner];
    let at = 0;
    for (let block = 0; block < starts.length - 1; block++) {
      const found = await values(block, axis, first);
      for (let from = first * inner; from < found.length; from += pitch, at += run) {
        target.set(found.subarray(from, from + run), at);
      }
    }
    return { values: target, extents, axes };
  };
}

function blockOf(starts: readonly number[], row: number): number {
  let [low, high] = [0, Math.max(0, starts.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
