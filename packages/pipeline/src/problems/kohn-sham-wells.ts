import { ArgumentError } from '@dyadic/errors';
import { fixed, type WellsPreset, type WellsPresets } from './wells.js';

/** σ² and the least distance 2σ: σ = 0.05 in 1D, 0.2 in 2D. The paper has no 3D; 0.2 is this package's choice. */
const wellsOf = (dimension: number, depth: number): WellsPreset => {
  const [variance, separation] = dimension === 1 ? [0.0025, 0.1] : [0.04, 0.4];
  return {
    strength: [0.8, 1.2],
    variance: fixed(variance),
    height: 'strength',
    depth,
    separation,
    length: 2,
    origin: -1,
  };
};

/** Lengths of a cell of the crystal by dimension: five σ of {@link wellsOf}. */
const CELL = [0.25, 1, 1];

/**
 * A disordered crystal whose size grows with the number of wells: one well per cell, shifted from its middle by up to a quarter of
 * the cell. One electron per well fills the lowest band, with a gap above it at any size.
 */
const crystalOf = (dimension: 1 | 2 | 3, wells: number): WellsPreset => {
  const cells = Math.round(wells ** (1 / dimension));
  if (cells ** dimension !== wells) {
    throw new ArgumentError('potential.wells', wells, `a whole number to the power of ${dimension} for 'crystal'`);
  }
  return {
    ...wellsOf(dimension, 100),
    separation: 0,
    jitter: 0.25,
    length: CELL[dimension - 1]! * cells,
    origin: 0,
  };
};

/**
 * Families of wells for the Kohn-Sham problems: eq (4.8) as in the paper's text; a hundred times as deep, so that densities are
 * localized; and crystals of any size.
 */
export const kohnShamWells = (equation: string): WellsPresets => ({
  equation,
  presets: {
    paper: (dimension) => wellsOf(dimension, 1),
    localized: (dimension) => wellsOf(dimension, 100),
    crystal: crystalOf,
  },
  hasDepth: true,
  descriptions: {
    variance: 'σ² of eq (4.8)',
    strengths: 'c_i of eq (4.8), to be multiplied by the depth',
    centers: 'r_i of eq (4.8)',
  },
});
