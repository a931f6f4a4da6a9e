/**
 * Changes of the computed numbers, revision by revision. `difference` bounds ‖u − u'‖₂ / ‖u‖₂ between converged ground states of
 * a revision and the one before; null where there is none to compare with. A test checks the last bound against the same solver
 * in other arithmetic.
 */
export const REVISIONS = [
  { revision: 3, change: 'the first whose results are kept', difference: null },
  { revision: 4, change: 'exp, log, sin, cos and powers have the same bits in every runtime', difference: 1e-14 },
] as const;

/**
 * Revision of the computed numbers. Raised whenever a change of this package or of the potentials may alter a number, even in its
 * last bit. Part of the identity of a dataset.
 */
export const REVISION = 4;
