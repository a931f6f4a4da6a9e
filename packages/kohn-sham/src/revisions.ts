/**
 * What changed in the numbers of this package for fewer than 16 electrons, revision by revision, and by how much:
 * ‖ρ − ρ'‖₂ / ‖ρ‖₂ between converged densities of this revision and the one before, at most; null where none before is
 * compared. Rounding is amplified by 1/gap. A test holds the last bound against the same solver on other arithmetic.
 */
export const REVISIONS = [
  { revision: 3, change: 'the first whose results are kept', difference: null },
  { revision: 4, change: 'exp, log, sin, cos and powers have the same bits in every runtime', difference: 1e-10 },
] as const;

/**
 * Raised whenever a change of this package or of the potentials may alter a computed number, be it in the last bit.
 * Datasets carry it as part of their identity.
 */
export const REVISION = 4;
