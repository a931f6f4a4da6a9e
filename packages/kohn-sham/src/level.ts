import { coarserGrid, type FourierBasis, NestedBasis, type PeriodicGrid } from '@dyadic/spectral';
import { BlockEigensolver } from './block-eigensolver.js';
import { type EigenBlock, noise } from './eigen-block.js';
import { Hamiltonian } from './hamiltonian.js';
import { ManyEigensolver } from './many-eigensolver.js';
import type { PlaneWaves, PlaneWavesOnGrid } from './plane-waves.js';
import { Preconditioner } from './preconditioner.js';
import { orthonormalize } from './vector.js';

/** One grid of the hierarchy with what is needed to iterate on it. */
export class Level {
  readonly hamiltonian: Hamiltonian;
  readonly solver: EigenBlock;
  readonly #low: PlaneWavesOnGrid;
  readonly #components: Float64Array;

  /** @param fine - The grid that this one is or makes coarser */
  constructor(grid: PeriodicGrid, low: PlaneWaves, maxCount: number, fine: PeriodicGrid = grid) {
    this.hamiltonian = new Hamiltonian(grid, fine);
    this.#low = low.on(this.hamiltonian);
    this.#components = new Float64Array(low.count);
    const preconditioner = new Preconditioner(this.hamiltonian, this.#low);
    this.solver =
      low.many && ManyEigensolver.fits(this.hamiltonian, low.count, maxCount)
        ? new ManyEigensolver(this.hamiltonian, preconditioner, this.#low, low.many, maxCount)
        : new BlockEigensolver(this.hamiltonian, preconditioner, maxCount);
  }

  /**
   * Sets the first `count` vectors to the given ones, of which dependent ones become noise, and the rest to the
   * eigenvectors found in the plane waves.
   */
  start(count: number, given: readonly Float64Array[] = []): void {
    for (let i = 0; i < count; i++) {
      this.#low.waves.spectrum.vector(i, this.#components);
      this.solver.vectors[i]!.fill(0);
      this.#low.scatter(this.#components, this.solver.vectors[i]!);
    }
    if (given.length === 0) return;
    for (let i = 0; i < count; i++) {
      const vector = this.solver.vectors[i]!;
      const others = this.solver.vectors.slice(0, i);
      if (i < given.length) vector.set(given[i]!);
      for (let attempt = 0; !orthonormalize(vector, others); attempt++) {
        if (attempt > 9) return;
        vector.set(noise(this.hamiltonian, i + attempt * count));
      }
    }
  }
}

/** Sizes of coarser grids. */
const COARSE_SIZES = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096];
/** Points of a coarse grid, relative to the fine one, from which on the detour no longer pays. */
const WORTHWHILE = 0.76;

/** The coarser grids of a torus, built when first used. */
export class CoarseGrids {
  readonly #fine: FourierBasis;
  readonly #low: PlaneWaves;
  readonly #maxCount: number;
  readonly #sizes: number[];
  readonly #grids = new Map<number, CoarseGrid>();

  constructor(fine: FourierBasis, low: PlaneWaves, maxCount: number) {
    this.#fine = fine;
    this.#low = low;
    this.#maxCount = maxCount;
    const largest = low.many ? Number.POSITIVE_INFINITY : 1024;
    this.#sizes = COARSE_SIZES.filter((n) => n <= Math.min(largest, WORTHWHILE * Math.max(...fine.grid.shape)));
  }

  /** The smallest grid of at least so many points along the axis that has most, or null. */
  atLeast(points: number): CoarseGrid | null {
    const size = this.#sizes.find((n) => n >= points);
    if (size === undefined) return null;
    const known = this.#grids.get(size);
    if (known) return known;
    const coarse = coarserGrid(this.#fine.grid, size);
    const built = new CoarseGrid(coarse, this.#fine, this.#low, this.#maxCount);
    this.#grids.set(size, built);
    return built;
  }
}

/** A coarse grid and its place in the fine one. */
export class CoarseGrid {
  /** Along the axis that has most. */
  readonly points: number;
  readonly level: Level;
  /** The coarse basis within the fine one. */
  readonly nested: NestedBasis;
  readonly #potential: Float64Array;

  constructor(coarse: PeriodicGrid, fine: FourierBasis, low: PlaneWaves, maxCount: number) {
    this.points = Math.max(...coarse.shape);
    this.level = new Level(coarse, low, maxCount, fine.grid);
    this.nested = new NestedBasis(this.level.hamiltonian.basis, fine);
    this.#potential = new Float64Array(this.level.hamiltonian.basis.size);
  }

  /** Takes V over from its coefficients on the fine grid. */
  setPotential(fine: Float64Array): void {
    const { basis, potential } = this.level.hamiltonian;
    basis.toValues(this.nested.restrict(fine, this.#potential), potential);
  }
}
