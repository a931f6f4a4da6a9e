/** What ONNX has for the activations, output stages and kinds of layers of `@dyadic/mnn`: one left out does not compile. */
import { type Activation, kernelWindows, type Layer, type LayerKind, type OutputFormula } from '@dyadic/mnn';
import type { Graph, Value } from './graph.js';

type Operator = (graph: Graph, x: Value, name: string) => Value;

/** φ(z). */
export const ACTIVATION_OPERATORS: Readonly<Record<Activation, Operator>> = {
  linear: (_graph, z) => z,
  relu: (graph, z, name) => graph.node('Relu', [z], name),
  tanh: (graph, z, name) => graph.node('Tanh', [z], name),
  softplus: (graph, z, name) => graph.node('Softplus', [z], name),
};

/** What the sites of a layer read. */
interface Reading {
  /** Numbers at each site before windows are gathered. */
  readonly channels: number;
  /** From `[batch, sites, channels]` to `[batch, sites, fan-in]`. */
  readonly gather: Operator;
}

const atOwnSite: Operator = (_graph, x) => x;

/** A layer of each kind: the points of its box, its window, or its own site. */
export const READINGS: Readonly<Record<LayerKind, (layer: Layer) => Reading>> = {
  restriction: (layer) => ({ channels: fanIn(layer), gather: atOwnSite }),
  kernel: (layer) => ({
    channels: layer.inputChannels,
    gather: layer.window === 1 ? atOwnSite : (graph, x, name) => gatherWindows(graph, layer, x, name),
  }),
  interpolation: (layer) => ({ channels: fanIn(layer), gather: atOwnSite }),
};

/** Numbers that one output number of a layer is a weighted sum of. */
export function fanIn({ window, dimension, inputChannels }: Layer): number {
  return window ** dimension * inputChannels;
}

export function siteCount({ sites, dimension }: Layer): number {
  return sites ** dimension;
}

/** The windows of a kernel layer side by side. Zero padding is one more site, of zeros, that windows beyond the ends read. */
function gatherWindows(graph: Graph, layer: Layer, x: Value, name: string): Value {
  const { dimension, sites, window, padding } = layer;
  const count = siteCount(layer);
  const padded = padding === 'zero' ? graph.node('Pad', [x, oneSiteMore(graph)], name) : x;
  const table = graph.shared(
    `windows ${padding} ${[dimension, sites, window].join(' ')}`,
    () => kernelWindows(layer).map((site) => (site < 0 ? count : site)),
    [count, window ** dimension],
  );
  const gathered = graph.node('Gather', [padded, table], name, { axis: 1 });
  return graph.reshape(gathered, [count, fanIn(layer)], name);
}

/** Numbers to add before and after each axis of `[batch, sites, channels]`. */
function oneSiteMore(graph: Graph): Value {
  return graph.shared('one site more', () => BigInt64Array.of(0n, 0n, 0n, 0n, 1n, 0n));
}

type Stages = {
  readonly [Kind in OutputFormula['kind']]: (
    graph: Graph,
    y: Value,
    formula: Extract<OutputFormula, { readonly kind: Kind }>,
    name: string,
  ) => Value;
};

/** Samples whose largest y lies below this have softplus(y) = e^y to the last bit of a float32. */
const FAR_BELOW_ZERO = -20;

/** The output stages, from y to f, both `[batch, points]`. */
export const STAGE_OPERATORS: Stages = {
  identity: (_graph, y) => y,
  /**
   * f = s / mean(s^p)^(1/p), s = softplus(y). First every sample is divided by its largest s, so that nothing overflows or
   * vanishes: u = s / max s, or e^(y − max y) where all s are too small for a float32.
   */
  normalized: (graph, y, { power }, name) => {
    const rows = { axes: [1], keepdims: 1 };
    const s = softplus(graph, y, name);
    const top = graph.node('ReduceMax', [y], name, rows);
    const ratio = graph.node('Div', [s, graph.node('ReduceMax', [s], name, rows)], name);
    const farBelow = graph.node('Exp', [graph.node('Sub', [y, top], name)], name);
    const isFarBelow = graph.node('Less', [top, graph.scalar(FAR_BELOW_ZERO)], name);
    const u = graph.node('Where', [isFarBelow, farBelow, ratio], name);
    if (power === 1) return graph.node('Div', [u, graph.node('ReduceMean', [u], name, rows)], name);
    const meanSquare = graph.node('ReduceMean', [graph.node('Mul', [u, u], name)], name, rows);
    return graph.node('Div', [u, graph.node('Sqrt', [meanSquare], name)], name);
  },
};

/**
 * softplus(y) = max(y, 0) + log(1 + e), e = e^(−|y|), to the last digits also where it is small; runtimes' own Softplus
 * is so only beside 1. With w = 1 + e rounded, log(1 + e) = e log(w) / (w − 1), and e where w is 1 (W. Kahan; see N. Higham,
 * Accuracy and Stability of Numerical Algorithms, 2002, §1.14.1).
 */
function softplus(graph: Graph, y: Value, name: string): Value {
  const one = graph.scalar(1);
  const e = graph.node('Exp', [graph.node('Neg', [graph.node('Abs', [y], name)], name)], name);
  const w = graph.node('Add', [e, one], name);
  const quotient = graph.node('Div', [e, graph.node('Sub', [w, one], name)], name);
  const log = graph.node('Mul', [graph.node('Log', [w], name), quotient], name);
  const isOne = graph.node('Equal', [w, one], name);
  const tail = graph.node('Where', [isOne, e, log], name);
  return graph.node('Add', [graph.node('Relu', [y], name), tail], name);
}
