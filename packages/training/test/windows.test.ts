import { readFile } from 'node:fs/promises';
import { ArgumentError, InterruptedError, NumericalError } from '@dyadic/errors';
import type { Samples, Session } from '@dyadic/mnn';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  readCheckpoint,
  relativeErrors,
  type SampleSource,
  type TrainingTask,
  train,
  writeCheckpoint,
} from '../src/index.js';
import { sourceOf } from '../src/source.js';
import { epochWindows, WindowFeed, windowSize } from '../src/windows.js';
import { elementwiseSession, network, plan, samples, temporaryFile } from './fixtures.js';

const COUNT = 500;
const streamed = { ...plan, epochs: 4, windowSamples: 100 };
const inMemory = samples(COUNT, 1);
const task = (changes: Partial<TrainingTask> = {}): TrainingTask => ({
  network,
  session: elementwiseSession(),
  train: slow(sourceOf(network, inMemory)),
  validation: slow(sourceOf(network, samples(90, 2))),
  plan: streamed,
  ...changes,
});

/** A source that takes several turns of the event loop for a reading, more for some than for others. */
function slow(source: SampleSource): SampleSource {
  return {
    count: source.count,
    async readInto(first, count, into, at) {
      for (let turn = 0; turn < first % 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      await source.readInto(first, count, into, at);
    },
  };
}

/** A session that notes the numbers of the samples of each batch, found by their first input, and what is loaded. */
function spy(session: Session, of: Samples) {
  const n = network.inputSize;
  const numbers = new Map(Array.from({ length: of.count }, (_, s) => [of.inputs[s * n]!, s]));
  const seen: number[][] = [];
  const loads: number[] = [];
  const spied: Session = {
    ...session,
    load(given) {
      loads.push(given.count);
      return session.load(given);
    },
    lossAndGradient(parameters, loaded, indices, gradient) {
      seen.push(Array.from(indices, (place) => numbers.get((loaded as Samples).inputs[place * n]!)!));
      return session.lossAndGradient(parameters, loaded, indices, gradient);
    },
  };
  return { session: spied, seen, loads };
}

const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

describe('the windows of an epoch', () => {
  it('hold every sample once, and as many as they should, for any sizes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 100 }),
        fc.nat(1000),
        (count, windowSamples, batchSize, epoch) => {
          const size = windowSize(network, count, { batchSize, windowSamples: Math.max(windowSamples, batchSize) });
          const windows = epochWindows(count, size, 5, epoch);
          const numbers = windows.map((ranges) =>
            ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
          );
          expect(ascending(numbers.flat())).toEqual([...Array(count).keys()]);
          const sizes = numbers.map(({ length }) => length);
          expect(sizes.slice(0, -1).every((length) => length === size)).toBe(true);
          expect(sizes.length).toBe(Math.ceil(count / size));
          // As many steps as in memory.
          const steps = sizes.reduce((sum, length) => sum + Math.ceil(length / batchSize), 0);
          expect(steps).toBe(Math.ceil(count / batchSize));
        },
      ),
    );
  });

  it('mix blocks from everywhere, others in each epoch', () => {
    const [a, b] = [0, 1].map((epoch) => epochWindows(10_000, 1000, 5, epoch)[0]!);
    expect(a).not.toEqual(b);
    for (const ranges of [a!, b!]) {
      expect(ranges.length).toBeGreaterThan(60);
      // The mean of 62 uniform draws from [0, 1) has a standard deviation of 0.037.
      const mean = ranges.reduce((sum, { first }) => sum + first / 10_000, 0) / ranges.length;
      expect(Math.abs(mean - 0.5)).toBeLessThan(4 * 0.037);
    }
  });

  it('hold 1 GiB of inputs and targets unless the plan says otherwise', () => {
    const sampleBytes = 4 * (network.inputSize + network.outputSize);
    expect(windowSize(network, 2 ** 40, { batchSize: 1 })).toBe(2 ** 30 / sampleBytes);
    expect(windowSize(network, 1000, { batchSize: 1 })).toBe(1000);
    expect(windowSize(network, 1000, { batchSize: 30, windowSamples: 100 })).toBe(90);
  });
});

describe('training window by window', () => {
  it('uses every sample once per epoch, in another order each epoch, one window in the session', async () => {
    const { session, seen, loads } = spy(elementwiseSession(), inMemory);
    await train(task({ session, plan: { ...streamed, epochs: 2 } }));
    expect(loads).toEqual([96, 96, 96, 96, 96, 20, 96, 96, 96, 96, 96, 20]);
    const half = seen.length / 2;
    expect(half).toBe(Math.ceil(COUNT / plan.batchSize));
    const [first, second] = [seen.slice(0, half).flat(), seen.slice(half).flat()];
    expect(ascending(first)).toEqual([...Array(COUNT).keys()]);
    expect(ascending(second)).toEqual([...Array(COUNT).keys()]);
    expect(first).not.toEqual(second);
  });

  it('data that fit are one window, in memory or not, and give the same bits', async () => {
    const reference = await train(task({ train: inMemory, validation: samples(90, 2), plan }));
    const { session, loads } = spy(elementwiseSession(), inMemory);
    const read = await train(task({ session, plan: { ...plan, windowSamples: COUNT } }));
    expect(loads).toEqual([COUNT]);
    expect(read.parameters).toEqual(reference.parameters);
    expect(read.history).toEqual(reference.history);
  });

  it.each([
    [10, 1],
    [92, 1],
    [93, 4],
    [140, 4],
  ])(
    '%i validation samples beside 100 to train on, of 130 that a window holds, are read %i times',
    async (count, times) => {
      const source = sourceOf(network, samples(count, 2));
      let read = 0;
      const validation: SampleSource = {
        count,
        readInto: (first, some, into, at) => {
          read += some;
          return source.readInto(first, some, into, at);
        },
      };
      const run = { train: sourceOf(network, samples(100, 1)), plan: { ...plan, epochs: 4, windowSamples: 130 } };
      await train(task({ ...run, validation }));
      // 2 · 100 + 92 samples are 2¼ windows.
      expect(read).toBe(count * times);
    },
  );

  it('the bits depend on the window, not on where the samples are or how fast they come', async () => {
    const a = await train(task());
    const b = await train(task({ train: inMemory, validation: samples(90, 2) }));
    expect(b.parameters).toEqual(a.parameters);
    expect(b.history).toEqual(a.history);
    const c = await train(task({ plan: { ...streamed, windowSamples: 50 } }));
    expect(c.parameters).not.toEqual(a.parameters);
  });

  it('learns as well as in memory', async () => {
    const epochs = 60;
    const whole = await train(task({ train: inMemory, plan: { ...plan, epochs } }));
    const windowed = await train(task({ train: inMemory, plan: { ...streamed, epochs } }));
    expect(whole.bestError).toBeLessThan(1e-4);
    expect(windowed.bestError).toBeLessThan(1e-4);
  });

  it('resume(k) + train(n − k) = train(n), bit for bit, for every k', async () => {
    const path = await temporaryFile('checkpoint.safetensors');
    const unit = { shift: 0, scale: 1 };
    const info = { network, plan: streamed, normalizers: { input: unit, output: unit }, origin: null, engine: 'test' };
    const onEpoch = async (state: Awaited<ReturnType<typeof train>>) =>
      writeCheckpoint(`${path}-${state.epoch}`, { ...info, state });
    await train(task({ onEpoch }));
    const expected = await readFile(`${path}-${streamed.epochs}`);
    for (let k = 1; k < streamed.epochs; k++) {
      const found = await readCheckpoint(`${path}-${k}`);
      expect(found.plan.windowSamples).toBe(100);
      await train(task({ from: found.state, onEpoch }));
      expect((await readFile(`${path}-${streamed.epochs}`)).equals(expected)).toBe(true);
    }
  });

  it('reads the next window while the session computes on this one', async () => {
    const feed = new WindowFeed(network, elementwiseSession(), task().train, streamed);
    await feed.open(0, 0);
    expect(feed.reading).toBe(true);
    while (feed.reading) await new Promise((resolve) => setTimeout(resolve, 1));
    let reads = 0;
    const { train: source } = task();
    const counted = {
      count: COUNT,
      readInto: async (...where: Parameters<SampleSource['readInto']>) => {
        reads++;
        await (source as SampleSource).readInto(...where);
      },
    };
    const other = new WindowFeed(network, elementwiseSession(), counted, { ...streamed, epochs: 1 });
    for (let k = 0; k < other.windows; k++) await other.open(0, k);
    expect(other.reading).toBe(false);
    expect(reads).toBe(epochWindows(COUNT, 96, plan.seed, 0).flat().length);
    await feed.close();
    await other.close();
  });

  it('trains on more than a session can hold', async () => {
    const session = elementwiseSession();
    const small: Session = {
      ...session,
      load(given) {
        if (given.count > 100) throw new ArgumentError('samples.count', given.count, 'at most 100');
        return session.load(given);
      },
    };
    await expect(train(task({ session: small, plan }))).rejects.toThrow(/samples\.count is 500/);
    expect((await train(task({ session: small }))).epoch).toBe(4);
  });

  it('names the sample whose loss is not finite by its number among all', async () => {
    const { session, seen } = spy(elementwiseSession(), inMemory);
    const broken: Session = {
      ...session,
      async lossAndGradient(...given) {
        const loss = await session.lossAndGradient(...given);
        return seen.at(-1)!.includes(417) ? Number.NaN : loss;
      },
    };
    const run = train(task({ session: broken }));
    await expect(run).rejects.toThrow(NumericalError);
    await expect(run).rejects.toThrow(/the loss is NaN in epoch 1, batch \d+ of 63, first at training sample 417\b/);
  });

  it('ends with what the source throws, and reads no more', async () => {
    let reads = 0;
    const bad: SampleSource = {
      count: COUNT,
      async readInto(first, count, into, at) {
        reads++;
        if (first <= 417 && 417 < first + count) throw new ArgumentError('inputs of sample 417', Number.NaN, 'numbers');
        await sourceOf(network, inMemory).readInto(first, count, into, at);
      },
    };
    await expect(train(task({ train: bad }))).rejects.toThrow(/sample 417 is NaN/);
    const before = reads;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(reads).toBe(before);
  });

  it('stops on the signal while a window is being read', async () => {
    const controller = new AbortController();
    let reads = 0;
    const stuck: SampleSource = {
      count: COUNT,
      async readInto() {
        if (++reads === 5) controller.abort();
      },
    };
    const run = train(task({ train: stuck, signal: controller.signal }));
    await expect(run).rejects.toThrow(InterruptedError);
    expect(reads).toBeLessThan(2 * 16);
  });

  it('stops on the signal while the validation samples are being read', async () => {
    const controller = new AbortController();
    const source = sourceOf(network, samples(90, 2));
    const validation: SampleSource = {
      count: 90_000,
      async readInto(first, count, into, at) {
        if (first > 1000) controller.abort();
        await source.readInto(0, Math.min(count, 90), into, at);
      },
    };
    const run = train(task({ validation, signal: controller.signal }));
    await expect(run).rejects.toThrow(/training was stopped in epoch/);
  });

  it.each([0, 7, 1.5, '100'])('refuses windows of %o samples', async (windowSamples) => {
    const run = train(task({ plan: { ...plan, windowSamples: windowSamples as number } }));
    await expect(run).rejects.toThrow(/training\.windowSamples is .*expected an integer of at least 8/);
  });
});

describe('relativeErrors', () => {
  it('of a source are those of its samples in memory', async () => {
    const many = samples(1203, 4);
    const theta = new Float32Array(network.parameterCount).fill(1.1);
    const read = await relativeErrors(network, elementwiseSession(), theta, slow(sourceOf(network, many)));
    expect(read).toEqual(await relativeErrors(network, elementwiseSession(), theta, many));
    expect(read).toHaveLength(1203);
  });
});
