import { axpy, dot } from '@dyadic/spectral';
import type { Hamiltonian } from './hamiltonian.js';
import type { Preconditioner } from './preconditioner.js';
import { projectOut } from './vector.js';

/** Most steps: far from the eigenvector more are wasted. */
const MAX_STEPS = 12;

/** How far the search for negative curvature goes. */
export interface Thoroughness {
  /** The reduction of the residual, in the norm of the preconditioner, that ends it. */
  readonly reduction: number;
  readonly maxSteps: number;
}

/**
 * The correction equation of Jacobi and Davidson (Sleijpen and van der Vorst, SIAM J. Matrix Anal. Appl. 17, 1996) for a
 * vector x of an orthonormal block X with residual r = Hx − εx,
 *
 *   P (H − ε) P t = −r,   P = 1 − X Xᵀ,
 *
 * by preconditioned conjugate gradients (Notay, Numer. Linear Algebra Appl. 9, 2002): near the lowest eigenvectors H − ε
 * is positive off the block. The solution is a Newton step, after which the residual of x + t is that of the equation,
 * g, and about |rᵀt| ‖t‖ of third order. The iteration ends when g is below the latter, or is good enough.
 */
export class CorrectionEquation {
  readonly #hamiltonian: Hamiltonian;
  readonly #preconditioner: Preconditioner;
  readonly #g: Float64Array;
  readonly #z: Float64Array;
  readonly #p: Float64Array;
  readonly #q: Float64Array;

  constructor(hamiltonian: Hamiltonian, preconditioner: Preconditioner) {
    const { size } = hamiltonian.basis;
    this.#hamiltonian = hamiltonian;
    this.#preconditioner = preconditioner;
    this.#g = new Float64Array(size);
    this.#z = new Float64Array(size);
    this.#p = new Float64Array(size);
    this.#q = new Float64Array(size);
  }

  /**
   * Writes an approximate t, at least the preconditioned residual.
   *
   * @param enough - Norm of g that is good enough
   */
  solve(r: Float64Array, epsilon: number, block: readonly Float64Array[], enough: number, t: Float64Array): void {
    const g = this.#g;
    const solved = (step: number, _: number, decrease: number) =>
      step === MAX_STEPS - 1 || dot(g, g) <= Math.max(enough * enough, decrease * decrease * dot(t, t));
    this.#iterate(r, epsilon, block, t, solved);
  }

  /**
   * Looks for a vector p orthogonal to the block with pᵀ(H − σ)p < 0. For a block of m vectors there is none only if at
   * most m eigenvalues are below σ (Courant and Fischer). Conjugate gradients for P (H − σ) P t = b come upon one in the
   * step in which Lanczos' method would see a negative eigenvalue of the preconditioned operator.
   *
   * Until then the part of the residual along the eigenvector of a negative eigenvalue −δ grows: in step k it is that of b
   * times Π (1 + δ/θ_j) over the k Ritz values θ_j, all of them positive. So where the residual falls by a factor η without
   * negative curvature, no such vector has a part of more than η in b, all measured in the norm of the preconditioner.
   *
   * @param sigma - An energy, or one per coefficient: a diagonal operator
   * @param b - Orthogonal to the block; overwritten by p, not normalised
   * @returns whether one was found
   */
  findBelow(
    sigma: number | Float64Array,
    block: readonly Float64Array[],
    b: Float64Array,
    thoroughness: Thoroughness,
  ): boolean {
    const { reduction, maxSteps } = thoroughness;
    let first = 0;
    const thorough = (step: number, square: number) => {
      if (step === 0) first = square;
      return step === maxSteps - 1 || square <= reduction * reduction * first;
    };
    const definite = this.#iterate(b, sigma, block, new Float64Array(b.length), thorough);
    b.set(this.#p);
    return !definite;
  }

  /**
   * Conjugate gradients until `solved`, of the step, the square gᵀMg of the residual before it in the norm of the
   * preconditioner, and −rᵀt, or until negative curvature along p.
   *
   * @returns whether the curvature stayed positive
   */
  #iterate(
    r: Float64Array,
    epsilon: number | Float64Array,
    block: readonly Float64Array[],
    t: Float64Array,
    solved: (step: number, square: number, decrease: number) => boolean,
  ): boolean {
    const g = this.#g;
    const z = this.#z;
    // Zeros, as the first direction takes 0 · p along, and what a run left that diverged is not finite.
    const p = this.#p.fill(0);
    const q = this.#q;
    this.#preconditioner.shift(typeof epsilon === 'number' ? epsilon : epsilon[0]!);
    t.fill(0);
    for (let i = 0; i < r.length; i++) g[i] = -r[i]!;
    let gamma = 0;
    let decrease = 0; // −rᵀt
    for (let step = 0; ; step++) {
      this.#preconditioner.apply(g, z);
      projectOut(z, block);
      const previous = gamma;
      gamma = dot(g, z);
      const beta = step === 0 ? 0 : gamma / previous;
      for (let i = 0; i < p.length; i++) p[i] = z[i]! + beta * p[i]!;
      this.#hamiltonian.apply(p, q);
      if (typeof epsilon === 'number') axpy(q, -epsilon, p);
      else for (let i = 0; i < q.length; i++) q[i]! -= epsilon[i]! * p[i]!;
      projectOut(q, block);
      const curvature = dot(p, q);
      const alpha = gamma / curvature;
      // Negative curvature: X is not near yet. The Rayleigh-Ritz step will go down along p.
      if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY)) {
        if (step === 0) t.set(p);
        return !(curvature < 0);
      }
      axpy(t, alpha, p);
      axpy(g, -alpha, q);
      decrease += alpha * gamma;
      if (solved(step, gamma, decrease)) return true;
    }
  }
}
