import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { exportedEngine, VALUES } from './engine.js';
import { openModel } from './interpreter.js';

const interpreter = exportedEngine('the exported graph in float64', async (bytes, x, shape) => {
  const values = openModel(bytes).run({ x: { shape, values: Float64Array.from(x) } });
  return values.get('f')!.values as unknown as Float32Array;
});

describe('an exported network, its operators computed in float64, is the float64 reference', () => {
  // Below −20 softplus is e^y to 1e-9.
  it.each(conformanceCases('pairs'))('$name', (one) => checkConformance(interpreter, one, { ...VALUES, values: 2e-9 }));
});
