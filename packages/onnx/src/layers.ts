/** A layer as nodes: a gather, a matrix product, an activation. */
import { ACTIVATION_FUNCTIONS, kernelWindows, type Layer, type LayerKind, type ParameterSlice } from '@dyadic/mnn';
import { type Activations, onSites } from './activations.js';
import { nodesOf } from './arithmetic.js';
import { fourierNodes } from './fourier.js';
import type { Graph, Value } from './graph.js';

type LayerNodes = (graph: Graph, parameters: Float32Array, layer: Layer, source: Activations) => Value;

/** W ξ + b of each kind of layer, `[batch, sites, output channels]`. A missing entry does not compile. */
const KINDS: Readonly<Record<LayerKind, LayerNodes>> = {
  restriction: windowedProduct,
  kernel: windowedProduct,
  interpolation: windowedProduct,
  fourier: fourierNodes,
};

/** φ(W ξ + b + η') + η, where `outputOf` returns the outputs η' and η by their links, reshaped to the sites of the layer. */
export function layerNodes(
  graph: Graph,
  parameters: Float32Array,
  layer: Layer,
  source: Activations,
  outputOf: (link: number) => Activations,
): Activations {
  const { sites, outputChannels: channels, name, addsWithin, adds } = layer;
  const plus = (value: Value, link: number | undefined) => {
    if (link === undefined) return value;
    return graph.node('Add', [value, onSites(graph, outputOf(link), layer).value], name);
  };
  const z = KINDS[layer.kind](graph, parameters, layer, onSites(graph, source, layer));
  const activation = ACTIVATION_FUNCTIONS[layer.activation].value;
  return { value: plus(activation(nodesOf(graph, name), plus(z, addsWithin)), adds), sites, channels };
}

/** Eq (2.10): the window of every site times a matrix, shared by all sites or one per site. */
function windowedProduct(graph: Graph, parameters: Float32Array, layer: Layer, { value }: Activations): Value {
  const { name, dimension, window, inputChannels, outputChannels, connectivity } = layer;
  const sites = layer.sites ** dimension;
  const fanIn = window ** dimension * inputChannels;
  const windows = window === 1 ? value : gatherWindows(graph, layer, value, sites, fanIn);
  const isLocal = connectivity === 'local';
  const copies = isLocal ? [sites] : [];
  const weight = transposed(slice(parameters, layer.weight), outputChannels, fanIn);
  const matrix = graph.constant(`${name}/weight`, weight, [...copies, fanIn, outputChannels]);
  const bias = graph.constant(`${name}/bias`, slice(parameters, layer.bias), [...copies, outputChannels]);
  // With one matrix per site, each window is a row vector.
  const rows = isLocal ? graph.reshape(windows, [sites, 1, fanIn], name) : windows;
  const product = graph.node('MatMul', [rows, matrix], name);
  const numbers = isLocal ? graph.reshape(product, [sites, outputChannels], name) : product;
  return graph.node('Add', [numbers, bias], name);
}

/** Gathers the windows of all sites. Zero padding appends a site of zeros, which windows beyond the ends read. */
function gatherWindows(graph: Graph, layer: Layer, x: Value, sites: number, fanIn: number): Value {
  const { name, dimension, window, padding } = layer;
  const oneSiteMore = () => graph.table('one site more', BigInt64Array.of(0n, 0n, 0n, 0n, 1n, 0n));
  const padded = padding === 'zero' ? graph.node('Pad', [x, oneSiteMore()], name) : x;
  const windows = kernelWindows(layer).map((site) => (site < 0 ? sites : site));
  const table = graph.table('windows', windows, [sites, window ** dimension]);
  return graph.reshape(graph.node('Gather', [padded, table], name, { axis: 1 }), [sites, fanIn], name);
}

function slice(parameters: Float32Array, { offset, size }: ParameterSlice): Float32Array {
  return parameters.subarray(offset, offset + size);
}

/** Transposes each of a sequence of `rows` × `columns` matrices. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += rows * columns) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) result[start + j * rows + i] = values[start + i * columns + j]!;
    }
  }
  return result;
}
