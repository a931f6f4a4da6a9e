import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { type Engine, initialParameters, type MnnOptions, mnn } from '@dyadic/mnn';
import { conformanceCases } from '@dyadic/mnn/conformance';
import { randomStream } from '@dyadic/random';
import { type OptimizerOptions, optimizer, readCheckpoint } from '@dyadic/training';
import { beforeAll, describe, expect, it } from 'vitest';
import { contents, copyOf, dyadic, EXPERIMENT, finished, start, workspace } from './fixtures.js';

const BATCH = 13;
let engines: Engine[];

beforeAll(async () => {
  engines = [await wasmEngine({ threads: 2 }), await tensorflowEngine({ backend: 'wasm' })];
});

/** Loss and gradient of a random batch, and a few optimizer steps on it, as one engine computes them. */
async function compute(engine: Engine, options: MnnOptions, rule: OptimizerOptions) {
  const network = mnn(options);
  const stream = randomStream(8, 'test/engines');
  const draw = (count: number) => Float32Array.from({ length: count }, () => stream.normal());
  const [inputs, targets] = [draw(BATCH * network.inputSize), draw(BATCH * network.outputSize)];
  const weights = Float32Array.from(
    { length: BATCH * network.outputs },
    () => stream.uniform(0.5, 1) / network.outputSize,
  );
  const parameters = initialParameters(network, 3);
  const gradient = new Float32Array(network.parameterCount);
  const indices = Uint32Array.from({ length: BATCH }, (_, i) => (5 * i) % BATCH);
  const session = await engine.open(network);
  try {
    const samples = session.load({ count: BATCH, inputs, targets, weights });
    const loss = await session.lossAndGradient(parameters, samples, indices, gradient);
    const first = Float32Array.from(gradient);
    const output = await session.predict(parameters, inputs);
    const optimize = optimizer(network, rule);
    for (let step = 0; step < 5; step++) {
      optimize.step(parameters, gradient, 1e-2);
      await session.lossAndGradient(parameters, samples, indices, gradient);
    }
    return { loss, gradient: first, output, parameters };
  } finally {
    session.close();
  }
}

/** ‖a − b‖/‖b‖ */
function distance(a: Float32Array, b: Float32Array): number {
  const norm = (f: (i: number) => number) => Math.sqrt(b.reduce((sum, _, i) => sum + f(i) ** 2, 0));
  return norm((i) => a[i]! - b[i]!) / norm((i) => b[i]!);
}

/** Options of every kind, from the conformance suite, which holds each engine against the float64 reference. */
const OTHERS = conformanceCases('pairs')
  .flatMap(({ network }) => ('branches' in network || 'structure' in network ? [] : [network as MnnOptions]))
  .filter((_, i) => i % 9 === 0);

describe('the two engines agree to float32 rounding', () => {
  it.each<[string, MnnOptions, OptimizerOptions]>([
    ['1D, the paper’s', { points: 320, levels: 6, channels: 6, kernelLayers: 5 }, { name: 'nadam' }],
    [
      '1D, local, tanh',
      { points: 64, levels: 3, channels: 3, kernelLayers: 2, connectivity: 'local', activation: 'tanh' },
      { name: 'soap' },
    ],
    ['2D', { dimension: 2, points: 24, levels: 2, channels: 3, kernelLayers: 2 }, { name: 'adamw' }],
    [
      '2D, density output',
      { dimension: 2, points: 16, levels: 2, channels: 3, kernelLayers: 2, output: 'density' },
      { name: 'adamw' },
    ],
    [
      '3D, softplus',
      { dimension: 3, points: 8, levels: 2, channels: 2, kernelLayers: 1, activation: 'softplus' },
      { name: 'nadam' },
    ],
    ...OTHERS.map((options): [string, MnnOptions, OptimizerOptions] => [
      JSON.stringify(options),
      options,
      { name: 'adamw' },
    ]),
  ])('%s', async (_, options, rule) => {
    const [wasm, tensorflow] = [await compute(engines[0]!, options, rule), await compute(engines[1]!, options, rule)];
    expect(Math.abs(wasm.loss / tensorflow.loss - 1)).toBeLessThan(1e-5);
    expect(distance(wasm.output, tensorflow.output)).toBeLessThan(1e-5);
    expect(distance(wasm.gradient, tensorflow.gradient)).toBeLessThan(1e-4);
    expect(distance(wasm.parameters, tensorflow.parameters)).toBeLessThan(2e-3);
  });
});

describe('through the command', () => {
  it('one thread and two give the same checkpoint bytes', async () => {
    const { data, app, root } = await workspace();
    await dyadic('generate', data);
    for (const threads of ['1', '2']) {
      expect((await dyadic('train', app, '--threads', threads, '--out', join(root, threads))).code).toBe(0);
    }
    expect(await contents(join(root, '2'), ['timing.json'])).toEqual(await contents(join(root, '1'), ['timing.json']));
  });

  it('a run begun on one engine goes on with the other, and says so', async () => {
    const { quick } = EXPERIMENT.profiles;
    const training = { ...quick.training, epochs: 200 };
    const original = await workspace({ experiment: { profiles: { quick: { ...quick, training } } } });
    await dyadic('generate', original.data);
    const { app } = await copyOf(original);
    const checkpoint = join(app, 'runs/quick/checkpoint.safetensors');
    const begunRun = start('train', app, '--engine', 'tensorflow', '--checkpoint-seconds', '0');
    const end = finished(begunRun);
    while (!existsSync(checkpoint)) await sleep(2);
    begunRun.kill('SIGKILL');
    await end;
    const begun = await readCheckpoint(checkpoint);
    expect(begun.engine).toMatch(/^tensorflow/);
    expect(begun.state.epoch).toBeLessThan(200);
    const resumed = await dyadic('train', app, '--engine', 'wasm');
    expect(resumed).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/was begun on tensorflow.*continuing on wasm/),
    });
    const { engine, state } = await readCheckpoint(checkpoint);
    expect([engine, state.epoch]).toEqual(['wasm', 200]);
    await dyadic('train', original.app, '--engine', 'wasm');
    const alone = await readCheckpoint(join(original.app, 'runs/quick/checkpoint.safetensors'));
    expect(distance(state.parameters, alone.state.parameters)).toBeLessThan(1e-2);
  });
});
