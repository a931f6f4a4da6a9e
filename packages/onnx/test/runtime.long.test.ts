import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { exportedEngine, VALUES } from './engine.js';

/** What is used of onnxruntime's interface, which is the same in Node and in browsers. */
interface Runtime {
  readonly Tensor: new (type: 'float32', data: Float32Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: { create(bytes: Uint8Array, options: object): Promise<RuntimeSession> };
}

interface RuntimeSession {
  run(inputs: object): Promise<Record<string, { readonly data: Float32Array }>>;
  release(): Promise<void>;
}

const TOGETHER = 100;
/** The first runtime that is found is tried on all networks, the other on a part of them. */
let extent: 'all' | 'pairs' = 'all';

/** Neither is a dependency: they take 140 and 290 MB, and the installation of one wants downloads of its own. */
for (const [name, provider] of [
  ['onnxruntime-node', 'cpu'],
  ['onnxruntime-web', 'wasm'],
] as const) {
  const runtime: Runtime | null = await import(name).catch(() => null);
  if (!runtime) {
    it.skip(`${name} is not installed: npm install --no-save --ignore-scripts ${name}`);
    continue;
  }
  const engine = exportedEngine(name, async (bytes, inputs, shape) => {
    const options = { executionProviders: [provider], intraOpNumThreads: 1, logSeverityLevel: 3 };
    const session = await runtime.InferenceSession.create(bytes, options);
    try {
      const tensors = Object.entries(inputs).map(([name, x]) => [name, new runtime.Tensor('float32', x, shape)]);
      const outputs = Object.entries(await session.run(Object.fromEntries(tensors)));
      return Object.fromEntries(outputs.map(([name, { data }]) => [name, data]));
    } finally {
      await session.release();
    }
  });
  const cases = conformanceCases(extent);
  extent = 'pairs';
  describe(`exported networks in ${name} agree with the float64 reference to 1e-5`, () => {
    it.each(Array.from({ length: Math.ceil(cases.length / TOGETHER) }, (_, part) => part * TOGETHER))(
      'a hundred networks, from %i on',
      async (first) => {
        for (const one of cases.slice(first, first + TOGETHER)) await checkConformance(engine, one, VALUES);
      },
      600_000,
    );
  });
}
