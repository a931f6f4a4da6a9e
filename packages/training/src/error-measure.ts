import { square } from '@dyadic/elementary';
import type { Network, Session } from '@dyadic/mnn';
import { pieces, type SampleData } from './source.js';

/**
 * The relative error (4.1), ε = ‖u − u_NN‖₂/‖u‖₂, of every sample; with several output fields the root mean square of
 * theirs. Samples carry the weights of {@link prepareSamples}, so this is √(Σ_c w_c ‖f_c − t_c‖²) in the network's units.
 */
export async function relativeErrors(
  network: Network,
  session: Session,
  parameters: Float32Array,
  data: SampleData,
): Promise<Float64Array> {
  const fields = await fieldErrors(network, session, parameters, data);
  if (network.outputs === 1) return fields;
  return Float64Array.from({ length: data.count }, (_, s) => {
    const own = fields.subarray(s * network.outputs, (s + 1) * network.outputs);
    return Math.sqrt(own.reduce((sum, error) => sum + square(error), 0) / network.outputs);
  });
}

/** The relative error of every output field of every sample, at [sample, field]. */
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
      errors[first * fields + field] = Math.sqrt(samples.weights[field]! * fields * sum);
    }
  }
  return errors;
}

export interface ErrorSummary {
  /** Mean of ε, what the paper reports. */
  readonly mean: number;
  readonly median: number;
  /** The worst case. */
  readonly worst: number;
  /** Number of the worst sample. */
  readonly worstSample: number;
}

export function summarizeErrors(errors: Float64Array): ErrorSummary {
  const sorted = Float64Array.from(errors).sort();
  const worst = sorted.at(-1)!;
  return {
    mean: errors.reduce((sum, error) => sum + error, 0) / errors.length,
    median: sorted[Math.floor(sorted.length / 2)]!,
    worst,
    worstSample: errors.indexOf(worst),
  };
}
