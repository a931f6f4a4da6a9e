import {
  ArgumentError,
  completeOptions,
  type OptionsOf,
  type OptionTable,
  requireInteger,
  requireOneOf,
} from '@dyadic/errors';
import { fourierPeriod } from '../layer.js';
import type { Network } from '../network.js';
import { completeLayered, LAYERED_OPTIONS, LayeredBuilder, type LayeredSpec, requireTiles } from './layered.js';

/** The options of {@link fourierNetwork}. */
export const FOURIER_OPTIONS = {
  structure: {
    type: 'choice',
    choices: ['fourier'],
    description: 'layers that multiply the lower frequencies, a Fourier neural operator',
  },
  ...LAYERED_OPTIONS,
  boxes: {
    type: 'integer',
    least: 1,
    absentMeans: 'N, the points themselves, which has to be the same along every axis',
    description: 'B, boxes per axis that the layers work on, a divisor of N',
  },
  modes: {
    type: 'integer',
    least: 1,
    description: 'M: frequencies κ with |κ| < M along every axis pass; at most (B + 1)/2, without periodicity B',
  },
  near: {
    type: 'integer',
    least: 1,
    default: 1,
    description: 'w, boxes per axis of the windows of the map beside the multiplier, odd; 1: box by box',
  },
} as const satisfies OptionTable;

/** What a user asks of {@link fourierNetwork}. */
export type FourierOptions = OptionsOf<typeof FOURIER_OPTIONS>;

/** {@link FourierOptions} checked, with the defaults filled in. */
export type FourierSpec = LayeredSpec & Required<Pick<FourierOptions, 'structure' | 'modes' | 'boxes' | 'near'>>;

/** A Fourier network, made by {@link fourierNetwork}. */
export interface FourierNetwork extends Network {
  readonly spec: FourierSpec;
}

/** Fills in defaults and checks every option. @throws ArgumentError */
function completeSpec(options: FourierOptions): FourierSpec {
  const { structure, boxes: given, modes, near, ...others } = completeOptions('network', options, FOURIER_OPTIONS);
  const layered = completeLayered(others);
  const { points, padding } = layered;
  const boxes = given ?? points;
  if (typeof boxes !== 'number') throw new ArgumentError('network.boxes', undefined, `a divisor of ${points}`);
  requireTiles(layered, boxes);
  const max = Math.floor((fourierPeriod({ sites: boxes, padding }) + 1) / 2);
  const windows = Array.from({ length: Math.min(Math.ceil(boxes / 2), 1000) }, (_, reach) => 2 * reach + 1);
  return {
    structure,
    ...layered,
    boxes,
    modes: requireInteger('network.modes', modes, { min: 1, max }),
    near: requireOneOf('network.near', near, windows),
  };
}

/**
 * A Fourier neural operator (Li, Kovachki et al., "Fourier neural operator for parametric partial differential equations",
 * 2021) on α channels at the grid points, or at boxes of them:
 *
 *   v_0 = A ξ + a                                              lift, point by point
 *   v_k = φ( F⁻¹ m_k F v_(k−1) + P_k v_(k−1) + b_k )           K Fourier layers: a multiplier of the frequencies |κ| < M per axis,
 *                                                              and a map point by point, or of windows of w
 *   y = C φ(B v_K + b) + c                                     projection, point by point, by way of 2α channels
 *
 * On boxes of several points A and B have windows of 3 boxes per axis, and y the points of a box; all else is as much cheaper as
 * there are points in a box. With w > 1 (`near`) a layer is split as in Ewald summation and particle-mesh methods: what is smooth goes
 * through few frequencies, what is near and rough through windows. Periodic, the network commutes with every translation of the boxes.
 * Weights and biases, with m numbers in a box (and α_in, α_out fields), at the points with m = 1 and 1 for 3^d: (3^d m α_in + 1) α; K ((2M − 1)^d α² + w^d α² + α);
 * 2·3^d α² + 2α + (2α + 1) m α_out.
 *
 * @example fourierNetwork({ structure: 'fourier', points: 320, modes: 16, width: 8, layers: 4 }).parameterCount // 8401
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function fourierNetwork(options: FourierOptions, mostParameters?: number): FourierNetwork {
  const spec = completeSpec(options);
  const { boxes, modes, near, width, activation } = spec;
  const channels = { inputChannels: width, outputChannels: width };
  const builder = new LayeredBuilder(spec, boxes, mostParameters);
  const network = builder.build((reads, k) => {
    const multiplier = { ...channels, kind: 'fourier', window: 2 * modes - 1, reads } as const;
    const addsWithin = builder.add(`layer-${k}/fourier`, multiplier);
    const name = near === 1 ? 'pointwise' : 'near';
    return builder.add(`layer-${k}/${name}`, { ...channels, window: near, reads, addsWithin, activation });
  });
  return { ...network, spec };
}
