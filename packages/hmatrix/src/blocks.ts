/** Blocks A_IJ of a level, and the rows or columns that a box's basis must span. */
import { cos } from '@dyadic/elementary';
import { finiteEntry, type GridMatrix } from './grid-matrix.js';
import { digits, type Level } from './partition.js';

/** A block that is stored: box `from` by its partner `to` at a place of the window, kept at `index`. */
export interface Pair {
  readonly from: number;
  readonly to: number;
  readonly place: number;
  readonly index: number;
}

/** All pairs of interacting boxes; if boxes share their blocks, one for each place of the window, kept at the place. */
export function pairsOf({ boxCount, interactions }: Pick<Level, 'boxCount' | 'interactions'>, shared: boolean): Pair[] {
  const { starts, partners, places } = interactions;
  const pairs = new Map<number, Pair>();
  for (let from = 0, entry = 0; from < boxCount; from++) {
    for (; entry < starts[from + 1]!; entry++) {
      const place = places[entry]!;
      const index = shared ? place : entry;
      if (!pairs.has(index)) pairs.set(index, { from, to: partners[entry]!, place, index });
    }
  }
  return [...pairs.values()];
}

type Owner = Pick<Level, 'boxSize' | 'order' | 'owns'>;

/**
 * A_IJ, row-major: at some points of the boxes, by default all. Pairs of points that a finer level has are zero.
 *
 * @throws ArgumentError naming an entry that is not finite
 */
export function block(
  matrix: GridMatrix,
  { boxSize, order, owns }: Owner,
  { from, to, place }: Omit<Pair, 'index'>,
  rows: ArrayLike<number> = range(boxSize),
  columns: ArrayLike<number> = range(boxSize),
): Float64Array<ArrayBuffer> {
  const values = new Float64Array(rows.length * columns.length);
  for (let i = 0, next = 0; i < rows.length; i++) {
    for (let j = 0; j < columns.length; j++, next++) {
      const [p, q] = [rows[i]!, columns[j]!];
      if (owns && !owns(place, p, q)) continue;
      values[next] = finiteEntry(matrix, order[from * boxSize + p]!, order[to * boxSize + q]!);
    }
  }
  return values;
}

/**
 * What the basis of one box must span: of side `rows` [A_IJ, …] over the partners J of I, of side `columns`
 * [A_IJᵀ, …] over the boxes I that J is a partner of. n rows, one per point of the box.
 *
 * @param against - Points of the partners to take; default all.
 */
export function interactionRows(
  matrix: GridMatrix,
  level: Level,
  pairs: readonly Pair[],
  side: 'rows' | 'columns',
  against: ArrayLike<number> = range(level.boxSize),
): Float64Array<ArrayBuffer> {
  const width = pairs.length * against.length;
  const rows = new Float64Array(level.boxSize * width);
  pairs.forEach((pair, k) => {
    const all = range(level.boxSize);
    const values =
      side === 'rows' ? block(matrix, level, pair, all, against) : block(matrix, level, pair, against, all);
    for (let p = 0; p < level.boxSize; p++) {
      for (let q = 0; q < against.length; q++) {
        const value = side === 'rows' ? values[p * against.length + q]! : values[q * level.boxSize + p]!;
        rows[p * width + k * against.length + q] = value;
      }
    }
  });
  return rows;
}

/**
 * Points of a box at which a function on it is sampled well enough for r numbers: the grid points nearest to Chebyshev
 * points along every axis, ends included; in each half of an axis if the level's blocks are cut there (`owns`).
 */
export function samplePoints({ dimension, boxPoints, owns }: Level, r: number): Uint32Array {
  const parts = owns ? 2 : 1;
  const length = boxPoints / parts;
  // In d dimensions r numbers are about r^(1/d) along each axis.
  const enough = Math.ceil(r ** (1 / dimension)) + Math.floor(6 / dimension);
  const wanted = Math.min(length, owns ? Math.ceil(enough / 2) + 1 : enough);
  const along = new Set<number>();
  for (let part = 0; part < parts; part++) {
    for (let k = 0; k < wanted; k++) {
      const share = (1 - cos((Math.PI * k) / (wanted - 1))) / 2;
      along.add(part * length + (wanted < length ? Math.round((length - 1) * share) : k));
    }
  }
  const axis = [...along];
  return Uint32Array.from({ length: axis.length ** dimension }, (_, index) =>
    digits(index, axis.length, dimension).reduce((point, j) => point * boxPoints + axis[j]!, 0),
  );
}

function range(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i);
}
