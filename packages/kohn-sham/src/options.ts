import { ArgumentError, requireInteger, requireKnownOptions, requirePositive } from '@dyadic/errors';
import type { PeriodicGrid } from '@dyadic/spectral';

export interface KohnShamOptions {
  /** n_e, the number of occupied orbitals, each holding one electron (no spin): 1 to grid size − 1. */
  readonly electrons: number;
  /** Bound on the relative residual of every occupied orbital that counts as converged; default 1e-10. */
  readonly tolerance?: number;
  /** Most iterations of the eigensolver, over all its grids; default 200. */
  readonly maxIterations?: number;
  /** Whether the result holds the orbitals; default false. */
  readonly orbitals?: boolean;
}

export type CompleteOptions = Required<KohnShamOptions>;

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeOptions(options: KohnShamOptions, grid: PeriodicGrid): CompleteOptions {
  requireKnownOptions('options', options, ['electrons', 'tolerance', 'maxIterations', 'orbitals']);
  const { electrons, tolerance = 1e-10, maxIterations = 200, orbitals = false } = options;
  return {
    electrons: requireInteger('options.electrons', electrons, { min: 1, max: grid.size - 1 }),
    tolerance: requirePositive('options.tolerance', tolerance),
    maxIterations: requireInteger('options.maxIterations', maxIterations, { min: 1 }),
    orbitals: requireBoolean('options.orbitals', orbitals),
  };
}

function requireBoolean(argument: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new ArgumentError(argument, value, 'true or false');
  return value;
}
