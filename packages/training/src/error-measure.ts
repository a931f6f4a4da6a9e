import type { Network, Samples, Session } from '@dyadic/mnn';

/** Samples predicted at a time, which bounds memory. */
const CHUNK = 500;

/**
 * The relative error (4.1), ε = ‖u − u_NN‖₂/‖u‖₂, of every sample. Samples carry the weights of
 * {@link prepareSamples}, so this is √w ‖f − t‖ in the network's units.
 */
export async function relativeErrors(
  network: Network,
  session: Session,
  parameters: Float32Array,
  samples: Samples,
): Promise<Float64Array> {
  const { inputSize, outputSize } = network;
  const errors = new Float64Array(samples.count);
  for (let first = 0; first < samples.count; first += CHUNK) {
    const end = Math.min(first + CHUNK, samples.count);
    const outputs = await session.predict(parameters, samples.inputs.subarray(first * inputSize, end * inputSize));
    for (let s = first; s < end; s++) {
      let sum = 0;
      for (let i = 0; i < outputSize; i++) {
        sum += (outputs[(s - first) * outputSize + i]! - samples.targets[s * outputSize + i]!) ** 2;
      }
      errors[s] = Math.sqrt(samples.weights[s]! * sum);
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
