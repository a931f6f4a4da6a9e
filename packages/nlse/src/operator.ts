import { square } from '@dyadic/elementary';
import { dot, type FourierBasis } from '@dyadic/spectral';
import { longestPeriod } from './options.js';
import { normalize } from './vector.js';

/** A grid resolves u if −Δu has at most this norm in the outer half of the wave vectors, relative to the scale. */
const RESOLVED = 1e-6;

/**
 * A function on the unit sphere ‖u‖ = 1 with its energies and residual. Vectors are Fourier coefficients, except `values`.
 * The residual r = H(u) u − μ u is tangent to the sphere and half the gradient of the energy on it.
 */
export class SphereState {
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
  /** ‖r‖, the L² norm of r. */
  residualNorm = 0;
  /** The unit of energies and residuals, max(|μ|, 1/length²), where length is the longest period. */
  scale = 1;
  /** ‖r‖ relative to the scale. */
  relativeResidual = 0;

  constructor(basis: FourierBasis) {
    this.coefficients = new Float64Array(basis.size);
    this.values = new Float64Array(basis.grid.size);
    this.residual = new Float64Array(basis.size);
  }
}

/** β, which may change between solves. */
export interface Interaction {
  readonly beta: number;
}

/** The nonlinear operator H(u) = −Δ + V + β u² on one grid. The unknowns are coefficients, so applying −Δ is a diagonal scaling. */
export class NlseOperator {
  readonly basis: FourierBasis;
  /** Symbol of −Δ. */
  readonly laplacian: Float64Array;
  /** β of the current solve, shared by the operators of all grids. */
  readonly #interaction: Interaction;
  /** V on the grid; the caller fills it in. */
  readonly potential: Float64Array;
  readonly #field: Float64Array;
  /** 1/length² */
  readonly #leastScale: number;
  /** Indices of the coefficients in the outermost quarter of the wave vectors, and in the outer half. */
  readonly #edge: Int32Array;
  readonly #outerHalf: Int32Array;

  constructor(basis: FourierBasis, laplacian: Float64Array, interaction: Interaction) {
    this.basis = basis;
    this.laplacian = laplacian;
    this.#interaction = interaction;
    this.potential = new Float64Array(basis.grid.size);
    this.#field = new Float64Array(basis.grid.size);
    const nyquist = basis.grid.axes.map(({ points, length }) => (Math.PI * points) / length);
    const reach = basis.symbol((...k) => Math.max(...k.map((ka, a) => Math.abs(ka) / nyquist[a]!)));
    this.#leastScale = 1 / square(longestPeriod(basis.grid));
    this.#edge = Int32Array.from(reach.keys()).filter((i) => reach[i]! >= 0.75);
    this.#outerHalf = Int32Array.from(reach.keys()).filter((i) => reach[i]! >= 0.5);
  }

  get beta(): number {
    return this.#interaction.beta;
  }

  /** Normalises the coefficients of a state and computes everything else from them. */
  evaluate(state: SphereState): void {
    const { coefficients, values, residual } = state;
    const { basis, laplacian, potential, beta } = this;
    basis.makeReal(coefficients);
    normalize(coefficients);
    const field = this.#field;
    basis.toValues(coefficients, values);
    let quartic = 0;
    for (let i = 0; i < field.length; i++) {
      const u = values[i]!;
      const density = u * u;
      field[i] = (potential[i]! + beta * density) * u;
      quartic += density * density;
    }
    basis.toCoefficients(field, residual);
    let kinetic = 0;
    for (let i = 0; i < residual.length; i++) {
      const kineticTerm = laplacian[i]! * coefficients[i]!;
      residual[i]! += kineticTerm;
      kinetic += kineticTerm * coefficients[i]!;
    }
    const mu = dot(coefficients, residual);
    for (let i = 0; i < residual.length; i++) residual[i]! -= mu * coefficients[i]!;
    const { size, volume } = basis.grid;
    state.kinetic = kinetic;
    state.chemicalPotential = mu;
    state.energy = mu - (0.5 * beta * quartic * volume) / size;
    state.residualNorm = Math.sqrt(dot(residual, residual));
    state.scale = Math.max(Math.abs(mu), this.#leastScale);
    state.relativeResidual = state.residualNorm / state.scale;
  }

  /**
   * The norm of −Δu in the outermost quarter of the wave vectors, relative to the scale. Spectra decay, so this estimates the
   * part that a finer grid adds.
   */
  truncation(state: SphereState): number {
    return this.#curvature(state, this.#edge);
  }

  /**
   * Whether −Δu is negligible in the outer half of the wave vectors. A symmetry of u cannot deceive this test: some multiple by a
   * power of two of every wave vector lies in that half.
   */
  resolves(state: SphereState): boolean {
    return this.#curvature(state, this.#outerHalf) <= RESOLVED;
  }

  /** The norm of −Δu in the given coefficients, relative to the scale. */
  #curvature({ coefficients, scale }: SphereState, waves: Int32Array): number {
    const { laplacian } = this;
    let sum = 0;
    for (let j = 0; j < waves.length; j++) {
      const part = laplacian[waves[j]!]! * coefficients[waves[j]!]!;
      sum += part * part;
    }
    return Math.sqrt(sum) / scale;
  }
}
