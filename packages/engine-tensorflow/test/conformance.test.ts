import type { DyadicError } from '@dyadic/errors';
import { checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import { describe, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';

const engines = [await tensorflowEngine({ backend: 'wasm' })];
/** Where the package webgpu is installed and finds a graphics device, one in software too. */
const webgpu = await tensorflowEngine({ backend: 'webgpu' }).catch((error: DyadicError) => error);
if (webgpu instanceof Error) it.skip(`on webgpu: ${webgpu.message}`);
else engines.push(webgpu);

const CASES = conformanceCases('pairs');

describe.each(engines.map((engine) => [engine.backend, engine] as const))('on %s', (_, engine) => {
  it.each(CASES)('loss, gradient and predictions agree with the float64 reference: $name', (conformanceCase) =>
    checkConformance(engine, conformanceCase),
  );
});
