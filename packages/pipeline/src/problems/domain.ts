import type { Domain } from '@dyadic/dataset';
import { type GridOptions, periodicGrid } from '@dyadic/spectral';

/** A periodic box as figures need it. */
export function periodicDomain(options: GridOptions): Domain {
  const axes = periodicGrid(options).axes.map(({ points, origin, spacing }) => ({ points, first: origin, spacing }));
  return { periodic: true, axes };
}
