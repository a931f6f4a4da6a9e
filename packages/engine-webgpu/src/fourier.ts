/**
 * A Fourier layer as a row of linear operators, all real: transforms along one axis after the other, the multiplication, and
 * transforms back. With k = −M + 1 … M − 1 along an axis the basis is b_k(n) = cos(2πkn/P) for k ≥ 0 and sin(2π|k|n/P) for k < 0,
 * in several dimensions their products, which combine to the cosines and sines of κ·n.
 */
import { fourierPeriod, type Layer } from '@dyadic/mnn';
import { NONE } from './tables.js';

/** A matrix along one axis: y[o, r, q] = Σ_e matrix[r, e] x[o, e, q], q < `inner`. */
export interface Wave {
  readonly kind: 'wave';
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  /** Row-major; the key is the same for equal matrices. */
  readonly matrix: Float32Array;
  readonly key: string;
}

/** Sums with signs: y[r, q] = Σ_t ± x[index, q], q < `inner`; a term is an index, its sign in the highest bit, or NONE. */
export interface Combination {
  readonly kind: 'combination';
  readonly inner: number;
  /** Terms of a row. */
  readonly terms: number;
  readonly table: Uint32Array;
  /** The table of the transpose, with as many terms. */
  readonly transposed: Uint32Array;
  /** The same for equal tables. */
  readonly key: string;
  readonly transposedKey: string;
}

/** Frequency by frequency, what `multiplierSum` of the shader does with the layer's weights. */
export interface Multiplier {
  readonly kind: 'multiplier';
}

/** The operators of a Fourier layer, in order, each with how many numbers it gives. */
export function fourierOperators(layer: Layer): [Wave | Combination | Multiplier, number][] {
  const { dimension, sites, window, padding, inputChannels, outputChannels } = layer;
  const { analysis, synthesis } = waveMatrices(layer);
  const axes = Array.from({ length: dimension }, (_, axis) => axis);
  const frequencies = window ** dimension;
  const along = (name: string, rows: number, columns: number, matrix: Float32Array, channels: number) =>
    axes.map((axis): [Wave, number] => {
      const inner = columns ** (dimension - 1 - axis) * channels;
      const key = `${name} ${sites} ${window} ${padding}`;
      return [{ kind: 'wave', rows, columns, inner, matrix, key }, rows ** (axis + 1) * inner];
    });
  const combine = (inner: number, way: 'forward' | 'back'): [Combination, number][] => {
    if (dimension === 1) return [];
    const { table, transposed } = combinations(dimension, window);
    const keys = { key: `combination ${dimension} ${window}`, transposedKey: `separation ${dimension} ${window}` };
    const forward: Combination = {
      kind: 'combination',
      inner,
      terms: 2 ** (dimension - 1),
      table,
      transposed,
      ...keys,
    };
    return [[way === 'forward' ? forward : transpose(forward), frequencies * inner]];
  };
  return [
    ...along('analysis', window, sites, analysis, inputChannels),
    ...combine(inputChannels, 'forward'),
    [{ kind: 'multiplier' }, frequencies * outputChannels],
    ...combine(outputChannels, 'back'),
    ...along('synthesis', sites, window, synthesis, outputChannels),
  ];
}

/** The transpose, for what goes back. */
export function transpose(combination: Combination): Combination {
  const { table, transposed, key, transposedKey } = combination;
  return { ...combination, table: transposed, transposed: table, key: transposedKey, transposedKey: key };
}

/** b_k(n) at [k, n], summed over the n of a period that padding makes of a site, and b_k(n) / P at [n, k]. */
function waveMatrices(layer: Layer): { analysis: Float32Array; synthesis: Float32Array } {
  const { sites, window, padding } = layer;
  const period = fourierPeriod(layer);
  const basis = (row: number, n: number) => {
    const k = row - (window - 1) / 2;
    const angle = (2 * Math.PI * ((Math.abs(k) * n) % period)) / period;
    return k < 0 ? Math.sin(angle) : Math.cos(angle);
  };
  const mirrored = (row: number, n: number) => (padding === 'reflect' ? basis(row, 2 * sites - 1 - n) : 0);
  const analysis = Float32Array.from({ length: window * sites }, (_, i) => {
    const [row, n] = [Math.floor(i / sites), i % sites];
    return basis(row, n) + mirrored(row, n);
  });
  const synthesis = Float32Array.from({ length: sites * window }, (_, i) => {
    return basis(i % window, Math.floor(i / window)) / period;
  });
  return { analysis, synthesis };
}

const NEGATIVE = 0x8000_0000;

/**
 * cos(κ·n) at κ and sin(κ·n) at −κ, κ those whose first component that is not 0 is positive, as sums of products of b_k: with U
 * the axes that have a sine,
 *
 *   cos(κ·n) + i sin(κ·n) = Π_a (cos κ_a n_a + i sin κ_a n_a) = Σ_U i^|U| Π_(a in U) sign(κ_a) b_−|κ_a| Π_(a not in U) b_|κ_a|.
 */
function combinations(dimension: number, window: number): { table: Uint32Array; transposed: Uint32Array } {
  const [reach, all, terms] = [(window - 1) / 2, window ** dimension, 2 ** (dimension - 1)];
  const rows = Array.from({ length: all }, (): number[] => []);
  const columns = Array.from({ length: all }, (): number[] => []);
  for (let slot = (all - 1) / 2; slot < all; slot++) {
    const kappa = Array.from({ length: dimension }, (_, a) => {
      return (Math.floor(slot / window ** (dimension - 1 - a)) % window) - reach;
    });
    for (let sines = 0; sines < 2 ** dimension; sines++) {
      const hasSine = kappa.map((_, a) => (sines >> a) % 2 === 1);
      if (kappa.some((k, a) => hasSine[a] && k === 0)) continue;
      const product = kappa.reduce((at, k, a) => at * window + reach + (hasSine[a] ? -Math.abs(k) : Math.abs(k)), 0);
      const count = hasSine.filter(Boolean).length;
      const flips = kappa.filter((k, a) => hasSine[a] && k < 0).length + Math.floor(count / 2);
      const sign = flips % 2 === 0 ? 0 : NEGATIVE;
      const row = count % 2 === 0 ? slot : all - 1 - slot;
      rows[row]!.push(product + sign);
      columns[product]!.push(row + sign);
    }
  }
  const packed = (lists: number[][]) =>
    Uint32Array.from(lists.flatMap((list) => Array.from({ length: terms }, (_, t) => list[t] ?? NONE)));
  return { table: packed(rows), transposed: packed(columns) };
}
