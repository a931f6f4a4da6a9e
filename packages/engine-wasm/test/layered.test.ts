import { wasmEngine } from '@dyadic/engine-wasm';
import { checkConformance, layeredCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';

const engine = await wasmEngine({ threads: 1 });

describe("networks of one's own layers agree with the float64 reference", () => {
  it.each(layeredCases(60))('$name', (conformanceCase) => checkConformance(engine, conformanceCase));
});
