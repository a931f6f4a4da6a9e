import type { FlowState, NlseOperator } from './operator.js';
import { axpy, dot, xpay } from './vector.js';

/** Relative accuracy of a step, in the norm of the preconditioner. The flow corrects what is left in its next step. */
const RELATIVE_ACCURACY = 1e-3;
const MAX_ITERATIONS = 200;

/**
 * Solves P (−Δ + V + 3βu² − μ + shift) P d = −r for the tangent d ⟂ u, P = 1 − u uᵀ, by conjugate gradients with the
 * preconditioner (−Δ + a)⁻¹ restricted to the tangent space. Two transforms an iteration.
 */
export class TangentSolver {
  readonly #operator: NlseOperator;
  readonly #multiplier: Float64Array;
  readonly #preconditioner: Float64Array;
  readonly #preconditionedState: Float64Array;
  readonly #remainder: Float64Array;
  readonly #z: Float64Array;
  readonly #direction: Float64Array;
  readonly #image: Float64Array;

  constructor(operator: NlseOperator) {
    const { size, grid } = operator.basis;
    this.#operator = operator;
    this.#multiplier = new Float64Array(grid.size);
    this.#preconditioner = new Float64Array(size);
    this.#preconditionedState = new Float64Array(size);
    this.#remainder = new Float64Array(size);
    this.#z = new Float64Array(size);
    this.#direction = new Float64Array(size);
    this.#image = new Float64Array(size);
  }

  /**
   * @param step - Receives d.
   * @returns Whether the operator proved positive along every direction searched; if not, the shift is too small.
   */
  solve(state: FlowState, shift: number, step: Float64Array): boolean {
    const c = state.coefficients;
    const remainder = this.#remainder;
    const direction = this.#direction;
    const image = this.#image;
    this.#operator.linearizedPotential(state, shift, this.#multiplier);
    this.#prepare(state, shift);
    step.fill(0);
    for (let i = 0; i < remainder.length; i++) remainder[i] = -state.residual[i]!;
    this.#precondition(c);
    direction.set(this.#z);
    let rz = dot(remainder, this.#z);
    const goal = rz * RELATIVE_ACCURACY ** 2;
    for (let iteration = 0; iteration < MAX_ITERATIONS; iteration++) {
      this.#operator.applyLinear(this.#multiplier, direction, image);
      axpy(image, -dot(c, image), c);
      const curvature = dot(direction, image);
      if (!(curvature > 0)) return false;
      const alpha = rz / curvature;
      axpy(step, alpha, direction);
      axpy(remainder, -alpha, image);
      this.#precondition(c);
      const next = dot(remainder, this.#z);
      if (next <= goal) return true;
      xpay(direction, this.#z, next / rz);
      rz = next;
    }
    return true;
  }

  /** a = the kinetic energy or the mean of the multiplication part, whichever is larger: the scale of what −Δ acts against. */
  #prepare({ coefficients, kinetic }: FlowState, shift: number): void {
    const mean = this.#multiplier.reduce((sum, value) => sum + value, 0) / this.#multiplier.length;
    const a = Math.max(kinetic + shift, mean, Number.MIN_VALUE);
    const { laplacian } = this.#operator;
    for (let i = 0; i < laplacian.length; i++) {
      this.#preconditioner[i] = 1 / (laplacian[i]! + a);
      this.#preconditionedState[i] = this.#preconditioner[i]! * coefficients[i]!;
    }
  }

  /** z = M r − M u (uᵀM r)/(uᵀM u), tangent again. */
  #precondition(c: Float64Array): void {
    const z = this.#z;
    for (let i = 0; i < z.length; i++) z[i] = this.#preconditioner[i]! * this.#remainder[i]!;
    axpy(z, -dot(c, z) / dot(c, this.#preconditionedState), this.#preconditionedState);
  }
}
