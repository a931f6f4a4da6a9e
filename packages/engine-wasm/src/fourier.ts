/** Fourier layers: the tables of truncated transforms as products with matrices, and the order of weights. */
import { cos, sin } from '@dyadic/elementary';
import { fourierPeriod, type Layer } from '@dyadic/mnn';
import { VECTOR } from './lanes.js';

/**
 * The real orthonormal waves of one axis, P^(−1/2), (2/P)^(1/2) cos(2πkn/P), (2/P)^(1/2) sin(2πkn/P), in the order of the
 * kernels: frequency 0, the cosines, the sines, either in the order of `frequencies`.
 */
export interface Axis {
  readonly sites: number;
  readonly period: number;
  /** k ≥ 0: ascending, or 0, 2, 4, … 1, 3, … where the axis is folded. */
  readonly frequencies: readonly number[];
  /** Whether the transform goes by way of `fold`, as that of a period of even length can. */
  readonly folded: boolean;
  readonly reflects: boolean;
}

export function fourierAxis({ sites, window, padding }: Layer): Axis {
  const folded = padding === 'periodic' && sites % 2 === 0;
  const ascending = Array.from({ length: (window + 1) / 2 }, (_, k) => k);
  const frequencies = folded ? [0, 1].flatMap((odd) => ascending.filter((k) => k % 2 === odd)) : ascending;
  return { sites, period: fourierPeriod({ sites, padding }), frequencies, folded, reflects: padding === 'reflect' };
}

/** A wave of an axis: cos or sin of 2πkn/P. */
interface Wave {
  readonly k: number;
  readonly sine: boolean;
}

function wavesOf({ frequencies }: Axis): Wave[] {
  const sines = frequencies.slice(1).map((k) => ({ k, sine: true }));
  return [...frequencies.map((k) => ({ k, sine: false })), ...sines];
}

/** The value of an orthonormal wave at place n. The angle is first brought into an eighth of a turn, where nothing cancels. */
function waveAt({ period }: Axis, { k, sine }: Wave, n: number): number {
  if (k === 0) return Math.sqrt(1 / period);
  const eighths = (8 * ((k * n) % period)) / period;
  const nearest = 2 * Math.round(eighths / 2);
  const angle = ((eighths - nearest) * Math.PI) / 4;
  const quarter = (nearest / 2 + (sine ? 3 : 0)) % 4;
  // cos(angle + quarter · π/2), and a sine is a cosine a quarter turn, or three back, behind.
  const value = [cos(angle), -sin(angle), -cos(angle), sin(angle)][quarter]!;
  return Math.sqrt(2 / period) * value;
}

/** The transform that a layer's input goes through, and the one back to its output; `adjoint` those of the gradient. */
export type TransformKind = 'analysis' | 'synthesis' | 'adjoint analysis' | 'adjoint synthesis';

/** What the kernels want of a transform along an axis: a matrix, or numbers of rows and four matrices, as 32-bit words. */
export function transformTable(axis: Axis, kind: TransformKind): Uint32Array {
  const { sites, period, reflects } = axis;
  const waves = wavesOf(axis);
  // With reflection the input has a second half, which the output has not.
  const extended = reflects && (kind === 'analysis' || kind === 'adjoint synthesis');
  const at = (wave: Wave, n: number) => waveAt(axis, wave, n) + (extended ? waveAt(axis, wave, period - 1 - n) : 0);
  const down = kind === 'analysis' || kind === 'adjoint analysis';
  const matrix = (rows: readonly Wave[], columns: number, entry: (wave: Wave, n: number) => number) => {
    const places = Array.from({ length: columns }, (_, n) => n);
    return down
      ? rows.flatMap((wave) => places.map((n) => entry(wave, n)))
      : places.flatMap((n) => rows.map((wave) => entry(wave, n)));
  };
  if (!axis.folded) return words([], matrix(waves, sites, at));
  const parts = [false, true].flatMap((sine) =>
    [0, 1].map((odd) => waves.filter((wave) => wave.sine === sine && wave.k % 2 === odd)),
  );
  // Where two of the four places that are folded onto each other are one, it is counted twice.
  const weight = (n: number) => (down && (n === 0 || 4 * n === sites) ? 0.5 : 1);
  const columns = Math.floor(sites / 4) + 1;
  const matrices = parts.flatMap((rows) => matrix(rows, columns, (wave, n) => weight(n) * at(wave, n)));
  return words(
    parts.map((rows) => rows.length),
    matrices,
  );
}

function words(head: readonly number[], values: readonly number[]): Uint32Array {
  const floats = Float32Array.from(values);
  return Uint32Array.from([...head, ...new Uint32Array(floats.buffer)]);
}

/** κ of every entry p > 0 of a spectrum, one of each pair κ and −κ. */
export function spectrumFrequencies({ dimension, window }: Layer, { frequencies }: Axis): number[][] {
  if (dimension === 1) return frequencies.slice(1).map((k) => [k]);
  const reach = (window - 1) / 2;
  let all: number[][] = [[]];
  for (let axis = 0; axis < dimension; axis++) {
    all = all.flatMap((before) => Array.from({ length: window }, (_, k) => [...before, k - reach]));
  }
  return all.slice((all.length + 1) / 2);
}

/** An entry of a table of `mixWaves`: which number, times what. */
type Term = readonly [index: number, factor: number];

/**
 * From products of waves along the axes to waves of κ·n, an orthogonal matrix of few entries, and its transpose, each with rows of
 * `terms` terms. With s_a the sign of κ_a, m the axes on which it is not 0,
 *
 *   cos κ·n + i sin κ·n = Π_a (cos |κ_a| n_a + i s_a sin |κ_a| n_a),
 *
 * and where both sides are normalized a factor 2^(−(m−1)/2).
 */
export function mixTables(layer: Layer, axis: Axis): { readonly terms: number; to: Term[][]; from: Term[][] } {
  const { dimension, window } = layer;
  const { frequencies } = axis;
  const pairs = spectrumFrequencies(layer, axis);
  const to: Term[][] = new Array(1 + 2 * pairs.length);
  to[0] = [[0, 1]];
  pairs.forEach((kappa, p) => {
    const on = kappa.flatMap((k, a) => (k === 0 ? [] : [a]));
    const parts: [Term[], Term[]] = [[], []];
    for (let subset = 0; subset < 2 ** on.length; subset++) {
      const sines = on.filter((_, bit) => subset & (1 << bit));
      const sign = sines.reduce((product, a) => product * Math.sign(kappa[a]!), 1) * (sines.length >= 2 ? -1 : 1);
      const index = kappa.reduce((sum, k, a) => {
        const place = frequencies.indexOf(Math.abs(k));
        return sum * window + (sines.includes(a) ? frequencies.length - 1 + place : place);
      }, 0);
      parts[sines.length % 2]!.push([index, sign * 2 ** (-(on.length - 1) / 2)]);
    }
    [to[1 + p], to[1 + pairs.length + p]] = parts;
  });
  const from: Term[][] = Array.from({ length: window ** dimension }, () => []);
  to.forEach((row, entry) => {
    for (const [index, factor] of row) from[index]!.push([entry, factor]);
  });
  return { terms: 2 ** (dimension - 1), to, from };
}

/** A table of `mixWaves`, rows filled up by nothing times the first number. */
export function mixTable(rows: readonly Term[][], terms: number, channels: number): Uint32Array {
  const table = new Uint32Array(2 * terms * rows.length);
  const factors = new Float32Array(table.buffer);
  rows.forEach((row, i) => {
    row.forEach(([index, factor], t) => {
      table[2 * (i * terms + t)] = index * channels * VECTOR;
      factors[2 * (i * terms + t) + 1] = factor;
    });
  });
  return table;
}

/** Parameter indices in the order of `multiplyWaves`; `transposed` exchanges inputs and outputs. */
export function* multiplierOrder(layer: Layer, transposed: boolean): Generator<number> {
  const { window, dimension, weight, inputChannels, outputChannels } = layer;
  const at = (place: number, out: number, c: number) =>
    weight.offset + (place * outputChannels + out) * inputChannels + c;
  const [rows, columns] = transposed ? [inputChannels, outputChannels] : [outputChannels, inputChannels];
  const placeOf = (kappa: readonly number[], sign: number) =>
    kappa.reduce((sum, k) => sum * window + sign * k + (window - 1) / 2, 0);
  const all: number[][] = [new Array<number>(dimension).fill(0), ...spectrumFrequencies(layer, fourierAxis(layer))];
  for (const [p, kappa] of all.entries())
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        for (const sign of p === 0 ? [1] : [1, -1])
          yield transposed ? at(placeOf(kappa, sign), column, row) : at(placeOf(kappa, sign), row, column);
}
