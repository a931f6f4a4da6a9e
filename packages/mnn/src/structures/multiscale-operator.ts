import { completeOptions, type OptionsOf, type OptionTable, requireOneOf } from '@dyadic/errors';
import type { Network } from '../network.js';
import { completeLayered, LAYERED_OPTIONS, LayeredBuilder, type LayeredSpec, requireTiles } from './layered.js';

/** The options of {@link multiscaleOperatorNetwork}. */
export const MULTISCALE_OPERATOR_OPTIONS = {
  structure: {
    type: 'choice',
    choices: ['multiscale-operator'],
    description: 'layers that each add up all levels, on the finest boxes',
  },
  ...LAYERED_OPTIONS,
  levels: {
    type: 'integer',
    least: 1,
    most: 20,
    description: 'L, the finest level: all levels work on its 2^L boxes per axis, which divide N',
  },
  window: {
    type: 'integer',
    least: 1,
    default: 7,
    description: 'w, boxes per axis of a level’s windows, odd',
  },
} as const satisfies OptionTable;

/** What a user asks of {@link multiscaleOperatorNetwork}. */
export type MultiscaleOperatorOptions = OptionsOf<typeof MULTISCALE_OPERATOR_OPTIONS>;

/** {@link MultiscaleOperatorOptions} checked, with the defaults filled in. */
export type MultiscaleOperatorSpec = LayeredSpec &
  Required<Pick<MultiscaleOperatorOptions, 'structure' | 'levels' | 'window'>>;

/** A network of multiscale operators, made by {@link multiscaleOperatorNetwork}. */
export interface MultiscaleOperatorNetwork extends Network {
  readonly spec: MultiscaleOperatorSpec;
}

/** Fills in defaults and checks every option. @throws ArgumentError */
function completeSpec(options: MultiscaleOperatorOptions): MultiscaleOperatorSpec {
  const complete = completeOptions('network', options, MULTISCALE_OPERATOR_OPTIONS);
  const { structure, levels, window, ...others } = complete;
  const layered = completeLayered(others);
  requireTiles(layered, 2 ** levels);
  const widths = Array.from({ length: 2 ** Math.min(levels, 10) }, (_, reach) => 2 * reach + 1);
  return { structure, ...layered, levels, window: requireOneOf('network.window', window, widths) };
}

/**
 * The linear operator of Algorithm 1, all levels of a hierarchical matrix added up, as the operator of a layer, K layers deep with
 * activations between, so that scales mix in every layer; on α channels at the finest boxes:
 *
 *   v_0 = A ξ + a                                      lift, windows of 3 boxes
 *   v_k = φ( Σ_ℓ M_kℓ v_(k−1) + b_k )                  M_kℓ a kernel with windows of w boxes, 2^(L−ℓ) boxes apart
 *   y = C φ(B v_K + b) + c                             projection, windows of 3 boxes, by way of 2α channels
 *
 * As in a hierarchical matrix, what is 2^(L−ℓ) times as far away is seen 2^(L−ℓ) times as coarsely. But no level is decimated: each
 * works at every finest box, so that, convolutional and periodic, the network commutes with all translations of the finest
 * boxes, by N/2^L points, where the paper's commutes with those of the coarsest. (Dilated windows are the à trous algorithm
 * of wavelets.) Levels are those on which a window does not reach around the domain, (w − 1)/2 < 2^(ℓ−1): with w = 7 from 3 to L.
 *
 * Weights and biases, with m numbers in a box (and α_in, α_out fields), n levels: (3^d m α_in + 1) α; K n (w^d α² + α);
 * 2 · 3^d α² + 2α + (2α + 1) m α_out: independent of N but for the levels.
 *
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function multiscaleOperatorNetwork(
  options: MultiscaleOperatorOptions,
  mostParameters?: number,
): MultiscaleOperatorNetwork {
  const spec = completeSpec(options);
  const { levels, window, width, activation } = spec;
  const builder = new LayeredBuilder(spec, 2 ** levels, mostParameters);
  const operated = operatorLevels(spec);
  const kernel = { window, inputChannels: width, outputChannels: width };
  const network = builder.build((reads, k) => {
    let addsWithin: number | undefined;
    for (const level of operated) {
      addsWithin = builder.add(`layer-${k}/level-${level}`, {
        ...kernel,
        ...(level < levels && { dilation: 2 ** (levels - level) }),
        activation: level === operated.at(-1) ? activation : 'linear',
        reads,
        ...(addsWithin !== undefined && { addsWithin }),
      });
    }
    return addsWithin!;
  });
  return { ...network, spec };
}

/** The levels of a layer, finest first; the finest is always there. */
function operatorLevels({ levels, window }: MultiscaleOperatorSpec): number[] {
  const all = Array.from({ length: levels }, (_, coarser) => levels - coarser);
  return all.filter((level) => level === levels || (window - 1) / 2 < 2 ** (level - 1));
}
