import type { Network, Samples } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { tensorflowEngine } from '../src/index.js';
import { CASES, normals, randomSamples, relativeDifference } from './data.js';
import { referenceDerivative, referenceLoss, referenceOutput } from './reference.js';

const engines = await Promise.all((['wasm', 'cpu'] as const).map((backend) => tensorflowEngine({ backend })));

async function lossAndGradient(
  engine: (typeof engines)[number],
  network: Network,
  theta: Float32Array,
  samples: Samples,
  indices: Uint32Array,
) {
  const session = await engine.open(network);
  const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
  const loss = await session.lossAndGradient(theta, session.load(samples), indices, gradient);
  session.close();
  return { loss, gradient };
}

/** A weight and a bias of every layer of some branches, at places that look random. */
function somePlaces(network: Network): number[] {
  return network.layers.flatMap(({ weight, bias }, k) =>
    k % 2 === 0 ? [weight.offset + ((k * 7919 + 11) % weight.size)] : [bias.offset + (k % bias.size), weight.offset],
  );
}

/** What the oracle says, computed once for all backends. */
const ORACLE = CASES.map(([name, network]) => {
  const theta = normals(network.parameterCount, 6, 0.3);
  const samples = randomSamples(network, 4);
  const indices = Uint32Array.of(3, 0);
  const places = somePlaces(network);
  const loss = referenceLoss(network, theta, samples, indices);
  const derivatives = places.map((i) => referenceDerivative(network, theta, samples, indices, i));
  return { name, network, theta, samples, indices, places, loss, derivatives };
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
        ...referenceOutput(network, theta, inputs.subarray(s * network.inputSize, (s + 1) * network.inputSize)),
      ]).flat();
      expect(outputs).toHaveLength(expected.length);
      expect(relativeDifference(outputs, expected)).toBeLessThan(2e-5);
    }
  });

  it.each(ORACLE)('gives the loss and, against central differences, the gradient: $name', async (oracle) => {
    const { network, theta, samples, indices, places } = oracle;
    const { loss, gradient } = await lossAndGradient(engine, network, theta, samples, indices);
    expect(loss / oracle.loss).toBeCloseTo(1, 4);
    expect(gradient.every(Number.isFinite)).toBe(true);
    const found = places.map((i) => gradient[i]!);
    expect(relativeDifference(found, oracle.derivatives)).toBeLessThan(1e-4);
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
