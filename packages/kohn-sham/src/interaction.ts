import { square } from '@dyadic/elementary';
import { requireFinite, requireKnownOptions } from '@dyadic/errors';
import { type FourierBasis, fourierBasis, type PeriodicGrid } from '@dyadic/spectral';

/**
 * A Yukawa interaction between electrons: the potential v_H of a density ρ solves (−Δ + κ²) v_H = γ ρ on the torus.
 * With γ = 4π in 3D it is ∫ exp(−κ|x − y|)/|x − y| ρ(y) dy, periodically continued; κ = 0 is Hartree's (Poisson's)
 * equation, where the mean of ρ is neutralised by a uniform background and v_H has mean zero.
 */
export interface Interaction {
  /** γ, any finite number; 0 is no interaction, a negative one attracts. */
  readonly strength: number;
  /** κ ≥ 0, in inverse units of length; default 0. */
  readonly screening?: number;
}

/** ρ ↦ v_H on one grid. */
export class HartreePotential {
  readonly #basis: FourierBasis;
  readonly #symbol: Float64Array;
  /** k² + κ² */
  readonly #denominator: Float64Array;
  /** γ */
  readonly strength: number;

  /** @throws ArgumentError */
  constructor(grid: PeriodicGrid, interaction: Interaction) {
    requireKnownOptions('options.interaction', interaction, ['strength', 'screening']);
    const strength = requireFinite('options.interaction.strength', interaction.strength);
    const screening = requireFinite('options.interaction.screening', interaction.screening ?? 0, { min: 0 });
    this.#basis = fourierBasis(grid);
    this.strength = strength;
    this.#denominator = this.#basis.negativeLaplacian().map((kSquared) => kSquared + square(screening));
    this.#symbol = this.#denominator.map((denominator) => (denominator === 0 ? 0 : strength / denominator));
  }

  /** Every wave times (k² + κ²)/(k² + κ² + k₀²); the mean, which a Hartree potential lacks, as it is. */
  damp(change: Float64Array, k0Squared: number): Float64Array {
    const factors = this.#denominator.map((d) => (d === 0 ? 1 : d / (d + k0Squared)));
    return this.#basis.multiply(factors, change);
  }

  of(density: Float64Array): Float64Array {
    return this.#basis.multiply(this.#symbol, density);
  }
}
