/** The nodes of a network: gathers, matrix products, pointwise functions. */
import { type Branch, blockOrder, inputSources, type Network, outputSources } from '@dyadic/mnn';
import type { Activations } from './activations.js';
import type { Graph, Value } from './graph.js';
import { layerNodes } from './layers.js';
import { stageNodes } from './stages.js';

/** f(θ, x), `[batch, outputSize]`, from x, `[batch, inputSize]`: the sum of the branches, then the output stages. */
export function networkNodes(graph: Graph, network: Network, parameters: Float32Array, x: Value): Value {
  const outputs = network.branches.map((branch) => branchNodes(graph, network, parameters, branch, x));
  return stageNodes(
    graph,
    network,
    outputs.reduce((sum, output) => graph.node('Add', [sum, output], 'sum')),
  );
}

/** The contribution of a branch to y. */
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

/** For each entry at [box, point of the box, field] its index in the input sample; −1 for a zero of the padding. */
function numbersOfBoxes(network: Network, order: Uint32Array): Int32Array {
  const { inputs } = network;
  const sources = inputSources(network);
  return Int32Array.from({ length: order.length * inputs }, (_, i) => {
    return sources[order[Math.floor(i / inputs)]! * inputs + (i % inputs)]!;
  });
}

/** For each entry of an output sample its index at [box, point of the box, field]. */
function placesInBoxes(network: Network, order: Uint32Array): Int32Array {
  const { outputs } = network;
  const positions = new Uint32Array(order.length);
  for (const [position, point] of order.entries()) positions[point] = position;
  return outputSources(network).map(
    (source) => positions[Math.floor(source / outputs)]! * outputs + (source % outputs),
  );
}

/** Gathers entries of `[batch, size]` by a table, with zeros for −1. In one dimension the order of boxes needs no gather. */
function gathered(graph: Graph, x: Value, size: number, name: string, table: Int32Array): Value {
  if (table.length === size && table.every((from, to) => from === to)) return x;
  const oneMore = () => graph.table('one number more', BigInt64Array.of(0n, 0n, 0n, 1n));
  const padded = table.includes(-1) ? graph.node('Pad', [x, oneMore()], name) : x;
  const indices = table.map((from) => (from < 0 ? size : from));
  return graph.node('Gather', [padded, graph.table(name, indices)], name, { axis: 1 });
}
