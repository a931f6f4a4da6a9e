/** What every engine checks of what it is given, and the words for it. */
import { ArgumentError, requireInteger, requireLength } from '@dyadic/errors';
import type { Samples } from './engine.js';
import type { Network } from './network.js';

/** Lengths that fit the network, finite numbers, weights of at least 0. @throws ArgumentError naming entry and sample */
export function requireSamples({ inputSize, outputSize, outputs }: Network, samples: Samples): void {
  const { count, inputs, targets, weights } = samples;
  requireInteger('samples.count', count, { min: 1 });
  requireLength('samples.inputs', inputs, count * inputSize);
  requireLength('samples.targets', targets, count * outputSize);
  requireLength('samples.weights', weights, count * outputs);
  requireFiniteSamples('samples.inputs', inputs, inputSize);
  requireFiniteSamples('samples.targets', targets, outputSize);
  weights.forEach((weight, entry) => {
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw new ArgumentError(`samples.weights[${entry}]`, weight, 'a finite number of at least 0');
    }
  });
}

/**
 * One input and one output field on a grid of equally many points per axis, without padding and with a stage that is not
 * `mean`: for those who know no other network. @returns the points per axis. @throws ArgumentError that names `by`
 */
export function requirePlainGrid({ shape, fit, inputs, outputs, output }: Network, by: string): number {
  const refuse = (entry: string, value: unknown, expected: string): never => {
    throw new ArgumentError(`network.${entry}`, value, `${expected}, all that ${by} can do`);
  };
  if (inputs !== 1) refuse('inputs', inputs, '1');
  if (outputs !== 1) refuse('outputs', outputs, '1');
  if (shape.some((points) => points !== shape[0])) refuse('points', shape, 'the same number along every axis');
  if (fit !== undefined) refuse('fit', fit, 'no padding');
  if (typeof output !== 'string' || output === 'mean') refuse('output', output, 'linear, density or wavefunction');
  return shape[0]!;
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
  if (allFinite(values)) return;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]!)) continue;
    const sample = first + Math.floor(i / size);
    throw new ArgumentError(`${argument}[${i}] (entry ${i % size} of sample ${sample})`, values[i], 'a finite number');
  }
}

/** 0·x is 0 if x is finite, and else NaN, which no sum loses. Four sums do not wait for one another. */
function allFinite(values: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 4 <= values.length; i += 4) {
    a += 0 * values[i]!;
    b += 0 * values[i + 1]!;
    c += 0 * values[i + 2]!;
    d += 0 * values[i + 3]!;
  }
  for (; i < values.length; i++) a += 0 * values[i]!;
  return a + b + c + d === 0;
}
