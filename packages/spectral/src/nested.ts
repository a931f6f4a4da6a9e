import { ArgumentError, requireLength } from '@dyadic/errors';
import type { FourierBasis } from './basis.js';
import { requireSameTorus } from './grid.js';

/**
 * A Fourier basis nested in a finer one of the same torus: the functions whose wave vectors both grids resolve. A function has
 * the same scaled coefficients in both, so restriction and prolongation only move numbers. The coarse grid's Nyquist frequencies,
 * each of which represents two wave vectors, are excluded.
 */
export class NestedBasis {
  readonly coarse: FourierBasis;
  readonly fine: FourierBasis;
  /** For each coarse coefficient its index in the fine vector; −1 for Nyquist frequencies. */
  readonly #places: Int32Array;

  /** @throws ArgumentError when the tori differ, or the coarse grid has more points along an axis than the fine one */
  constructor(coarse: FourierBasis, fine: FourierBasis) {
    requireSameTorus('coarse.grid', coarse.grid, fine.grid);
    for (const [axis, points] of coarse.grid.shape.entries()) {
      const most = fine.grid.shape[axis]!;
      if (points > most) {
        throw new ArgumentError(`coarse.grid.shape[${axis}]`, points, `at most ${most}, the fine grid's`);
      }
    }
    this.coarse = coarse;
    this.fine = fine;
    this.#places = places(coarse, fine);
  }

  /**
   * Drops the wave vectors that the coarse grid does not resolve.
   *
   * @param fine - `this.fine.size` coefficients.
   * @param coarse - Receives `this.coarse.size` coefficients; default a new array.
   * @returns `coarse`
   * @throws ArgumentError for a wrong length
   */
  restrict(fine: Float64Array, coarse: Float64Array = new Float64Array(this.coarse.size)): Float64Array {
    requireLength('fine', fine, this.fine.size);
    requireLength('coarse', coarse, this.coarse.size);
    const from = this.#places;
    for (let i = 0; i < from.length; i++) coarse[i] = from[i]! < 0 ? 0 : fine[from[i]!]!;
    return coarse;
  }

  /**
   * Sets the coefficients that the coarse grid lacks to zero.
   *
   * @param coarse - `this.coarse.size` coefficients.
   * @param fine - Receives `this.fine.size` coefficients; default a new array.
   * @returns `fine`
   * @throws ArgumentError for a wrong length
   */
  prolong(coarse: Float64Array, fine: Float64Array = new Float64Array(this.fine.size)): Float64Array {
    requireLength('coarse', coarse, this.coarse.size);
    requireLength('fine', fine, this.fine.size);
    const to = this.#places;
    fine.fill(0);
    for (let i = 0; i < to.length; i++) if (to[i]! >= 0) fine[to[i]!] = coarse[i]!;
    return fine;
  }
}

function places(coarse: FourierBasis, fine: FourierBasis): Int32Array {
  const { axes } = coarse.grid;
  /** A unique number for each wave vector that the coarse grid resolves, NaN for the others. */
  const name = (...k: number[]) =>
    k.reduce((code, ka, a) => {
      const { points, length } = axes[a]!;
      const frequency = Math.round((ka * length) / (2 * Math.PI));
      return 2 * Math.abs(frequency) < points ? code * points + frequency : Number.NaN;
    }, 0);
  const place = new Map<number, number>();
  const fineNames = fine.symbol(name);
  for (let i = 0; i < fineNames.length; i += 2) if (!Number.isNaN(fineNames[i]!)) place.set(fineNames[i]!, i);
  const coarseNames = coarse.symbol(name);
  return Int32Array.from(coarseNames, (wave, i) => (Number.isNaN(wave) ? -1 : place.get(wave)! + (i % 2)));
}
