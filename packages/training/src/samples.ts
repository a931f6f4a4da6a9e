import { type Normalizer, normalize } from '@dyadic/dataset';
import { ArgumentError, requireLength } from '@dyadic/errors';
import { type Network, requireFiniteSamples, type Samples } from '@dyadic/mnn';

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
export function prepareSamples(network: Network, raw: RawSamples, { input, output }: Normalizers): Samples {
  const { first = 0, count, inputs, targets } = raw;
  requireLength('inputs', inputs, count * network.inputSize);
  requireLength('targets', targets, count * network.outputSize);
  requireFiniteSamples('inputs', inputs, network.inputSize, first);
  requireFiniteSamples('targets', targets, network.outputSize, first);
  const weights = Float32Array.from({ length: count }, (_, s) => {
    const target = targets.subarray(s * network.outputSize, (s + 1) * network.outputSize);
    const squaredNorm = target.reduce((sum, u) => sum + u * u, 0);
    if (squaredNorm === 0) {
      throw new ArgumentError(
        `targets of sample ${first + s}`,
        0,
        'a field that is not zero: its relative error has no meaning',
      );
    }
    return output.scale ** 2 / squaredNorm;
  });
  return { count, inputs: normalize(input, inputs), targets: normalize(output, targets), weights };
}
