import { type Discretized, flowStep, type Method } from './method.js';
import { NlseOperator, SphereState } from './operator.js';
import type { CompleteOptions } from './options.js';
import { axpy, dot, normalize, xpay } from './vector.js';

/** Relative accuracy of the linear solves; the error left is part of the next step's residual. */
const RELATIVE_ACCURACY = 1e-2;
const MAX_LINEAR_ITERATIONS = 1000;

/**
 * The normalized gradient flow by backward Euler (Bao and Du, SIAM J. Sci. Comput. 25, 2004, eq 3.8), the reference:
 *
 *   (1/τ − Δ + V + βu²) w = u/τ,   u ← w/‖w‖,
 *
 * with V shifted to min V = 0, which adds to μ and leaves u. The operator is then positive for every τ, and βu² ≤ μ at
 * the ground state by the maximum principle, so that |1/τ + μ − 2βu²| ≤ 1/τ + μ < 1/τ + H on the tangent space: the
 * iteration contracts there for every τ and every β ≥ 0, by a factor of about (1/τ + μ)/(1/τ + λ₁).
 */
export function gradientFlow({ basis, laplacianOn, beta }: Discretized, options: CompleteOptions): Method {
  const { tolerance, timeStep: tau, onStep } = options;
  const laplacian = laplacianOn(basis);
  const operator = new NlseOperator(basis, laplacian, beta);
  const state = new SphereState(basis);
  const multiplier = new Float64Array(basis.grid.size);
  const correction = new Float64Array(basis.size);
  const linear = new LinearSolver(operator);
  return {
    name: 'gradient-flow',
    solve(potential, initial, maxIterations) {
      operator.potential.set(potential);
      const floor = potential.reduce((least, v) => Math.min(least, v), Number.POSITIVE_INFINITY);
      state.coefficients.set(initial);
      operator.evaluate(state);
      let iterations = 0;
      while (state.relativeResidual > tolerance && iterations < maxIterations) {
        iterations++;
        for (let i = 0; i < multiplier.length; i++) {
          multiplier[i] = 1 / tau + potential[i]! - floor + beta * state.values[i]! ** 2;
        }
        // In w = u/(1 + τμ) + correction the equation reads (1/τ − Δ + V + βu²) correction = −r/(1 + τμ).
        const growth = 1 + tau * (state.chemicalPotential - floor);
        for (let i = 0; i < correction.length; i++) correction[i] = -state.residual[i]! / growth;
        linear.solve(multiplier, correction);
        for (let i = 0; i < correction.length; i++)
          state.coefficients[i] = state.coefficients[i]! / growth + correction[i]!;
        normalize(state.coefficients);
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
  readonly #x: Float64Array;
  readonly #z: Float64Array;
  readonly #direction: Float64Array;
  readonly #image: Float64Array;
  readonly #field: Float64Array;

  constructor(operator: NlseOperator) {
    const { size, grid } = operator.basis;
    this.#operator = operator;
    this.#x = new Float64Array(size);
    this.#z = new Float64Array(size);
    this.#direction = new Float64Array(size);
    this.#image = new Float64Array(size);
    this.#field = new Float64Array(grid.size);
  }

  /** @param b - Right-hand side; receives x. */
  solve(multiplier: Float64Array, b: Float64Array): void {
    const x = this.#x.fill(0);
    const z = this.#z;
    const direction = this.#direction.fill(0);
    const image = this.#image;
    const { laplacian } = this.#operator;
    const mean = multiplier.reduce((sum, value) => sum + value, 0) / multiplier.length;
    let previous = 1;
    let goal = 0;
    for (let iteration = 0; iteration < MAX_LINEAR_ITERATIONS; iteration++) {
      for (let i = 0; i < z.length; i++) z[i] = b[i]! / (laplacian[i]! + mean);
      const square = dot(b, z);
      if (iteration === 0) goal = square * RELATIVE_ACCURACY ** 2;
      else if (!(square > goal)) break;
      xpay(direction, z, square / previous);
      previous = square;
      this.#apply(multiplier, direction, image);
      const alpha = square / dot(direction, image);
      axpy(x, alpha, direction);
      axpy(b, -alpha, image);
    }
    b.set(x);
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
