import { type Arithmetic, FLOAT64 } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { nodesOf } from '../src/arithmetic.js';
import { Graph } from '../src/graph.js';
import { Message } from '../src/protobuf.js';
import { openModel } from './interpreter.js';

/** Every operation, in one variable. */
const FORMULAS: Readonly<Record<keyof Arithmetic<unknown>, <T>(f: Arithmetic<T>, x: T) => T>> = {
  constant: (f, x) => f.add(x, f.constant(0.25)),
  add: (f, x) => f.add(x, x),
  subtract: (f, x) => f.subtract(f.constant(1), x),
  multiply: (f, x) => f.multiply(x, x),
  divide: (f, x) => f.divide(f.constant(1), x),
  negate: (f, x) => f.negate(x),
  positivePart: (f, x) => f.positivePart(x),
  step: (f, x) => f.step(x),
  sqrt: (f, x) => f.sqrt(f.multiply(x, x)),
  tanh: (f, x) => f.tanh(x),
  softplus: (f, x) => f.softplus(x),
  expm1: (f, x) => f.expm1(x),
};

describe('the arithmetic of activations as nodes', () => {
  it.each(Object.entries(FORMULAS))('%s is what it is with numbers', (_, formula) => {
    const graph = new Graph();
    const x = graph.input('x', [1], '');
    const result = graph.reserve('result');
    graph.last('Abs', [formula(nodesOf(graph, 'formula'), x)], result);
    graph.output(result, [1], '');
    const model = openModel(new Message().message(7, graph.toMessage('g')).toBytes());
    const values = Float64Array.of(-3, -0.5, -1e-9, 1e-9, 0.25, 2);
    const found = model.run({ x: { shape: [6, 1], values } }).get('result')!.values;
    for (const [i, value] of values.entries()) {
      const expected = Math.abs(formula(FLOAT64, value));
      expect(Math.abs(found[i]! - expected)).toBeLessThanOrEqual(1e-14 * expected);
    }
  });
});
