import {
  ArgumentError,
  completeOptions,
  explainChoices,
  type OptionsOf,
  type OptionTable,
  requireInteger,
} from '@dyadic/errors';
import { ACTIVATION_FUNCTIONS, ACTIVATIONS } from './activations.js';
import {
  CONNECTIVITY,
  coarsestLevel,
  completeConnectivity,
  completeExtensions,
  EXTENSION_OPTIONS,
  type ExtensionSpec,
  type Extensions,
} from './extensions.js';
import { completeFields, completeOutput, FIELD_OPTIONS, type FieldOptions, OUTPUT } from './fields.js';
import { DIMENSION, FITS, POINTS, requireShape, shortPoints } from './grid.js';

/** The options of {@link mnn}. The letters are the paper's. */
export const MNN_OPTIONS = {
  dimension: DIMENSION,
  points: {
    ...POINTS,
    description: 'N, grid points per axis, one number or one per axis; multiples of 2^levels unless they are padded',
  },
  fit: {
    type: 'choice',
    choices: FITS,
    default: 'exact',
    description:
      'what is done with other points: refuse them, or pad the input to the next multiples, at both ends of an axis and with what padding names, and crop the sum of the branches',
  },
  ...FIELD_OPTIONS,
  levels: {
    type: 'integer',
    least: 1,
    most: 20,
    description:
      'L, the finest level; at least 2, or 1 with weak admissibility; the adjacent part works on boxes of N / 2^L points',
  },
  channels: {
    type: 'integer',
    least: 1,
    most: 10_000,
    description: 'r, channels per box: the rank of the hierarchical matrix that the network generalises',
  },
  kernelLayers: {
    type: 'integer',
    least: 1,
    most: 1000,
    description: 'K, kernel layers per level and in the adjacent part',
  },
  activation: {
    type: 'choice',
    choices: ACTIVATIONS,
    default: 'relu',
    description: `φ of the kernel layers; ${explainChoices(ACTIVATION_FUNCTIONS)}`,
  },
  connectivity: CONNECTIVITY,
  output: OUTPUT,
  ...EXTENSION_OPTIONS,
} as const satisfies OptionTable;

/** What a user asks of {@link mnn}. */
export type MnnOptions = OptionsOf<typeof MNN_OPTIONS>;

/** {@link MnnOptions} checked, with the defaults of Algorithm 3 filled in; of the extensions, fields and fit what differs from it. */
export type MnnSpec = Required<Omit<MnnOptions, keyof Extensions | keyof FieldOptions | 'fit'>> &
  ExtensionSpec &
  FieldOptions &
  Pick<MnnOptions, 'fit'>;

/** Fills in defaults and checks every option. @throws ArgumentError */
export function completeSpec(options: MnnOptions): MnnSpec {
  const complete = completeOptions('network', options, MNN_OPTIONS);
  const { points, fit, levels, channels, kernelLayers, activation, connectivity, output } = complete;
  const { dimension = (Array.isArray(points) ? points.length : 1) as 1 | 2 | 3 } = complete;
  const shape = requireShape(dimension, points, 4);
  const fields = completeFields(complete);
  const extensions = completeExtensions(complete, activation);
  requireInteger('network.levels', levels, { min: coarsestLevel(extensions), max: 20 });
  if (fit === 'exact' && shape.some((along) => along % 2 ** levels !== 0)) {
    const multiple = shape.length > 1 && Array.isArray(points) ? 'multiples' : 'a multiple';
    throw new ArgumentError('network.points', points, `${multiple} of 2^levels = ${2 ** levels}, or fit: 'pad'`);
  }
  return {
    dimension,
    points: shortPoints(shape),
    ...(fit === 'pad' && { fit }),
    ...fields,
    levels,
    channels,
    kernelLayers,
    activation,
    connectivity: completeConnectivity(connectivity),
    output: completeOutput(output, fields.outputs ?? 1),
    ...extensions,
  };
}
