/**
 * Moves of samples by symmetries of the grid's torus: translations by grid points, reflections of axes, and orders of axes
 * that have equally many points. All fields of a sample are moved alike, as scalars.
 *
 * A move is one word per axis of the grid. Word k says where the points along axis k of the moved field come from:
 * coordinate i of axis k takes coordinate (t + i) mod N of axis a, or (t − i) mod N where it is reflected; the word is
 * 8 t + 4 [reflected] + a. The axes a of a move are an order of all axes.
 */
import { ArgumentError, requireLength } from '@dyadic/errors';
import type { Network } from './network.js';

type Grid = Pick<Network, 'shape'>;

/** A word of a move. @param translation - t, at least 0 and below N. */
export function moveWord(axis: number, translation: number, reflected: boolean): number {
  return 8 * translation + (reflected ? 4 : 0) + axis;
}

/** For each point of the moved grid the one whose value it takes, both row-major. */
export function moveSources({ shape }: Grid, move: Uint32Array): Uint32Array {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, points) => all * points, 1));
  let sources = new Uint32Array(1);
  for (const word of move) {
    const axis = word & 3;
    const [points, stride, translation] = [shape[axis]!, strides[axis]!, word >>> 3];
    const sign = (word & 4) === 0 ? 1 : -1;
    const longer = new Uint32Array(sources.length * points);
    // Two runs of equal steps, before and after the end of the axis.
    const turn = sign > 0 ? points - translation : translation + 1;
    for (let before = 0, at = 0; before < sources.length; before++) {
      let source = sources[before]! + stride * translation;
      const end = at + points;
      for (const first = at + turn; at < first; at++, source += sign * stride) longer[at] = source;
      for (source -= sign * points * stride; at < end; at++, source += sign * stride) longer[at] = source;
    }
    sources = longer;
  }
  return sources;
}

/** One move for each of `count` samples. @throws ArgumentError naming the word that is none */
export function requireMoves({ shape }: Grid, moves: Uint32Array, count: number): void {
  const dimension = shape.length;
  requireLength('moves', moves, count * dimension);
  for (let first = 0; first < moves.length; first += dimension) {
    let taken = 0;
    for (let k = 0; k < dimension; k++) {
      const word = moves[first + k]!;
      const axis = word & 3;
      if (shape[axis] !== shape[k] || word >>> 3 >= shape[axis]! || (taken & (1 << axis)) !== 0) {
        const expected = `an axis of ${shape[k]} points that no other word of the move has, and a translation below that`;
        throw new ArgumentError(`moves[${first + k}]`, word, expected);
      }
      taken |= 1 << axis;
    }
  }
}
