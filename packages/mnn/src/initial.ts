import {
  type CompleteOptions,
  completeOptions,
  type OptionsOf,
  type OptionTable,
  requireKnownOptions,
  requireOneOf,
} from '@dyadic/errors';
import { type RandomStream, randomStream } from '@dyadic/random';
import { ACTIVATION_FUNCTIONS } from './activations.js';
import type { Layer } from './layer.js';
import type { Network } from './network.js';
import type { WaveletNetwork } from './structures/wavelet.js';
import { writeFilters } from './structures/wavelet-filters.js';

/**
 * How to draw the first parameters.
 *
 * `fan-in`: weights normal with variance gain / (window · in), gain 2 before a ReLU and 1 otherwise, the last layer of each
 * branch divided by √branches so that the sum has unit variance (He et al. 2015), and likewise where outputs are added
 * within a branch; biases `bias` where there is an activation, else zero. A bias above 0 keeps ReLUs from starting dead:
 * with a small gain the network is nearly linear at first. The filters of a wavelet network are those of Daubechies
 * ({@link writeFilters}), of fields and channels mixed at random.
 * `normal`: weights and biases all normal with the standard deviation given, as the paper says (§4.1); not those filters of a
 * wavelet network that are not trained, which are of Daubechies here too.
 */
export const INITIAL_OPTIONS = {
  scheme: {
    type: 'choice',
    choices: ['fan-in', 'normal'],
    default: 'fan-in',
    description: 'fan-in: by the size of each window, biases constant; normal: all with one deviation',
  },
  deviation: { type: 'number', least: 0, default: 0.05, description: 'standard deviation of the scheme normal' },
  gain: { type: 'number', least: 0, default: 1, description: 'factor on the deviations of fan-in' },
  bias: { type: 'number', default: 0, description: 'bias of layers with an activation in fan-in' },
} as const satisfies OptionTable;

export type InitialOptions = OptionsOf<typeof INITIAL_OPTIONS>;

/** What each scheme has besides its name. */
const SETTINGS = { 'fan-in': ['gain', 'bias'], normal: ['deviation'] } as const;

/** Fills in the defaults and checks every option. @throws ArgumentError */
export function completeInitial(options: InitialOptions = {}): CompleteOptions<typeof INITIAL_OPTIONS> {
  const { choices, default: otherwise } = INITIAL_OPTIONS.scheme;
  const scheme = requireOneOf<'fan-in' | 'normal'>('initial.scheme', options?.scheme ?? otherwise, choices);
  requireKnownOptions('initial', options, ['scheme', ...SETTINGS[scheme]]);
  return completeOptions('initial', options, INITIAL_OPTIONS);
}

/**
 * Draws a parameter vector from the stream (seed, 'mnn/initial'): the same float32 numbers for the same seed, scheme
 * and network. @throws ArgumentError
 */
export function initialParameters(network: Network, seed: number, options: InitialOptions = {}): Float32Array {
  const { scheme, deviation, gain, bias } = completeInitial(options);
  const stream = randomStream(seed, 'mnn/initial');
  const parameters = new Float32Array(network.parameterCount);
  for (const { layers } of network.branches) {
    const shares = sumShares(layers, network.branches.length);
    layers.forEach((layer, index) => {
      const weightDeviation = scheme === 'normal' ? deviation : gain * shares[index]! * fanInDeviation(layer);
      fillNormal(parameters, layer.weight, weightDeviation, stream);
      if (scheme === 'normal') fillNormal(parameters, layer.bias, deviation, stream);
      else if (layer.activation !== 'linear') fill(parameters, layer.bias, bias);
    });
  }
  if (isWaveletNetwork(network) && (scheme === 'fan-in' || network.spec.filters === 'fixed')) {
    const mixing = randomStream(seed, 'mnn/initial/wavelet');
    const [first, last] = [normals(mixing, network.inputs), normals(mixing, network.spec.channels)];
    writeFilters(network, parameters, { first, last });
    for (const { fixed, bias } of network.layers) if (fixed) fill(parameters, bias, 0);
  }
  return parameters;
}

/** Normal numbers by row and column, of variance 1 / columns. */
function normals(stream: RandomStream, columns: number): (row: number, column: number) => number {
  const drawn: number[] = [];
  return (row, column) => {
    while (drawn.length <= row * columns + column) drawn.push(stream.normal() / Math.sqrt(columns));
    return drawn[row * columns + column]!;
  };
}

function isWaveletNetwork(network: Network): network is WaveletNetwork {
  return network.spec?.structure === 'wavelet';
}

/**
 * Factors with which outputs that are added have about unit variance together: those of the branches, those of two
 * parallel rows, and the increments of n layers around skips, which together count as much as what they are added to.
 */
function sumShares(layers: readonly Layer[], branches: number): number[] {
  const shares = layers.map((_, index) => (index === layers.length - 1 ? 1 / Math.sqrt(branches) : 1));
  const skips = layers.map(({ adds, reads }, index) => adds !== undefined && adds === (reads ?? index - 1));
  const skipCount = skips.filter(Boolean).length;
  for (let index = layers.length - 1; index >= 0; index--) {
    const { adds } = layers[index]!;
    shareWithin(layers, index, shares);
    if (adds === undefined) continue;
    shares[index]! /= Math.sqrt(skips[index] ? skipCount : 2);
    if (!skips[index]) shares[adds] = shares[index]!;
  }
  return shares;
}

/** What is summed within an activation, one layer after the other, has together the variance that the activation asks for. */
function shareWithin(layers: readonly Layer[], last: number, shares: number[]): void {
  if (layers[last]!.addsWithin === undefined || layers.some(({ addsWithin }) => addsWithin === last)) return;
  const chain = [last];
  for (
    let next: number | undefined = layers[last]!.addsWithin;
    next !== undefined && next >= 0;
    next = layers[next]!.addsWithin
  ) {
    chain.push(next);
  }
  const gainOf = (index: number) => ACTIVATION_FUNCTIONS[layers[index]!.activation].gain;
  const share = shares[last]! * Math.sqrt(gainOf(last) / chain.length);
  for (const index of chain) shares[index] = share / Math.sqrt(gainOf(index));
}

/** Of a Fourier layer what keeps the variance of each frequency that it has: its multipliers are complex, of two parts. */
function fanInDeviation(layer: Layer): number {
  const fanIn =
    layer.kind === 'fourier' ? 2 * layer.inputChannels : layer.window ** layer.dimension * layer.inputChannels;
  return Math.sqrt(ACTIVATION_FUNCTIONS[layer.activation].gain / fanIn);
}

function fill(parameters: Float32Array, { offset, size }: Layer['bias'], value: number): void {
  parameters.fill(value, offset, offset + size);
}

function fillNormal(parameters: Float32Array, slice: Layer['weight'], deviation: number, stream: RandomStream): void {
  for (let i = slice.offset; i < slice.offset + slice.size; i++) parameters[i] = deviation * stream.normal();
}
