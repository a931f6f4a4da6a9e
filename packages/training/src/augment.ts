import type { Network, Samples } from '@dyadic/mnn';
import { type RandomStream, randomStream } from '@dyadic/random';

/**
 * What training does to a sample whenever it is used:
 *
 * - `none`: nothing;
 * - `torus`: input and target are moved by the same random symmetry of the grid's torus: a translation by grid points,
 *   a reflection of each axis, an order of the axes. The maps V → u and V → ρ of the paper commute with all of them, so
 *   the moved pair is a sample too; the network commutes with translations by its coarsest boxes only.
 */
export type Augmentation = 'none' | 'torus';
export const AUGMENTATIONS: readonly Augmentation[] = ['none', 'torus'];

/**
 * Moves each sample by a symmetry drawn from the stream (seed, 'training/augment', window), in place. Windows are
 * numbered through all epochs.
 */
export function moveSamples(network: Network, samples: Samples, seed: number, window: number): void {
  permuteFields(network, samples, seed, window, (field, before, source) => {
    for (let i = 0; i < field.length; i++) field[i] = before[source[i]!]!;
  });
}

/** Undoes {@link moveSamples} of the same window, bit for bit, so that no second copy of the samples is needed. */
export function moveSamplesBack(network: Network, samples: Samples, seed: number, window: number): void {
  permuteFields(network, samples, seed, window, (field, before, source) => {
    for (let i = 0; i < field.length; i++) field[source[i]!] = before[i]!;
  });
}

/** Calls `permute` with each field, a copy of it, and the symmetry of its sample. */
function permuteFields(
  network: Network,
  samples: Samples,
  seed: number,
  window: number,
  permute: (field: Float32Array, before: Float32Array, source: Uint32Array) => void,
): void {
  const { dimension, points } = network;
  const size = points ** dimension;
  const stream = randomStream(seed, 'training/augment', window);
  const before = new Float32Array(size);
  for (let s = 0; s < samples.count; s++) {
    const source = randomSymmetry(dimension, points, stream);
    for (const fields of [samples.inputs, samples.targets]) {
      const field = fields.subarray(s * size, (s + 1) * size);
      before.set(field);
      permute(field, before, source);
    }
  }
}

/** For each grid point the one whose value it gets, row-major: (i_1, …) ↦ (± i_π(1) + t_1, …) mod N. */
function randomSymmetry(dimension: number, points: number, stream: RandomStream): Uint32Array {
  const axes = stream.permutation(dimension);
  let sources = new Uint32Array(1);
  const strides = Array.from({ length: dimension }, (_, axis) => points ** (dimension - 1 - axis));
  for (const axis of axes) {
    const translation = stream.integer(points);
    const sign = stream.integer(2) === 0 ? 1 : points - 1; // −1 mod N
    const longer = new Uint32Array(sources.length * points);
    for (let before = 0; before < sources.length; before++) {
      for (let i = 0; i < points; i++) {
        longer[before * points + i] = sources[before]! + strides[axis]! * ((sign * i + translation) % points);
      }
    }
    sources = longer;
  }
  return sources;
}
