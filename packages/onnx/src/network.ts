/** The nodes of a network: gathers, matrix products, pointwise functions. */
import { type Branch, blockOrder, type Layer, type Network, OUTPUT_FORMULAS, type ParameterSlice } from '@dyadic/mnn';
import type { Graph, Value } from './graph.js';
import { ACTIVATION_OPERATORS, fanIn, READINGS, STAGE_OPERATORS, siteCount } from './operators.js';

/** f(θ, x) for x `[batch, points]`: the sum of the branches and the output stage. */
export function networkNodes(graph: Graph, network: Network, parameters: Float32Array, x: Value): Value {
  const outputs = network.branches.map((branch) => branchNodes(graph, network, parameters, branch, x));
  const y = outputs.reduce((sum, output) => graph.node('Add', [sum, output], 'sum'));
  const formula = OUTPUT_FORMULAS[network.output];
  // Each kind of formula with its own operator.
  const stage = STAGE_OPERATORS[formula.kind] as (
    graph: Graph,
    y: Value,
    formula: (typeof OUTPUT_FORMULAS)[keyof typeof OUTPUT_FORMULAS],
    name: string,
  ) => Value;
  return stage(graph, y, formula, network.output);
}

/** Numbers at [site, channel] of every sample. */
interface Activations {
  readonly value: Value;
  readonly sites: number;
  readonly channels: number;
}

/** What a branch adds to y, `[batch, points]`. */
function branchNodes(graph: Graph, network: Network, parameters: Float32Array, branch: Branch, x: Value): Value {
  const { dimension, points } = network;
  const { boxes, boxPoints, name } = branch;
  const order = blockOrder(dimension, points, boxes);
  const box = { sites: boxes ** dimension, channels: boxPoints ** dimension };
  const boxed = reordered(graph, x, `boxes ${boxes}`, order);
  const blocked = { ...box, value: graph.reshape(boxed, [box.sites, box.channels], name) };
  const computed: Activations[] = [];
  branch.layers.forEach((layer, index) => {
    const of = (link: number) => computed[link] ?? blocked;
    const source = of(layer.reads ?? index - 1);
    const z = layerNodes(graph, parameters, layer, source);
    computed.push(layer.adds === undefined ? z : sumOf(graph, z, of(layer.adds), layer.name));
  });
  const last = inShape(graph, computed.at(-1)!, box, name);
  const flat = graph.reshape(last.value, [box.sites * box.channels], name);
  return reordered(graph, flat, `points ${boxes}`, inverse(order));
}

/** φ(W ξ + b) of one layer. */
function layerNodes(graph: Graph, parameters: Float32Array, layer: Layer, source: Activations): Activations {
  const { name, outputChannels, connectivity, activation } = layer;
  const { channels, gather } = READINGS[layer.kind](layer);
  const sites = siteCount(layer);
  const window = gather(graph, inShape(graph, source, { sites, channels }, name).value, name);
  const isLocal = connectivity === 'local';
  const copies = isLocal ? [sites] : [];
  const [rows, columns] = [outputChannels, fanIn(layer)];
  const weight = transposed(slice(parameters, layer.weight), rows, columns);
  const factor = graph.constant(`${name}/weight`, weight, [...copies, columns, rows]);
  const bias = graph.constant(`${name}/bias`, slice(parameters, layer.bias), [...copies, rows]);
  // Local weights are a matrix for each site, applied to a row vector there.
  const left = isLocal ? graph.reshape(window, [sites, 1, columns], name) : window;
  const product = graph.node('MatMul', [left, factor], name);
  const rowsOf = isLocal ? graph.reshape(product, [sites, rows], name) : product;
  const z = graph.node('Add', [rowsOf, bias], name);
  return { value: ACTIVATION_OPERATORS[activation](graph, z, name), sites, channels: rows };
}

function sumOf(graph: Graph, z: Activations, added: Activations, name: string): Activations {
  return { ...z, value: graph.node('Add', [z.value, inShape(graph, added, z, name).value], name) };
}

/** The same numbers on other sites: two of r channels are one of 2r. */
function inShape(
  graph: Graph,
  from: Activations,
  { sites, channels }: Omit<Activations, 'value'>,
  name: string,
): Activations {
  if (from.sites === sites && from.channels === channels) return from;
  return { value: graph.reshape(from.value, [sites, channels], name), sites, channels };
}

/** `[batch, points]` in another order. In one dimension boxes lie in order as it is. */
function reordered(graph: Graph, x: Value, name: string, order: Uint32Array): Value {
  if (order.every((from, to) => from === to)) return x;
  const table = graph.shared(name, () => Int32Array.from(order));
  return graph.node('Gather', [x, table], name, { axis: 1 });
}

function inverse(order: Uint32Array): Uint32Array {
  const positions = new Uint32Array(order.length);
  for (const [position, point] of order.entries()) positions[point] = position;
  return positions;
}

function slice(parameters: Float32Array, { offset, size }: ParameterSlice): Float32Array {
  return parameters.subarray(offset, offset + size);
}

/** Matrices of so many rows and columns, one after the other, each transposed. */
function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += rows * columns) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) result[start + j * rows + i] = values[start + i * columns + j]!;
    }
  }
  return result;
}
