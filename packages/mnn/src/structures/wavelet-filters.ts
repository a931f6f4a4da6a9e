import type { Layer } from '../layer.js';
import { daubechies } from './daubechies.js';
import { filterWindow, type WaveletNetwork } from './wavelet.js';

/** How fields become channels on the finest level, and channels fields. */
export interface ChannelMixing {
  /** The part of an input field in a channel of s_1 and d_1. */
  readonly first: (channel: number, field: number) => number;
  /** The part of a channel of z_1 and t_1 in an output field. */
  readonly last: (field: number, channel: number) => number;
}

/**
 * Writes Daubechies filters with the vanishing moments of the network's options into its filter layers, channel by channel, tensor
 * products of h and g along the axes: then s and d are the coefficients of the orthonormal wavelet transform of each channel, and
 * from coarse to fine goes the inverse,
 *
 *   c_k = Σ_n f_n x_(2k+n−2a),   x_(2k+e) = Σ_i f_(e+2a−2i) c_(k+i),   a = ⌊(p − 1)/2⌋.
 *
 * Ends whose boxes do not have two points per axis are left as they are: there is no such transform.
 */
export function writeFilters(
  { dimension, inputs, outputs, branches, spec }: WaveletNetwork,
  parameters: Float32Array | Float64Array,
  { first, last }: ChannelMixing,
): void {
  const { vanishingMoments: p, channels } = spec;
  const { low, high } = daubechies(p);
  const shift = 2 * Math.floor((p - 1) / 2);
  const [branch] = branches;
  const halves = branch!.boxPoints.every((points) => points === 2);
  const window = filterWindow(spec);
  const reach = (window - 1) / 2;
  /** Π f_(±2i + e + 2a) along the axes, of the site at a place of the window, a child and a kind of filter, bits by axis. */
  const tap = (place: number, child: number, kind: number, sign: 1 | -1): number => {
    let value = 1;
    for (let axis = 0, rest = place; axis < dimension; axis++, rest = Math.floor(rest / window)) {
      const filter = (kind >> axis) % 2 === 0 ? low : high;
      value *= filter[sign * 2 * ((rest % window) - reach) + ((child >> axis) % 2) + shift] ?? 0;
    }
    return value;
  };
  const fill = ({ weight }: Layer, value: (out: number, place: number, input: number) => number) => {
    const [outs, places, ins] = weight.shape as [number, number, number];
    for (let out = 0, at = weight.offset; out < outs; out++)
      for (let place = 0; place < places; place++)
        for (let input = 0; input < ins; input++) parameters[at++] = value(out, place, input);
  };
  const same = (a: number, b: number) => (a === b ? 1 : 0);
  for (const layer of branch!.layers) {
    const [level, name] = layer.name.split('/') as [string, string];
    const isFinest = level === 'level-1';
    if (isFinest && !halves) continue;
    if (name === 'scale' || name === 'wavelet') {
      const [fields, part] = isFinest ? [inputs, first] : [channels, same];
      const from = name === 'scale' ? 0 : 1;
      fill(layer, (out, place, input) => {
        const [kind, child] = [from + Math.floor(out / channels), Math.floor(input / fields)];
        return tap(place, child, kind, 1) * part(out % channels, input % fields);
      });
    } else if (name === 'reconstruction' || name === 'refinement') {
      const [fields, part] = isFinest ? [outputs, last] : [channels, same];
      fill(layer, (out, place, input) => {
        const [child, kind] = [Math.floor(out / fields), Math.floor(input / channels)];
        return tap(place, child, kind, -1) * part(out % fields, input % channels);
      });
    }
  }
}
