/**
 * Which translations a convolutional, periodic network commutes with: level ℓ by itself with those by whole boxes, N/2^ℓ
 * grid points along an axis; the adjacent part with those by finest boxes, m points; their sum therefore with those by
 * boxes of the coarsest level, N/4 points, or N/2 with weak admissibility. Every site does the same operations in the
 * same order, so that this holds to the last bit; only where Winograd's algorithm meets a translation by an odd number of
 * boxes does it hold to rounding, as its tiles are of 2 × 2.
 */
import { type WasmSession, wasmEngine } from '@dyadic/engine-wasm';
import type { FourierOptions, MnnOptions, Network } from '@dyadic/mnn';
import { afterAll, describe, expect, it } from 'vitest';
import { difference, randomProblem } from './problem.js';

const engine = await wasmEngine({ threads: 1 });

const SHAPES: MnnOptions[] = [
  { points: 80, levels: 4, channels: 3, kernelLayers: 2 },
  { dimension: 2, points: 16, levels: 3, channels: 3, kernelLayers: 2, activation: 'tanh' },
  { dimension: 3, points: 8, levels: 3, channels: 2, kernelLayers: 1, activation: 'softplus' },
];

/** The network as a function of input and parameters. */
type Apply = (parameters: Float32Array, input: Float32Array) => Promise<Float32Array>;

const opened: WasmSession[] = [];
afterAll(() => {
  for (const session of opened) session.close();
});
async function open(network: Network): Promise<Apply> {
  const session = await engine.open(network);
  opened.push(session);
  return (parameters, input) => session.predict(parameters, input);
}

/** values(x − by e_axis) on the periodic grid. */
function translated(values: Float32Array, { dimension, shape }: Network, axis: number, by: number): Float32Array {
  const points = shape[0]!;
  const stride = points ** (dimension - 1 - axis);
  return values.map((_, i) => {
    const index = Math.floor(i / stride) % points;
    return values[i + ((((index - by) % points) + points) % points) * stride - index * stride]!;
  });
}

/** The same parameters with those of all branches but one zero. */
function only({ branches, parameterCount }: Network, parameters: Float32Array, name: string): Float32Array {
  const kept = new Float32Array(parameterCount);
  for (const { weight, bias } of branches.find((branch) => branch.name === name)!.layers) {
    for (const { offset, size } of [weight, bias]) kept.set(parameters.subarray(offset, offset + size), offset);
  }
  return kept;
}

/** A network with random parameters and a function that tells how far it is from commuting with a translation. */
async function problem(options: MnnOptions | FourierOptions) {
  const { network, parameters, samples } = randomProblem(options, 1);
  const apply = await open(network);
  const input = samples.inputs;
  const defect = async (axis: number, by: number, theta = parameters): Promise<number> => {
    const expected = translated(await apply(theta, input), network, axis, by);
    return difference(await apply(theta, translated(input, network, axis, by)), expected);
  };
  const { dimension, shape } = network;
  const points = shape[0]!;
  return { network, parameters, defect, points, axes: [0, 1, 2].slice(0, dimension) };
}

describe.each(SHAPES)('%o', async (options) => {
  const { network, parameters, defect, points, axes } = await problem(options);

  it.each(network.branches.map(({ name, boxPoints }) => [name, boxPoints[0]!] as const))(
    '%s by itself: translations by its boxes of %i points, bit by bit',
    async (name, boxPoints) => {
      const alone = only(network, parameters, name);
      for (const axis of axes) {
        for (const boxes of [1, 3]) expect(await defect(axis, boxes * boxPoints, alone)).toBe(0);
        const half = Math.floor(boxPoints / 2);
        if (half > 0) expect(await defect(axis, half, alone)).toBeGreaterThan(1e-3);
      }
    },
  );

  it.each<Partial<MnnOptions>>([
    {},
    { kernel: 'residual', restriction: { layers: 2 } },
    { kernel: 'two-branch', interpolation: { layers: 2 } },
  ])('the sum: translations by N/4, bit by bit, and no finer ones: with %o', async (extension) => {
    const { defect } = await problem({ ...options, ...extension });
    for (const axis of axes) {
      for (const quarters of [1, 2, 3]) expect(await defect(axis, (quarters * points) / 4)).toBe(0);
      expect(await defect(axis, points / 8)).toBeGreaterThan(1e-3);
    }
  });

  it('weak admissibility: by N/2, and not by N/4', async () => {
    const { defect } = await problem({ ...options, admissibility: 'weak' });
    for (const axis of axes) {
      expect(await defect(axis, points / 2)).toBe(0);
      expect(await defect(axis, points / 4)).toBeGreaterThan(1e-3);
    }
  });

  it.each(['density', 'wavefunction'] as const)(
    '%s, whose norm is a sum over all points: to rounding',
    async (output) => {
      const { defect } = await problem({ ...options, output });
      expect(await defect(0, points / 4)).toBeLessThan(1e-6);
    },
  );

  it.each<Partial<MnnOptions>>([
    { connectivity: 'local' },
    { connectivity: { kernel: 'local' } },
    { padding: 'zero' },
    { padding: 'reflect' },
  ])('none with %o', async (extension) => {
    const { defect } = await problem({ ...options, ...extension });
    expect(await defect(0, points / 4)).toBeGreaterThan(1e-3);
  });
});

it('Winograd: by an odd number of boxes to rounding', async () => {
  const { defect } = await problem({ dimension: 2, points: 12, levels: 2, channels: 2, kernelLayers: 2 });
  for (const axis of [0, 1]) {
    expect(await defect(axis, 3)).toBeLessThan(1e-6);
    expect(await defect(axis, 6)).toBe(0);
  }
});

it.each([1, 2, 3] as const)('a Fourier network in %iD: by any number of points, to rounding', async (dimension) => {
  const points = [24, 10, 6][dimension - 1]!;
  const { defect, axes } = await problem({ structure: 'fourier', dimension, points, modes: 3, width: 3, layers: 2 });
  for (const axis of axes) for (const by of [1, 2, 5]) expect(await defect(axis, by)).toBeLessThan(1e-5);
});
