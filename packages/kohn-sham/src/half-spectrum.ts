import type { PeriodicGrid } from '@dyadic/spectral';

/**
 * Where wave vectors lie in a coefficient vector of the real Fourier basis: entry e holds wave m at 2e (real part) and
 * 2e + 1 (imaginary part), last axis from 0 to ⌊N/2⌋, the others all N frequencies. −m is stored apart from m only
 * where the last component is 0 or N/2.
 */
export class HalfSpectrum {
  readonly dimension: number;
  readonly points: number;
  /** Number of entries. */
  readonly entries: number;
  readonly #row: number;

  constructor({ dimension, points }: PeriodicGrid) {
    this.dimension = dimension;
    this.points = points;
    this.#row = Math.floor(points / 2) + 1;
    this.entries = points ** (dimension - 1) * this.#row;
  }

  /** m of an entry, components from −N/2 + 1 (or so) to N/2. */
  wave(entry: number): number[] {
    const { dimension, points } = this;
    const m = new Array<number>(dimension);
    m[dimension - 1] = entry % this.#row;
    let rest = Math.floor(entry / this.#row);
    for (let axis = dimension - 2; axis >= 0; axis--) {
      const frequency = rest % points;
      m[axis] = frequency > points / 2 ? frequency - points : frequency;
      rest = Math.floor(rest / points);
    }
    return m;
  }

  /** The entry of m modulo N, or −1 where only −m is stored. */
  entry(m: readonly number[]): number {
    const { points } = this;
    let entry = 0;
    for (let axis = 0; axis < m.length; axis++) {
      const frequency = ((m[axis]! % points) + points) % points;
      if (axis === m.length - 1) return frequency < this.#row ? entry * this.#row + frequency : -1;
      entry = entry * points + frequency;
    }
    return entry;
  }

  /** The entry that holds −m as well: the entry itself when −m ≡ m, and −1 when −m is not stored. */
  partner(entry: number): number {
    return this.entry(this.wave(entry).map((component) => -component));
  }

  /** max |m_a| per entry. */
  reach(): Int32Array {
    return Int32Array.from({ length: this.entries }, (_, e) => Math.max(...this.wave(e).map(Math.abs)));
  }
}
