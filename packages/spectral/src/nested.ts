import { ArgumentError, requireLength } from '@dyadic/errors';
import type { FourierBasis } from './basis.js';
import { requireSameTorus } from './grid.js';

/**
 * A Fourier basis within a finer one of the same torus: the functions whose waves both grids resolve. Scaled
 * coefficients of a function are the same numbers in both, so passing from one to the other is a matter of places.
 * The coarse grid's Nyquist frequencies, each of which stands for two waves, belong to neither.
 */
export class NestedBasis {
  readonly coarse: FourierBasis;
  readonly fine: FourierBasis;
  /** Entry of the fine coefficient vector for each of the coarse one; −1 for Nyquist frequencies. */
  readonly #places: Int32Array;

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

  /** Drops the waves that the coarse grid lacks. */
  restrict(fine: Float64Array, coarse: Float64Array = new Float64Array(this.coarse.size)): Float64Array {
    requireLength('fine', fine, this.fine.size);
    requireLength('coarse', coarse, this.coarse.size);
    const from = this.#places;
    for (let i = 0; i < from.length; i++) coarse[i] = from[i]! < 0 ? 0 : fine[from[i]!]!;
    return coarse;
  }

  /** Fills the coefficients that the coarse grid lacks with zeros. */
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
  /** One number per wave that the coarse grid resolves, NaN for the others. */
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
