import { type Json, parseDocument } from '@dyadic/dataset';
import { ArgumentError, DataError, requireOneOf } from '@dyadic/errors';
import {
  evaluatePotential,
  type GaussianWells,
  gaussianWells,
  type Interval,
  type Sample,
  samplePotential,
} from '@dyadic/potentials';
import { periodicGrid } from '@dyadic/spectral';
import { z } from 'zod';
import type { Inputs, TrainedOn } from './problem.js';

/** A preset: the distribution of wells of one of the paper's datasets. */
export interface WellsPreset extends Pick<GaussianWells, 'strength' | 'variance' | 'height' | 'separation' | 'jitter'> {
  readonly depth?: number;
  readonly minimum?: number;
  readonly length?: number;
  readonly origin?: number;
}

/** The presets of an equation. Each may depend on dimension and number of wells, and throw an ArgumentError for them. */
export interface WellsPresets {
  readonly equation: string;
  readonly presets: Readonly<Record<string, (dimension: 1 | 2 | 3, wells: number) => WellsPreset>>;
  /** Whether a recipe may set the factor on all strengths. */
  readonly hasDepth: boolean;
  /** The paper's names of the parameters, as descriptions of columns. */
  readonly descriptions: Readonly<Record<'variance' | 'strengths' | 'centers', string>>;
}

/** Wells as stored in a manifest: the parameters of the family, with their equation and preset. */
export interface StoredWells extends Omit<GaussianWells, 'name' | 'height'> {
  readonly equation: string;
  readonly preset: string;
}

/** The common settings of problems with wells. */
export interface WellsSettings {
  readonly equation: string;
  /** Points, period and first coordinate: one number for all axes, or one per axis. */
  readonly grid: {
    readonly dimension: 1 | 2 | 3;
    readonly points: number | readonly number[];
    readonly length: number | readonly number[];
    readonly origin: number | readonly number[];
  };
  readonly potential: StoredWells;
}

/** A draw: the wells, and V on the grid. */
export interface WellsInput {
  readonly sample: Sample;
  readonly potential: Float64Array;
}

const interval = z.tuple([z.number(), z.number()]);

const points = z.int().min(2);
const period = z.number().positive();

/** The entry `grid` of a recipe that takes boxes: points, and period, one number for all axes or one per axis. */
export const boxEntries = z.strictObject({
  dimension: z
    .literal([1, 2, 3])
    .optional()
    .describe('d; default the entries of points or length, where they are lists'),
  points: z
    .union([points, z.array(points).min(1).max(3)])
    .describe('points, products of powers of 2, 3 and 5: one number for all axes, or one per axis'),
  length: z
    .union([period, z.array(period).min(1).max(3)])
    .optional()
    .describe('period of the box, one number for all axes or one per axis; default that of the preset'),
});

/** The dimension of a box, with the entries that are given. @throws ArgumentError where it is not given */
export function completeBox({ dimension, points, length }: z.infer<typeof boxEntries>) {
  const list = [points, length].find((entry) => Array.isArray(entry)) as readonly number[] | undefined;
  const d = requireOneOf<1 | 2 | 3>('grid.dimension', dimension ?? list?.length, [1, 2, 3]);
  return { dimension: d, points, ...(length !== undefined && { length }) };
}

const wellsEntries = z.strictObject({
  preset: z.string().describe('which of the paper’s or its authors’ families'),
  wells: z.int().min(1).describe('n_g, wells per potential'),
  strength: interval.optional().describe('replaces the preset’s range of strengths'),
  variance: interval.optional().describe('replaces the preset’s range of variances'),
  depth: z.number().optional().describe('replaces the preset’s factor on all strengths, where it has one'),
});
export type WellsEntries = z.infer<typeof wellsEntries>;

/** The entry `potential` of a recipe. */
export function wellsEntriesOf({ presets }: WellsPresets) {
  const preset = wellsEntries.shape.preset.meta({ enum: Object.keys(presets) });
  return wellsEntries.extend({ preset });
}

/**
 * Completes the entry `potential`.
 *
 * @param length - Period of the box; default that of the preset.
 * @throws ArgumentError naming the wrong entry
 */
export function completeWells(
  { equation, presets, hasDepth }: WellsPresets,
  dimension: 1 | 2 | 3,
  { preset: chosen, wells, strength, variance, depth }: WellsEntries,
  length?: number | readonly number[],
): StoredWells {
  const preset = requireOneOf('potential.preset', chosen, Object.keys(presets));
  if (!hasDepth && depth !== undefined) {
    throw new ArgumentError('potential.depth', depth, "no depth: eq (4.4) has none, scale 'strength' instead");
  }
  const defaults = presets[preset]!(dimension, wells);
  const {
    name: _,
    height: __,
    ...family
  } = gaussianWells({
    ...defaults,
    dimension,
    wells,
    strength: strength ?? defaults.strength,
    variance: variance ?? defaults.variance,
    depth: depth ?? defaults.depth ?? 1,
    ...(length !== undefined && { length }),
  });
  return { equation, preset, ...family };
}

/** Random Gaussian wells as the inputs of a problem, eqs (4.4) and (4.8). */
export function wellsInputs(known: WellsPresets): Inputs<WellsSettings, WellsInput> {
  const { equation, presets, descriptions } = known;
  const familyOf = ({ equation: _, preset, ...family }: StoredWells): GaussianWells => {
    const { height } = presets[preset]!(family.dimension, family.wells);
    return { ...family, name: `${equation}/${preset}`, height };
  };
  return {
    draw({ grid: options, potential }) {
      const [grid, family] = [periodicGrid(options), familyOf(potential)];
      return (seed, index) => {
        const sample = samplePotential(family, seed, index);
        return { sample, potential: evaluatePotential(sample, grid) };
      };
    },
    columns: (_, onGrid) => [
      {
        field: { name: 'potential', ...onGrid, description: 'V at the grid points' },
        value: ({ potential }) => potential,
      },
    ],
    parameters: ({ potential: { wells, dimension } }) => [
      {
        field: { name: 'variance', type: 'float64', shape: [], description: descriptions.variance },
        value: ({ sample }) => sample.variance,
      },
      {
        field: { name: 'strengths', type: 'float64', shape: [wells], description: descriptions.strengths },
        value: ({ sample }) => sample.wells.map(({ strength }) => strength),
      },
      {
        field: { name: 'centers', type: 'float64', shape: [wells, dimension], description: descriptions.centers },
        value: ({ sample }) => sample.wells.flatMap(({ center }) => center),
      },
    ],
    origin: ({ potential }) => ({ potential: potential as unknown as Json }),
    told: {
      fields(path, document, trained, shape, warn) {
        const dimension = shape.length as 1 | 2 | 3;
        const { samples, preset } = toldWells(path, document, known, trained, warn);
        // A recipe may replace the factor and the box of its preset.
        const { potential } = originSchema.safeParse(trained).data ?? {};
        const length = potential?.length;
        const depth =
          known.hasDepth && preset === potential?.preset && potential.depth ? { depth: potential.depth } : {};
        return samples.map(({ variance, wells }, index) => {
          const wrong = wells.find(({ center }) => center.length !== dimension);
          if (wrong) {
            const found = `a center of ${wrong.center.length} coordinates`;
            throw new DataError(path, `samples.${index} has ${found}; expected ${dimension}`);
          }
          const stored = completeWells(known, dimension, { preset, wells: wells.length, ...depth }, length);
          const grid = periodicGrid({ points: shape, length: stored.length, origin: stored.origin });
          return evaluatePotential({ family: familyOf(stored), index, variance, wells }, grid);
        });
      },
    },
  };
}

const originSchema = z.looseObject({
  potential: z.looseObject({
    preset: z.string(),
    depth: z.number().optional(),
    length: z.union([z.number(), z.array(z.number())]).optional(),
  }),
});

const well = z.strictObject({ strength: z.number(), center: z.array(z.number()).min(1).max(3) });
const toldSchema = z.strictObject({
  equation: z.string(),
  preset: z.string().optional(),
  samples: z.array(z.strictObject({ variance: z.number().positive(), wells: z.array(well).min(1) })).min(1),
});

/** The wells of a document, and their preset. */
function toldWells(
  path: string,
  document: unknown,
  { equation, presets }: WellsPresets,
  trained: TrainedOn | undefined,
  warn: (message: string) => void,
) {
  const told = parseDocument(path, document, toldSchema);
  const before = originSchema.safeParse(trained).data?.potential.preset;
  const preset = told.preset ?? before ?? Object.keys(presets)[0]!;
  if (!Object.hasOwn(presets, preset)) {
    throw new DataError(path, `preset is '${preset}'; expected one of ${Object.keys(presets).join(', ')}`);
  }
  if (!trained) warn(`does not say what it was trained on; assuming '${equation}' and preset '${preset}'`);
  return { ...told, preset };
}

/** Warns if the preset of the inputs differs from that of the training data. */
export function warnOfPreset(
  path: string,
  origin: { readonly [key: string]: Json } | undefined,
  trained: TrainedOn | undefined,
  warn: (message: string) => void,
): void {
  const [found, wanted] = [origin, trained].map((one) => originSchema.safeParse(one).data?.potential.preset);
  if (found !== undefined && wanted !== undefined && found !== wanted) {
    warn(`${path}: preset is '${found}'; the network was trained on '${wanted}'`);
  }
}

/** An interval of one value. */
export function fixed(value: number): Interval {
  return [value, value];
}
