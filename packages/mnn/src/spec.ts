import { ArgumentError, requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';

/** Pointwise nonlinearity φ of a layer; `linear` is none. */
export type Activation = 'linear' | 'relu' | 'tanh' | 'softplus';

/**
 * Whether the weights of a layer are the same at every site (CR, CK, CI of §3.2: the map commutes with translations)
 * or belong to each site (LCR, LCK, LCI of §2.2).
 */
export type Connectivity = 'convolutional' | 'local';

/**
 * What happens to y, the sum of the branches, N^d numbers of one sample:
 *
 * - `linear`: nothing, f = y;
 * - `density`: f_i = s_i / mean(s) with s_i = softplus(y_i) = log(1 + e^(y_i)), so that f ≥ 0 and mean(f) = 1 to
 *   rounding, whatever the parameters. On a domain of volume |Ω| the density ρ = (n_e / |Ω|) f then satisfies eq (4.6),
 *   ρ ≥ 0 and ∫ρ = n_e: n_e / |Ω| is the scale of the output's normalizer, and its shift is 0.
 *
 * No stage has parameters, and each commutes with translations.
 */
export type OutputStage = 'linear' | 'density';

/** What a user asks of {@link mnn}. The letters are the paper's. */
export interface MnnOptions {
  /** Spatial dimension d of the domain; default 1. */
  readonly dimension?: 1 | 2 | 3;
  /** N, grid points per axis; a multiple of 2^L. */
  readonly points: number;
  /** L, the finest level; at least 2. The adjacent part works on boxes of m = N / 2^L points per axis. */
  readonly levels: number;
  /** r, channels per box: the rank of the hierarchical matrix the network generalises. */
  readonly channels: number;
  /** K, kernel layers per level and in the adjacent part; at least 1. */
  readonly kernelLayers: number;
  /** φ of the kernel layers; default `relu`. Restriction and interpolation are linear, as in Algorithm 3. */
  readonly activation?: Activation;
  /** Default `convolutional`. */
  readonly connectivity?: Connectivity;
  /** What happens to the sum of the branches; default `linear`, nothing. */
  readonly output?: OutputStage;
}

/** {@link MnnOptions} with every default filled in and checked. */
export type MnnSpec = Required<MnnOptions>;

const KNOWN_OPTIONS = [
  'dimension',
  'points',
  'levels',
  'channels',
  'kernelLayers',
  'activation',
  'connectivity',
  'output',
];
export const ACTIVATIONS: readonly Activation[] = ['linear', 'relu', 'tanh', 'softplus'];

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeSpec(options: MnnOptions): MnnSpec {
  requireKnownOptions('network', options, KNOWN_OPTIONS);
  const { dimension = 1, points, levels, channels, kernelLayers } = options;
  const { activation = 'relu', connectivity = 'convolutional', output = 'linear' } = options;
  requireOneOf('network.dimension', dimension, [1, 2, 3]);
  requireInteger('network.levels', levels, { min: 2, max: 20 });
  requireInteger('network.points', points, { min: 4, max: 2 ** 24 });
  requireInteger('network.channels', channels, { min: 1, max: 10_000 });
  requireInteger('network.kernelLayers', kernelLayers, { min: 1, max: 1000 });
  requireOneOf('network.activation', activation, ACTIVATIONS);
  requireOneOf<Connectivity>('network.connectivity', connectivity, ['convolutional', 'local']);
  requireOneOf<OutputStage>('network.output', output, ['linear', 'density']);
  if (points % 2 ** levels !== 0) {
    throw new ArgumentError('network.points', points, `a multiple of 2^levels = ${2 ** levels}`);
  }
  return { dimension, points, levels, channels, kernelLayers, activation, connectivity, output };
}
