/** Storage orders of arrays, and permutation of their axes. */
import type { ByteSource } from './bytes/source.js';
import { arrayOf, decoded, type NumberArray, type NumberType, product, sizeOf, Unfit, UnfitAt } from './numbers.js';

/** A part of an array in storage order, row-major over `axes`: `axes[0]` varies slowest. */
export interface Slab {
  readonly values: NumberArray;
  /** Extents by axis of the array; that of the sliced axis is shortened. */
  readonly extents: readonly number[];
  readonly axes: readonly number[];
}

/** The numbers of a slab, row-major over the axes in the wanted order. */
export function permuted({ values, extents, axes }: Slab, wanted: readonly number[]): NumberArray {
  // Axes of extent 1 do not affect the order.
  const long = (axis: number) => extents[axis] !== 1;
  const [found, sought] = [axes.filter(long), wanted.filter(long)];
  if (found.every((axis, k) => axis === sought[k])) return values;
  const strides = new Map<number, number>();
  for (let k = axes.length - 1, stride = 1; k >= 0; k--) {
    strides.set(axes[k]!, stride);
    stride *= extents[axes[k]!]!;
  }
  const shape = sought.map((axis) => extents[axis]!);
  const steps = sought.map((axis) => strides.get(axis)!);
  const target = new (values.constructor as new (length: number) => NumberArray)(values.length);
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, from = 0; i < values.length; i++) {
    target[i] = values[from]!;
    for (let k = shape.length - 1; k >= 0; k--) {
      from += steps[k]!;
      if (++index[k]! < shape[k]!) break;
      from -= steps[k]! * shape[k]!;
      index[k] = 0;
    }
  }
  return target;
}

/** An array stored contiguously in a file. */
export interface Packed {
  readonly source: ByteSource;
  /** Byte position of the first number. */
  readonly at: number;
  readonly type: NumberType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  /** Whether the first axis varies fastest (Fortran, MATLAB) instead of the last (C). */
  readonly fortran: boolean;
}

/** Bytes per read where only some of them are used. */
const BLOCK_BYTES = 2 ** 20;

/** Reads the range [first, first + count) of one axis: only these bytes if they are contiguous, else block by block. */
export async function packedSlab(packed: Packed, axis: number, first: number, count: number): Promise<Slab> {
  const { source, at, type, littleEndian, shape, fortran } = packed;
  const axes = shape.map((_, k) => (fortran ? shape.length - 1 - k : k));
  const rank = axes.indexOf(axis);
  const inner = product(axes.slice(rank + 1).map((k) => shape[k]!));
  const runs = product(axes.slice(0, rank).map((k) => shape[k]!));
  const size = sizeOf(type);
  // One run of requested numbers in every `pitch` bytes.
  const [run, pitch, start] = [count * inner * size, shape[axis]! * inner * size, at + first * inner * size];
  const extents = shape.map((extent, k) => (k === axis ? count : extent));
  const values = arrayOf(type, product(extents));
  const step = Math.max(1, Math.floor(BLOCK_BYTES / pitch));
  for (let done = 0; done < runs && run > 0; done += step) {
    const taken = Math.min(step, runs - done);
    const bytes = await source.read(start + done * pitch, (taken - 1) * pitch + run);
    for (let k = 0; k < taken; k++) {
      const place = ((done + k) * run) / size;
      try {
        values.set(decoded(bytes.subarray(k * pitch, k * pitch + run), type, littleEndian), place);
      } catch (error) {
        if (error instanceof Unfit) throw new UnfitAt(coordinates(place + error.index, extents, axes), error.message);
        throw error;
      }
    }
  }
  return { values, extents, axes };
}

/** The coordinates of an entry, by axis of the array, from its index in a slab that is row-major over `axes`. */
function coordinates(index: number, extents: readonly number[], axes: readonly number[]): number[] {
  const place = new Array<number>(extents.length).fill(0);
  let rest = index;
  for (const axis of [...axes].reverse()) {
    place[axis] = rest % extents[axis]!;
    rest = Math.floor(rest / extents[axis]!);
  }
  return place;
}
