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
import type { Connectivity } from './layer.js';
import { OUTPUT_STAGES, type OutputStage } from './output-stage.js';

/** What a user asks of {@link mnn}. The letters are the paper's. */
export interface MnnOptions extends Extensions {
  /** Spatial dimension d of the domain; default 1. */
  readonly dimension?: 1 | 2 | 3;
  /** N, grid points per axis; a multiple of 2^L. */
  readonly points: number;
  /** L, the finest level; at least 2, or 1 with weak admissibility. The adjacent part works on boxes of m = N / 2^L points per axis. */
  readonly levels: number;
  /** r, channels per box: the rank of the hierarchical matrix the network generalises. */
  readonly channels: number;
  /** K, kernel layers per level and in the adjacent part; at least 1. */
  readonly kernelLayers: number;
  /** φ of the kernel layers; default `relu`. Restriction and interpolation are linear, as in Algorithm 3. */
  readonly activation?: Activation;
  /** Of all layers, or of some and of others; default `convolutional`. */
  readonly connectivity?: Connectivity | MixedConnectivity;
  /** What happens to the sum of the branches; default `linear`, nothing. */
  readonly output?: OutputStage;
}

/** {@link MnnOptions} checked, with the defaults of Algorithm 3 filled in; of the extensions, those in use. */
export type MnnSpec = Required<Omit<MnnOptions, keyof Extensions>> & ExtensionSpec;

const KNOWN_OPTIONS = [
  'dimension',
  'points',
  'levels',
  'channels',
  'kernelLayers',
  'activation',
  'connectivity',
  'output',
  ...EXTENSIONS,
];

/** Most numbers of a sample, 1 GiB of float32. */
const MOST_POINTS = 2 ** 28;

/** Checks dimension and points per axis. @throws ArgumentError */
export function requireGrid({ dimension, points }: { readonly dimension: number; readonly points: number }): void {
  requireOneOf('network.dimension', dimension, [1, 2, 3]);
  requireInteger('network.points', points, { min: 4, max: 2 ** 24 });
  if (points ** dimension > MOST_POINTS) {
    throw new ArgumentError(
      'network.points',
      points,
      `at most ${MOST_POINTS} points in all, not ${points} per axis in ${dimension}D`,
    );
  }
}

/** Fills in defaults and checks every option. @throws ArgumentError */
export function completeSpec(options: MnnOptions): MnnSpec {
  requireKnownOptions('network', options, KNOWN_OPTIONS);
  const { dimension = 1, points, levels, channels, kernelLayers } = options;
  const { activation = 'relu', connectivity = 'convolutional', output = 'linear' } = options;
  requireGrid({ dimension, points });
  requireInteger('network.channels', channels, { min: 1, max: 10_000 });
  requireInteger('network.kernelLayers', kernelLayers, { min: 1, max: 1000 });
  requireOneOf('network.activation', activation, ACTIVATIONS);
  requireOneOf<OutputStage>('network.output', output, OUTPUT_STAGES);
  const extensions = completeExtensions(options, activation);
  if (extensions.structure === 'h2') requireOneOf('network.dimension', dimension, [1]);
  requireInteger('network.levels', levels, { min: coarsestLevel(extensions), max: 20 });
  if (points % 2 ** levels !== 0) {
    throw new ArgumentError('network.points', points, `a multiple of 2^levels = ${2 ** levels}`);
  }
  return {
    dimension,
    points,
    levels,
    channels,
    kernelLayers,
    activation,
    connectivity: completeConnectivity(connectivity),
    output,
    ...extensions,
  };
}
