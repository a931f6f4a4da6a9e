import type { Domain } from '@dyadic/dataset';
import { type GridOptions, periodicGrid } from '@dyadic/spectral';

/** The domain of a periodic grid, for presentation. */
export function periodicDomain(options: GridOptions): Domain {
  const axes = periodicGrid(options).axes.map(({ points, origin, spacing }) => ({ points, first: origin, spacing }));
  return { periodic: true, axes };
}
