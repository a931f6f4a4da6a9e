/** The nodes of a network: gathers, matrix products, pointwise functions. */
import { type Branch, blockOrder, inputSources, type Network, outputSources } from '@dyadic/mnn';
import type { Graph, Value } from './graph.js';
import { type Activations, layerNodes } from './layers.js';
import { stageNodes } from './stages.js';

/** f(θ, x), `[batch, numbers of all fields]` as x: the sum of the branches and the output stages. */
export function networkNodes(graph: Graph, network: Network, parameters: Float32Array, x: Value): Value {
  const outputs = network.branches.map((branch) => branchNodes(graph, network, parameters, branch, x));
  return stageNodes(
    graph,
    network,
    outputs.reduce((sum, output) => graph.node('Add', [sum, output], 'sum')),
  );
}

/** What a branch adds to y. */
function branchNodes(graph: Graph, network: Network, parameters: Float32Array, branch: Branch, x: Value): Value {
  const { dimension, paddedShape, inputs, outputs } = network;
  const { boxes, name } = branch;
  const order = blockOrder(dimension, paddedShape, boxes);
  const [sites, boxPoints] = [boxes ** dimension, order.length / boxes ** dimension];
  const boxed = gathered(graph, x, network.inputSize, 'boxes', numbersOfBoxes(network, order));
  const given: Activations = {
    value: graph.reshape(boxed, [sites, boxPoints * inputs], name),
    sites: boxes,
    channels: boxPoints * inputs,
  };
  const computed: Activations[] = [];
  branch.layers.forEach((layer, index) => {
    const outputOf = (link: number) => computed[link] ?? given;
    computed.push(layerNodes(graph, parameters, layer, outputOf(layer.reads ?? index - 1), outputOf));
  });
  const { value } = computed.at(-1)!;
  const size = order.length * outputs;
  const flat = graph.reshape(value, [size], name);
  return gathered(graph, flat, size, 'points', placesInBoxes(network, order));
}

/** For each number at [box, point of the box, field] the number of the input sample that it is; −1 where padding puts a zero. */
function numbersOfBoxes(network: Network, order: Uint32Array): Int32Array {
  const { inputs } = network;
  const sources = inputSources(network);
  return Int32Array.from({ length: order.length * inputs }, (_, i) => {
    return sources[order[Math.floor(i / inputs)]! * inputs + (i % inputs)]!;
  });
}

/** For each number of an output sample its place at [box, point of the box, field]. */
function placesInBoxes(network: Network, order: Uint32Array): Int32Array {
  const { outputs } = network;
  const positions = new Uint32Array(order.length);
  for (const [position, point] of order.entries()) positions[point] = position;
  return outputSources(network).map(
    (source) => positions[Math.floor(source / outputs)]! * outputs + (source % outputs),
  );
}

/** Numbers of `[batch, size]` in the order of a table, with zeros where it has −1. In one dimension boxes lie in order as it is. */
function gathered(graph: Graph, x: Value, size: number, name: string, table: Int32Array): Value {
  if (table.length === size && table.every((from, to) => from === to)) return x;
  const oneMore = () => graph.table('one number more', BigInt64Array.of(0n, 0n, 0n, 1n));
  const padded = table.includes(-1) ? graph.node('Pad', [x, oneMore()], name) : x;
  const indices = table.map((from) => (from < 0 ? size : from));
  return graph.node('Gather', [padded, graph.table(name, indices)], name, { axis: 1 });
}
