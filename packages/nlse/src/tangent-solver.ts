import { axpy, dot } from '@dyadic/spectral';
import type { NlseOperator, SphereState } from './operator.js';
import { xpay } from './vector.js';

const MAX_ITERATIONS = 200;

/**
 * Solves P (−Δ + M) P d = −r for the tangent d ⟂ u, where M = V + 3βu² − μ + shift and P = 1 − u uᵀ, by conjugate
 * gradients preconditioned with (−Δ + a)⁻¹ on the tangent space. Two transforms per iteration.
 *
 * The preconditioner is split, S = (−Δ + a)^(−1/2): in the unknown y = S⁻¹ d the operator is S (−Δ + M) S =
 * 1 + S (M − a) S and the tangent space is y ⟂ q, q = S u/‖S u‖, so plain conjugate gradients suffice.
 */
export class TangentSolver {
  readonly #operator: NlseOperator;
  /** M − a on the grid. */
  readonly #multiplier: Float64Array;
  readonly #field: Float64Array;
  /** S */
  readonly #symbol: Float64Array;
  readonly #q: Float64Array;
  readonly #y: Float64Array;
  readonly #remainder: Float64Array;
  readonly #direction: Float64Array;
  readonly #image: Float64Array;

  constructor(operator: NlseOperator) {
    const { size, grid } = operator.basis;
    this.#operator = operator;
    this.#multiplier = new Float64Array(grid.size);
    this.#field = new Float64Array(grid.size);
    this.#symbol = new Float64Array(size);
    this.#q = new Float64Array(size);
    this.#y = new Float64Array(size);
    this.#remainder = new Float64Array(size);
    this.#direction = new Float64Array(size);
    this.#image = new Float64Array(size);
  }

  /**
   * @param accuracy - Relative to the right-hand side, in the norm of the preconditioner.
   * @param step - Receives d.
   * @returns whether the operator was positive along every search direction; if not, the shift is too small
   */
  solve(state: SphereState, shift: number, accuracy: number, step: Float64Array): boolean {
    const y = this.#y;
    const remainder = this.#remainder;
    const direction = this.#direction;
    const image = this.#image;
    const q = this.#q;
    this.#prepare(state, shift);
    y.fill(0);
    direction.set(remainder);
    let square = dot(remainder, remainder);
    const goal = square * accuracy * accuracy;
    for (let iteration = 0; iteration < MAX_ITERATIONS && square > 0; iteration++) {
      this.#apply(direction, image);
      const curvature = dot(direction, image);
      if (!(curvature > 0)) return false;
      const alpha = square / curvature;
      axpy(image, -dot(q, image), q);
      axpy(y, alpha, direction);
      axpy(remainder, -alpha, image);
      const next = dot(remainder, remainder);
      if (next <= goal) break;
      xpay(direction, remainder, next / square);
      square = next;
    }
    for (let i = 0; i < step.length; i++) step[i] = this.#symbol[i]! * y[i]!;
    return true;
  }

  /**
   * Chooses a as the kinetic energy plus the shift or the mean of M, whichever is larger, and writes the right-hand side −S r,
   * projected onto the tangent space, to the remainder.
   */
  #prepare({ coefficients, values, residual, kinetic, chemicalPotential }: SphereState, shift: number): void {
    const { laplacian, potential, beta } = this.#operator;
    const multiplier = this.#multiplier;
    const symbol = this.#symbol;
    const q = this.#q;
    let mean = 0;
    for (let i = 0; i < multiplier.length; i++) {
      multiplier[i] = potential[i]! + 3 * beta * values[i]! * values[i]! - chemicalPotential + shift;
      mean += multiplier[i]! / multiplier.length;
    }
    const a = Math.max(kinetic + shift, mean, Number.MIN_VALUE);
    for (let i = 0; i < multiplier.length; i++) multiplier[i]! -= a;
    for (let i = 0; i < symbol.length; i++) {
      symbol[i] = 1 / Math.sqrt(laplacian[i]! + a);
      q[i] = symbol[i]! * coefficients[i]!;
      this.#remainder[i] = -symbol[i]! * residual[i]!;
    }
    const scale = 1 / Math.sqrt(dot(q, q));
    for (let i = 0; i < q.length; i++) q[i]! *= scale;
    axpy(this.#remainder, -dot(q, this.#remainder), q);
  }

  /** output = p + S (M − a) S p */
  #apply(p: Float64Array, output: Float64Array): void {
    const { basis } = this.#operator;
    const field = this.#field;
    const multiplier = this.#multiplier;
    basis.toValues(p, field, this.#symbol);
    for (let i = 0; i < field.length; i++) field[i]! *= multiplier[i]!;
    basis.toCoefficients(field, output, this.#symbol);
    for (let i = 0; i < output.length; i++) output[i]! += p[i]!;
  }
}
