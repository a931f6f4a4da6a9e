import { requireFinite, requireKnownOptions } from '@dyadic/errors';
import { type Network, requirePlainGrid, requireSamples, type Samples } from '@dyadic/mnn';
import { realFftND } from '@dyadic/spectral';

/** The affine translation-invariant map f(v) = shift + c * (v − center), c * the periodic convolution with `response`. */
export interface LinearFit {
  /** c: the convolution's answer to 1 at the first grid point, N^d numbers. */
  readonly response: Float64Array;
  /** Mean of the inputs. */
  readonly center: number;
  /** Mean of the targets. */
  readonly shift: number;
}

export interface LinearFitOptions {
  /** λ relative to the greatest power of the inputs at any frequency; default 1e-10. */
  readonly ridge?: number;
}

/**
 * Least-squares fit of a translation-invariant affine map to samples: minimises
 * Σ_s w_s ‖t_s − f(v_s)‖² + λ ‖c‖², which the Fourier transform splits into one number per frequency,
 *
 *   ĉ(k) = Σ_s w_s t̂_s(k) v̂_s(k)* / (Σ_s w_s |v̂_s(k)|² + λ),
 *
 * after the weighted means are taken off. λ keeps frequencies that the inputs do not have, or have only as rounding,
 * from deciding anything.
 *
 * @throws ArgumentError for samples that do not fit the network
 */
export function linearFit(network: Network, samples: Samples, options: LinearFitOptions = {}): LinearFit {
  requireKnownOptions('linearFit', options, ['ridge']);
  const ridge = requireFinite('linearFit.ridge', options.ridge ?? 1e-10, { min: 0 });
  requireSamples(network, samples);
  const { inputs, targets, weights, count } = samples;
  const points = requirePlainGrid(network, 'a linear fit');
  const { inputSize: size, dimension } = network;
  const [center, shift] = [weightedMean(inputs, weights), weightedMean(targets, weights)];
  const fft = realFftND(new Array<number>(dimension).fill(points));
  const cross = new Float64Array(2 * fft.spectrumSize);
  const power = new Float64Array(fft.spectrumSize);
  const [v, t] = [new Float64Array(cross.length), new Float64Array(cross.length)];
  const centered = (values: Float32Array, s: number, mean: number) =>
    Float64Array.from(values.subarray(s * size, (s + 1) * size), (value) => value - mean);
  for (let s = 0; s < count; s++) {
    fft.forward(v, centered(inputs, s, center));
    fft.forward(t, centered(targets, s, shift));
    for (let k = 0; k < power.length; k++) {
      const [vRe, vIm, tRe, tIm] = [v[2 * k]!, v[2 * k + 1]!, t[2 * k]!, t[2 * k + 1]!];
      cross[2 * k]! += weights[s]! * (tRe * vRe + tIm * vIm);
      cross[2 * k + 1]! += weights[s]! * (tIm * vRe - tRe * vIm);
      power[k]! += weights[s]! * (vRe * vRe + vIm * vIm);
    }
  }
  const lambda = ridge * power.reduce((most, p) => Math.max(most, p), 0);
  for (let k = 0; k < power.length; k++) {
    // Inputs without any power, constant ones for example, say nothing: c is 0 there.
    const divisor = power[k]! + lambda || 1;
    cross[2 * k]! /= divisor;
    cross[2 * k + 1]! /= divisor;
  }
  const response = new Float64Array(size);
  fft.inverse(response, cross);
  return { response, center, shift };
}

/** Σ_s w_s mean(x_s) / Σ_s w_s */
function weightedMean(values: Float32Array, weights: Float32Array): number {
  const size = values.length / weights.length;
  let [sum, total] = [0, 0];
  weights.forEach((weight, s) => {
    for (let i = s * size; i < (s + 1) * size; i++) sum += weight * values[i]!;
    total += weight * size;
  });
  return total === 0 ? 0 : sum / total;
}
