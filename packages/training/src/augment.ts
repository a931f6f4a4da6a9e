import { moveSources, moveWord, type Network, type Samples } from '@dyadic/mnn';
import { type RandomStream, randomStream } from '@dyadic/random';
import { inverse, moveInputsAndTargets } from './samples.js';

/**
 * What training does to a sample whenever it is used:
 *
 * - `none`: nothing;
 * - `torus`: all fields of input and target are moved by the same random symmetry of the grid's torus: a translation by grid
 *   points, a reflection of each axis, an order of the axes that have equally many points. The maps V → u and V → ρ of the
 *   paper commute with all of them, so the moved pair is a sample too; the network commutes with translations by its
 *   coarsest boxes only. Fields are taken to be scalars: no component of a vector changes its sign or its place;
 * - `reflections`: the same without an order of the axes, for boxes whose sides differ.
 */
export type Augmentation = 'none' | 'torus' | 'reflections';
export const AUGMENTATIONS: readonly Augmentation[] = ['none', 'torus', 'reflections'];

/** Which symmetries: those of a window of a run. */
export interface Move {
  readonly augment: Exclude<Augmentation, 'none'>;
  readonly seed: number;
  readonly window: number;
}

/**
 * A random move (`moveWord` of `@dyadic/mnn`) for each of `count` samples, from the stream (seed, 'training/augment', window).
 * Windows are numbered through all epochs.
 */
export function randomMoves({ shape }: Network, { augment, seed, window }: Move, count: number): Uint32Array {
  const stream = randomStream(seed, 'training/augment', window);
  const moves = new Uint32Array(count * shape.length);
  const inOrder = shape.map((_, axis) => axis);
  for (let at = 0; at < moves.length; ) {
    for (const axis of augment === 'torus' ? orderOfAxes(shape, stream) : inOrder) {
      const translation = stream.integer(shape[axis]!);
      moves[at++] = moveWord(axis, translation, stream.integer(2) === 1);
    }
  }
  return moves;
}

/** The moves of the samples at some places of a window. */
export function movesAt({ dimension }: Network, moves: Uint32Array, places: Uint32Array): Uint32Array {
  return Uint32Array.from({ length: places.length * dimension }, (_, i) => {
    return moves[places[Math.floor(i / dimension)]! * dimension + (i % dimension)]!;
  });
}

/** Moves each sample by its {@link randomMoves}, in place. */
export function moveSamples(network: Network, samples: Samples, move: Move): void {
  moveInputsAndTargets(network, samples, sourcesOf(network, move, samples.count));
}

/** Undoes {@link moveSamples} of the same window, bit for bit, so that no second copy of the samples is needed. */
export function moveSamplesBack(network: Network, samples: Samples, move: Move): void {
  moveInputsAndTargets(network, samples, map(sourcesOf(network, move, samples.count), inverse));
}

/** For each sample where its random move takes each grid point from. */
function* sourcesOf(network: Network, move: Move, count: number): Generator<Uint32Array> {
  const { dimension } = network;
  const moves = randomMoves(network, move, count);
  for (let s = 0; s < count; s++) yield moveSources(network, moves.subarray(s * dimension, (s + 1) * dimension));
}

function* map<T>(values: Iterable<T>, of: (value: T) => T): Generator<T> {
  for (const value of values) yield of(value);
}

/** A random order of the axes in which each has the points of the one whose place it takes. */
function orderOfAxes(shape: readonly number[], stream: RandomStream): number[] {
  const order = shape.map((_, axis) => axis);
  for (const points of new Set(shape)) {
    const equal = order.filter((axis) => shape[axis] === points);
    const permuted = stream.permutation(equal.length);
    equal.forEach((axis, i) => {
      order[axis] = equal[permuted[i]!]!;
    });
  }
  return order;
}
