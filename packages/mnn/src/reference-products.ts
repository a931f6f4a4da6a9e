/** The products and biases of a layer, site by site from the equations, for the float64 reference. */
import { fourierPeriod, type Layer } from './layer.js';

/** A box or a grid point, by its index along each axis. */
export type Site = readonly number[];

/** Weight number `weight`, times the factor, takes input number `from` to output number `to`. */
type Visit = (to: number, from: number, weight: number, factor: number) => void;

/** Visits every product of eq (2.10). */
export function visitProducts(layer: Layer, visit: Visit): void {
  if (layer.kind === 'fourier') {
    visitWaves(layer, visit);
    return;
  }
  const { dimension, sites, outputChannels, weight, connectivity, dilation = 1 } = layer;
  const channels = layer.inputChannels;
  const fanIn = layer.window ** dimension * channels;
  const places = cube(dimension, layer.window);
  const reach = (layer.window - 1) / 2;
  for (const [i, site] of cube(dimension, sites).entries()) {
    const copy = connectivity === 'local' ? i : 0;
    for (const [j, place] of places.entries()) {
      const source = site.map((index, axis) => padded(layer, index + (place[axis]! - reach) * dilation));
      if (source.includes(undefined)) continue;
      const from = rowMajor(source as Site, new Array<number>(dimension).fill(sites)) * channels;
      for (let out = 0; out < outputChannels; out++) {
        const row = weight.offset + (copy * outputChannels + out) * fanIn + j * channels;
        for (let c = 0; c < channels; c++) visit(i * outputChannels + out, from + c, row + c, 1);
      }
    }
  }
}

/**
 * A Fourier layer as the convolution it is: from n to i the real weights of frequency κ go times a wave of i − n,
 *
 *   m e^(iθ) + conj = 2 Re m cos θ − 2 Im m sin θ,   θ = 2π κ·(i − n)/P,   m = W[κ] + i W[−κ].
 */
function visitWaves(layer: Layer, visit: Visit): void {
  const { dimension, sites, window, inputChannels, outputChannels, weight } = layer;
  const period = fourierPeriod(layer);
  const scale = period ** -dimension;
  const frequencies = cube(dimension, window).map((place) => place.map((k) => k - (window - 1) / 2));
  for (const [i, site] of cube(dimension, sites).entries()) {
    for (const n of cube(dimension, period)) {
      const source = n.map((index) => padded(layer, index));
      if (source.includes(undefined)) continue;
      const from = rowMajor(source as Site, new Array<number>(dimension).fill(sites)) * inputChannels;
      for (const [j, frequency] of frequencies.entries()) {
        const leading = Math.sign(frequency.find((k) => k !== 0) ?? 0);
        const turns = frequency.reduce((sum, k, axis) => sum + leading * k * (site[axis]! - n[axis]!), 0);
        const angle = (2 * Math.PI * (turns % period)) / period;
        const wave = leading > 0 ? 2 * Math.cos(angle) : leading < 0 ? -2 * Math.sin(angle) : 1;
        for (let out = 0; out < outputChannels; out++) {
          const row = weight.offset + (j * outputChannels + out) * inputChannels;
          for (let c = 0; c < inputChannels; c++) visit(i * outputChannels + out, from + c, row + c, scale * wave);
        }
      }
    }
  }
}

export function visitBiases(layer: Layer, visit: (to: number, bias: number) => void): void {
  if (layer.kind === 'fourier') return;
  const { dimension, sites, outputChannels, bias, connectivity } = layer;
  for (let to = 0; to < sites ** dimension * outputChannels; to++) {
    visit(to, bias.offset + (connectivity === 'local' ? to : to % outputChannels));
  }
}

/** The index along an axis that `index` stands for, if any. */
export function padded({ sites, padding }: Pick<Layer, 'sites' | 'padding'>, index: number): number | undefined {
  if (index >= 0 && index < sites) return index;
  if (padding === 'zero') return undefined;
  if (padding === 'reflect') return index < 0 ? -index - 1 : 2 * sites - index - 1;
  return ((index % sites) + sites) % sites;
}

/** All points of a cube with `extent` points per axis, row-major. */
export function cube(dimension: number, extent: number): Site[] {
  return sites(new Array<number>(dimension).fill(extent));
}

/** All points of a grid of this shape, row-major. */
export function sites(shape: readonly number[]): Site[] {
  return shape.reduce<Site[]>(
    (points, extent) => points.flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i])),
    [[]],
  );
}

export function rowMajor(point: Site, shape: readonly number[]): number {
  return point.reduce((index, i, axis) => index * shape[axis]! + i, 0);
}
