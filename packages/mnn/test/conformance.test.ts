import { type Engine, type MnnOptions, mnn } from '@dyadic/mnn';
import { ConformanceError, checkConformance, conformanceCases } from '@dyadic/mnn/conformance';
import * as reference from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';

/** An engine that is the reference in float32, with an error put in. */
function referenceEngine(
  change: Partial<Record<'output' | 'loss' | 'gradient', (value: number) => number>> = {},
): Engine {
  const { output = (f) => f, loss = (l) => l, gradient = (g) => g } = change;
  return {
    name: 'reference',
    description: 'the reference',
    open: async (network) => ({
      load: (samples) => samples,
      unload: () => {},
      close: () => {},
      async lossAndGradient(parameters, samples, indices, into, kind) {
        const result = reference.lossAndGradient(network, parameters, samples as never, indices, kind);
        into.set(result.gradient.map(gradient));
        return loss(result.loss);
      },
      async predict(parameters, inputs) {
        const size = network.inputSize;
        const count = inputs.length / size;
        const samples = Array.from({ length: count }, (_, s) => inputs.subarray(s * size, (s + 1) * size));
        return Float32Array.from(
          samples.flatMap((x) => [...reference.apply(network, parameters, x)]),
          output,
        );
      },
    }),
  };
}

const pairs = conformanceCases('pairs');
const all = conformanceCases();

describe('conformanceCases', () => {
  it('has every combination of the options that make the structure, once', () => {
    expect(all).toHaveLength(2304 + 2304 + 1728 + 500 + 17 + 32 + 216 + 11 + 6 + 6 + 300 + 300);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(['all', 'pairs'] as const)('%s: in each dimension any two values of any two options meet', (extent) => {
    const words = ({ network, loss }: (typeof all)[number]) => {
      const { connectivity, restriction, interpolation, points, levels, ...others } = network as MnnOptions;
      const least = others.admissibility === 'weak' ? 1 : 2;
      const own = { boxPoints: (points as number) / 2 ** levels, moreLevels: levels - least, loss };
      return Object.entries({
        ...others,
        ...own,
        ...Object.fromEntries(Object.entries(connectivity as object).map(([part, value]) => [`${part} layers`, value])),
        restriction: restriction!.activation,
        restrictionLayers: restriction!.layers,
        interpolationLayers: interpolation!.layers,
      }).map(([option, value]) => `${option} ${value}`);
    };
    for (const dimension of [1, 2, 3]) {
      const met = (cases: typeof all) =>
        new Set(
          cases
            .filter(({ network }) => network.dimension === dimension && 'restriction' in network)
            .flatMap((one) => words(one).flatMap((a, i, every) => every.slice(i + 1).map((b) => `${a}, ${b}`))),
        );
      const found = met(extent === 'all' ? all : pairs);
      const possible = met(all);
      expect([...possible].filter((pair) => !found.has(pair))).toEqual([]);
      expect(found).toContain('channels 7, activation softplus');
      expect(found).toContain('channels 7, boxPoints 3');
    }
  });

  it('are the same in every run', () => {
    expect(conformanceCases('pairs')).toEqual(pairs);
  });
});

describe('checkConformance', () => {
  const [first] = pairs as [(typeof pairs)[number]];

  it('accepts the reference in float32', async () => {
    for (const one of pairs.slice(0, 10)) await checkConformance(referenceEngine(), one);
  });

  it.each([
    [{ output: (f: number) => f * 1.0001 }, 'the prediction of sample 0 off by 1.0e-4 (tolerance 0.00001)'],
    [{ output: () => Number.NaN }, 'the prediction of sample 1 off by Infinity'],
    [{ loss: (l: number) => l * 1.0001 }, 'the loss off by 1.0e-4'],
    [{ loss: () => Number.NaN }, 'the loss off by Infinity'],
    [{ gradient: (g: number) => g * 1.01 }, '∂loss/∂(weight of adjacent/kernel-1) off by 1.0e-2'],
    [{ gradient: () => Number.NaN }, '∂loss/∂(bias of adjacent/kernel-1) off by Infinity'],
  ])('refuses a wrong number: %#', async (change, message) => {
    const check = checkConformance(referenceEngine(change), first);
    await expect(check).rejects.toThrow(ConformanceError);
    await expect(check).rejects.toThrow(message);
    await expect(check).rejects.toThrow(`reference on ${first.name}: `);
  });

  it('takes other tolerances', async () => {
    const engine = referenceEngine({ loss: (l) => l * 1.0001 });
    await checkConformance(engine, first, { loss: 2e-4 });
  });
});

describe('kinkDistance', () => {
  it('is the least |z| of a ReLU, relative to the largest of the layer', () => {
    const options = { points: 4, levels: 1, channels: 1, kernelLayers: 2, admissibility: 'weak' } as const;
    const network = mnn(options);
    // z of the first kernel layer of the adjacent part is its bias, those of level 1 are 1.
    const parameters = new Float32Array(network.parameterCount);
    for (const { name, bias } of network.layers) parameters[bias.offset] = name.endsWith('kernel-1') ? 1 : 0.5;
    const first = network.branches.at(-1)!.layers[0]!.bias.offset;
    parameters.set([-1e-3, 0.1], first);
    expect(reference.kinkDistance(network, parameters, [0, 0, 0, 0])).toBeCloseTo(1e-2, 6);
    expect(reference.kinkDistance(mnn({ ...options, activation: 'tanh' }), parameters, [0, 0, 0, 0])).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
