import { ArgumentError, InterruptedError, NumericalError } from '@dyadic/errors';
import type { Loss } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import {
  initialState,
  isFinished,
  prepareInPlace,
  prepareSamples,
  relativeErrors,
  requirePlan,
  summarizeErrors,
  type TrainingTask,
  train,
} from '../src/index.js';
import { elementwiseSession, network, plan, samples } from './fixtures.js';

const task = (changes: Partial<TrainingTask> = {}): TrainingTask => ({
  network,
  session: elementwiseSession(),
  train: samples(50, 1),
  validation: samples(20, 2),
  plan,
  ...changes,
});

describe('train', () => {
  it('learns the map, and keeps the best epoch by validation', async () => {
    const state = await train(task({ plan: { ...plan, epochs: 60 } }));
    expect(state.bestError).toBeLessThan(1e-3);
    const validations = state.history.map(({ validation }) => validation!);
    expect(state.bestError).toBe(Math.min(...validations));
    expect(state.bestEpoch).toBe(1 + validations.indexOf(state.bestError));
    const errors = await relativeErrors(network, elementwiseSession(), state.best, samples(20, 2));
    expect(summarizeErrors(errors).mean).toBe(state.bestError);
  });

  it('uses every sample once per epoch, in another order each epoch, the last batch short', async () => {
    const seen: number[][] = [];
    const session = elementwiseSession();
    const spied = {
      ...session,
      lossAndGradient: (...args: Parameters<typeof session.lossAndGradient>) => {
        seen.push([...args[2]]);
        return session.lossAndGradient(...args);
      },
    };
    await train(task({ session: spied, plan: { ...plan, epochs: 2 } }));
    expect(seen.map((batch) => batch.length)).toEqual([8, 8, 8, 8, 8, 8, 2, 8, 8, 8, 8, 8, 8, 2]);
    const [first, second] = [seen.slice(0, 7).flat(), seen.slice(7).flat()];
    expect([...first].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect([...second].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(first).not.toEqual(second);
  });

  it('takes means over the samples that weigh something', async () => {
    const some = samples(50, 1);
    for (const s of [0, 30]) {
      some.targets.fill(0, s * network.inputSize, (s + 1) * network.inputSize);
      some.weights[s] = 0;
    }
    // One batch: the loss of the epoch is that of the first parameters.
    const once = { ...plan, epochs: 1, batchSize: 50 };
    const state = await train(task({ train: some, validation: some, plan: once }));
    const first = initialState(network, once).parameters;
    const errors = await relativeErrors(network, elementwiseSession(), first, some);
    const squares = [...errors].filter((error) => !Number.isNaN(error)).map((error) => error ** 2);
    expect(squares).toHaveLength(48);
    expect(state.history[0]!.loss / (squares.reduce((sum, e) => sum + e, 0) / 48)).toBeCloseTo(1, 6);
    const best = await relativeErrors(network, elementwiseSession(), state.best, some);
    expect(state.bestError).toBe(summarizeErrors(best).mean);
    some.weights.fill(0);
    await expect(train(task({ train: some }))).rejects.toThrow(/train is 'zero in every target'/);
    await expect(train(task({ validation: some }))).rejects.toThrow(/validation is 'zero in every target'/);
  });

  it('minimises the error itself where the plan says so, which spoilt samples disturb less', async () => {
    const spoilt = samples(50, 1);
    for (let s = 0; s < 5; s++) spoilt.targets.fill(1, s * network.inputSize, (s + 1) * network.inputSize);
    const fit = async (loss?: Loss) => {
      const state = await train(task({ train: spoilt, plan: { ...plan, epochs: 60, ...(loss && { loss }) } }));
      const errors = await relativeErrors(network, elementwiseSession(), state.parameters, spoilt);
      return { state, median: summarizeErrors(errors).median };
    };
    const [error, square, usual] = [await fit('error'), await fit('squared-error'), await fit()];
    expect(square.state.parameters).toEqual(usual.state.parameters);
    expect(error.median).toBeLessThan(square.median);
  });

  it('the same plan gives the same bits; another seed does not', async () => {
    const [a, b] = [await train(task()), await train(task())];
    expect(a.parameters).toEqual(b.parameters);
    expect((await train(task({ plan: { ...plan, seed: 6 } }))).parameters).not.toEqual(a.parameters);
  });

  it('validates as often as asked, and after the last epoch', async () => {
    const { history } = await train(task({ plan: { ...plan, epochs: 5, validateEvery: 2 } }));
    expect(history.map(({ validation }) => validation !== null)).toEqual([false, true, false, true, true]);
  });

  it('stops on the signal between two steps', async () => {
    const controller = new AbortController();
    const onStep = (done: number) => done === 10 && controller.abort();
    const run = train(task({ signal: controller.signal, onStep: onStep as never }));
    await expect(run).rejects.toThrow(InterruptedError);
    await expect(run).rejects.toThrow(/stopped in epoch 2/);
  });

  it('lets a signal in that comes by way of the event loop, within a single long epoch', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    // 100,000 steps, each settled without leaving this thread.
    const run = train(
      task({ plan: { ...plan, epochs: 1, batchSize: 1 }, train: samples(100_000, 1), signal: controller.signal }),
    );
    await expect(run).rejects.toThrow(/stopped in epoch 1/);
  });

  it('does not hand out parameters that are not finite', async () => {
    const session = elementwiseSession();
    const broken = {
      ...session,
      lossAndGradient: async (...[, , , gradient]: Parameters<typeof session.lossAndGradient>) => {
        gradient.fill(Number.NaN);
        return 1;
      },
      predict: async (_: Float32Array, inputs: Float32Array) => inputs,
    };
    let saved = 0;
    const onEpoch = () => void saved++;
    await expect(train(task({ session: broken, onEpoch }))).rejects.toThrow(
      /parameters are no longer finite after epoch 1/,
    );
    expect(saved).toBe(0);
  });

  it('stops with epoch, batch and sample when the loss is not finite', async () => {
    const session = elementwiseSession();
    let calls = 0;
    const broken = {
      ...session,
      lossAndGradient: async (...[, , indices]: Parameters<typeof session.lossAndGradient>) =>
        ++calls >= 9 && indices.includes(17) ? Number.NaN : 1,
    };
    const run = train(task({ session: broken, plan: { ...plan, batchSize: 25 } }));
    await expect(run).rejects.toThrow(NumericalError);
    await expect(run).rejects.toThrow(/the loss is NaN in epoch 5, batch \d of 2, first at training sample 17/);
  });

  it.each<[object, RegExp]>([
    [{ loss: 'mse' }, /training\.loss is 'mse'; expected one of 'squared-error', 'error'/],
    [{ epochs: 0 }, /training\.epochs is 0/],
    [{ batchSize: 1.5 }, /training\.batchSize is 1\.5/],
    [{ validateEvery: 0 }, /training\.validateEvery is 0/],
    [{ validateEvry: 5 }, /training\.validateEvry/],
    [{ optimizer: null }, /training\.optimizer is null; expected an object/],
    [{ schedule: undefined }, /training\.schedule is undefined/],
    [{ seed: -1 }, /training\.seed is -1/],
  ])('refuses the plan %o', async (change, message) => {
    await expect(train(task({ plan: { ...plan, ...change } }))).rejects.toThrow(message);
  });

  it.each([undefined, null])('refuses %o for a plan', (nothing) => {
    expect(() => requirePlan(network, nothing as never)).toThrow(ArgumentError);
    expect(() => requirePlan(network, nothing as never)).toThrow(`training is ${nothing}; expected an object`);
  });
});

describe('patience', () => {
  it('ends the training after so many validations in a row without improvement', async () => {
    const rising = { ...plan, epochs: 40, schedule: { learningRate: 3, shape: 'constant' } } as const;
    const all = await train(task({ plan: rising }));
    const errors = all.history.map(({ validation }) => validation!);
    // The first epoch after which three in a row are no better than the best before.
    const expected = errors.findIndex(
      (_, i) => i >= 3 && Math.min(...errors.slice(0, i - 2)) <= Math.min(...errors.slice(i - 2, i + 1)),
    );
    expect(expected).toBeGreaterThan(2);
    const stopped = await train(task({ plan: { ...rising, patience: 3 } }));
    expect(stopped.history).toEqual(all.history.slice(0, expected + 1));
    expect(isFinished({ ...rising, patience: 3 }, stopped)).toBe(true);
    expect(isFinished(rising, stopped)).toBe(false);
    const again = await train(task({ plan: { ...rising, patience: 3 }, from: stopped }));
    expect(again.epoch).toBe(expected + 1);
    const rarely = await train(task({ plan: { ...rising, patience: 3, validateEvery: 2 } }));
    const measured = rarely.history.filter(({ validation, epoch }) => validation !== null && epoch > rarely.bestEpoch);
    if (rarely.epoch < 40) expect(measured).toHaveLength(3);
  });
});

describe('the average of parameters', () => {
  it('is the mean of all steps at first, then an exponential moving average; it is validated and kept', async () => {
    const decay = 0.9;
    const seen: Float32Array[] = [];
    const session = elementwiseSession();
    const spied = {
      ...session,
      lossAndGradient: (...args: Parameters<typeof session.lossAndGradient>) => {
        seen.push(args[0].slice());
        return session.lossAndGradient(...args);
      },
    };
    const state = await train(task({ session: spied, plan: { ...plan, averageDecay: decay, validateEvery: 12 } }));
    const steps = [...seen.slice(1), state.parameters];
    // In closed form: weights 1/10 each of the first ten steps, all times 0.9 for every step after.
    const expected = new Float64Array(network.parameterCount);
    steps.forEach((theta, index) => {
      const later = steps.length - Math.max(index + 1, 10);
      const weight = (1 - decay) * decay ** later;
      for (const [i, value] of theta.entries()) expected[i]! += weight * value;
    });
    for (const [i, value] of state.average!.entries()) expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-5);
    expect(state.best).toEqual(state.average);
    const errors = await relativeErrors(network, elementwiseSession(), state.average!, samples(20, 2));
    expect(state.bestError).toBe(summarizeErrors(errors).mean);
    const plain = await train(task());
    expect(state.parameters).toEqual(plain.parameters);
    expect(plain.average).toBeUndefined();
  });

  it('refuses a decay and a patience that are none', async () => {
    for (const averageDecay of [1, -0.1, Number.NaN]) {
      expect(() => requirePlan(network, { ...plan, averageDecay })).toThrow(/training\.averageDecay is/);
    }
    for (const patience of [0, 1.5]) {
      expect(() => requirePlan(network, { ...plan, patience })).toThrow(/training\.patience is/);
    }
  });
});

describe('prepareSamples', () => {
  const normalizers = { input: { shift: 1, scale: 2 }, output: { shift: 3, scale: 4 } };
  const raw = () => {
    const inputs = Float32Array.from({ length: 16 }, (_, i) => i);
    return { count: 2, inputs, targets: inputs.map((x) => x + 1) };
  };

  it('makes the loss the squared relative error in the units of the solution', async () => {
    const prepared = prepareSamples(network, raw(), normalizers);
    const theta = new Float32Array(network.parameterCount).fill(0.5);
    const errors = await relativeErrors(network, elementwiseSession(), theta, prepared);
    const { inputs, targets } = raw();
    for (const s of [0, 1]) {
      let [difference, norm] = [0, 0];
      for (let i = 8 * s; i < 8 * s + 8; i++) {
        const predicted = 3 + 4 * (0.5 * ((inputs[i]! - 1) / 2));
        difference += (predicted - targets[i]!) ** 2;
        norm += targets[i]! ** 2;
      }
      expect(errors[s]! / Math.sqrt(difference / norm)).toBeCloseTo(1, 6);
    }
  });

  it('gives a target that is zero everywhere no weight', async () => {
    const zero = raw();
    zero.targets.fill(0, 8);
    const prepared = prepareSamples(network, zero, normalizers);
    expect([...prepared.weights]).toEqual([prepareSamples(network, raw(), normalizers).weights[0], 0]);
    const theta = new Float32Array(network.parameterCount).fill(0.5);
    const errors = await relativeErrors(network, elementwiseSession(), theta, prepared);
    expect(errors[0]).toBeGreaterThan(0);
    expect(errors[1]).toBeNaN();
    // A prediction that is no number has an error all the same: nothing hides it.
    theta.fill(Number.NaN);
    const diverged = await relativeErrors(network, elementwiseSession(), theta, prepared);
    expect([...diverged]).toEqual([Number.POSITIVE_INFINITY, Number.NaN]);
  });

  it('refuses NaN and wrong lengths, naming the sample', () => {
    const spoilt = raw();
    spoilt.inputs[11] = Number.NaN;
    expect(() => prepareSamples(network, spoilt, normalizers)).toThrow(/inputs\[11\] \(entry 3 of sample 1\) is NaN/);
    const late = { ...raw(), first: 40 };
    late.targets[11] = Number.POSITIVE_INFINITY;
    expect(() => prepareSamples(network, late, normalizers)).toThrow(
      /targets\[11\] \(entry 3 of sample 41\) is Infinity/,
    );
    expect(() => prepareSamples(network, { ...raw(), count: 3 }, normalizers)).toThrow(/inputs is .*length 24/);
  });
});

describe('weights of samples', () => {
  const inputs = Float32Array.from({ length: 16 }, (_, i) => i);
  const units = (scale: number) => ({ input: { shift: 0, scale: 1 }, output: { shift: 0, scale } });

  it.each([
    ['far smaller', 1e-30, 1],
    ['far larger', 1e30, 1],
    ['within the scale of the others, tiny as they all are', 1e-30, 1e-30],
    ['within the scale of the others, large as they all are', 1e30, 1e30],
  ])('a target %s than the scale of all is refused by its number, or weighed', (_, size, scale) => {
    const targets = new Float32Array(16).fill(1).fill(size, 8);
    const prepare = () => prepareSamples(network, { count: 2, first: 7, inputs, targets }, units(scale));
    if (size !== scale) {
      expect(prepare).toThrow(/norm of the targets of sample 8 is [\d.e+-]+; expected a norm within/);
      return;
    }
    targets.fill(size);
    expect(prepare().weights[1]! * 8).toBeCloseTo(1, 5);
  });

  it('samples that are there already are prepared in place, to the same bits', () => {
    const targets = inputs.map((x) => x + 1);
    const normalizers = { input: { shift: 1, scale: 2 }, output: { shift: 3, scale: 4 } };
    const expected = prepareSamples(network, { count: 2, inputs, targets }, normalizers);
    const there = {
      count: 3,
      inputs: Float32Array.of(...new Float32Array(8), ...inputs),
      targets: Float32Array.of(...new Float32Array(8), ...targets),
      weights: new Float32Array(3),
    };
    prepareInPlace(network, there, 1, 2, normalizers, 0);
    expect(there.inputs.subarray(8)).toEqual(expected.inputs);
    expect(there.targets.subarray(8)).toEqual(expected.targets);
    expect(there.weights).toEqual(Float32Array.of(0, ...expected.weights));
    expect(inputs[1]).toBe(1);
  });
});

describe('summarizeErrors', () => {
  it('mean, median, worst', () => {
    const summary = summarizeErrors(Float64Array.of(3, 1, 8));
    expect(summary).toEqual({ mean: 4, median: 3, worst: 8, worstSample: 2 });
  });

  it('counts the samples that have an error, and those that have none', () => {
    const summary = summarizeErrors(Float64Array.of(Number.NaN, 3, 1, Number.NaN, 8));
    expect(summary).toEqual({ mean: 4, median: 3, worst: 8, worstSample: 4, leftOut: 2 });
    expect(() => summarizeErrors(Float64Array.of(Number.NaN))).toThrow(ArgumentError);
  });
});
