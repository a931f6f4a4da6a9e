import { type PeriodicGrid, periodicGrid } from '@dyadic/spectral';
import { BlockEigensolver } from './block-eigensolver.js';
import { HalfSpectrum } from './half-spectrum.js';
import { Hamiltonian } from './hamiltonian.js';
import type { PlaneWaves, PlaneWavesOnGrid } from './plane-waves.js';
import { Preconditioner } from './preconditioner.js';

/** One grid of the hierarchy with what is needed to iterate on it. */
export class Level {
  readonly hamiltonian: Hamiltonian;
  readonly solver: BlockEigensolver;
  readonly low: PlaneWavesOnGrid;

  constructor(grid: PeriodicGrid, low: PlaneWaves, maxCount: number) {
    this.hamiltonian = new Hamiltonian(grid);
    this.low = low.on(this.hamiltonian);
    this.solver = new BlockEigensolver(this.hamiltonian, new Preconditioner(this.hamiltonian, this.low), maxCount);
  }
}

/** Sizes of coarser grids. */
const COARSE_SIZES = [16, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024];
/** Points of a coarse grid, relative to the fine one, from which on the detour no longer pays. */
const WORTHWHILE = 0.65;

/**
 * The coarser grids of a torus, built when first used. A coarse grid serves a potential whose spectrum beyond it is
 * small: its eigenvectors, with zeros for the missing coefficients, are then as good on the fine grid.
 */
export class CoarseGrids {
  readonly #grid: PeriodicGrid;
  readonly #low: PlaneWaves;
  readonly #maxCount: number;
  readonly #reach: Int32Array;
  readonly #tail: Float64Array;
  readonly #sizes: number[];
  readonly #levels = new Map<number, { level: Level; entries: Int32Array }>();

  constructor(fine: Hamiltonian, low: PlaneWaves, maxCount: number) {
    this.#grid = fine.basis.grid;
    this.#low = low;
    this.#maxCount = maxCount;
    this.#reach = fine.spectrum.reach();
    this.#tail = new Float64Array(Math.floor(this.#grid.points / 2) + 2);
    const least = 2 * low.reach + 2;
    this.#sizes = COARSE_SIZES.filter((n) => n >= least && n <= WORTHWHILE * this.#grid.points);
  }

  /**
   * The smallest grid beyond which V ψ has about the given norm at most, with V on it. The momentum of ψ adds to that of
   * V; half the classical √(2 depth) serves well.
   *
   * @param potential - Coefficients of V on the fine grid.
   * @returns null when no coarse grid does
   */
  choose(potential: Float64Array, depth: number, norm: number): Coarse | null {
    this.#tail.fill(0);
    for (let e = 0; e < this.#reach.length; e++) {
      this.#tail[this.#reach[e]!]! += potential[2 * e]! ** 2 + potential[2 * e + 1]! ** 2;
    }
    for (let m = this.#tail.length - 2; m >= 0; m--) this.#tail[m]! += this.#tail[m + 1]!;
    const momentum = (Math.sqrt(2 * depth) * this.#grid.length) / (4 * Math.PI);
    const size = this.#sizes.find((n) => this.#tail[Math.max(0, Math.floor(n / 2 - momentum))]! <= norm ** 2);
    if (size === undefined) return null;
    const { level, entries } = this.#level(size);
    const coefficients = new Float64Array(level.hamiltonian.basis.size);
    restrict(potential, entries, coefficients);
    level.hamiltonian.basis.toValues(coefficients, level.hamiltonian.potential);
    return { level, prolong: (coarse, fine) => prolong(coarse, entries, fine) };
  }

  #level(points: number): { level: Level; entries: Int32Array } {
    let known = this.#levels.get(points);
    if (!known) {
      const { dimension, length, origin } = this.#grid;
      const grid = periodicGrid({ dimension, length, origin, points });
      known = { level: new Level(grid, this.#low, this.#maxCount), entries: commonEntries(grid, this.#grid) };
      this.#levels.set(points, known);
    }
    return known;
  }
}

export interface Coarse {
  readonly level: Level;
  /** Fills the coefficients that the coarse grid lacks with zeros. */
  readonly prolong: (coarse: Float64Array, fine: Float64Array) => void;
}

/** Where each entry of the coarse grid lies on the fine one; −1 for Nyquist frequencies, which stand for two waves. */
function commonEntries(coarse: PeriodicGrid, fine: PeriodicGrid): Int32Array {
  const from = new HalfSpectrum(coarse);
  const to = new HalfSpectrum(fine);
  return Int32Array.from({ length: from.entries }, (_, e) => {
    const m = from.wave(e);
    return m.some((component) => 2 * Math.abs(component) === coarse.points) ? -1 : to.entry(m);
  });
}

/** The scaled coefficients of a function are the same numbers on every grid that resolves it. */
function restrict(fine: Float64Array, entries: Int32Array, coarse: Float64Array): void {
  for (let e = 0; e < entries.length; e++) {
    const source = 2 * entries[e]!;
    coarse[2 * e] = source < 0 ? 0 : fine[source]!;
    coarse[2 * e + 1] = source < 0 ? 0 : fine[source + 1]!;
  }
}

function prolong(coarse: Float64Array, entries: Int32Array, fine: Float64Array): void {
  fine.fill(0);
  for (let e = 0; e < entries.length; e++) {
    const target = 2 * entries[e]!;
    if (target < 0) continue;
    fine[target] = coarse[2 * e]!;
    fine[target + 1] = coarse[2 * e + 1]!;
  }
}
