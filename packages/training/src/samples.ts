import type { Normalizer } from '@dyadic/dataset';
import { square } from '@dyadic/elementary';
import { ArgumentError, requireLength } from '@dyadic/errors';
import { type Network, OUTPUT_FORMULAS, outputGroups, requireFiniteSamples, type Samples } from '@dyadic/mnn';
import { type Alignment, alignedSources } from './align.js';
import { sliceSamples } from './source.js';

/** Inputs and targets in their own units, `count` samples one after the other. */
export interface RawSamples {
  /** Number that errors give the first sample, for example its number in a dataset; default 0. */
  readonly first?: number;
  readonly count: number;
  readonly inputs: Float32Array;
  readonly targets: Float32Array;
}

/** The units a network works in, and the position it sees samples in. */
export interface Normalizers {
  readonly input: FieldNormalizer;
  readonly output: FieldNormalizer;
  /** The position it sees samples in; by default the one they have. */
  readonly align?: Alignment;
}

/** The normalizer of one field; of several a list, in the order of the fields. */
export type FieldNormalizer = Normalizer | readonly Normalizer[];

/** One normalizer for each field. @throws ArgumentError where there are fewer or more */
export function fieldNormalizers(argument: string, normalizer: FieldNormalizer, fields: number): readonly Normalizer[] {
  const list: readonly Normalizer[] = 'scale' in normalizer ? [normalizer] : normalizer;
  requireLength(argument, list, fields);
  return list;
}

/**
 * Normalises samples and weighs each so that the engine's loss is the mean squared relative error (4.1) in the target's
 * own units: with t = (u − shift)/scale and f the network's output, scale² ‖f − t‖²/‖u‖² = ‖u_NN − u‖²/‖u‖², hence
 * w = scale²/‖u‖². With α output fields each has a normalizer and a norm of its own and counts one part in α:
 * w_c = scale_c²/(α ‖u_c‖²). A sample whose target is zero everywhere has no relative error: it weighs 0, so that the loss
 * and all statistics leave it out ({@link isLeftOut}). A number of a whole sample, a field with the output stage `mean`, may be zero: its error is
 * relative to the size of the numbers that the normalizer was fitted to, see {@link sizesOfNumbers}.
 *
 * @throws ArgumentError naming the sample for wrong lengths, numbers that are not finite, or one field of several that is
 * zero while others are not
 */
export function prepareSamples(network: Network, raw: RawSamples, normalizers: Normalizers): Samples {
  const { first = 0, count, inputs, targets } = raw;
  requireLength('inputs', inputs, count * network.inputSize);
  requireLength('targets', targets, count * network.outputSize);
  requireFiniteSamples('inputs', inputs, network.inputSize, first);
  requireFiniteSamples('targets', targets, network.outputSize, first);
  const samples = {
    count,
    inputs: inputs.slice(),
    targets: targets.slice(),
    weights: new Float32Array(count * network.outputs),
  };
  prepareInPlace(network, samples, 0, count, normalizers, first);
  return samples;
}

/**
 * {@link prepareSamples} for the samples at the places [at, at + count), whose inputs and targets are there in their own
 * units and finite: no copy is made.
 *
 * @param first - Number that errors give the sample at the place `at`.
 */
export function prepareInPlace(
  network: Network,
  samples: Samples,
  at: number,
  count: number,
  { input, output, align }: Normalizers,
  first: number,
): void {
  const own = sliceSamples(network, samples, at, count);
  const { inputs, targets, weights } = own;
  if (align) moveInputsAndTargets(network, own, positions(network, align, inputs));
  const { inputSize, outputSize, outputs: fields } = network;
  const size = outputSize / fields;
  const outputNormalizers = fieldNormalizers('normalizers.output', output, fields);
  const sizes = sizesOfNumbers(network, outputNormalizers);
  for (let s = 0; s < count; s++) {
    const squaredNorms = Array.from({ length: fields }, (_, c) => {
      if (sizes[c] !== undefined) return size * sizes[c] ** 2;
      const from = s * outputSize + c * size;
      let squaredNorm = 0;
      for (let i = from; i < from + size; i++) squaredNorm += targets[i]! * targets[i]!;
      return squaredNorm;
    });
    const zero = squaredNorms.every((squaredNorm) => squaredNorm === 0);
    for (let c = 0; c < fields; c++) {
      const name = fields === 1 ? `targets of sample ${first + s}` : `targets of sample ${first + s}, field ${c}`;
      weights[s * fields + c] = zero ? 0 : weightOf(squaredNorms[c]!, outputNormalizers[c]!, name) / fields;
    }
  }
  normalizeFields(inputs, fieldNormalizers('normalizers.input', input, network.inputs), inputSize);
  normalizeFields(targets, outputNormalizers, outputSize);
}

/**
 * What errors of output fields that are numbers, of the output stage `mean`, are relative to: √(shift² + scale²), with a
 * `standard` or `rms-scale` normalizer the root mean square of the training samples. Undefined for other fields, whose errors
 * are relative to their own norms.
 */
export function sizesOfNumbers(network: Network, output: readonly Normalizer[]): readonly (number | undefined)[] {
  return outputGroups(network).flatMap(({ stage, first, fields }) =>
    Array.from({ length: fields }, (_, c) => {
      const { shift, scale } = output[first + c]!;
      return OUTPUT_FORMULAS[stage].kind === 'mean' ? Math.sqrt(shift * shift + scale * scale) : undefined;
    }),
  );
}

/** w = scale²/‖u‖², a float32. @throws ArgumentError naming the sample where it is none */
function weightOf(squaredNorm: number, { scale }: Normalizer, targets: string): number {
  if (squaredNorm === 0) {
    throw new ArgumentError(targets, 0, 'a field that is not zero: its relative error has no meaning');
  }
  const weight = Math.fround(square(scale) / squaredNorm);
  if (weight > 0 && Number.isFinite(weight)) return weight;
  const expected = `a norm within 1e±19 of the scale ${scale} of all targets: its weight (scale/norm)² is no float32`;
  throw new ArgumentError(`norm of the ${targets}`, Math.sqrt(squaredNorm), expected);
}

/** (x − shift)/scale of every field of samples of `sampleSize` numbers, in place. */
function normalizeFields(values: Float32Array, normalizers: readonly Normalizer[], sampleSize: number): void {
  eachField(values, normalizers, sampleSize, ({ shift, scale }, field) => {
    for (let i = 0; i < field.length; i++) field[i] = (field[i]! - shift) / scale;
  });
}

/** For each sample the symmetry that aligns it. */
function* positions(network: Network, align: Alignment, inputs: Float32Array): Generator<Uint32Array> {
  const { shape, inputSize, inputs: fields } = network;
  for (let at = 0; at < inputs.length; at += inputSize) {
    yield alignedSources(shape, align, inputs.subarray(at, at + inputSize / fields));
  }
}

/** Moves all fields of samples, each sample by the symmetry that the next of `sources` says, in place. */
export function moveAll(values: Float32Array | Float64Array, sampleSize: number, sources: Iterable<Uint32Array>): void {
  let first = 0;
  for (const source of sources) {
    moveFields(values.subarray(first, first + sampleSize), source);
    first += sampleSize;
  }
}

/** The same of inputs and targets of samples, both alike. */
export function moveInputsAndTargets(
  { inputSize, outputSize }: Network,
  { inputs, targets }: Samples,
  sources: Iterable<Uint32Array>,
): void {
  let s = 0;
  for (const source of sources) {
    moveFields(inputs.subarray(s * inputSize, (s + 1) * inputSize), source);
    moveFields(targets.subarray(s * outputSize, (s + 1) * outputSize), source);
    s++;
  }
}

/** Each grid point of each field takes the value of the one that `sources` names, in place. */
function moveFields(fields: Float32Array | Float64Array, sources: Uint32Array): void {
  const before = fields.slice();
  const size = sources.length;
  for (let at = 0; at < fields.length; at += size) {
    for (let i = 0; i < size; i++) fields[at + i] = before[at + sources[i]!]!;
  }
}

/** Inputs in their own units, and positions, in those of the network. */
export function toNetworkUnits(
  network: Network,
  { input, align }: Normalizers,
  inputs: ArrayLike<number>,
): Float32Array {
  const values = Float32Array.from(inputs);
  if (align) moveAll(values, network.inputSize, positions(network, align, values));
  normalizeFields(values, fieldNormalizers('normalizers.input', input, network.inputs), network.inputSize);
  return values;
}

/**
 * Outputs of the network in their own units, and in the positions of its inputs.
 *
 * @param inputs - In their own units; needed where normalizers align: their positions are those of the outputs.
 * @throws ArgumentError where they are needed and missing
 */
export function toDataUnits(
  network: Network,
  { output, align }: Normalizers,
  outputs: ArrayLike<number>,
  inputs?: ArrayLike<number>,
): Float64Array {
  const values = Float64Array.from(outputs);
  if (align) {
    if (!inputs) throw new ArgumentError('inputs', inputs, 'the inputs of these outputs, whose positions they have');
    const aligned = [...positions(network, align, Float32Array.from(inputs))];
    moveAll(values, network.outputSize, aligned.map(inverse));
  }
  const normalizers = fieldNormalizers('normalizers.output', output, network.outputs);
  eachField(values, normalizers, network.outputSize, ({ shift, scale }, field) => {
    for (let i = 0; i < field.length; i++) field[i] = shift + scale * field[i]!;
  });
  return values;
}

/** The symmetry that moves back. */
export function inverse(sources: Uint32Array): Uint32Array {
  const back = new Uint32Array(sources.length);
  for (let i = 0; i < sources.length; i++) back[sources[i]!] = i;
  return back;
}

function eachField<T extends Float32Array | Float64Array>(
  values: T,
  normalizers: readonly Normalizer[],
  sampleSize: number,
  visit: (normalizer: Normalizer, field: T) => void,
): void {
  const size = sampleSize / normalizers.length;
  for (let first = 0, c = 0; first < values.length; first += size, c = (c + 1) % normalizers.length) {
    visit(normalizers[c]!, values.subarray(first, first + size) as T);
  }
}
