import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DeviceError, webgpuEngine } from '@dyadic/engine-webgpu';
import { initialParameters, mnn, type Session } from '@dyadic/mnn';
import * as reference from '@dyadic/mnn/reference';
import { type initialState, optimizer, type TrainingPlan, train } from '@dyadic/training';
import { describe, expect, it } from 'vitest';
import { countingGpu, disguisedGpu, engineOrSkip } from './device.js';
import { difference, randomProblem, randomSamples, range } from './problem.js';

const engine = await engineOrSkip({ form: 'spread' });

const SMALL = { points: 16, levels: 2, channels: 2, kernelLayers: 2 } as const;
if (engine) {
  describe('batches', () => {
    it.each([1, 3, 127, 128, 129, 300])('of %i samples: more than there are parts too', async (count) => {
      const { network, parameters, samples } = randomProblem(SMALL, count);
      const session = await engine.open(network);
      const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
      const loaded = session.load(samples);
      const loss = await session.lossAndGradient(parameters, loaded, range(count), gradient);
      const expected = reference.lossAndGradient(network, parameters, samples, range(count));
      expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-6);
      expect(difference(gradient, expected.gradient)).toBeLessThan(5e-6);
      session.close();
    });

    it('a later small batch has nothing left over from a larger one before', async () => {
      const { network, parameters, samples } = randomProblem(SMALL, 300);
      const session = await engine.open(network);
      const loaded = session.load(samples);
      const [first, again] = [new Float32Array(network.parameterCount), new Float32Array(network.parameterCount)];
      const loss = await session.lossAndGradient(parameters, loaded, range(5), first);
      await session.lossAndGradient(parameters, loaded, range(300), again);
      expect(await session.lossAndGradient(parameters, loaded, range(5), again)).toBe(loss);
      expect(again).toEqual(first);
      session.close();
    });

    it('a sample without error has no slope under the loss of errors', async () => {
      const { network, parameters, samples } = randomProblem(SMALL, 3);
      const session = await engine.open(network);
      const targets = await session.predict(parameters, samples.inputs);
      const gradient = new Float32Array(network.parameterCount).fill(Number.NaN);
      const exact = session.load({ ...samples, targets });
      expect(await session.lossAndGradient(parameters, exact, range(3), gradient, 'error')).toBe(0);
      expect(gradient.every((g) => g === 0)).toBe(true);
      session.close();
    });
  });

  it('predicts more samples than fit at a time, and none', async () => {
    const { network, parameters, samples } = randomProblem(
      { points: 8, levels: 2, channels: 1, kernelLayers: 1 },
      2500,
    );
    const session = await engine.open(network);
    const outputs = await session.predict(parameters, samples.inputs);
    const last = samples.inputs.subarray(2499 * 8);
    expect(await session.predict(parameters, last)).toEqual(outputs.subarray(2499 * 8));
    expect(difference(outputs.subarray(2499 * 8), reference.apply(network, parameters, last))).toBeLessThan(5e-6);
    expect(await session.predict(parameters, new Float32Array())).toEqual(new Float32Array());
    session.close();
  });

  it('parameters that are not finite show in the loss, and in every output', async () => {
    const { network, parameters, samples } = randomProblem({ ...SMALL, output: 'density', activation: 'tanh' }, 2);
    const session = await engine.open(network);
    parameters[0] = Number.NaN;
    const gradient = new Float32Array(network.parameterCount);
    expect(await session.lossAndGradient(parameters, session.load(samples), range(2), gradient)).toBeNaN();
    expect((await session.predict(parameters, samples.inputs)).every(Number.isNaN)).toBe(true);
    session.close();
  });

  const plan: TrainingPlan = {
    epochs: 3,
    batchSize: 4,
    seed: 1,
    optimizer: { name: 'soap', refreshEvery: 3 },
    schedule: { learningRate: 0.01 },
  };

  describe('training', () => {
    const network = mnn(SMALL);
    const data = { train: randomSamples(network, 18), validation: randomSamples(network, 5) };

    it('gives the same bits again, also when it was interrupted after an epoch', async () => {
      const session = await engine.open(network);
      const once = await train({ network, session, ...data, plan });
      const other = await engine.open(network);
      let saved: ReturnType<typeof initialState> | undefined;
      const interrupted = train({
        network,
        session: other,
        ...data,
        plan,
        onEpoch: (state) => {
          saved = state;
          throw new Error('stop');
        },
      });
      await expect(interrupted).rejects.toThrow('stop');
      const resumed = await train({ network, session: other, ...data, plan, from: saved! });
      expect(resumed.parameters).toEqual(once.parameters);
      expect(resumed.history).toEqual(once.history);
      for (const [name, vector] of Object.entries(once.optimizer.vectors)) {
        expect(resumed.optimizer.vectors[name]).toEqual(vector);
      }
      session.close();
      other.close();
    });

    it.each([plan.optimizer, { name: 'nadam' as const }])(
      'is what the optimizer on the host makes of it: %o',
      async (how) => {
        const session = await engine.open(network);
        const host: Session = {
          load: (samples) => session.load(samples),
          unload: (samples) => session.unload(samples),
          lossAndGradient: (...step) => session.lossAndGradient(...step),
          predict: (...inputs) => session.predict(...inputs),
          close: () => {},
        };
        const of = { network, ...data, plan: { ...plan, optimizer: how } };
        const a = await train({ ...of, session });
        const b = await train({ ...of, session: host });
        expect(difference(a.parameters, b.parameters)).toBeLessThan(2e-2);
        expect(Math.abs(a.bestError / b.bestError - 1)).toBeLessThan(1e-3);
        a.history.forEach(({ loss }, epoch) => {
          expect(Math.abs(loss / b.history[epoch]!.loss - 1)).toBeLessThan(1e-3);
        });
        session.close();
      },
    );

    it.each([plan.optimizer, { name: 'nadam' as const }])('stops where a loss is no number: %o', async (how) => {
      const session = await engine.open(network);
      const bad = randomSamples(network, 8);
      bad.targets[5 * network.outputSize] = Number.NaN;
      const samples = session.load(bad);
      const run = async (order: number[]) => {
        const rule = optimizer(network, how);
        const descent = (await session.descend(rule.rule!))!;
        const parameters = initialParameters(network, 1);
        descent.write(parameters, rule.vectors);
        const factors = order.map(() => rule.advance!(0.01));
        const losses = await descent.run(samples, Uint32Array.from(order), 1, factors);
        await descent.read(parameters, rule.vectors);
        descent.close();
        return { parameters, losses };
      };
      const [before, after] = [await run([0, 1, 2]), await run([0, 1, 2, 5, 3, 4])];
      expect(before.losses.every(Number.isFinite)).toBe(true);
      expect(after.losses).toEqual(Float32Array.of(...before.losses, Number.NaN, Number.NaN, Number.NaN));
      expect(after.parameters).toEqual(before.parameters);
      const training = train({ network, session, ...data, train: bad, plan: { ...plan, optimizer: how } });
      await expect(training).rejects.toThrow('sample 5');
      session.close();
    });

    it('that diverges says where', async () => {
      const session = await engine.open(network);
      const wild = { ...plan, optimizer: { name: 'adamw' as const }, schedule: { learningRate: 1e30 } };
      await expect(train({ network, session, ...data, plan: wild })).rejects.toThrow(/epoch 1, batch \d of 5/);
      session.close();
    });
  });

  it('what is written out for a GPU, run by run, is right here too', async () => {
    const gpu = await webgpuEngine({ gpu: await disguisedGpu(), form: 'spread' });
    const two = { dimension: 2, points: 16, levels: 2, kernelLayers: 1 } as const;
    const { network, parameters, samples } = randomProblem({ ...two, channels: 5 }, 2);
    const session = await gpu.open(network);
    const gradient = new Float32Array(network.parameterCount);
    const loss = await session.lossAndGradient(parameters, session.load(samples), range(2), gradient);
    const expected = reference.lossAndGradient(network, parameters, samples, range(2));
    expect(Math.abs(loss / expected.loss - 1)).toBeLessThan(2e-6);
    expect(difference(gradient, expected.gradient)).toBeLessThan(5e-6);
    session.close();
    gpu.close();
  }, 180_000);

  it('a step allocates nothing on the device, and closing gives all back', async () => {
    const counting = await countingGpu();
    const counted = await webgpuEngine({ gpu: counting.gpu, form: 'spread' });
    const { network, parameters, samples } = randomProblem(SMALL, 12);
    const session = await counted.open(network);
    const loaded = session.load(samples);
    const gradient = new Float32Array(network.parameterCount);
    const rule = optimizer(network, { name: 'nadam' });
    const descent = (await session.descend(rule.rule!))!;
    descent.write(parameters, rule.vectors);
    const both = async () => {
      await session.lossAndGradient(parameters, loaded, range(12), gradient);
      await descent.run(loaded, range(12), 4, [rule.advance!(0.01), rule.advance!(0.01), rule.advance!(0.01)]);
    };
    await both();
    const before = counting.alive();
    const created = counting.created();
    for (let step = 0; step < 50; step++) await both();
    expect(counting.created()).toBe(created);
    expect(counting.alive()).toBe(before);
    session.close();
    expect(counting.alive()).toBe(0);
    counted.close();
  });

  it('an epoch submits portions of steps, one reading of the state and one prediction of the validation samples', async () => {
    const counting = await countingGpu();
    const counted = await webgpuEngine({ gpu: counting.gpu, form: 'spread' });
    const network = mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 });
    const session = await counted.open(network);
    let portions = 0;
    const watched: Session = {
      moves: true,
      load: (samples) => session.load(samples),
      unload: (samples) => session.unload(samples),
      lossAndGradient: (...step) => session.lossAndGradient(...step),
      predict: (...inputs) => session.predict(...inputs),
      close: () => {},
      async descend(rule) {
        const descent = (await session.descend(rule))!;
        return {
          write: (...state) => descent.write(...state),
          read: (...state) => descent.read(...state),
          close: () => descent.close(),
          run: (...steps) => {
            portions++;
            return descent.run(...steps);
          },
        };
      },
    };
    const data = { train: randomSamples(network, 40), validation: randomSamples(network, 700) };
    const two = { ...plan, epochs: 2, optimizer: { name: 'nadam' }, augment: 'torus' } as const;
    await train({ network, session: watched, ...data, plan: two });
    expect(counting.submitted()).toBe(portions + 2 * 2);
    session.close();
    counted.close();
  });

  it('a lost device is an error that names it', async () => {
    const lost = (await engineOrSkip({ form: 'spread' }))!;
    const { network, parameters, samples } = randomProblem(SMALL, 1);
    const session = await lost.open(network);
    const loaded = session.load(samples);
    lost.close();
    const step = () => session.lossAndGradient(parameters, loaded, range(1), new Float32Array(network.parameterCount));
    await expect(step()).rejects.toThrow(DeviceError);
    await expect(step()).rejects.toThrow(`${lost.adapter}: the device is lost`);
  });

  it('what cannot be right is refused', async () => {
    const { network, parameters, samples } = randomProblem(SMALL, 4);
    const session = await engine.open(network);
    const other = await engine.open(network);
    const gradient = new Float32Array(network.parameterCount);
    const loaded = session.load(samples);
    await expect(other.lossAndGradient(parameters, loaded, range(1), gradient)).rejects.toThrow('this session');
    await expect(session.lossAndGradient(parameters, loaded, range(5), gradient)).rejects.toThrow('indices[4] is 4');
    await expect(session.lossAndGradient(parameters.subarray(1), loaded, range(1), gradient)).rejects.toThrow(
      'parameters is',
    );
    await expect(session.predict(parameters, new Float32Array(17))).rejects.toThrow('input size 16');
    expect(() => session.load({ ...samples, weights: new Float32Array(4).fill(-1) })).toThrow(
      'samples.weights[0] is -1',
    );
    session.unload(loaded);
    await expect(session.lossAndGradient(parameters, loaded, range(1), gradient)).rejects.toThrow('this session');
    session.close();
    other.close();
    await expect(session.predict(parameters, samples.inputs)).rejects.toThrow('session is ');
  });

  it('the example of the README runs', () => {
    const readme = readFileSync('README.md', 'utf8');
    const [, example] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    const output = execFileSync(process.execPath, ['--input-type=module'], { input: example, encoding: 'utf8' });
    const [, loss] = /loss ([\d.e-]+)/.exec(output) ?? [];
    expect(Number(loss)).toBeLessThan(0.5);
  }, 180_000);
}
