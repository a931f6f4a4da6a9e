import { log, square } from '@dyadic/elementary';
import type { PeriodicGrid } from '@dyadic/spectral';
import { Bounds } from './bounds.js';
import { Completeness } from './completeness.js';
import type { Bound, EigenBlock } from './eigen-block.js';
import type { KohnShamState } from './kohn-sham-state.js';
import { type CoarseGrid, CoarseGrids, Level } from './level.js';
import type { CompleteOptions, KohnShamAttempt } from './options.js';
import { PlaneWaves } from './plane-waves.js';

/** Relative size of a gap that rounding explains. */
const GAP_ROUNDING = 1e-12;
/** Plane waves of the dense start in 1D, 2D and 3D: at least so many, and at least so many per eigenvector. */
const PLANE_WAVES = [21, 57, 100];
const PLANE_WAVES_PER_VECTOR = 5;
/** The same for many electrons: the start's work is of third order in its waves. */
const PLANE_WAVES_PER_VECTOR_OF_MANY = 3;
/** Electrons from which on products of blocks pay. */
export const MANY = 16;
/** Nyquist frequency of the first grid, relative to the highest plane wave of the start. */
const FIRST_GRID = 3;
/** The block ends at a jump of the eigenvalues by at least this much of their width. */
const RELATIVE_JUMP = 0.05;
/** Vectors that many may take along in search of a gap, as a part of their number. */
const SPARE = 1 / 8;
/** Eigenvalues as close as this, relative to the width of the spectrum of the start, count as equal. */
const EQUAL = 1e-9;
/** A search that costs little, and one that a missing eigenvector escapes with a probability of about 1e-5. */
const QUICK = { reduction: 1e-2, maxSteps: 100 };
const THOROUGH = { reduction: 1e-6, maxSteps: 1000 };
/** How far above ε_{n_e+1} of a coarse grid, relative to it, that of the grid itself is expected at most. */
const MARGIN = 1e-3;
/** Attempts to improve what the carried images called converged and a fresh evaluation does not. */
const MAX_REPAIRS = 5;

/** The orbitals of {@link kohnShamMap}, each occupied by one electron. */
export class KohnShamSolver {
  readonly #grid: PeriodicGrid;
  readonly #options: CompleteOptions;
  readonly #waves: PlaneWaves;
  readonly #fine: Level;
  readonly #coarse: CoarseGrids;
  readonly #spectrum: Float64Array;
  readonly #completeness: Completeness;
  /** H has at most `count` eigenvalues below `energy`, as a thorough search has shown. */
  #certified = { count: 0, energy: Number.NEGATIVE_INFINITY };
  /** Thorough searches so far, each from noise of its own. */
  #searches = 0;
  /** Index of the last orbital asked for. */
  readonly #last: number;
  #bounds: Bounds;
  /** Whether vectors are many enough for products of blocks. */
  readonly #many: boolean;
  readonly #maxBlock: number;
  /** Mean of V, taken off before anything else: sums of small and large numbers lose the small ones. */
  #mean = 0;
  /** Extrema of V − mean V. */
  #least = 0;
  #greatest = 0;

  constructor(grid: PeriodicGrid, options: CompleteOptions) {
    const wanted = options.electrons + options.empty;
    this.#last = wanted - 1;
    this.#grid = grid;
    this.#options = options;
    this.#bounds = new Bounds(options, grid.volume, options.tolerance, 0);
    const many = wanted > MANY;
    const perVector = many ? PLANE_WAVES_PER_VECTOR_OF_MANY : PLANE_WAVES_PER_VECTOR;
    this.#many = many;
    const least = Math.max(PLANE_WAVES[grid.dimension - 1]!, perVector * wanted);
    this.#waves = new PlaneWaves(grid, least, many ? 2 * wanted + 4 : undefined);
    this.#maxBlock = Math.min(this.#waves.count, 2 * wanted + 4);
    this.#fine = new Level(grid, this.#waves, this.#maxBlock);
    this.#coarse = new CoarseGrids(this.#fine.hamiltonian.basis, this.#waves, this.#maxBlock);
    this.#spectrum = new Float64Array(this.#fine.hamiltonian.basis.size);
    this.#completeness = new Completeness(this.#waves, this.#fine.hamiltonian);
  }

  /** Along the axis that has most. */
  get #points(): number {
    return Math.max(...this.#grid.shape);
  }

  /** max |V − mean V| */
  get #depth(): number {
    return Math.max(-this.#least, this.#greatest);
  }

  solve(
    potential: Float64Array,
    { initial = [], tolerance = this.#options.tolerance }: KohnShamAttempt,
  ): KohnShamState {
    const { hamiltonian, solver } = this.#fine;
    const { maxIterations } = this.#options;
    this.#setPotential(potential);
    this.#bounds = new Bounds(this.#options, this.#grid.volume, tolerance, this.#mean);
    hamiltonian.basis.toCoefficients(hamiltonian.potential, this.#spectrum);
    this.#waves.decompose(this.#spectrum);
    this.#completeness.setPotential(this.#spectrum, this.#least, this.#greatest);
    this.#certified = { count: 0, energy: Number.NEGATIVE_INFINITY };
    this.#searches = 0;
    let block = this.#blockSize(this.#waves.spectrum.values);
    this.#waves.spectrum.findVectors(block);
    let coarse = this.#waves.complete ? null : this.#coarse.atLeast(2 * FIRST_GRID * this.#waves.reach);
    const first = coarse?.level ?? this.#fine;
    first.start(block, this.#startFrom(initial.slice(0, block), coarse));
    coarse?.setPotential(this.#spectrum);
    // A symmetry that the start lacks is looked for here, where it costs least: no grid would bring it in.
    const bound = this.#bounds.on(coarse?.points ?? this.#points, coarse ? 0.3 : 0.5, coarse !== null);
    let iterations = this.#complete(first, coarse, block, bound, maxIterations);
    block = first.solver.count;
    while (coarse) {
      for (let i = 0; i < block; i++) coarse.nested.prolong(coarse.level.solver.vectors[i]!, solver.vectors[i]!);
      coarse = this.#finer(coarse);
      if (!coarse) break;
      coarse.setPotential(this.#spectrum);
      const { level, nested }: CoarseGrid = coarse;
      for (let i = 0; i < block; i++) nested.restrict(solver.vectors[i]!, level.solver.vectors[i]!);
      iterations += level.solver.run(block, this.#bounds.on(coarse.points, 0.3, true), maxIterations - iterations);
      block = level.solver.count;
      if (!this.#isComplete(block, level.solver)) this.#certify(level.solver, coarse);
    }
    for (let repairs = 0; ; repairs++) {
      const outcome = this.#measure();
      const stuck = repairs === MAX_REPAIRS || iterations >= maxIterations;
      const missing = outcome.satisfied && !this.#isComplete(block, solver) ? this.#lastSearch(block) : null;
      if (missing && stuck) return this.#result({ ...outcome, satisfied: false }, iterations);
      if (!missing && (stuck || outcome.satisfied || !Number.isFinite(outcome.residual))) {
        return this.#result(outcome, iterations);
      }
      if (missing) solver.append(missing);
      block = missing ? solver.count : block;
      const last = this.#bounds.on(this.#points, 0.5);
      iterations += this.#complete(this.#fine, null, block, last, maxIterations - iterations);
      block = solver.count;
    }
  }

  /** Coefficients of given orbitals on the first grid. */
  #startFrom(initial: readonly Float64Array[], coarse: CoarseGrid | null): Float64Array[] {
    const { basis } = this.#fine.hamiltonian;
    return initial.map((orbital) => {
      const coefficients = basis.toCoefficients(orbital);
      return coarse ? coarse.nested.restrict(coefficients) : coefficients;
    });
  }

  /** A thorough search on the grid itself. */
  #lastSearch(block: number): Float64Array | null {
    const { solver } = this.#fine;
    solver.count = block;
    return solver.findBelow(this.#frontier(solver), this.#eigenvectors(solver), this.#searches++, THOROUGH);
  }

  /**
   * Runs the eigensolver on a coarse grid, or on the grid itself, until nothing is seen to be missing from its block.
   *
   * @returns the number of iterations
   */
  #complete({ solver }: Level, coarse: CoarseGrid | null, block: number, bound: Bound, maxIterations: number): number {
    let iterations = solver.run(block, bound, maxIterations);
    for (let attempt = 0; iterations < maxIterations && !this.#provedComplete(solver); attempt++) {
      const seen = this.#certify(solver, coarse);
      if (seen === 'none') break;
      const frontier = this.#frontier(solver);
      let missing = solver.findBelow(frontier, solver.block, attempt, QUICK);
      if (seen && solver.energy(seen) < frontier) missing ??= seen;
      if (!missing) break;
      solver.append(missing);
      iterations += solver.run(solver.count, bound, maxIterations - iterations);
    }
    return iterations;
  }

  /**
   * Searches thoroughly, on a coarse grid so far above the frontier that the result holds for the grid itself.
   *
   * @returns `none`: nothing is missing, a vector that was seen below, or null where the grid is too coarse to tell
   */
  #certify(solver: EigenBlock, coarse: CoarseGrid | null): 'none' | Float64Array | null {
    const frontier = this.#frontier(solver);
    const energy = coarse ? frontier + MARGIN * Math.max(1, Math.abs(frontier)) : frontier;
    const sigma = coarse ? this.#completeness.energiesOn(coarse.level.hamiltonian, energy) : energy;
    const known = this.#eigenvectors(solver);
    if (!this.#completeness.permits(known.length, typeof sigma === 'number' ? sigma : sigma[0]!)) return null;
    const seen = solver.findBelow(sigma, known, this.#searches++, THOROUGH);
    if (!seen) this.#certified = { count: known.length, energy };
    return seen ?? 'none';
  }

  /** The vectors asked for, and those beyond that are eigenvectors as good as the last of these has to be. */
  #eigenvectors(solver: EigenBlock): Float64Array[] {
    return solver.block.filter((_, i) => {
      return i <= this.#last || solver.measure(i) <= this.#bounds.empty(solver.eigenvalues[i]!);
    });
  }

  /** Whether no more eigenvalues lie below ε_{n_e+1} than the block has vectors, by proof or by a thorough search. */
  #isComplete(block: number, solver: EigenBlock): boolean {
    const frontier = this.#frontier(solver);
    const { count, energy } = this.#certified;
    return (count <= block && frontier <= energy) || this.#completeness.proves(block, frontier);
  }

  /** The largest eigenvalue asked for, less what rounding may have added. */
  #frontier({ eigenvalues }: EigenBlock): number {
    const last = eigenvalues[this.#last]!;
    return last - 10 * GAP_ROUNDING * Math.max(1, this.#depth, Math.abs(last));
  }

  /** Whether the block provably holds all eigenvalues up to its largest. */
  #provedComplete(solver: EigenBlock): boolean {
    const { count, eigenvalues } = solver;
    return this.#completeness.proves(count, this.#many ? this.#frontier(solver) : eigenvalues[count - 1]!);
  }

  #setPotential(potential: Float64Array): void {
    const shifted = this.#fine.hamiltonian.potential;
    let sum = 0;
    for (let i = 0; i < potential.length; i++) sum += potential[i]!;
    this.#mean = sum / potential.length;
    this.#least = this.#greatest = 0;
    for (let i = 0; i < potential.length; i++) {
      shifted[i] = potential[i]! - this.#mean;
      this.#least = Math.min(this.#least, shifted[i]!);
      this.#greatest = Math.max(this.#greatest, shifted[i]!);
    }
  }

  /**
   * n_e + 1, and what belongs to the same cluster: a cluster cut in two converges as slowly as it is narrow. Of many
   * vectors a cluster may be a band that is too wide to take along; then up to the widest gap near by.
   */
  #blockSize(values: Float64Array): number {
    const last = Math.min(this.#maxBlock, values.length);
    const equal = EQUAL * (values[values.length - 1]! - values[0]!);
    const jump = (size: number) => values[size]! - values[size - 1]!;
    const wanted = this.#last + 1;
    let size = wanted;
    while (size < last && jump(size) < Math.max(equal, RELATIVE_JUMP * (values[size]! - values[0]!))) size++;
    const near = Math.min(last - 1, wanted + Math.ceil(wanted * SPARE));
    if (!this.#many || size <= near) return size;
    size = wanted;
    for (let other = wanted + 1; other <= near; other++) if (jump(other) > jump(size)) size = other;
    return size;
  }

  /** The next grid for vectors that the last one does not resolve to the tolerance, if there is one short of the fine. */
  #finer({ points, level: { solver, hamiltonian } }: CoarseGrid): CoarseGrid | null {
    const { bound } = this.#bounds.on(points, 1);
    let growth = 1;
    for (let i = 0; i <= this.#last; i++) {
      const truncation = hamiltonian.truncation(solver.vectors[i]!);
      const needed = bound(i, solver.eigenvalues);
      // The coefficients of a Gaussian: their logarithm falls with the square of the wave number.
      const whole = Math.max(1, this.#depth);
      if (truncation > needed) growth = Math.max(growth, log(whole / needed) / log(whole / truncation));
    }
    return growth > 1 ? this.#coarse.atLeast(Math.max(points + 1, points * Math.sqrt(growth))) : null;
  }

  /** Residuals from scratch of the n_e + 1 vectors on the fine grid, and the density on the way. */
  #measure(): Outcome {
    const { solver } = this.#fine;
    const { electrons, orbitals } = this.#options;
    const density = new Float64Array(this.#grid.size);
    const values = new Float64Array(this.#grid.size);
    const kept: Float64Array[] = [];
    const norms = new Float64Array(this.#last + 1);
    let residual = 0;
    for (let i = 0; i <= this.#last; i++) {
      norms[i] = solver.measure(i, values);
      if (i >= electrons) continue;
      for (let x = 0; x < values.length; x++) density[x]! += square(values[x]!);
      if (orbitals) kept.push(values.slice());
      residual = largest(residual, this.#bounds.relative(norms[i]!, solver.eigenvalues[i]!));
    }
    const { bound } = this.#bounds.on(this.#points, 1);
    const satisfied = norms.every((norm, i) => norm <= bound(i, solver.eigenvalues));
    return { density, orbitals: kept, residual, satisfied, frontier: norms[electrons - 1]! + norms[electrons]! };
  }

  #result({ density, orbitals, residual, satisfied, frontier }: Outcome, iterations: number): KohnShamState {
    const { electrons } = this.#options;
    const eigenvalues = this.#fine.solver.eigenvalues.slice(0, this.#last + 1).map((epsilon) => epsilon + this.#mean);
    const gap = eigenvalues[electrons]! - eigenvalues[electrons - 1]!;
    const scale = Math.max(1, this.#depth, Math.abs(eigenvalues[electrons]!));
    const uncertainty = Math.max(frontier, GAP_ROUNDING * scale);
    const status = !Number.isFinite(residual + gap)
      ? 'diverged'
      : !satisfied
        ? 'max-iterations'
        : gap <= uncertainty
          ? 'degenerate'
          : 'converged';
    const state = { density, eigenvalues, gap, residual, iterations, status } as const;
    return this.#options.orbitals ? { ...state, orbitals } : state;
  }
}

interface Outcome {
  readonly density: Float64Array;
  readonly orbitals: Float64Array[];
  readonly residual: number;
  /** Whether all of the n_e + 1 vectors meet their bounds. */
  readonly satisfied: boolean;
  /** ‖r_{n_e}‖ + ‖r_{n_e+1}‖ */
  readonly frontier: number;
}

/** The larger of two, or NaN when either is. */
function largest(a: number, b: number): number {
  return a >= b ? a : b;
}
