import type { Form } from '@dyadic/engine-webgpu';
import { type MnnOptions, mnn, moveSources, moveWord, type Network, type Samples, type Session } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { type TrainingPlan, train } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { engineOrSkip } from './device.js';
import { randomProblem, randomSamples, range } from './problem.js';

/** A random move for each sample; axes of equal points change places. */
function randomMoves({ shape }: Network, count: number): Uint32Array {
  const stream = randomStream(3, 'engine-webgpu/test');
  const moves: number[] = [];
  for (let s = 0; s < count; s++) {
    const axes = shape.map((_, axis) => axis);
    if (shape[0] === shape[1] && stream.integer(2) === 1) [axes[0], axes[1]] = [1, 0];
    moves.push(...axes.map((axis) => moveWord(axis, stream.integer(shape[axis]!), stream.integer(2) === 1)));
  }
  return Uint32Array.from(moves);
}

/** The samples moved on the host. */
function moved(network: Network, samples: Samples, moves: Uint32Array): Samples {
  const { shape, dimension } = network;
  const size = shape.reduce((all, points) => all * points, 1);
  const of = (fields: Float32Array) => {
    const perSample = fields.length / samples.count;
    return fields.map((_, i) => {
      const s = Math.floor(i / perSample);
      const sources = moveSources(network, moves.subarray(s * dimension, (s + 1) * dimension));
      return fields[i - (i % size) + sources[i % size]!]!;
    });
  };
  return { ...samples, inputs: of(samples.inputs), targets: of(samples.targets) };
}

/** Random samples of several fields. */
function samplesOf(network: Network, count: number): Samples {
  const weights = new Float32Array(count * network.outputs).fill(1 / network.outputSize);
  return { ...randomSamples(network, count), weights };
}

const NETWORKS: Record<string, MnnOptions> = {
  '1D': { points: 16, levels: 2, channels: 2, kernelLayers: 1 },
  '1D, padded': { points: 13, levels: 2, channels: 2, kernelLayers: 1, fit: 'pad' },
  '2D, two fields each, normalized': {
    dimension: 2,
    points: 8,
    levels: 2,
    channels: 1,
    kernelLayers: 1,
    inputs: 2,
    outputs: 2,
    output: 'density',
  },
  '2D, axes of different lengths, padded': { points: [8, 11], levels: 2, channels: 1, kernelLayers: 1, fit: 'pad' },
  '3D': { dimension: 3, points: 4, levels: 2, channels: 1, kernelLayers: 1 },
};

// A software adapter takes a minute to compile each of the others.
const forms: readonly Form[] = process.env.DYADIC_CONFORMANCE === 'all' ? ['spread', 'tiles', 'workgroup'] : ['spread'];
for (const form of forms) {
  const engine = await engineOrSkip({ form });
  if (!engine) continue;
  describe(`moves on the device, ${form}`, { timeout: form === 'spread' ? 60_000 : 240_000 }, () => {
    it.each(Object.entries(form !== 'workgroup' ? NETWORKS : { '1D': NETWORKS['1D']! }))(
      'have the bits of samples that were moved before: %s',
      async (_, options) => {
        const { network, parameters } = randomProblem(options, 4);
        const samples = samplesOf(network, 4);
        const session = await engine.open(network);
        const moves = randomMoves(network, 4);
        const [stored, before] = [session.load(samples), session.load(moved(network, samples, moves))];
        // The order of the batch is not that of the samples: its moves are one for each index.
        const order = Uint32Array.of(2, 0, 3);
        const ofOrder = Uint32Array.from(
          [...order].flatMap((s) => [...moves.subarray(s * network.dimension, (s + 1) * network.dimension)]),
        );
        const [a, b, plain] = [0, 1, 2].map(() => new Float32Array(network.parameterCount));
        for (const loss of ['squared-error', 'error'] as const) {
          const here = await session.lossAndGradient(parameters, stored, order, a!, loss, ofOrder);
          expect(await session.lossAndGradient(parameters, before, order, b!, loss)).toBe(here);
          expect(a).toEqual(b);
          await session.lossAndGradient(parameters, stored, order, plain!, loss);
          expect(plain).not.toEqual(a);
        }
        session.close();
      },
    );

    it.each([undefined, 8])('train as moves on the host do, in windows of %s samples', async (windowSamples) => {
      const network = mnn(form !== 'workgroup' ? NETWORKS['2D, two fields each, normalized']! : NETWORKS['1D']!);
      const data = { train: samplesOf(network, 18), validation: samplesOf(network, 5) };
      const plan: TrainingPlan = {
        epochs: 3,
        batchSize: 4,
        seed: 1,
        optimizer: { name: 'nadam' },
        schedule: { learningRate: 0.01 },
        augment: 'torus',
        ...(windowSamples && { windowSamples }),
      };
      const session = await engine.open(network);
      const host: Session = {
        load: (given) => session.load(given),
        unload: (given) => session.unload(given),
        lossAndGradient: (...step) => session.lossAndGradient(...step),
        predict: (...inputs) => session.predict(...inputs),
        descend: (rule) => session.descend(rule),
        close: () => {},
      };
      const here = await train({ network, session, ...data, plan });
      const there = await train({ network, session: host, ...data, plan });
      expect(here.parameters).toEqual(there.parameters);
      expect(here.history).toEqual(there.history);
      const still = await train({ network, session, ...data, plan: { ...plan, augment: 'none' } });
      expect(still.parameters).not.toEqual(here.parameters);
      session.close();
    });

    it('are refused where they are none', async () => {
      const { network, parameters } = randomProblem(NETWORKS['2D, axes of different lengths, padded']!, 1);
      const session = await engine.open(network);
      const loaded = session.load(samplesOf(network, 1));
      const run = (...moves: number[]) => {
        const gradient = new Float32Array(network.parameterCount);
        return session.lossAndGradient(parameters, loaded, range(1), gradient, 'error', Uint32Array.from(moves));
      };
      await expect(run(moveWord(0, 1, false))).rejects.toThrow('moves');
      await expect(run(moveWord(1, 1, false), moveWord(0, 1, false))).rejects.toThrow('moves[0]');
      await expect(run(moveWord(0, 1, false), moveWord(0, 1, true))).rejects.toThrow('moves[1]');
      await expect(run(moveWord(0, 8, false), moveWord(1, 1, true))).rejects.toThrow('moves[0]');
      await expect(run(moveWord(0, 7, false), moveWord(1, 11, true))).rejects.toThrow('moves[1]');
      session.close();
    });
  });
}
