import type { DyadicError } from '@dyadic/errors';
import { LOSSES, type Loss, type Network, type Samples } from '@dyadic/mnn';
import * as reference from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';
import { CASES, normals, randomSamples, relativeDifference } from './data.js';

const engines = await Promise.all((['wasm', 'cpu'] as const).map((backend) => tensorflowEngine({ backend })));
/** Where the package webgpu is installed and finds a graphics device, one in software too. */
const webgpu = await tensorflowEngine({ backend: 'webgpu' }).catch((error: DyadicError) => error);
if (webgpu instanceof Error) it.skip(`on webgpu: ${webgpu.message}`);
else engines.push(webgpu);

async function lossAndGradient(
  engine: (typeof engines)[number],
  network: Network,
  theta: Float32Array,
  samples: Samples,
  indices: Uint32Array,
  kind?: Loss,
) {
  const session = await engine.open(network);
  const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
  const loss = await session.lossAndGradient(theta, session.load(samples), indices, gradient, kind);
  session.close();
  return { loss, gradient };
}

/** What the oracle says, computed once for all backends. */
const ORACLE = CASES.map(([name, network]) => {
  const theta = normals(network.parameterCount, 6, 0.3);
  const samples = randomSamples(network, 4);
  const indices = Uint32Array.of(3, 0);
  const expected = LOSSES.map((kind) => reference.lossAndGradient(network, theta, samples, indices, kind));
  return { name, network, theta, samples, indices, expected };
});

describe.each(engines.map((engine) => [engine.backend, engine] as const))('on %s', (_, engine) => {
  it.each(CASES)('applies the network as eq (2.10) says: %s', async (_, network) => {
    const theta = normals(network.parameterCount, 5, 0.3);
    for (const count of [1, 3]) {
      const inputs = normals(count * network.inputSize, 9);
      const session = await engine.open(network);
      const outputs = await session.predict(theta, inputs);
      session.close();
      const expected = Array.from({ length: count }, (_, s) => [
        ...reference.apply(network, theta, inputs.subarray(s * network.inputSize, (s + 1) * network.inputSize)),
      ]).flat();
      expect(outputs).toHaveLength(expected.length);
      expect(relativeDifference(outputs, expected)).toBeLessThan(2e-5);
    }
  });

  it.each(ORACLE)('gives the losses and their gradients: $name', async (oracle) => {
    const { network, theta, samples, indices, expected } = oracle;
    for (const [i, kind] of LOSSES.entries()) {
      const { loss, gradient } = await lossAndGradient(engine, network, theta, samples, indices, kind);
      expect(loss / expected[i]!.loss).toBeCloseTo(1, 4);
      expect(gradient.every(Number.isFinite)).toBe(true);
      expect(relativeDifference(gradient, expected[i]!.gradient)).toBeLessThan(1e-4);
    }
  });
});

describe('wasm and cpu agree', () => {
  it.each(CASES)('on the whole gradient: %s', async (_, network) => {
    const theta = normals(network.parameterCount, 7, 0.3);
    const samples = randomSamples(network, 5);
    const indices = Uint32Array.of(0, 1, 2, 3, 4);
    const [wasm, cpu] = [
      await lossAndGradient(engines[0]!, network, theta, samples, indices),
      await lossAndGradient(engines[1]!, network, theta, samples, indices),
    ];
    expect(wasm.loss / cpu.loss).toBeCloseTo(1, 5);
    expect(relativeDifference(wasm.gradient, cpu.gradient)).toBeLessThan(1e-5);
  });
});
