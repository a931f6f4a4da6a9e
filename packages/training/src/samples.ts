import type { Normalizer } from '@dyadic/dataset';
import { ArgumentError, requireLength } from '@dyadic/errors';
import { type Network, requireFiniteSamples, type Samples } from '@dyadic/mnn';
import { emptySamples, sliceSamples } from './source.js';

/** Inputs and targets in their own units, `count` samples one after the other. */
export interface RawSamples {
  /** Number that errors give the first sample, for example its number in a dataset; default 0. */
  readonly first?: number;
  readonly count: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** The units a network works in. */
export interface Normalizers {
  readonly input: Normalizer;
  readonly output: Normalizer;
}

/**
 * Normalises samples and weighs each so that the engine's loss is the mean squared relative error (4.1) in the target's
 * own units: with t = (u − shift)/scale and f the network's output, scale² ‖f − t‖²/‖u‖² = ‖u_NN − u‖²/‖u‖², hence
 * w = scale²/‖u‖².
 *
 * @throws ArgumentError for wrong lengths, numbers that are not finite, or a target that is zero, naming the sample
 */
export function prepareSamples(network: Network, raw: RawSamples, normalizers: Normalizers): Samples {
  const samples = emptySamples(network, raw.count);
  prepareInto(network, raw, normalizers, samples, 0);
  return samples;
}

/** {@link prepareSamples} to the places `at`, `at + 1`, … of samples that are there already. */
export function prepareInto(
  network: Network,
  raw: RawSamples,
  { input, output }: Normalizers,
  into: Samples,
  at: number,
): void {
  const { first = 0, count, inputs, targets } = raw;
  const { inputSize, outputSize } = network;
  requireLength('inputs', inputs, count * inputSize);
  requireLength('targets', targets, count * outputSize);
  requireFiniteSamples('inputs', inputs, inputSize, first);
  const to = sliceSamples(network, into, at, count);
  for (let s = 0; s < count; s++) {
    let squaredNorm = 0;
    for (let i = s * outputSize; i < (s + 1) * outputSize; i++) squaredNorm += targets[i]! * targets[i]!;
    // The squares of float32 numbers do not overflow: only a target that is not finite has such a norm.
    if (!Number.isFinite(squaredNorm)) requireFiniteSamples('targets', targets, outputSize, first);
    if (squaredNorm === 0) {
      throw new ArgumentError(
        `targets of sample ${first + s}`,
        0,
        'a field that is not zero: its relative error has no meaning',
      );
    }
    to.weights[s] = output.scale ** 2 / squaredNorm;
  }
  normalizeInto(to.inputs, input, inputs);
  normalizeInto(to.targets, output, targets);
}

function normalizeInto(to: Float32Array, { shift, scale }: Normalizer, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) to[i] = (values[i]! - shift) / scale;
}
