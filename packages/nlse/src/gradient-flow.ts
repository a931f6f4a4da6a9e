import { square } from '@dyadic/elementary';
import { axpy, dot } from '@dyadic/spectral';
import { type Discretized, flowStep, type Method } from './method.js';
import { NlseOperator, SphereState } from './operator.js';
import type { CompleteOptions } from './options.js';
import { xpay } from './vector.js';

/** A linear solve reduces its residual by this factor; the flow corrects the rest. */
const RELATIVE_ACCURACY = 1e-2;
const MAX_LINEAR_ITERATIONS = 1000;

/**
 * The normalized gradient flow by backward Euler (Bao and Du, SIAM J. Sci. Comput. 25, 2004), the reference:
 *
 *   (1/τ − Δ + V + βu²) w = u/τ,   u ← w/‖w‖,
 *
 * with V shifted to min V = 0, which shifts μ and does not change u. The operator is then positive for every τ, and βu² ≤ μ at
 * the ground state by the maximum principle, so |1/τ + μ − 2βu²| ≤ 1/τ + μ < 1/τ + H on the tangent space: near the ground state
 * the iteration contracts for every τ and every β ≥ 0, by a factor of about (1/τ + μ)/(1/τ + λ₁), where λ₁ is the least
 * eigenvalue of H on the tangent space.
 */
export function gradientFlow(problem: Discretized, options: CompleteOptions): Method {
  const { basis, laplacianOn } = problem;
  const { tolerance, timeStep: tau, onStep } = options;
  const laplacian = laplacianOn(basis);
  const operator = new NlseOperator(basis, laplacian, problem);
  const state = new SphereState(basis);
  const multiplier = new Float64Array(basis.grid.size);
  const right = new Float64Array(basis.size);
  const linear = new LinearSolver(operator);
  return {
    name: 'gradient-flow',
    operator,
    solve(potential, initial, maxIterations) {
      const { beta } = problem;
      operator.potential.set(potential);
      const floor = potential.reduce((least, v) => Math.min(least, v), Number.POSITIVE_INFINITY);
      state.coefficients.set(initial);
      operator.evaluate(state);
      let iterations = 0;
      while (state.relativeResidual > tolerance && iterations < maxIterations) {
        iterations++;
        for (let i = 0; i < multiplier.length; i++) {
          multiplier[i] = 1 / tau + potential[i]! - floor + beta * square(state.values[i]!);
        }
        for (let i = 0; i < right.length; i++) right[i] = state.coefficients[i]! / tau;
        // Exact for an eigenfunction, which becomes u/(1 + τμ): a good initial guess.
        const growth = 1 + tau * (state.chemicalPotential - floor);
        for (let i = 0; i < right.length; i++) state.coefficients[i]! /= growth;
        linear.solve(multiplier, right, state.coefficients);
        operator.evaluate(state);
        onStep?.(flowStep(operator, state, iterations, tau));
      }
      return { state, iterations };
    },
  };
}

/** Solves (−Δ + M) x = b for M > 0 on the grid by conjugate gradients preconditioned with (−Δ + mean M)⁻¹. */
class LinearSolver {
  readonly #operator: NlseOperator;
  readonly #remainder: Float64Array;
  readonly #z: Float64Array;
  readonly #direction: Float64Array;
  readonly #image: Float64Array;
  readonly #field: Float64Array;

  constructor(operator: NlseOperator) {
    const { size, grid } = operator.basis;
    this.#operator = operator;
    this.#remainder = new Float64Array(size);
    this.#z = new Float64Array(size);
    this.#direction = new Float64Array(size);
    this.#image = new Float64Array(size);
    this.#field = new Float64Array(grid.size);
  }

  /** @param x - The initial guess; receives the solution. */
  solve(multiplier: Float64Array, b: Float64Array, x: Float64Array): void {
    const remainder = this.#remainder;
    const z = this.#z;
    const direction = this.#direction.fill(0);
    const image = this.#image;
    const { laplacian } = this.#operator;
    const mean = multiplier.reduce((sum, value) => sum + value, 0) / multiplier.length;
    this.#apply(multiplier, x, image);
    for (let i = 0; i < b.length; i++) remainder[i] = b[i]! - image[i]!;
    let previous = 1;
    let goal = 0;
    for (let iteration = 0; iteration < MAX_LINEAR_ITERATIONS; iteration++) {
      for (let i = 0; i < z.length; i++) z[i] = remainder[i]! / (laplacian[i]! + mean);
      const norm = dot(remainder, z);
      if (iteration === 0) goal = norm * square(RELATIVE_ACCURACY);
      if (!(norm > goal)) return;
      xpay(direction, z, norm / previous);
      previous = norm;
      this.#apply(multiplier, direction, image);
      const alpha = norm / dot(direction, image);
      axpy(x, alpha, direction);
      axpy(remainder, -alpha, image);
    }
  }

  /** output = −Δ p + M p */
  #apply(multiplier: Float64Array, p: Float64Array, output: Float64Array): void {
    const { basis, laplacian } = this.#operator;
    const field = this.#field;
    basis.toValues(p, field);
    for (let i = 0; i < field.length; i++) field[i]! *= multiplier[i]!;
    basis.toCoefficients(field, output);
    for (let i = 0; i < output.length; i++) output[i]! += laplacian[i]! * p[i]!;
  }
}
