import type { WaveletFilters } from '@dyadic/mnn';
import { digits } from '../partition.js';

/** One step of the periodic wavelet transform of fields of n^d numbers, n even, and its inverse, which is its transpose. */
export interface WaveletStep {
  /** n/2 */
  readonly sites: number;
  /** 2^d: bit a, counted from the last axis, says whether the filter along an axis is that of the wavelet. */
  readonly channels: number;
  /**
   * Coefficients [site, channel] of a field: channel 0 the scaling coefficients s, the others the wavelets' d,
   *
   *   c_k = Σ_n f_n x_(2k+n−2a) along every axis, around the torus, f one of the filters h and g, a = ⌊(p − 1)/2⌋.
   */
  forward(field: Float64Array): Float64Array;
  /** The field of given coefficients. */
  inverse(coefficients: Float64Array): Float64Array;
}

/** The step on a grid of `points` points per axis. */
export function waveletStep(
  { vanishingMoments, low, high }: WaveletFilters,
  dimension: number,
  points: number,
): WaveletStep {
  const sites = points / 2;
  const channels = 2 ** dimension;
  // Centred, filters fit into narrow windows of a network.
  const shift = points * low.length - 2 * Math.floor((vanishingMoments - 1) / 2);
  // Along an axis the coefficients lie as s_0 … s_(n/2−1) d_0 … d_(n/2−1).
  const place = Uint32Array.from({ length: points ** dimension }, (_, entry) => {
    const site = digits(Math.floor(entry / channels), sites, dimension);
    const channel = digits(entry % channels, 2, dimension);
    return site.reduce((index, k, axis) => index * points + channel[axis]! * sites + k, 0);
  });
  const alongAxes = (field: Float64Array, line: (to: Float64Array, from: Float64Array) => void): Float64Array => {
    const result = field.slice();
    const [from, to] = [new Float64Array(points), new Float64Array(points)];
    for (let axis = 0, stride = 1; axis < dimension; axis++, stride *= points) {
      for (let start = 0; start < result.length; start++) {
        if (Math.floor(start / stride) % points !== 0) continue;
        for (let j = 0; j < points; j++) from[j] = result[start + j * stride]!;
        to.fill(0);
        line(to, from);
        for (let j = 0; j < points; j++) result[start + j * stride] = to[j]!;
      }
    }
    return result;
  };
  return {
    sites,
    channels,
    forward(field) {
      const split = alongAxes(field, (to, from) => {
        for (let k = 0; k < sites; k++) {
          for (let n = 0; n < low.length; n++) {
            const x = from[(2 * k + n + shift) % points]!;
            to[k]! += low[n]! * x;
            to[sites + k]! += high[n]! * x;
          }
        }
      });
      return Float64Array.from(place, (index) => split[index]!);
    },
    inverse(coefficients) {
      const split = new Float64Array(coefficients.length);
      for (let entry = 0; entry < place.length; entry++) split[place[entry]!] = coefficients[entry]!;
      return alongAxes(split, (to, from) => {
        for (let k = 0; k < sites; k++) {
          for (let n = 0; n < low.length; n++) {
            to[(2 * k + n + shift) % points]! += low[n]! * from[k]! + high[n]! * from[sites + k]!;
          }
        }
      });
    },
  };
}
