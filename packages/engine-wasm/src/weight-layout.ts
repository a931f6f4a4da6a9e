/** How the weights of a layer connect its numbers, and the orders in which the kernels want those weights. */
import { finestBoxes, type Layer, type Network, transposedWindows } from '@dyadic/mnn';
import {
  BoxPatch,
  imagesPatch,
  inOrderOf,
  ownPatch,
  type Patch,
  takenPatch,
  transposedPatch,
  windowPatch,
} from './tables.js';

/**
 * A layer as a product, y[out(s, q), k] = Σ_j Σ_c W[s; q, k; j, c] x[in(s, j), c] + b[s; q, k], with the place of
 * each weight and bias in the flat parameter vector.
 */
export interface WeightLayout {
  readonly input: Patch;
  readonly output: Patch;
  /** Of a kernel layer: where the inputs of a site by itself lie. */
  readonly taken?: Patch;
  /** Weights of how many sites there are: 1 when all sites share them. */
  readonly copies: number;
  readonly weight: (site: number, q: number, k: number, j: number, c: number) => number;
  readonly bias: (site: number, q: number, k: number) => number;
}

/** The layout of the forward pass of a layer that reads an output on `from` sites per axis. */
export function weightLayout(network: Network, layer: Layer, from: number): WeightLayout {
  const { weight, bias, inputChannels, outputChannels } = layer;
  const places = layer.window ** layer.dimension;
  const copies = layer.connectivity === 'local' ? layer.sites ** layer.dimension : 1;
  // W[(site,) out, place, in] and b[(site,) out] of the layout, row-major.
  const at = (site: number, out: number, place: number, channel: number) =>
    weight.offset + ((site * outputChannels + out) * places + place) * inputChannels + channel;
  const biasAt = (site: number, out: number) => bias.offset + site * outputChannels + out;
  if (layer.kind === 'fourier') {
    // Its numbers lie as those of a kernel layer; its weights do not (`multiplierOrder`).
    const none = () => 0;
    return { input: ownPatch(inputChannels), output: ownPatch(outputChannels), copies: 0, weight: none, bias: none };
  }
  if (layer.kind === 'kernel') {
    const taken = takenPatch(layer, from, inputChannels);
    const { places: parts, channels: run } = taken;
    return {
      input: windowPatch(layer, taken),
      output: ownPatch(outputChannels),
      taken,
      copies,
      weight: (site, _q, k, j, c) => at(site, k, Math.floor(j / parts), (j % parts) * run + c),
      bias: (site, _q, k) => biasAt(site, k),
    };
  }
  const finest = finestBoxes(network);
  const finestPoints = network.paddedShape.map((points) => points / finest);
  const fields = layer.kind === 'restriction' ? network.inputs : network.outputs;
  const box = new BoxPatch(layer.sites, finest, finestPoints, fields);
  if (layer.kind === 'restriction') {
    return {
      input: box,
      output: ownPatch(outputChannels),
      copies,
      weight: (site, _q, k, j, c) => at(site, k, 0, box.number(j, c)),
      bias: (site, _q, k) => biasAt(site, k),
    };
  }
  return {
    input: ownPatch(inputChannels),
    output: box,
    copies,
    weight: (site, q, k, _j, c) => at(site, box.number(q, k), 0, c),
    bias: (site, q, k) => biasAt(site, box.number(q, k)),
  };
}

/** The layout of the gradient with respect to a layer's input, which has no bias. */
export interface TransposedLayout extends Omit<WeightLayout, 'bias' | 'taken'> {
  /** Sites of the product. */
  readonly sites: number;
  /** With reflection these are the extended sites, and this says whose sum is which run of the gradient. */
  readonly images?: Patch;
}

/**
 * The transpose of a layer.
 *
 * Restriction and interpolation are transposed by exchanging input and output. In a kernel layer site s takes part in
 * the windows of its own window: ∂ξ[s, c] = Σ_j Σ_k W[s_j; k; −j, c] δ[s_j, k], with s_j the site at place j of the
 * window of s and −j the opposite place, at which the window of s_j holds s (`transposedWindows`).
 */
export function transposedLayout(
  layer: Layer,
  { input, output, taken, copies, weight }: WeightLayout,
): TransposedLayout {
  const sites = layer.sites ** layer.dimension;
  if (taken === undefined) {
    return { sites, input: output, output: input, copies, weight: (site, q, k, j, c) => weight(site, j, c, q, k) };
  }
  const places = layer.window ** layer.dimension;
  const { places: parts, channels: run } = taken;
  const transposed = transposedWindows(layer);
  const { windows, images } = transposed;
  const extended = transposed.sites ** layer.dimension;
  // Where padding has nothing, δ is zero, whatever the weight.
  const local = layer.connectivity === 'local';
  const neighbour = (site: number, j: number) => (local ? Math.max(0, windows[site * places + j]!) : 0);
  return {
    sites: extended,
    input: transposedPatch(layer, windows, output.channels),
    output: images ? ownPatch(layer.inputChannels) : taken,
    copies: local ? extended : 1,
    weight: (site, q, k, j, c) => {
      const channel = q * run + k;
      return weight(neighbour(site, j), 0, c, (places - 1 - j) * parts + Math.floor(channel / run), channel % run);
    },
    ...(images && { images: inOrderOf(taken, sites, imagesPatch(layer, images, layer.inputChannels)) }),
  };
}

/** Parameter indices in the order in which a product reads weights: pairs of outputs, then an odd last one. */
export function* productOrder({ input, output, copies, weight }: Omit<WeightLayout, 'bias'>): Generator<number> {
  const even = output.channels - (output.channels % 2);
  for (let site = 0; site < copies; site++) {
    for (let q = 0; q < output.places; q++) {
      for (let k = 0; k < output.channels; k += 2) {
        for (let j = 0; j < input.places; j++) {
          for (let c = 0; c < input.channels; c++) {
            yield weight(site, q, k, j, c);
            if (k < even) yield weight(site, q, k + 1, j, c);
          }
        }
      }
    }
  }
}

/** Parameter indices in the order of the biases, which is also the order of their gradients. */
export function* biasOrder({ output, copies, bias }: WeightLayout): Generator<number> {
  for (let site = 0; site < copies; site++)
    for (let q = 0; q < output.places; q++) for (let k = 0; k < output.channels; k++) yield bias(site, q, k);
}

/**
 * Parameter indices in the order of the weight gradient: [site][row][place][column], rows being the side of the
 * product that lies at the site itself — the outputs, but the inputs of an interpolation.
 */
export function* gradientOrder(
  { input, output, copies, weight }: WeightLayout,
  rowsAreInputs: boolean,
): Generator<number> {
  const [rows, columns] = rowsAreInputs ? [input, output] : [output, input];
  for (let site = 0; site < copies; site++)
    for (let row = 0; row < rows.channels; row++)
      for (let place = 0; place < columns.places; place++)
        for (let column = 0; column < columns.channels; column++)
          yield rowsAreInputs ? weight(site, place, column, 0, row) : weight(site, 0, row, place, column);
}
