/** Result of the Kohn-Sham map for one potential, or the state in which the eigensolver stopped. */
export interface KohnShamState {
  /** ρ = Σ_{i ≤ n_e} |ψ_i|² on the grid, ∫ ρ = n_e. */
  readonly density: Float64Array;
  /** ε_1 ≤ … ≤ ε_{n_e+1}, one more than is occupied, or as many more as `empty` says. */
  readonly eigenvalues: Float64Array;
  /** ε_{n_e+1} − ε_{n_e}, the distance from the last occupied to the first empty orbital. */
  readonly gap: number;
  /** Largest of the occupied orbitals' root mean square over the grid of Hψ − εψ, relative to max(1, |ε|). */
  readonly residual: number;
  /** Iterations of the eigensolver over all its grids. */
  readonly iterations: number;
  /**
   * `converged`: the residual is within the tolerance. `degenerate`: it is, but the gap is within its own uncertainty,
   * ‖r_{n_e}‖ + ‖r_{n_e+1}‖ (r = Hψ − εψ) or 1e-12 max(1, |ε|, max |V − mean V|), whichever is larger: which orbital of
   * the frontier is filled, and with it the density, is then arbitrary. `max-iterations`: it is not yet.
   * `diverged`: the numbers left the finite range.
   */
  readonly status: 'converged' | 'degenerate' | 'max-iterations' | 'diverged';
  /** ψ_1 … ψ_{n_e} on the grid, ∫ ψ_i ψ_j = δ_ij, signs arbitrary; when asked for. */
  readonly orbitals?: readonly Float64Array[];
  /** Electrons in each orbital, from 0 to `spin`, where `occupations` or `spin` were asked for; one more ε than these. */
  readonly occupations?: Float64Array;
  /** μ of the occupations. */
  readonly chemicalPotential?: number;
  /** S in units of k_B: Σ over orbitals. The free energy of the orbitals is Σ f_i ε_i − T S. */
  readonly entropy?: number;
  /** ∂n_e/∂μ, the density of states at μ. */
  readonly densityOfStates?: number;
}
