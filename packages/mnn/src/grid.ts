/** Grids: points per axis, and how one that boxes do not tile is padded. */
import { ArgumentError, type Option, requireInteger, requireOneOf, type Value } from '@dyadic/errors';
import type { Padding } from './layer.js';
import { paddedSite, product } from './windows.js';

/** What a network does with a grid whose points are not multiples of 2^L: refuses it, or pads it. */
export type Fit = 'exact' | 'pad';
export const FITS: readonly Fit[] = ['exact', 'pad'];

const along = { type: 'integer', least: 4, most: 2 ** 24 } as const satisfies Value;

/** Grid points: one number for all axes, or one per axis. */
export const POINTS = {
  type: 'either',
  of: [along, { type: 'list', of: along, most: 3 }],
} as const satisfies Value;

export const DIMENSION = {
  type: 'choice',
  choices: [1, 2, 3],
  absentMeans: 'that of points where they are given per axis, else 1',
  description: 'd, the dimension of the domain',
} as const satisfies Option;

/** Most numbers of a field, 1 GiB of float32. */
const MOST_POINTS = 2 ** 28;

/** Checks the dimension, and the points of each axis. @returns the points along each axis. @throws ArgumentError */
export function requireShape(dimension: number, points: unknown, least: number): number[] {
  requireOneOf('network.dimension', dimension, [1, 2, 3]);
  const bounds = { min: least, max: 2 ** 24 };
  const shape = Array.isArray(points)
    ? points.map((along, axis) => requireInteger(`network.points[${axis}]`, along, bounds))
    : new Array<number>(dimension).fill(requireInteger('network.points', points, bounds));
  if (shape.length !== dimension) {
    throw new ArgumentError('network.points', points, `one number, or ${dimension}, one per axis`);
  }
  if (product(shape) > MOST_POINTS) {
    const found = Array.isArray(points) ? shape.join(' × ') : `${points} per axis in ${dimension}D`;
    throw new ArgumentError('network.points', points, `at most ${MOST_POINTS} points in all, not ${found}`);
  }
  return shape;
}

/** One number where it is the same along every axis. */
export function shortPoints(shape: readonly number[]): number | readonly number[] {
  return shape.every((points) => points === shape[0]) ? shape[0]! : shape;
}

/** The least grid of at least this shape that so many boxes per axis tile. @throws ArgumentError where padding would reach too far */
export function paddedShape(shape: readonly number[], boxes: number): number[] {
  return shape.map((points, axis) => {
    const padded = Math.ceil(points / boxes) * boxes;
    if (padded - points > points) {
      const expected = `at least half of ${padded}, which ${boxes} boxes tile`;
      throw new ArgumentError(`network.points along axis ${axis}`, points, expected);
    }
    return padded;
  });
}

/** Points before the first of the field along an axis; the others that are added follow the last. */
function pointsBefore(points: number, padded: number): number {
  return Math.floor((padded - points) / 2);
}

/** How a field is padded: what `Network` says of it. */
export interface PaddedGrid {
  readonly shape: readonly number[];
  readonly paddedShape: readonly number[];
  readonly fit?: Padding;
}

/**
 * For each number at [point of the padded grid, field], row-major, the number of the input sample that it is: where the field
 * lies, in the middle, its own; beyond, −1 (a zero), the mirror image in the boundary, or the other end, as `fit` says.
 */
export function inputSources({ inputs, ...grid }: PaddedGrid & { readonly inputs: number }): Int32Array {
  const { shape, paddedShape, fit = 'zero' } = grid;
  const points = pointTable(paddedShape, shape, (index, axis) =>
    paddedSite(index - pointsBefore(shape[axis]!, paddedShape[axis]!), shape[axis]!, fit),
  );
  const sources = new Int32Array(points.length * inputs);
  const size = product(shape);
  points.forEach((point, p) => {
    for (let c = 0; c < inputs; c++) sources[p * inputs + c] = point < 0 ? -1 : c * size + point;
  });
  return sources;
}

/** For each number of an output sample its place at [point of the padded grid, field], row-major: what cropping takes. */
export function outputSources({ outputs, ...grid }: PaddedGrid & { readonly outputs: number }): Int32Array {
  const { shape, paddedShape } = grid;
  const points = pointTable(
    shape,
    paddedShape,
    (index, axis) => index + pointsBefore(shape[axis]!, paddedShape[axis]!),
  );
  return Int32Array.from({ length: points.length * outputs }, (_, i) => {
    return points[i % points.length]! * outputs + Math.floor(i / points.length);
  });
}

/** For each point of a grid of shape `rows` the point of one of shape `sources` that `along` names axis by axis; −1 is −1. */
function pointTable(
  rows: readonly number[],
  sources: readonly number[],
  along: (index: number, axis: number) => number,
): Int32Array {
  let table = Int32Array.of(0);
  rows.forEach((extent, axis) => {
    const onAxis = Int32Array.from({ length: extent }, (_, index) => along(index, axis));
    const longer = new Int32Array(table.length * extent);
    table.forEach((start, before) => {
      for (let i = 0; i < extent; i++) {
        longer[before * extent + i] = start < 0 || onAxis[i]! < 0 ? -1 : start * sources[axis]! + onAxis[i]!;
      }
    });
    table = longer;
  });
  return table;
}
