import { square } from '@dyadic/elementary';
import { type FourierBasis, fourierBasis, type PeriodicGrid } from '@dyadic/spectral';
import { HalfSpectrum, reachUnits } from './half-spectrum.js';

/** Shells next to the Nyquist frequency that tell how a spectrum ends; more than one, as symmetry may empty every other. */
const EDGE = 3;

/**
 * H = −½Δ + V on one grid, on vectors of Fourier coefficients: the kinetic part is a diagonal and adds no rounding, the
 * potential multiplies on the grid. Two transforms per application.
 */
export class Hamiltonian {
  readonly basis: FourierBasis;
  readonly spectrum: HalfSpectrum;
  /** ½|k|² per coefficient. */
  readonly kinetic: Float64Array;
  /** V on the grid, to be filled in. */
  readonly potential: Float64Array;
  /** How far out the waves of the entries lie, as on the fine grid. */
  readonly reach: Float64Array;
  readonly #values: Float64Array;
  /** Entries of the highest waves, along axes where a finer grid has higher ones. */
  readonly #edge: Int32Array;

  /** @param fine - The grid that this one is or makes coarser */
  constructor(grid: PeriodicGrid, fine: PeriodicGrid = grid) {
    this.basis = fourierBasis(grid);
    this.spectrum = new HalfSpectrum(grid);
    this.kinetic = this.basis.negativeLaplacian().map((kSquared) => kSquared / 2);
    this.potential = new Float64Array(grid.size);
    this.#values = new Float64Array(grid.size);
    this.reach = this.spectrum.reach(reachUnits(fine));
    const cut = grid.shape.map((points, axis) => grid === fine || points < fine.shape[axis]!);
    const isEdge = (m: number, axis: number) => cut[axis]! && Math.abs(m) > grid.shape[axis]! / 2 - EDGE;
    this.#edge = Int32Array.from(
      Array.from(this.reach.keys()).filter((entry) => this.spectrum.wave(entry).some(isEdge)),
    );
  }

  /**
   * output = H c
   *
   * @param values - Receives the function itself on the grid, which comes for free.
   */
  apply(c: Float64Array, output: Float64Array, values?: Float64Array): void {
    const field = this.#values;
    const { potential, kinetic } = this;
    this.basis.toValues(c, field);
    values?.set(field);
    for (let i = 0; i < field.length; i++) field[i]! *= potential[i]!;
    this.basis.toCoefficients(field, output);
    for (let i = 0; i < output.length; i++) output[i]! += kinetic[i]! * c[i]!;
  }

  /**
   * ‖½|k|²c‖ over the highest waves. For an eigenvector it is about what the waves beyond this grid would add to the
   * residual: (½|k|² − ε) c = −(Vψ)_k, and both decay.
   */
  truncation(c: Float64Array): number {
    let sum = 0;
    for (let j = 0; j < this.#edge.length; j++) {
      const i = 2 * this.#edge[j]!;
      sum += square(this.kinetic[i]! * c[i]!) + square(this.kinetic[i]! * c[i + 1]!);
    }
    return Math.sqrt(sum);
  }
}

/** The largest of the lengths, whose wave has the least kinetic energy. */
export function longestPeriod({ axes }: PeriodicGrid): number {
  return Math.max(...axes.map(({ length }) => length));
}
