import type { Arithmetic } from '@dyadic/mnn';
import type { Graph, Value } from './graph.js';

/** The arithmetic of activations as nodes of a graph; names of nodes begin with `name`. */
export function nodesOf(graph: Graph, name: string): Arithmetic<Value> {
  const node = (operator: string, ...inputs: Value[]) => graph.node(operator, inputs, name);
  const arithmetic: Arithmetic<Value> = {
    constant: (value) => graph.scalar(value),
    add: (x, y) => node('Add', x, y),
    subtract: (x, y) => node('Sub', x, y),
    multiply: (x, y) => node('Mul', x, y),
    divide: (x, y) => node('Div', x, y),
    negate: (x) => node('Neg', x),
    positivePart: (x) => node('Relu', x),
    step: (x) => node('Sign', node('Relu', x)),
    sqrt: (x) => node('Sqrt', x),
    tanh: (x) => node('Tanh', x),
    // One node, accurate relative to numbers of order one; the function `softplus` below is accurate for small values, too.
    softplus: (x) => node('Softplus', x),
    // 2 t / (1 − t), t = tanh(x/2)
    expm1: (x) => {
      const t = node('Tanh', node('Mul', x, graph.scalar(0.5)));
      return node('Div', node('Add', t, t), node('Sub', graph.scalar(1), t));
    },
  };
  return arithmetic;
}

/**
 * softplus(y) = max(y, 0) + log(1 + e), e = e^(−|y|), accurate to the last digits even for small values; runtimes evaluate
 * log(1 + e^y) literally. With w = 1 + e rounded, log(1 + e) = e log(w) / (w − 1), or e if w = 1 (W. Kahan; see N. Higham,
 * Accuracy and Stability of Numerical Algorithms, 2002, §1.14.1).
 */
export function softplus(graph: Graph, y: Value, name: string): Value {
  const node = (operator: string, ...inputs: Value[]) => graph.node(operator, inputs, name);
  const one = graph.scalar(1);
  const e = node('Exp', node('Neg', node('Abs', y)));
  const w = node('Add', e, one);
  const log = node('Mul', node('Log', w), node('Div', e, node('Sub', w, one)));
  return node('Add', node('Relu', y), node('Where', node('Equal', w, one), e, log));
}
