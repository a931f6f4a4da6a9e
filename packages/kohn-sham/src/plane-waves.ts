import { square } from '@dyadic/elementary';
import type { PeriodicGrid } from '@dyadic/spectral';
import { HalfSpectrum, reachOf, reachUnits } from './half-spectrum.js';
import type { Hamiltonian } from './hamiltonian.js';
import { LowSpectrum } from './low-spectrum.js';
import { ManySpectrum, SpectrumRoom } from './many-spectrum.js';

/** A pair ±m of waves: the functions √(2/volume) cos(k·x) and √(2/volume) sin(k·x), or one constant or Nyquist wave. */
interface Mode {
  readonly m: readonly number[];
  /** −m ≡ m on the grid: there is no sine, and the cosine has half the square. */
  readonly self: boolean;
  readonly kinetic: number;
}

/** Where a plane wave lies in a coefficient vector: it is unit vector i, or the sum of two multiples of unit vectors. */
interface Slot {
  readonly i: number;
  readonly a: number;
  /** −1 when there is only one. */
  readonly j: number;
  readonly b: number;
}

/**
 * The Hamiltonian restricted to the plane waves of least kinetic energy, as a small dense matrix. It gives the start of
 * the iteration and the low-energy half of its preconditioner. The matrix elements are those of the pseudo-spectral
 * operator on the given grid, aliasing included: with every wave of the grid among them, nothing is left to iterate.
 */
export class PlaneWaves {
  /** Number n of functions: closed shells, at least the count asked for, or all of the grid. */
  readonly count: number;
  /** How far out they lie, {@link reachOf}. */
  readonly reach: number;
  /** Least ½|k|² of the waves left out. */
  readonly cutoff: number;
  /** Whether these are all functions of the grid. */
  readonly complete: boolean;
  /** Eigenpairs of the restriction, in the order of the plane waves. */
  readonly spectrum: LowSpectrum;
  /** The same, where products of blocks compute it. */
  readonly many: ManySpectrum | null;
  readonly #modes: Mode[];
  readonly #matrix: Float64Array;
  readonly #differences: Coupling;
  readonly #sums: Coupling;

  /** @param most - Eigenvectors that will be asked for, if products of blocks are to find them */
  constructor(grid: PeriodicGrid, least: number, most?: number) {
    const { modes, cutoff } = lowModes(grid, least);
    this.#modes = modes;
    this.cutoff = cutoff;
    this.count = this.#modes.reduce((sum, { self }) => sum + (self ? 1 : 2), 0);
    this.complete = this.count === grid.size;
    const fits = most !== undefined && SpectrumRoom.fits(this.count, most);
    this.many = fits ? new ManySpectrum(this.count, new SpectrumRoom(this.count, Math.min(most, this.count))) : null;
    this.spectrum = this.many ?? new LowSpectrum(this.count);
    const units = reachUnits(grid);
    this.reach = Math.max(...this.#modes.map(({ m }) => reachOf(m, units)));
    this.#matrix = new Float64Array(this.count ** 2);
    this.#differences = new Coupling(grid, this.#modes, -1);
    this.#sums = new Coupling(grid, this.#modes, 1);
  }

  /** Restricts H and diagonalises. @param potential - Fourier coefficients of V on the grid */
  decompose(potential: Float64Array): void {
    const n = this.count;
    const modes = this.#modes;
    const matrix = this.#matrix;
    for (let a = 0, f = 0, pair = 0; a < modes.length; a++) {
      const { self: selfA, kinetic } = modes[a]!;
      const normA = selfA ? Math.SQRT1_2 : 1;
      for (let b = 0, g = 0; b <= a; b++, pair++) {
        const selfB = modes[b]!.self;
        const normB = selfB ? Math.SQRT1_2 : 1;
        const differenceRe = this.#differences.real(potential, pair);
        const differenceIm = this.#differences.imaginary(potential, pair);
        const sumRe = this.#sums.real(potential, pair);
        const sumIm = this.#sums.imaginary(potential, pair);
        // 2 cos A cos B = cos(A − B) + cos(A + B) and its kin; the mean of V sin(q·x) is −Im V̂(q).
        const row = f * n + g;
        matrix[row] = normA * normB * (differenceRe + sumRe);
        if (!selfA) matrix[row + n] = -normB * (sumIm + differenceIm);
        if (!selfB) matrix[row + 1] = normA * (differenceIm - sumIm);
        if (!selfA && !selfB) matrix[row + n + 1] = differenceRe - sumRe;
        g += selfB ? 1 : 2;
      }
      matrix[f * n + f]! += kinetic;
      if (!selfA) matrix[(f + 1) * n + f + 1]! += kinetic;
      f += selfA ? 1 : 2;
    }
    this.spectrum.decompose(matrix);
  }

  /** The places of the plane waves among the coefficients of a grid of the same torus that resolves them. */
  on(hamiltonian: Hamiltonian): PlaneWavesOnGrid {
    return new PlaneWavesOnGrid(this, slots(this.#modes, hamiltonian.spectrum));
  }
}

/** Moves vectors between plane waves and the coefficients of one grid. */
export class PlaneWavesOnGrid {
  readonly waves: PlaneWaves;
  readonly #slots: readonly Slot[];

  constructor(waves: PlaneWaves, places: readonly Slot[]) {
    this.waves = waves;
    this.#slots = places;
  }

  /** Component of a coefficient vector along every plane wave. */
  gather(c: Float64Array, components: Float64Array): void {
    for (let f = 0; f < this.#slots.length; f++) {
      const { i, a, j, b } = this.#slots[f]!;
      components[f] = j < 0 ? a * c[i]! : a * c[i]! + b * c[j]!;
    }
  }

  /** Overwrites the plane waves' part of a coefficient vector, and nothing else. */
  scatter(components: Float64Array, c: Float64Array): void {
    for (let f = 0; f < this.#slots.length; f++) {
      const { i, a, j, b } = this.#slots[f]!;
      c[i] = a * components[f]!;
      if (j >= 0) c[j] = b * components[f]!;
    }
  }
}

/** V̂(m_a ± m_b), V̂(q) = (1/size) Σ_x V(x) exp(−i q·x), read from the coefficients of V for all pairs a ≥ b. */
class Coupling {
  readonly #index: Int32Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;

  constructor(grid: PeriodicGrid, modes: readonly Mode[], sign: 1 | -1) {
    const spectrum = new HalfSpectrum(grid);
    const pairs = (modes.length * (modes.length + 1)) / 2;
    this.#index = new Int32Array(pairs);
    this.#real = new Float64Array(pairs);
    this.#imaginary = new Float64Array(pairs);
    for (let a = 0, pair = 0; a < modes.length; a++) {
      for (let b = 0; b <= a; b++, pair++) {
        const q = modes[a]!.m.map((component, axis) => component + sign * modes[b]!.m[axis]!);
        const stored = spectrum.entry(q) >= 0;
        const entry = spectrum.entry(stored ? q : q.map((component) => -component));
        const collapsed = spectrum.partner(entry) < 0;
        const factor = 1 / Math.sqrt(collapsed ? 2 * grid.volume : grid.volume);
        this.#index[pair] = 2 * entry;
        this.#real[pair] = factor;
        this.#imaginary[pair] = stored ? factor : -factor;
      }
    }
  }

  real(potential: Float64Array, pair: number): number {
    return this.#real[pair]! * potential[this.#index[pair]!]!;
  }

  imaginary(potential: Float64Array, pair: number): number {
    return this.#imaginary[pair]! * potential[this.#index[pair]! + 1]!;
  }
}

/** Squares within this factor are equal but for rounding. */
const SAME_SHELL = 1 + 1e-12;

/** Modes by kinetic energy, until closed shells hold `least` functions; all of them when that is most of the grid. */
function lowModes(grid: PeriodicGrid, least: number): { modes: Mode[]; cutoff: number } {
  const spectrum = new HalfSpectrum(grid);
  // |k|² in units of the first axis.
  const first = grid.axes[0]!.length;
  const unit = (2 * Math.PI) / first;
  const weights = grid.axes.map(({ length }) => square(first / length));
  const shells: { squared: number; entry: number; m: number[]; self: boolean }[] = [];
  for (let entry = 0; entry < spectrum.entries; entry++) {
    const partner = spectrum.partner(entry);
    if (partner >= 0 && partner < entry) continue; // its negative stands for it
    const m = spectrum.wave(entry);
    shells.push({
      squared: m.reduce((sum, x, axis) => sum + weights[axis]! * x * x, 0),
      entry,
      m,
      self: partner === entry,
    });
  }
  shells.sort((a, b) => a.squared - b.squared || a.entry - b.entry);
  const modes: Mode[] = [];
  let count = 0;
  let last = -1;
  const all = 2 * least > grid.size;
  for (const { squared, m, self } of shells) {
    const kinetic = 0.5 * unit * unit * squared;
    if (!all && count >= least && squared > SAME_SHELL * last) return { modes, cutoff: kinetic };
    modes.push({ m, self, kinetic });
    count += self ? 1 : 2;
    last = squared;
  }
  return { modes, cutoff: Number.POSITIVE_INFINITY };
}

/** Cosines and sines in the order of the modes. */
function slots(modes: readonly Mode[], spectrum: HalfSpectrum): Slot[] {
  return modes.flatMap(({ m, self }) => {
    const stored = spectrum.entry(m);
    const negative = spectrum.entry(m.map((component) => -component));
    const i = 2 * stored;
    if (self) return [{ i, a: 1, j: -1, b: 0 }];
    if (negative < 0) {
      return [
        { i, a: 1, j: -1, b: 0 },
        { i: i + 1, a: -1, j: -1, b: 0 },
      ];
    }
    const j = 2 * negative;
    return [
      { i, a: Math.SQRT1_2, j, b: Math.SQRT1_2 },
      { i: i + 1, a: -Math.SQRT1_2, j: j + 1, b: Math.SQRT1_2 },
    ];
  });
}
