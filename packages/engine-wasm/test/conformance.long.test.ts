import { wasmEngine } from '@dyadic/engine-wasm';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';

const engine = await wasmEngine({ threads: 1 });

describe('loss, gradient and predictions agree with the float64 reference', () => {
  it.each(conformanceCases())('$name', (conformanceCase) => checkConformance(engine, conformanceCase));
});
