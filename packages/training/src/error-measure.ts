import { square } from '@dyadic/elementary';
import { ArgumentError } from '@dyadic/errors';
import type { Network, Session } from '@dyadic/mnn';
import { fieldNormalizers, type Normalizers, sizesOfNumbers } from './samples.js';
import { isLeftOut, pieces, type SampleData } from './source.js';

/**
 * The relative error (4.1), ε = ‖u − u_NN‖₂/‖u‖₂, of every sample; with several output fields the root mean square of
 * theirs. Samples carry the weights of {@link prepareSamples}, so this is √(Σ_c w_c ‖f_c − t_c‖²) in the network's units.
 * NaN for a sample that weighs nothing, whose target is zero everywhere, and for no other: an error that is no number
 * because the network's output is none is ∞.
 */
export async function relativeErrors(
  network: Network,
  session: Session,
  parameters: Float32Array,
  data: SampleData,
): Promise<Float64Array> {
  const fields = await fieldErrors(network, session, parameters, data);
  return network.outputs === 1 ? fields : overFields(fields, network.outputs);
}

/** Of every sample the root mean square over its fields, as ε is that of its fields' errors. */
export function overFields(values: ArrayLike<number>, fields: number): Float64Array {
  return Float64Array.from({ length: values.length / fields }, (_, s) => {
    let sum = 0;
    for (let c = 0; c < fields; c++) sum += square(values[s * fields + c]!);
    return Math.sqrt(sum / fields);
  });
}

/** The relative error of every output field of every sample, at [sample, field]; NaN and ∞ as in {@link relativeErrors}. */
export async function fieldErrors(
  network: Network,
  session: Session,
  parameters: Float32Array,
  data: SampleData,
): Promise<Float64Array> {
  const { outputSize, outputs: fields } = network;
  const size = outputSize / fields;
  const errors = new Float64Array(data.count * fields);
  for await (const { first, samples } of pieces(network, data)) {
    const outputs = await session.predict(parameters, samples.inputs);
    for (let field = 0; field < samples.count * fields; field++) {
      let sum = 0;
      for (let i = field * size; i < (field + 1) * size; i++) sum += square(outputs[i]! - samples.targets[i]!);
      const error = Math.sqrt(samples.weights[field]! * fields * sum);
      const sample = Math.floor(field / fields);
      const none = isLeftOut(network, samples, sample);
      errors[first * fields + field] = none ? Number.NaN : Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    }
  }
  return errors;
}

/**
 * ‖û_c − u_c‖²/‖u_c‖² of predictions û in the units of the data, at [sample, field]; of a number of a whole sample relative to
 * the size of the numbers in training ({@link sizesOfNumbers}). NaN where u_c is zero everywhere, and nowhere else: ∞ where û_c is no number.
 */
export function squaredFieldErrors(
  { network, normalizers }: { readonly network: Network; readonly normalizers: Normalizers },
  targets: ArrayLike<number>,
  predicted: ArrayLike<number>,
): Float64Array {
  const { outputs: fields, outputSize } = network;
  const size = outputSize / fields;
  const sizes = sizesOfNumbers(network, fieldNormalizers('normalizers.output', normalizers.output, fields));
  return Float64Array.from({ length: targets.length / size }, (_, field) => {
    let [difference, norm] = [0, 0];
    for (let i = field * size; i < (field + 1) * size; i++) {
      difference += square(targets[i]! - predicted[i]!);
      norm += square(targets[i]!);
    }
    const number = sizes[field % fields];
    if (number !== undefined) norm = size * square(number);
    if (norm === 0) return Number.NaN;
    const error = difference / norm;
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  });
}

export interface ErrorSummary {
  /** Mean of ε, what the paper reports. */
  readonly mean: number;
  readonly median: number;
  /** The worst case. */
  readonly worst: number;
  /** Number of the worst sample. */
  readonly worstSample: number;
  /** Samples without a relative error, which no other entry counts; absent where there is none. */
  readonly leftOut?: number;
}

/** The errors that there are: without the NaN of samples that are left out. */
export function errorsThatAre(errors: Float64Array): Float64Array {
  return errors.filter((error) => !Number.isNaN(error));
}

/** @throws ArgumentError where no sample has a relative error */
export function summarizeErrors(errors: Float64Array): ErrorSummary {
  const sorted = errorsThatAre(errors).sort();
  if (sorted.length === 0) {
    throw new ArgumentError('errors', errors.length, 'at least one sample whose target is not zero everywhere');
  }
  const leftOut = errors.length - sorted.length;
  const worst = sorted.at(-1)!;
  return {
    mean: meanError(errors),
    median: sorted[Math.floor(sorted.length / 2)]!,
    worst,
    worstSample: errors.indexOf(worst),
    ...(leftOut > 0 && { leftOut }),
  };
}

/** Mean of the errors that there are, added in the order of the samples; NaN where there is none. */
export function meanError(errors: Float64Array): number {
  const those = errorsThatAre(errors);
  return those.reduce((sum, error) => sum + error, 0) / those.length;
}
