/** The output stages. A missing formula does not compile. */
import { type Network, OUTPUT_FORMULAS, type OutputFormula, outputGroups } from '@dyadic/mnn';
import { softplus } from './arithmetic.js';
import type { Graph, Value } from './graph.js';

/** A stage of one group of fields: y and f are `[batch, size]`. */
type Stages = {
  readonly [Kind in OutputFormula['kind']]: (
    graph: Graph,
    y: Value,
    formula: Extract<OutputFormula, { readonly kind: Kind }>,
    size: number,
    name: string,
  ) => Value;
};

/** If the largest y of a sample lies below this, softplus(y) = e^y to the last bit of a float32. */
const FAR_BELOW_ZERO = -20;

const STAGES: Stages = {
  identity: (_graph, y) => y,
  mean: (graph, y, _formula, size, name) => everywhere(graph, mean(graph, y, size, name), size, name),
  /**
   * f = s / mean(s^p)^(1/p), s = softplus(y). Divides every sample by its largest s first, so that nothing overflows or
   * underflows: u = s / max s, or e^(y − max y) if all s are too small for a float32.
   */
  normalized: (graph, y, { power }, size, name) => {
    const node = (operator: string, ...inputs: Value[]) => graph.node(operator, inputs, name);
    const largest = (x: Value) => graph.node('ReduceMax', [x], name, { axes: [1], keepdims: 1 });
    const s = softplus(graph, y, name);
    const top = largest(y);
    const isFarBelow = node('Less', top, graph.scalar(FAR_BELOW_ZERO));
    const u = node('Where', isFarBelow, node('Exp', node('Sub', y, top)), node('Div', s, largest(s)));
    if (power === 1) return node('Div', u, mean(graph, u, size, name));
    return node('Div', u, node('Sqrt', mean(graph, node('Mul', u, u), size, name)));
  },
};

/** Broadcasts `[batch, 1]` to `[batch, size]`. */
export function everywhere(graph: Graph, x: Value, size: number, name: string): Value {
  return graph.node('Expand', [x, graph.table('row', BigInt64Array.of(1n, BigInt(size)))], name);
}

/**
 * The mean of `[batch, size]`, `[batch, 1]`. The sum of finite numbers may overflow, so they are divided by a power of two first,
 * which rounds none of them.
 */
export function mean(graph: Graph, x: Value, size: number, name: string): Value {
  const axis = graph.table('axis', BigInt64Array.of(1n));
  const most = 2 ** Math.ceil(Math.log2(size));
  const parts = graph.node('Mul', [x, graph.scalar(1 / most)], name);
  const sum = graph.node('ReduceSum', [parts, axis], name, { keepdims: 1 });
  return graph.node('Div', [sum, graph.scalar(size / most)], name);
}

/** f from y, both `[batch, outputSize]`: applies each group's output stage, in order. */
export function stageNodes(graph: Graph, network: Network, y: Value): Value {
  const field = network.outputSize / network.outputs;
  const groups = outputGroups(network).map(({ stage, first, fields }) => {
    const [from, size] = [first * field, fields * field];
    const part = partOf(graph, y, network.outputSize, from, size, stage);
    const formula: OutputFormula = OUTPUT_FORMULAS[stage];
    // The kind of the formula selects the stage.
    const apply = STAGES[formula.kind] as (...of: [Graph, Value, OutputFormula, number, string]) => Value;
    return apply(graph, part, formula, size, stage);
  });
  return joined(graph, groups, 'fields');
}

/** Entries `from`, …, `from + size − 1` of `[batch, all]`. */
export function partOf(graph: Graph, x: Value, all: number, from: number, size: number, name: string): Value {
  if (size === all) return x;
  const place = (index: number) => graph.table('place', BigInt64Array.of(BigInt(index)));
  return graph.node('Slice', [x, place(from), place(from + size), place(1)], name);
}

/** Concatenates values `[batch, …]` along the second axis. */
export function joined(graph: Graph, values: readonly Value[], name: string): Value {
  return values.length === 1 ? values[0]! : graph.node('Concat', values, name, { axis: 1 });
}
