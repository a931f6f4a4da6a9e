import type { Domain } from '@dyadic/dataset';
import type { PeriodicGrid } from '@dyadic/spectral';

/** A periodic cube as figures need it. */
export function periodicDomain({
  dimension,
  points,
  length,
  origin,
}: Pick<PeriodicGrid, 'dimension' | 'points' | 'length' | 'origin'>): Domain {
  const axis = { points, first: origin, spacing: length / points };
  return { periodic: true, axes: new Array(dimension).fill(axis) };
}
