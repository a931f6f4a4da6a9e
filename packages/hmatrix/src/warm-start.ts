import { ArgumentError, requireFinite, requireInteger, requireKnownOptions } from '@dyadic/errors';
import { initialParameters, type Layer, type MnnSpec, type Network, requirePlainGrid, type Samples } from '@dyadic/mnn';
import { addBoxes, addWindows } from './embed.js';
import { convolutionMatrix } from './grid-matrix.js';
import { hierarchicalMatrix, type LevelFactors } from './hierarchical-matrix.js';
import { type LinearFit, linearFit } from './linear-fit.js';

export interface WarmStartOptions {
  /** Seeds the random part. */
  readonly seed: number;
  /** λ of {@link linearFit}. */
  readonly ridge?: number;
  /** Share of a random initialisation that is added to the levels, so that channels differ; default 0.1. */
  readonly noise?: number;
}

/** Room above the inputs of the training samples before a ReLU of the adjacent part cuts off. */
const MARGIN = 1.5;

/**
 * First parameters of a network with ReLU (or no) activation at which it is the least-squares linear map of the training
 * samples, as far as half its rank can say it, plus `noise`.
 *
 * The convolution that {@link linearFit} finds becomes a hierarchical matrix of rank ρ = ⌊r/2⌋. In a level, ReLU is passed
 * by x = relu(x) − relu(−x): V fills the first ρ channels, the first kernel layer is (M, −M) into 2ρ channels, the other
 * kernel layers are the identity on these, and the interpolation is (U, −U). The adjacent part has no channels to spare:
 * its first layer adds a bias b that makes all inputs of the samples positive, its last layer is A^(ad) and takes
 * A^(ad) b off again. The constant term of the fit is the bias of that last layer.
 *
 * @throws ArgumentError for another network: other activations, fewer than 2 channels, an output stage, extensions
 * other than weak admissibility and local connectivity
 */
export function warmStart(network: Network, samples: Samples, options: WarmStartOptions): Float32Array {
  requireKnownOptions('warmStart', options, ['seed', 'ridge', 'noise']);
  const { levels, channels, admissibility } = requirePlain(network);
  const points = requirePlainGrid(network, 'a warm start');
  const { seed, ridge, noise = 0.1 } = options;
  requireFinite('warmStart.noise', noise, { min: 0 });
  const fit = linearFit(network, samples, ridge === undefined ? {} : { ridge });
  const { dimension } = network;
  const rank = Math.floor(channels / 2);
  const matrix = convolutionMatrix({ dimension, points, size: network.inputSize }, fit.response);
  const hmatrix = hierarchicalMatrix(matrix, { levels, rank, ...(admissibility && { admissibility }) });
  const parameters = Float64Array.from(initialParameters(network, seed), (value) => noise * value);
  hmatrix.levels.forEach((factors, index) => {
    startLevel(parameters, network.branches[index]!.layers, factors, rank);
  });
  const { interactions } = hmatrix.partition.adjacent;
  startAdjacent(parameters, network.branches.at(-1)!.layers, fit, samples, (last) => {
    addWindows(parameters, last, interactions, hmatrix.adjacent, true);
  });
  return Float32Array.from(parameters);
}

function requirePlain({ spec }: Network): MnnSpec {
  if (spec === undefined) throw new ArgumentError('network', 'a list of layers', 'a network made by mnn');
  if ('width' in spec || spec.structure === 'wavelet')
    throw new ArgumentError('network.structure', spec.structure, 'a network made by mnn');
  const { activation, channels, output, padding, kernel, restriction, interpolation, structure } = spec;
  if (activation !== 'relu' && activation !== 'linear') {
    throw new ArgumentError('network.activation', activation, "'relu' or 'linear', which can pass a linear map on");
  }
  requireInteger('network.channels', channels, { min: 2 });
  if (output !== 'linear') throw new ArgumentError('network.output', output, "'linear'");
  for (const [name, value] of Object.entries({ padding, kernel, restriction, interpolation, structure })) {
    if (value !== undefined)
      throw new ArgumentError(`network.${name}`, value, 'nothing: a warm start knows no such network');
  }
  return spec;
}

/** V | (M, −M) | identity … | (U, −U). */
function startLevel(parameters: Float64Array, layers: readonly Layer[], factors: LevelFactors, rank: number): void {
  const { level, u, v, m } = factors;
  const channels = layers[0]!.outputChannels;
  const split = (c: number) => (c < rank ? 1 : -1);
  // x − (−x) is twice x where there is no ReLU.
  const share = layers[1]!.activation === 'linear' ? 0.5 : 1;
  const places = level.window ** level.dimension;
  const vs = new Float64Array(channels * level.boxSize);
  vs.set(v);
  const us = new Float64Array(level.boxSize * channels);
  const ms = new Float64Array(places * channels ** 2);
  for (let c = 0; c < 2 * rank; c++) {
    for (let p = 0; p < level.boxSize; p++) us[p * channels + c] = share * split(c) * u[p * rank + (c % rank)]!;
    for (let place = 0; place < places; place++) {
      for (let b = 0; b < rank; b++) {
        ms[(place * channels + c) * channels + b] = split(c) * m[(place * rank + (c % rank)) * rank + b]!;
      }
    }
  }
  addBoxes(parameters, layers[0]!, vs);
  addWindows(parameters, layers[1]!, level.interactions, ms, true);
  for (const layer of layers.slice(2, -1)) addIdentity(parameters, layer, 2 * rank);
  addBoxes(parameters, layers.at(-1)!, us);
}

/** Identity … with a bias that keeps ReLU out of the way | A^(ad), minus what the bias adds, plus the constant term. */
function startAdjacent(
  parameters: Float64Array,
  layers: readonly Layer[],
  { response, center, shift }: LinearFit,
  { inputs }: Samples,
  addMatrix: (last: Layer) => void,
): void {
  const last = layers.at(-1)!;
  for (const { weight, bias } of layers) parameters.fill(0, weight.offset, bias.offset + bias.size);
  const least = inputs.reduce((low, value) => Math.min(low, value), 0);
  const lift = layers.length > 1 ? -MARGIN * least : 0;
  for (const layer of layers.slice(0, -1)) addIdentity(parameters, layer, layer.outputChannels);
  if (layers.length > 1) {
    const { bias } = layers[0]!;
    parameters.fill(lift, bias.offset, bias.offset + bias.size);
  }
  addMatrix(last);
  const constant = shift - center * response.reduce((sum, c) => sum + c, 0);
  const rowLength = last.weight.size / last.bias.size;
  for (let row = 0; row < last.bias.size; row++) {
    const start = last.weight.offset + row * rowLength;
    const rowSum = parameters.subarray(start, start + rowLength).reduce((sum, weight) => sum + weight, 0);
    parameters[last.bias.offset + row] = constant - lift * rowSum;
  }
}

/** Adds 1 from each of the first channels to itself, at the centre of the window. */
function addIdentity(parameters: Float64Array, layer: Layer, channels: number): void {
  const { outputChannels, inputChannels, window, dimension, weight } = layer;
  const places = window ** dimension;
  const center = (places - 1) / 2;
  const copies = weight.size / (outputChannels * places * inputChannels);
  for (let copy = 0; copy < copies; copy++) {
    for (let c = 0; c < channels; c++) {
      parameters[weight.offset + ((copy * outputChannels + c) * places + center) * inputChannels + c]! += 1;
    }
  }
}
