import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { ACTIVATIONS, type Activation } from './activations.js';
import {
  coarsestLevel,
  completeConnectivity,
  completeExtensions,
  EXTENSIONS,
  type ExtensionSpec,
  type Extensions,
  type MixedConnectivity,
} from './extensions.js';
import { completeFields, completeOutput, type FieldOptions, type Output } from './fields.js';
import { FITS, type Fit, requireShape, shortPoints } from './grid.js';
import type { Connectivity } from './layer.js';

/** What a user asks of {@link mnn}. The letters are the paper's. */
export interface MnnOptions extends Extensions, FieldOptions {
  /** Spatial dimension d of the domain; default that of `points` where they are given per axis, else 1. */
  readonly dimension?: 1 | 2 | 3;
  /** N, grid points per axis; a multiple of 2^L. One number for all axes, or one per axis. */
  readonly points: number | readonly number[];
  /**
   * What is done where `points` are no multiples of 2^L: `exact` (default) refuses them; `pad` pads the input to the next
   * multiples, at both ends of an axis and with what `padding` names, and crops the sum of the branches.
   */
  readonly fit?: Fit;
  /** L, the finest level; at least 2, or 1 with weak admissibility. The adjacent part works on boxes of m_i = N_i / 2^L points along axis i. */
  readonly levels: number;
  /** r, channels per box: the rank of the hierarchical matrix the network generalises. */
  readonly channels: number;
  /** K, kernel layers per level and in the adjacent part; at least 1. */
  readonly kernelLayers: number;
  /** φ of the kernel layers; default `relu`. Restriction and interpolation are linear, as in Algorithm 3. */
  readonly activation?: Activation;
  /** Of all layers, or of some and of others; default `convolutional`. */
  readonly connectivity?: Connectivity | MixedConnectivity;
  /** What happens to the sum of the branches, of all fields or field by field; default `linear`, nothing. */
  readonly output?: Output;
}

/** {@link MnnOptions} checked, with the defaults of Algorithm 3 filled in; of the extensions, fields and fit what differs from it. */
export type MnnSpec = Required<Omit<MnnOptions, keyof Extensions | keyof FieldOptions | 'fit'>> &
  ExtensionSpec &
  FieldOptions &
  Pick<MnnOptions, 'fit'>;

const KNOWN_OPTIONS = [
  'dimension',
  'points',
  'fit',
  'inputs',
  'outputs',
  'levels',
  'channels',
  'kernelLayers',
  'activation',
  'connectivity',
  'output',
  ...EXTENSIONS,
];

/** Fills in defaults and checks every option. @throws ArgumentError */
export function completeSpec(options: MnnOptions): MnnSpec {
  requireKnownOptions('network', options, KNOWN_OPTIONS);
  const { points, levels, channels, kernelLayers } = options;
  const { dimension = (Array.isArray(points) ? points.length : 1) as 1 | 2 | 3 } = options;
  const { activation = 'relu', connectivity = 'convolutional', output = 'linear', fit = 'exact' } = options;
  const shape = requireShape(dimension, points, 4);
  requireOneOf<Fit>('network.fit', fit, FITS);
  const fields = completeFields(options);
  requireInteger('network.channels', channels, { min: 1, max: 10_000 });
  requireInteger('network.kernelLayers', kernelLayers, { min: 1, max: 1000 });
  requireOneOf('network.activation', activation, ACTIVATIONS);
  const extensions = completeExtensions(options, activation);
  if (extensions.structure === 'h2') requireOneOf('network.dimension', dimension, [1]);
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
