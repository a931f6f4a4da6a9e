import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { exportedEngine, type Fields, VALUES } from './engine.js';
import { openModel } from './interpreter.js';

const interpreter = exportedEngine('the exported graph in float64', async (bytes, inputs, shape) => {
  const tensors = Object.entries(inputs).map(([name, values]) => [name, { shape, values: Float64Array.from(values) }]);
  const model = openModel(bytes);
  const values = model.run(Object.fromEntries(tensors));
  // Float64, as the comparison takes it.
  return Object.fromEntries(model.outputs.map((name) => [name, values.get(name)!.values])) as unknown as Fields;
});

describe('an exported network, its operators computed in float64, is the float64 reference', () => {
  // Below −20 softplus is e^y to 1e-9.
  it.each(conformanceCases('pairs'))('$name', (one) => checkConformance(interpreter, one, { ...VALUES, values: 2e-9 }));
});
