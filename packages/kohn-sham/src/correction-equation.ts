import type { Hamiltonian } from './hamiltonian.js';
import type { Preconditioner } from './preconditioner.js';
import { axpy, dot, projectOut } from './vector.js';

/** Most steps: far from the eigenvector more are wasted. */
const MAX_STEPS = 12;

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
    const z = this.#z;
    const p = this.#p;
    const q = this.#q;
    this.#preconditioner.shift(epsilon);
    t.fill(0);
    for (let i = 0; i < r.length; i++) g[i] = -r[i]!;
    let gamma = 0;
    let decrease = 0; // −rᵀt
    for (let step = 0; step < MAX_STEPS; step++) {
      this.#preconditioner.apply(g, z);
      projectOut(z, block);
      const previous = gamma;
      gamma = dot(g, z);
      const beta = step === 0 ? 0 : gamma / previous;
      for (let i = 0; i < p.length; i++) p[i] = z[i]! + beta * p[i]!;
      this.#hamiltonian.apply(p, q);
      axpy(q, -epsilon, p);
      projectOut(q, block);
      const alpha = gamma / dot(p, q);
      // Negative curvature: X is not near yet. The Rayleigh-Ritz step will go down along p.
      if (!(alpha > 0 && alpha < Number.POSITIVE_INFINITY)) {
        if (step === 0) t.set(p);
        return;
      }
      axpy(t, alpha, p);
      axpy(g, -alpha, q);
      decrease += alpha * gamma;
      if (dot(g, g) <= Math.max(enough ** 2, decrease ** 2 * dot(t, t))) return;
    }
  }
}
