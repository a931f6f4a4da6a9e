import { square } from '@dyadic/elementary';
import type { Network, Session } from '@dyadic/mnn';
import { pieces, type SampleData } from './source.js';

/**
 * The relative error (4.1), ε = ‖u − u_NN‖₂/‖u‖₂, of every sample. Samples carry the weights of
 * {@link prepareSamples}, so this is √w ‖f − t‖ in the network's units.
 */
export async function relativeErrors(
  network: Network,
  session: Session,
  parameters: Float32Array,
  data: SampleData,
): Promise<Float64Array> {
  const { outputSize } = network;
  const errors = new Float64Array(data.count);
  for await (const { first, samples } of pieces(network, data)) {
    const outputs = await session.predict(parameters, samples.inputs);
    for (let s = 0; s < samples.count; s++) {
      let sum = 0;
      for (let i = s * outputSize; i < (s + 1) * outputSize; i++) sum += square(outputs[i]! - samples.targets[i]!);
      errors[first + s] = Math.sqrt(samples.weights[s]! * sum);
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
