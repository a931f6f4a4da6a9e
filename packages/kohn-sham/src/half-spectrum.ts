import { square } from '@dyadic/elementary';
import type { PeriodicGrid } from '@dyadic/spectral';

/**
 * Where wave vectors lie in a coefficient vector of the real Fourier basis: entry e holds wave m at 2e (real part) and
 * 2e + 1 (imaginary part), last axis from 0 to ⌊N/2⌋, the others all N frequencies. −m is stored apart from m only
 * where the last component is 0 or N/2.
 */
export class HalfSpectrum {
  /** N along each axis. */
  readonly shape: readonly number[];
  /** Number of entries. */
  readonly entries: number;
  readonly #row: number;

  constructor({ shape }: PeriodicGrid) {
    this.shape = shape;
    this.#row = Math.floor(shape.at(-1)! / 2) + 1;
    this.entries = shape.slice(0, -1).reduce((product, points) => product * points, this.#row);
  }

  /** m of an entry, components from −N/2 + 1 (or so) to N/2. */
  wave(entry: number): number[] {
    const { shape } = this;
    const last = shape.length - 1;
    const m = new Array<number>(shape.length);
    m[last] = entry % this.#row;
    let rest = Math.floor(entry / this.#row);
    for (let axis = last - 1; axis >= 0; axis--) {
      const points = shape[axis]!;
      const frequency = rest % points;
      m[axis] = frequency > points / 2 ? frequency - points : frequency;
      rest = Math.floor(rest / points);
    }
    return m;
  }

  /** The entry of m modulo N, or −1 where only −m is stored. */
  entry(m: readonly number[]): number {
    let entry = 0;
    for (let axis = 0; axis < m.length; axis++) {
      const points = this.shape[axis]!;
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

  /** How far out each entry's wave lies, {@link reachOf}. @param units - Of a grid that this one is or makes coarser */
  reach(units: readonly number[]): Float64Array {
    return Float64Array.from({ length: this.entries }, (_, e) => reachOf(this.wave(e), units));
  }
}

/**
 * How far out a wave lies: max |m_a| in the waves of the axis that has most points, whose Nyquist frequency is as far out as
 * that of the others. A norm, and max |m_a| itself where all axes have equal points.
 */
export function reachOf(m: readonly number[], units: readonly number[]): number {
  return Math.max(...m.map((component, axis) => Math.abs(component) * units[axis]!));
}

/** What a wave along each axis counts in {@link reachOf}. */
export function reachUnits({ shape }: Pick<PeriodicGrid, 'shape'>): number[] {
  const most = Math.max(...shape);
  return shape.map((points) => most / points);
}

/** Least ½|k|² of the waves of a torus that lie further out than r. */
export function kineticBeyond(grid: Pick<PeriodicGrid, 'shape' | 'axes'>, r: number): number {
  const units = reachUnits(grid);
  const along = grid.axes.map(({ length }, axis) => {
    const m = Math.floor(r / units[axis]!) + 1;
    return 0.5 * square((2 * Math.PI * m) / length);
  });
  return Math.min(...along);
}
