import { createHash } from 'node:crypto';
import { wasmEngine } from '@dyadic/engine-wasm';
import { type FourierOptions, type MnnOptions, networkFromDocument, type Session } from '@dyadic/mnn';
import { describe, expect, it } from 'vitest';
import { Soap, type TrainingPlan, type TrainingState, train } from '../src/index.js';

/** The session without the optimizer of its engine: the steps are those of `Soap`, whose oracle is in float64. */
function withoutDescent(session: Session): Session {
  return {
    load: (samples) => session.load(samples),
    unload: (samples) => session.unload(samples),
    lossAndGradient: (...batch) => session.lossAndGradient(...batch),
    predict: (parameters, inputs) => session.predict(parameters, inputs),
    close: () => session.close(),
  };
}

const plan: TrainingPlan = {
  epochs: 4,
  batchSize: 7,
  seed: 3,
  optimizer: { name: 'soap', refreshEvery: 3, weightDecay: 0.01 },
  schedule: { learningRate: 0.01, warmup: 0.1 },
  loss: 'error',
  augment: 'torus',
};

function problem(options: MnnOptions | FourierOptions) {
  const network = networkFromDocument(options);
  const samples = (count: number, offset: number) => {
    const field = (size: number, f: (x: number) => number) =>
      Float32Array.from({ length: count * size }, (_, k) => f((k % size) + offset + Math.floor(k / size)));
    return {
      count,
      inputs: field(network.inputSize, Math.sin),
      targets: field(network.outputSize, (x) => 1.5 + Math.cos(x)),
      weights: new Float32Array(count).fill(1 / network.outputSize),
    };
  };
  return { network, train: samples(33, 0), validation: samples(9, 0.3), plan };
}

const softplus: MnnOptions = {
  points: 40,
  levels: 3,
  channels: 3,
  kernelLayers: 2,
  activation: 'softplus',
  output: 'wavefunction',
};

/** What a training leaves behind. */
async function result({ threads = 1, plain = false, ...task }: ReturnType<typeof problem> & Given) {
  const session = await (await wasmEngine({ threads })).open(task.network);
  const state = await train({ ...task, session: plain ? withoutDescent(session) : session });
  session.close();
  const { parameters, best, history, optimizer } = state;
  return { history, scalars: optimizer.scalars, ...digests({ parameters, best, ...optimizer.vectors }) };
}

/** Hashes: where arrays of thousands of numbers differ, nobody reads their differences. */
function digests(vectors: Readonly<Record<string, Float32Array>>): Record<string, string> {
  const hash = (vector: Float32Array) => createHash('sha256').update(Buffer.from(vector.slice().buffer)).digest('hex');
  return Object.fromEntries(Object.entries(vectors).map(([name, vector]) => [name, hash(vector)]));
}

interface Given {
  readonly threads?: number;
  readonly plain?: boolean;
  readonly from?: TrainingState;
}

describe('a descent of the wasm engine', () => {
  it.each<MnnOptions | FourierOptions>([
    softplus,
    { points: 24, levels: 2, channels: 3, kernelLayers: 1, connectivity: 'local' },
    { dimension: 2, points: 16, levels: 2, channels: 3, kernelLayers: 2 },
    { structure: 'fourier', points: 40, modes: 6, width: 3, layers: 2 },
  ])('has the bits of one step after the other, for any number of threads: %o', async (options) => {
    const task = problem(options);
    const expected = await result({ ...task, plain: true });
    for (const threads of [1, 2, 3]) expect(await result({ ...task, threads })).toEqual(expected);
  });

  it('stops after an epoch and goes on to the same bits', async () => {
    const task = problem(softplus);
    const session = await (await wasmEngine({ threads: 2 })).open(task.network);
    const controller = new AbortController();
    let from: TrainingState | undefined;
    const onEpoch = (state: TrainingState) => {
      from = state;
      if (state.epoch === 2) controller.abort();
    };
    await expect(train({ ...task, session, onEpoch, signal: controller.signal })).rejects.toThrow(/in epoch 3/);
    session.close();
    expect(await result({ ...task, threads: 2, from: from! })).toEqual(await result({ ...task, plain: true }));
  });

  it('names the sample at which the loss is no number', async () => {
    const task = problem({ ...softplus, output: 'linear' });
    task.train.inputs.fill(1e38, 17 * 40, 18 * 40);
    await expect(result({ ...task, threads: 2 })).rejects.toThrow(
      /the loss is \S+ in epoch 1, batch \d of 5, first at training sample 17/,
    );
  });

  it('is refused once it is closed, as are vectors of another network', async () => {
    const { network, train } = problem(softplus);
    const session = await (await wasmEngine({ threads: 1 })).open(network);
    const rule = new Soap(network);
    const descent = (await session.descend(rule.rule))!;
    const parameters = new Float32Array(network.parameterCount);
    const vectors = { ...rule.vectors, bases: new Float32Array(3) };
    expect(() => descent.write(parameters, vectors)).toThrow(/vectors\.bases/);
    const loaded = session.load(train);
    const run = descent.run(loaded, Uint32Array.of(1, 40), 2, [rule.advance(0.1)]);
    await expect(run).rejects.toThrow(/40/);
    descent.close();
    await expect(descent.read(parameters, rule.vectors)).rejects.toThrow(/descent is 'closed'/);
    session.close();
  });
});
