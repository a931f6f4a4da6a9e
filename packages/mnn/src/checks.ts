/** What every engine checks of what it is given, and the words for it. */
import { ArgumentError, requireInteger, requireLength } from '@dyadic/errors';
import type { Samples } from './engine.js';
import type { Network } from './network.js';

/** Lengths that fit the network, finite numbers, weights of at least 0. @throws ArgumentError naming entry and sample */
export function requireSamples({ inputSize, outputSize }: Network, samples: Samples): void {
  const { count, inputs, targets, weights } = samples;
  requireInteger('samples.count', count, { min: 1 });
  requireLength('samples.inputs', inputs, count * inputSize);
  requireLength('samples.targets', targets, count * outputSize);
  requireLength('samples.weights', weights, count);
  requireFiniteSamples('samples.inputs', inputs, inputSize);
  requireFiniteSamples('samples.targets', targets, outputSize);
  for (let sample = 0; sample < count; sample++) {
    const weight = weights[sample]!;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`samples.weights[${sample}]`, weight, 'a finite number of at least 0');
    }
  }
}

/** Whole samples of finite numbers, to be predicted. Returns their count. @throws ArgumentError */
export function requireInputs({ inputSize }: Network, inputs: Float32Array): number {
  if (inputs.length % inputSize !== 0) {
    throw new ArgumentError('inputs.length', inputs.length, `a multiple of the network's input size ${inputSize}`);
  }
  requireFiniteSamples('inputs', inputs, inputSize);
  return inputs.length / inputSize;
}

/** A batch: at least one number of a sample below `count`. @throws ArgumentError */
export function requireIndices(indices: Uint32Array, count: number): void {
  if (indices.length === 0) throw new ArgumentError('indices', indices, 'at least one sample number');
  for (let position = 0; position < indices.length; position++) {
    if (indices[position]! >= count) {
      throw new ArgumentError(`indices[${position}]`, indices[position], `a sample number below ${count}`);
    }
  }
}

/**
 * Finite numbers, `size` a sample, the first of which has the number `first`.
 *
 * @throws ArgumentError naming the first entry that is not, and its sample
 */
export function requireFiniteSamples(argument: string, values: Float32Array, size: number, first = 0): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue;
    const sample = first + Math.floor(i / size);
    throw new ArgumentError(`${argument}[${i}] (entry ${i % size} of sample ${sample})`, values[i], 'a finite number');
  }
}
