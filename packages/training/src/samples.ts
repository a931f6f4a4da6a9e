import type { Normalizer } from '@dyadic/dataset';
import { square } from '@dyadic/elementary';
import { ArgumentError, requireLength } from '@dyadic/errors';
import { type Network, requireFiniteSamples, type Samples } from '@dyadic/mnn';
import { sliceSamples } from './source.js';

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
  const { first = 0, count, inputs, targets } = raw;
  requireLength('inputs', inputs, count * network.inputSize);
  requireLength('targets', targets, count * network.outputSize);
  const samples = { count, inputs: inputs.slice(), targets: targets.slice(), weights: new Float32Array(count) };
  prepareInPlace(network, samples, 0, count, normalizers, first);
  return samples;
}

/**
 * {@link prepareSamples} for the samples at the places [at, at + count), whose inputs and targets are there in their own
 * units: no copy is made.
 *
 * @param first - Number that errors give the sample at the place `at`.
 */
export function prepareInPlace(
  network: Network,
  samples: Samples,
  at: number,
  count: number,
  { input, output }: Normalizers,
  first: number,
): void {
  const { inputs, targets, weights } = sliceSamples(network, samples, at, count);
  const { inputSize, outputSize } = network;
  requireFiniteSamples('inputs', inputs, inputSize, first);
  for (let s = 0; s < count; s++) {
    let squaredNorm = 0;
    for (let i = s * outputSize; i < (s + 1) * outputSize; i++) squaredNorm += targets[i]! * targets[i]!;
    // The squares of float32 numbers do not overflow: only a target that is not finite has such a norm.
    if (!Number.isFinite(squaredNorm)) requireFiniteSamples('targets', targets, outputSize, first);
    weights[s] = weightOf(squaredNorm, output, first + s);
  }
  normalizeInPlace(inputs, input);
  normalizeInPlace(targets, output);
}

/** w = scale²/‖u‖², a float32. @throws ArgumentError naming the sample where it is none */
function weightOf(squaredNorm: number, { scale }: Normalizer, sample: number): number {
  const targets = `targets of sample ${sample}`;
  if (squaredNorm === 0) {
    throw new ArgumentError(targets, 0, 'a field that is not zero: its relative error has no meaning');
  }
  const weight = Math.fround(square(scale) / squaredNorm);
  if (weight > 0 && Number.isFinite(weight)) return weight;
  const expected = `a norm within 1e±19 of the scale ${scale} of all targets: its weight (scale/norm)² is no float32`;
  throw new ArgumentError(`norm of the ${targets}`, Math.sqrt(squaredNorm), expected);
}

function normalizeInPlace(values: Float32Array, { shift, scale }: Normalizer): void {
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! - shift) / scale;
}
