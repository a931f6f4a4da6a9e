import { mnn, type Samples, type Session } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { moveSamples } from '../src/augment.js';
import { type TrainingPlan, train } from '../src/index.js';
import { elementwiseSession, network, plan, samples } from './fixtures.js';

/** Samples whose fields number their grid points: after a move they say where each value came from. */
function numbered(dimension: 1 | 2 | 3, points: number, count: number) {
  const grid = mnn({ dimension, points, levels: 2, channels: 1, kernelLayers: 1 });
  const fields = () => Float32Array.from({ length: count * grid.inputSize }, (_, i) => i % grid.inputSize);
  const moved: Samples = { count, inputs: fields(), targets: fields(), weights: new Float32Array(count).fill(1) };
  moveSamples(grid, moved, { augment: 'torus', seed: 3, window: 0 });
  return { grid, moved };
}

/** Squared distance of two grid points on the torus. */
function squaredDistance(dimension: number, points: number, a: number, b: number): number {
  let sum = 0;
  for (let axis = 0; axis < dimension; axis++) {
    const difference = Math.abs((a % points) - (b % points));
    sum += Math.min(difference, points - difference) ** 2;
    a = Math.floor(a / points);
    b = Math.floor(b / points);
  }
  return sum;
}

describe('moved samples', () => {
  it.each([
    [1, 8],
    [2, 4],
    [3, 4],
  ] as const)('keep all distances on the torus, in %iD', (dimension, points) => {
    const { grid, moved } = numbered(dimension, points, 6);
    const size = grid.inputSize;
    for (let s = 0; s < moved.count; s++) {
      const source = moved.inputs.subarray(s * size, (s + 1) * size);
      expect(new Set(source).size).toBe(size);
      for (let i = 0; i < size; i++) {
        for (let j = 0; j < size; j += 3) {
          expect(squaredDistance(dimension, points, source[i]!, source[j]!)).toBe(
            squaredDistance(dimension, points, i, j),
          );
        }
      }
    }
  });

  it('move input and target alike', () => {
    const { moved } = numbered(2, 4, 20);
    expect(moved.targets).toEqual(moved.inputs);
  });

  it('meet every symmetry of a small torus', () => {
    const { moved } = numbered(2, 4, 4000);
    const met = new Set(
      Array.from({ length: moved.count }, (_, s) => moved.inputs.subarray(16 * s, 16 * s + 16).join()),
    );
    expect(met.size).toBe(4 * 4 * 2 * 2 * 2); // translations, reflections, orders of the axes
  });
});

describe('training with moved samples', () => {
  const data = samples(40, 1);
  const moving: TrainingPlan = { ...plan, epochs: 5, augment: 'torus' };

  function watched(seen: string[]): Session {
    const session = elementwiseSession();
    const load: Session['load'] = (given) => {
      seen.push(given.inputs.join());
      return session.load(given);
    };
    return { ...session, load };
  }
  const run = (changes: object = {}, seen: string[] = []) =>
    train({ network, session: watched(seen), train: data, validation: samples(10, 2), plan: moving, ...changes });

  it('moves them anew in each epoch, and leaves those it was given', async () => {
    const before = structuredClone(data);
    const seen: string[] = [];
    await run({}, seen);
    expect(new Set(seen).size).toBe(moving.epochs);
    expect(data).toEqual(before);
  });

  it('are moved from where they were given, in one copy of theirs, however many epochs there were before', async () => {
    const buffers = new Set<ArrayBufferLike>();
    const seen: string[] = [];
    const session = watched(seen);
    const load: Session['load'] = (given) => {
      buffers.add(given.inputs.buffer).add(given.targets.buffer);
      return session.load(given);
    };
    await run({ session: { ...session, load } });
    const expected = Array.from({ length: moving.epochs }, (_, epoch) => {
      const moved = structuredClone(data);
      moveSamples(network, moved, { augment: 'torus', seed: moving.seed, window: epoch });
      return moved.inputs.join();
    });
    expect(seen).toEqual(expected);
    expect(buffers.size).toBe(2);
  });

  it('goes on from any epoch to the same bits', async () => {
    const whole = await run();
    const controller = new AbortController();
    let kept: Awaited<ReturnType<typeof run>> | undefined;
    const stopped = run({
      signal: controller.signal,
      onEpoch: (state: Awaited<ReturnType<typeof run>>) => {
        kept = state;
        if (state.epoch === 2) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow('stopped');
    const rest = await run({ from: kept });
    expect(rest.parameters).toEqual(whole.parameters);
  });

  it('moves windows of data that do not fit as well', async () => {
    const seen: string[] = [];
    await run({ plan: { ...moving, windowSamples: 16 } }, seen);
    expect(new Set(seen).size).toBe(moving.epochs * 3);
  });

  it('refuses an augmentation that it does not know', async () => {
    const unknown = { ...moving, augment: 'mirror' } as unknown as TrainingPlan;
    await expect(run({ plan: unknown })).rejects.toThrow(
      "training.augment is 'mirror'; expected one of 'none', 'torus', 'reflections'",
    );
  });
});
