import { coarserGrid, dot, type FourierBasis, fourierBasis, NestedBasis } from '@dyadic/spectral';
import { type Discretized, energyRounding, flowStep, type Method } from './method.js';
import { NlseOperator, SphereState } from './operator.js';
import type { CompleteOptions } from './options.js';
import { TangentSolver } from './tangent-solver.js';

/** Points of the coarser grids along their longest axis. */
const COARSE_SIZES = [32, 64, 128, 256, 512, 1024];
/** A coarse grid with more than this fraction of the given grid's points per axis saves nothing. */
const WORTHWHILE = 0.85;
/** Iteration on a coarse grid ends when the residual is at most this fraction of the truncation error. */
const TRUNCATION_MARGIN = 0.2;
/** Bounds on the relative accuracy of a linear solve: the tightest and the loosest. */
const LINEAR_ACCURACY = [1e-4, 0.1] as const;

/**
 * Newton's method on the sphere ∫ u² = 1, globalised by a pseudo-time, coarse to fine:
 *
 *   (1/τ − Δ + V + 3βu² − μ) d = −r on the tangent space,   u ← (u + d)/‖u + d‖,   r = H(u) u − μ u.
 *
 * Each step is a linearly implicit Euler step of the gradient flow u_t = −r, and Newton's as τ grows. Some eigenvalue λ
 * of H(u) has |μ − λ| ≤ ‖r‖, so 1/τ = σ‖r‖ is the natural rate, and makes the convergence quadratic in the end. A step that would
 * raise the energy is undone and σ multiplied by 4; otherwise σ halves (pseudo-transient continuation; Kelley and Keyes,
 * SIAM J. Numer. Anal. 35, 1998).
 *
 * The solutions are nearly band-limited, so most steps run on coarser grids, in nested Fourier bases; the spectrum of −Δu decides
 * how far. The given grid checks the residual, and the iteration continues there if the coarse grids do not suffice.
 */
export function newtonKrylov(problem: Discretized, options: CompleteOptions): Method {
  const { basis } = problem;
  const fine = new Level(problem, basis, options);
  const most = Math.max(...basis.grid.shape);
  const coarse = COARSE_SIZES.filter((points) => points <= WORTHWHILE * most).map((points) => {
    const coarseBasis = fourierBasis(coarserGrid(basis.grid, points));
    return {
      level: new Level(problem, coarseBasis, options),
      nested: new NestedBasis(coarseBasis, basis),
    };
  });
  const potentialCoefficients = new Float64Array(basis.size);
  return {
    name: 'newton-krylov',
    operator: fine.operator,
    solve(potential, initial, maxIterations, onGivenGrid = false) {
      const progress = { iterations: 0, maxIterations, caution: 1 };
      fine.operator.potential.set(potential);
      fine.state.coefficients.set(initial);
      const coarser = onGivenGrid ? [] : coarse;
      if (coarser.length > 0) basis.toCoefficients(potential, potentialCoefficients);
      for (const { level, nested } of coarser) {
        if (!level.start(nested, potentialCoefficients, fine.state.coefficients)) continue;
        level.iterate(progress, () =>
          Math.max(options.tolerance / 2, TRUNCATION_MARGIN * level.operator.truncation(level.state)),
        );
        nested.prolong(level.state.coefficients, fine.state.coefficients);
        if (level.state.relativeResidual <= options.tolerance) break;
      }
      fine.operator.evaluate(fine.state);
      fine.iterate(progress);
      return { state: fine.state, iterations: progress.iterations };
    },
  };
}

interface Progress {
  iterations: number;
  readonly maxIterations: number;
  /** σ: 1/τ in units of ‖r‖. */
  caution: number;
}

/** One grid with the operator, states and solver of its iteration. */
class Level {
  readonly operator: NlseOperator;
  state: SphereState;
  #trial: SphereState;
  readonly #solver: TangentSolver;
  readonly #step: Float64Array;
  readonly #options: CompleteOptions;

  constructor(problem: Discretized, basis: FourierBasis, options: CompleteOptions) {
    this.operator = new NlseOperator(basis, problem.laplacianOn(basis), problem);
    this.state = new SphereState(basis);
    this.#trial = new SphereState(basis);
    this.#solver = new TangentSolver(this.operator);
    this.#step = new Float64Array(basis.size);
    this.#options = options;
  }

  /** Restricts V and u from the finer grid. @returns false if the restriction of u is zero */
  start(nested: NestedBasis, potential: Float64Array, u: Float64Array): boolean {
    const { coefficients } = this.state;
    // The step serves as scratch memory until the first iteration.
    this.operator.basis.toValues(nested.restrict(potential, this.#step), this.operator.potential);
    nested.restrict(u, coefficients);
    if (!(dot(coefficients, coefficients) > 0)) return false;
    this.operator.evaluate(this.state);
    return true;
  }

  /**
   * Iterates from an evaluated state until its relative residual is at most the tolerance.
   *
   * @param coarseGoal - On a coarse grid: returns the residual to reach instead, evaluated before each step. There, iteration
   * also ends when it stagnates at rounding.
   */
  iterate(progress: Progress, coarseGoal?: () => number): void {
    const { tolerance, onStep } = this.#options;
    while (Number.isFinite(this.state.energy) && progress.iterations < progress.maxIterations) {
      const { state } = this;
      const goal = coarseGoal ? coarseGoal() : tolerance;
      if (state.relativeResidual <= goal) return;
      progress.iterations++;
      const shift = progress.caution * state.residualNorm;
      const solved = this.#solver.solve(state, shift, linearAccuracy(state.relativeResidual, goal), this.#step);
      if (solved) this.#move();
      if (solved && improves(this.#trial, state)) {
        [this.state, this.#trial] = [this.#trial, state];
        progress.caution /= 2;
        onStep?.(flowStep(this.operator, this.state, progress.iterations, 1 / shift));
      } else {
        if (coarseGoal && solved && energyStands(this.#trial, state)) return;
        progress.caution *= 4;
      }
    }
  }

  /** u ← (u + d)/‖u + d‖ */
  #move(): void {
    const { coefficients } = this.#trial;
    for (let i = 0; i < coefficients.length; i++) coefficients[i] = this.state.coefficients[i]! + this.#step[i]!;
    this.operator.evaluate(this.#trial);
  }
}

/** Newton's method squares the residual, so a linear solve more accurate than that, or than the goal requires, is wasted. */
function linearAccuracy(residual: number, goal: number): number {
  const [best, worst] = LINEAR_ACCURACY;
  return Math.min(worst, Math.max(best, residual, (0.3 * goal) / residual));
}

/** Whether the energy falls or, if its change is within rounding, the residual does. */
function improves(trial: SphereState, state: SphereState): boolean {
  return energyStands(trial, state) ? trial.relativeResidual < state.relativeResidual : trial.energy < state.energy;
}

function energyStands(trial: SphereState, state: SphereState): boolean {
  return Math.abs(trial.energy - state.energy) <= energyRounding(state);
}
