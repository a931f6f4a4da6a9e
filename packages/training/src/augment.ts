import type { Network, Samples } from '@dyadic/mnn';
import { type RandomStream, randomStream } from '@dyadic/random';
import { sourcesOf } from './symmetry.js';

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

/**
 * Moves each sample by a symmetry drawn from the stream (seed, 'training/augment', window), in place. Windows are
 * numbered through all epochs.
 */
export function moveSamples(network: Network, samples: Samples, move: Move): void {
  permuteFields(network, samples, move, (field, before, source) => {
    for (let i = 0; i < field.length; i++) field[i] = before[source[i]!]!;
  });
}

/** Undoes {@link moveSamples} of the same window, bit for bit, so that no second copy of the samples is needed. */
export function moveSamplesBack(network: Network, samples: Samples, move: Move): void {
  permuteFields(network, samples, move, (field, before, source) => {
    for (let i = 0; i < field.length; i++) field[source[i]!] = before[i]!;
  });
}

/** Which symmetries: those of a window of a run. */
export interface Move {
  readonly augment: Exclude<Augmentation, 'none'>;
  readonly seed: number;
  readonly window: number;
}

/** Calls `permute` with each field, a copy of it, and the symmetry of its sample. */
function permuteFields(
  { shape, inputSize, outputSize }: Network,
  samples: Samples,
  { augment, seed, window }: Move,
  permute: (field: Float32Array, before: Float32Array, source: Uint32Array) => void,
): void {
  const size = shape.reduce((all, points) => all * points, 1);
  const stream = randomStream(seed, 'training/augment', window);
  const before = new Float32Array(size);
  for (let s = 0; s < samples.count; s++) {
    const source = randomSymmetry(shape, augment === 'torus', stream);
    for (const [fields, sampleSize] of [
      [samples.inputs, inputSize],
      [samples.targets, outputSize],
    ] as const) {
      for (let start = s * sampleSize; start < (s + 1) * sampleSize; start += size) {
        const field = fields.subarray(start, start + size);
        before.set(field);
        permute(field, before, source);
      }
    }
  }
}

/** A symmetry drawn from a stream. */
function randomSymmetry(shape: readonly number[], exchanges: boolean, stream: RandomStream): Uint32Array {
  const order = exchanges ? orderOfAxes(shape, stream) : shape.map((_, axis) => axis);
  const moves = order.map((axis) => ({
    axis,
    translation: stream.integer(shape[axis]!),
    sign: stream.integer(2) === 0 ? (1 as const) : (-1 as const),
  }));
  return sourcesOf(shape, moves);
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
