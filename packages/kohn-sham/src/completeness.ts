import { square } from '@dyadic/elementary';
import type { FourierBasis } from '@dyadic/spectral';
import { kineticBeyond } from './half-spectrum.js';
import type { Hamiltonian } from './hamiltonian.js';
import type { PlaneWaves } from './plane-waves.js';

/**
 * Bounds on the number of eigenvalues of H below an energy, from a part of its plane waves alone: A is H in that part, B
 * in all other waves, C the coupling of the two. If B > ε, then by Haynsworth's inertia additivity (Linear Algebra Appl. 1,
 * 1968) H has as many eigenvalues below ε as A − C (B − ε)⁻¹ Cᵀ, no more than A has below
 *
 *   ε + ‖C‖²/(min B − ε),   min B ≥ least ½|k|² left out + min V,   ‖C‖ ≤ ½ (max V − min V),
 *
 * as a constant in V couples nothing.
 */
export class Completeness {
  readonly #waves: PlaneWaves;
  readonly #basis: FourierBasis;
  /** How far out the waves of a spectrum on the grid itself lie. */
  readonly #reach: Float64Array;
  #least = 0;
  #greatest = 0;
  /** Σ |V̂(m)| over the waves that lie as far out as q, or null as long as nobody has asked. */
  #tails: Float64Array | null = null;
  #spectrum: Float64Array = new Float64Array(0);

  constructor(waves: PlaneWaves, hamiltonian: Hamiltonian) {
    this.#waves = waves;
    this.#basis = hamiltonian.basis;
    this.#reach = hamiltonian.reach;
  }

  /** @param spectrum - Coefficients of V on the grid; kept, not copied */
  setPotential(spectrum: Float64Array, least: number, greatest: number): void {
    this.#spectrum = spectrum;
    this.#least = least;
    this.#greatest = greatest;
    this.#tails = null;
  }

  /** Whether H provably has at most `count` eigenvalues below ε, by its spectrum in the plane waves of the start. */
  proves(count: number, epsilon: number): boolean {
    const { cutoff, complete, spectrum } = this.#waves;
    return complete || spectrum.values[count]! > epsilon + this.#shift(cutoff, epsilon);
  }

  /** False where H certainly has more than `count` eigenvalues below ε, as even its restriction does (Cauchy). */
  permits(count: number, epsilon: number): boolean {
    return count >= this.#waves.count || this.#waves.spectrum.values[count]! > epsilon;
  }

  /**
   * Energies σ per wave such that H has no more eigenvalues below ε than H − σ has negative ones on a coarser grid.
   *
   * A are the waves as far out as r < points/2, max |m_a| ≤ r with {@link reachOf}'s units where axes differ. On the coarse
   * grid V couples them as on the grid itself but for the V̂(m) as far out as points − 2r, which are missing there or lie on the places of others. Cauchy's interlacing does the rest.
   * The waves of V below q couple only waves above r − q to B, and these may be shifted far, as low states hardly have
   * them: C = C₁ + C₂, C (B − ε)⁻¹ Cᵀ ≤ 2 C₁ (B − ε)⁻¹ C₁ᵀ + 2 C₂ (B − ε)⁻¹ C₂ᵀ.
   */
  energiesOn(coarse: Hamiltonian, epsilon: number): Float64Array {
    const points = Math.max(...coarse.basis.grid.shape);
    const tails = (this.#tails ??= this.#tailsOfPotential());
    const range = 0.5 * (this.#greatest - this.#least);
    let best = { all: Number.POSITIVE_INFINITY, shell: 0, beyond: points };
    const kinetic = Float64Array.from({ length: points }, (_, r) => kineticBeyond(this.#basis.grid, r));
    let least = Number.POSITIVE_INFINITY;
    for (let r = 1; 2 * r < points; r++) {
      const aliased = 4 * r < points ? 0 : 2 * tails[points - 2 * r]!;
      const above = kinetic[r]! + this.#least - epsilon - aliased;
      if (above <= 0) continue;
      for (let q = 1; q <= r; q++) {
        const all = aliased + (2 * square(tails[q]!)) / above;
        const shell = (2 * square(range + tails[q]!)) / above;
        const beyond = r - q;
        // What a state has in the shell is of second order.
        const effect = all + shell * square(range / (range + kinetic[beyond]!));
        if (effect < least) {
          least = effect;
          best = { all, shell, beyond };
        }
      }
    }
    const { all, shell, beyond } = best;
    const energies = new Float64Array(coarse.basis.size);
    coarse.reach.forEach((reach, e) => {
      energies.fill(epsilon + all + (reach > beyond ? shell : 0), 2 * e, 2 * e + 2);
    });
    return energies;
  }

  /** ‖C‖²/(min B − ε) */
  #shift(cutoff: number, epsilon: number): number {
    const above = cutoff + this.#least - epsilon;
    const coupling = 0.5 * (this.#greatest - this.#least);
    return above > 0 ? square(coupling) / above : Number.POSITIVE_INFINITY;
  }

  #tailsOfPotential(): Float64Array {
    const tails = new Float64Array(Math.max(...this.#basis.grid.shape) + 2);
    const factor = Math.sqrt(2 / this.#basis.grid.volume);
    for (let e = 0; e < this.#reach.length; e++) {
      tails[Math.floor(this.#reach[e]!)]! +=
        factor * Math.sqrt(square(this.#spectrum[2 * e]!) + square(this.#spectrum[2 * e + 1]!));
    }
    for (let q = tails.length - 2; q >= 0; q--) tails[q]! += tails[q + 1]!;
    return tails;
  }
}
