import type { FourierBasis } from '@dyadic/spectral';
import { dot } from './vector.js';

/**
 * A function on the unit sphere ‖u‖ = 1 together with everything the flow needs to know there. Vectors are Fourier
 * coefficients but for u; the residual is r = H(u) u − μ u, which is tangent to the sphere and half the gradient of the
 * energy on it.
 */
export class FlowState {
  readonly coefficients: Float64Array;
  /** u on the grid. */
  readonly values: Float64Array;
  readonly residual: Float64Array;
  /** ∫ |∇u|² */
  kinetic = 0;
  /** μ, called E in (4.2): ∫ |∇u|² + V u² + β u⁴ */
  chemicalPotential = 0;
  /** ∫ |∇u|² + V u² + (β/2) u⁴ */
  energy = 0;
  /** Root mean square of r over the grid, relative to max(1, |μ|). */
  relativeResidual = 0;

  constructor(basis: FourierBasis) {
    this.coefficients = new Float64Array(basis.size);
    this.values = new Float64Array(basis.grid.size);
    this.residual = new Float64Array(basis.size);
  }
}

/** The nonlinear operator H(u) = −Δ + V + β u² on one grid. The coefficients are the unknown, so −Δ adds no rounding. */
export class NlseOperator {
  readonly basis: FourierBasis;
  /** Symbol of −Δ. */
  readonly laplacian: Float64Array;
  readonly #potential: Float64Array;
  readonly #beta: number;
  readonly #field: Float64Array;

  constructor(basis: FourierBasis, laplacian: Float64Array, potential: Float64Array, beta: number) {
    this.basis = basis;
    this.laplacian = laplacian;
    this.#potential = potential;
    this.#beta = beta;
    this.#field = new Float64Array(basis.grid.size);
  }

  /** Completes a state whose coefficients, a unit vector, are given. */
  evaluate(state: FlowState): void {
    const { coefficients, values, residual } = state;
    const field = this.#field;
    const cell = this.basis.grid.volume / this.basis.grid.size;
    this.basis.toValues(coefficients, values);
    let quartic = 0;
    for (let i = 0; i < field.length; i++) {
      const density = values[i]! ** 2;
      field[i] = (this.#potential[i]! + this.#beta * density) * values[i]!;
      quartic += density * density;
    }
    this.basis.toCoefficients(field, residual);
    let kinetic = 0;
    for (let i = 0; i < residual.length; i++) {
      const kineticTerm = this.laplacian[i]! * coefficients[i]!;
      residual[i]! += kineticTerm;
      kinetic += kineticTerm * coefficients[i]!;
    }
    const mu = dot(coefficients, residual);
    for (let i = 0; i < residual.length; i++) residual[i]! -= mu * coefficients[i]!;
    state.kinetic = kinetic;
    state.chemicalPotential = mu;
    state.energy = mu - 0.5 * this.#beta * quartic * cell;
    const meanSquare = dot(residual, residual) / this.basis.grid.volume;
    state.relativeResidual = Math.sqrt(meanSquare) / Math.max(1, Math.abs(mu));
  }

  /** The multiplication part of the linearised operator at u: V + 3 β u² − μ + shift, on the grid. */
  linearizedPotential({ values, chemicalPotential }: FlowState, shift: number, output: Float64Array): void {
    for (let i = 0; i < output.length; i++) {
      output[i] = this.#potential[i]! + 3 * this.#beta * values[i]! ** 2 - chemicalPotential + shift;
    }
  }

  /** output = −Δ p + multiplier · p */
  applyLinear(multiplier: Float64Array, p: Float64Array, output: Float64Array): void {
    const field = this.#field;
    this.basis.toValues(p, field);
    for (let i = 0; i < field.length; i++) field[i]! *= multiplier[i]!;
    this.basis.toCoefficients(field, output);
    for (let i = 0; i < output.length; i++) output[i]! += this.laplacian[i]! * p[i]!;
  }
}
