import { requireInteger, requireKnownOptions, requireOneOf } from '@dyadic/errors';
import { ACTIVATIONS, type Activation } from '../activations.js';
import { completeFields, completeOutput, type FieldOptions, type Output } from '../fields.js';
import { requireShape } from '../grid.js';
import { fourierPeriod, type Layer, type LayerShape, PADDINGS, type Padding, ParameterLayout } from '../layer.js';
import { assemble, type Network } from '../network.js';

/** What a user asks of {@link fourierNetwork}. */
export interface FourierOptions extends FieldOptions {
  readonly structure: 'fourier';
  /** Spatial dimension d of the domain; default 1. */
  readonly dimension?: 1 | 2 | 3;
  /** N, grid points per axis. */
  readonly points: number;
  /** M: frequencies κ with |κ| < M along every axis pass. At most (N + 1)/2; without periodicity N. */
  readonly modes: number;
  /** α, fields that the layers work on. */
  readonly width: number;
  /** K, Fourier layers. */
  readonly layers: number;
  /** φ of the Fourier layers and of the projection; default `softplus`. */
  readonly activation?: Activation;
  /** What lies beyond the ends of the domain; default `periodic`. */
  readonly padding?: Padding;
  /** What happens to the projected fields, all of them or field by field; default `linear`, nothing. */
  readonly output?: Output;
}

/** {@link FourierOptions} checked, with the defaults filled in. */
export type FourierSpec = Required<Omit<FourierOptions, keyof FieldOptions>> & FieldOptions;

/** A Fourier network, made by {@link fourierNetwork}. */
export interface FourierNetwork extends Network {
  readonly spec: FourierSpec;
}

const OPTIONS: readonly (keyof FourierOptions)[] = [
  'structure',
  'dimension',
  'points',
  'inputs',
  'outputs',
  'modes',
  'width',
  'layers',
  'activation',
  'padding',
  'output',
];

/** Fills in defaults and checks every option. @throws ArgumentError */
function completeSpec(options: FourierOptions): FourierSpec {
  requireKnownOptions('network', options, OPTIONS);
  const { structure, dimension = 1, points, modes, width, layers } = options;
  const { activation = 'softplus', padding = 'periodic', output = 'linear' } = options;
  requireOneOf('network.structure', structure, ['fourier']);
  requireShape(dimension, requireInteger('network.points', points), 4);
  const fields = completeFields(options);
  requireOneOf<Padding>('network.padding', padding, PADDINGS);
  const max = Math.floor((fourierPeriod({ sites: points, padding }) + 1) / 2);
  requireInteger('network.modes', modes, { min: 1, max });
  requireInteger('network.width', width, { min: 1, max: 10_000 });
  requireInteger('network.layers', layers, { min: 1, max: 1000 });
  requireOneOf('network.activation', activation, ACTIVATIONS);
  return {
    structure,
    dimension,
    points,
    ...fields,
    modes,
    width,
    layers,
    activation,
    padding,
    output: completeOutput(output, fields.outputs ?? 1),
  };
}

/**
 * A Fourier neural operator (Li, Kovachki et al., "Fourier neural operator for parametric partial differential equations",
 * 2021) on fields v of α channels at the grid points:
 *
 *   v_0 = A ξ + a                                              lift, point by point
 *   v_k = φ( F⁻¹ m_k F v_(k−1) + P_k v_(k−1) + b_k )           K Fourier layers: a multiplier of the frequencies |κ| < M per axis,
 *                                                              and a map point by point
 *   y = C φ(B v_K + b) + c                                     projection, point by point, by way of 2α channels
 *
 * Periodic, it commutes with every translation of the grid. Weights and biases, of α_in fields to α_out: (α_in + 1) α;
 * K ((2M − 1)^d α² + α² + α); 2α² + 2α + (2α + 1) α_out.
 *
 * @example fourierNetwork({ structure: 'fourier', points: 320, modes: 16, width: 8, layers: 4 }).parameterCount // 8401
 * @param mostParameters - Refuses a network of more parameters before its further layers are built; default 2³¹.
 * @throws ArgumentError naming the option that is wrong; unknown options are refused.
 */
export function fourierNetwork(options: FourierOptions, mostParameters?: number): FourierNetwork {
  const spec = completeSpec(options);
  const { dimension, points, inputs = 1, outputs = 1, modes, width, activation, padding, output } = spec;
  const layout = new ParameterLayout(mostParameters);
  const layers: Layer[] = [];
  const add = (
    name: string,
    inputChannels: number,
    outputChannels: number,
    choices: Partial<Pick<LayerShape, 'kind' | 'window' | 'activation' | 'reads' | 'addsWithin'>> = {},
  ): number => {
    const grid = { dimension, sites: points, padding, connectivity: 'convolutional' } as const;
    const pointwise = { kind: 'kernel', window: 1, activation: 'linear' } as const;
    layers.push(layout.place({ name, ...grid, ...pointwise, inputChannels, outputChannels, ...choices }));
    return layers.length - 1;
  };
  let field = add('lift', inputs, width);
  for (let k = 1; k <= spec.layers; k++) {
    const multiplier = { kind: 'fourier', window: 2 * modes - 1, reads: field } as const;
    const addsWithin = add(`layer-${k}/fourier`, width, width, multiplier);
    field = add(`layer-${k}/pointwise`, width, width, { reads: field, addsWithin, activation });
  }
  add('projection-1', width, 2 * width, { activation });
  add('projection-2', 2 * width, outputs);
  const shape = new Array<number>(dimension).fill(points);
  const branches = [{ name: 'fourier', boxes: points, boxPoints: shape.map(() => 1), layers }];
  const grid = { dimension, shape, paddedShape: shape, inputs, outputs };
  return { ...assemble({ ...grid, output, branches }, layout), spec };
}
