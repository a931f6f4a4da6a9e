import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { wasmEngine } from '@dyadic/engine-wasm';
import type { FourierOptions, MnnOptions, Network } from '@dyadic/mnn';
import * as reference from '@dyadic/mnn/reference';
import { describe, expect, it } from 'vitest';
import { difference, randomProblem, range } from './problem.js';

/** Loss, gradient and prediction of `steps` steps with the given number of threads, as bytes. */
async function results(threads: number, options: MnnOptions | FourierOptions, count: number, steps: number) {
  const { network, parameters, samples } = randomProblem(options, count);
  const session = await (await wasmEngine({ threads })).open(network);
  const loaded = session.load(samples);
  const gradient = new Float32Array(network.parameterCount);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    losses.push(await session.lossAndGradient(parameters, loaded, range(count - (step % 5)), gradient));
    descend(network, parameters, gradient);
  }
  const outputs = await session.predict(parameters, samples.inputs);
  session.close();
  return { losses, gradient, parameters, outputs };
}

function descend(network: Network, parameters: Float32Array, gradient: Float32Array): void {
  for (let i = 0; i < network.parameterCount; i++) parameters[i]! -= 1e-4 * gradient[i]!;
}

describe('threads', () => {
  it.each([
    [{ points: 40, levels: 3, channels: 3, kernelLayers: 2 }, 33],
    [{ points: 40, levels: 3, channels: 3, kernelLayers: 2, activation: 'softplus' }, 150],
    [{ dimension: 2, points: 16, levels: 2, channels: 3, kernelLayers: 2 }, 17],
    [{ dimension: 2, points: 16, levels: 2, channels: 3, kernelLayers: 2, output: 'density' }, 33],
    [{ dimension: 2, points: 8, levels: 2, channels: 2, kernelLayers: 1, connectivity: 'local' }, 6],
    [{ structure: 'fourier', points: 40, modes: 8, width: 5, layers: 2 }, 33],
    [{ structure: 'fourier', dimension: 2, points: 10, modes: 3, width: 3, layers: 1 }, 17],
  ] as const)('one, two and three give the same bits: %o, batch %i', async (options, count) => {
    const one = await results(1, options, count, 40);
    expect(await results(2, options, count, 40)).toEqual(one);
    expect(await results(3, options, count, 40)).toEqual(one);
  });

  it('agree with the reference', async () => {
    const { network, parameters, samples } = randomProblem({ points: 32, levels: 3, channels: 3, kernelLayers: 2 }, 50);
    const session = await (await wasmEngine({ threads: 2 })).open(network);
    const gradient = new Float32Array(network.parameterCount);
    await session.lossAndGradient(parameters, session.load(samples), range(50), gradient);
    const expected = reference.lossAndGradient(network, parameters, samples, range(50));
    expect(difference(gradient, expected.gradient)).toBeLessThan(5e-6);
    session.close();
  });

  it('workers take part', async () => {
    const { network, parameters, samples } = randomProblem({ points: 80, levels: 4, channels: 4, kernelLayers: 3 }, 64);
    const session = await (await wasmEngine({ threads: 3 })).open(network);
    const loaded = session.load(samples);
    const gradient = new Float32Array(network.parameterCount);
    for (let step = 0; step < 2000 && session.workerTasks < 100; step++) {
      await session.lossAndGradient(parameters, loaded, range(64), gradient);
    }
    expect(session.workerTasks).toBeGreaterThanOrEqual(100);
    session.close();
  });

  it('no task is done twice or by nobody', async () => {
    // 10 000 short steps: a lost wake-up would hang, a task done twice or by nobody would change the sum.
    const options = { points: 8, levels: 2, channels: 1, kernelLayers: 1 } as const;
    const { network, parameters, samples } = randomProblem(options, 8);
    const session = await (await wasmEngine({ threads: 3 })).open(network);
    const loaded = session.load(samples);
    const gradient = new Float32Array(network.parameterCount);
    const first = await session.lossAndGradient(parameters, loaded, range(8), gradient);
    const before = session.memory.total;
    let different = 0;
    for (let step = 0; step < 10_000; step++) {
      if ((await session.lossAndGradient(parameters, loaded, range(8), gradient)) !== first) different++;
    }
    expect(different).toBe(0);
    expect(session.memory.total).toBe(before);
    session.close();
  });

  it('an open session does not keep a process alive', async () => {
    const script = `
      const { wasmEngine } = await import('@dyadic/engine-wasm');
      const { mnn } = await import('@dyadic/mnn');
      const engine = await wasmEngine({ threads: 2 });
      const session = await engine.open(mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 }));
      await session.predict(new Float32Array(mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 }).parameterCount),
        new Float32Array(80));
      console.log(engine.description);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 20_000,
    });
    expect(stdout.trim()).toBe('wasm (SIMD, 2 threads)');
  });

  it('auto is at least one; too many or too few are refused', async () => {
    expect((await wasmEngine()).threads).toBeGreaterThanOrEqual(1);
    await expect(wasmEngine({ threads: 0 })).rejects.toThrow('wasmEngine.threads is 0');
    await expect(wasmEngine({ threads: 33 })).rejects.toThrow('from 1 to 32');
    await expect(wasmEngine({ thread: 2 } as object)).rejects.toThrow('wasmEngine.thread');
  });
});

it('nothing is fetched or resolved at run time: what a bundler packs is all there is', async () => {
  const seen = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = await readFile(new URL(file, new URL('../dist/', import.meta.url)), 'utf8');
    expect([file, code.match(/import\.meta|\bimport\(|from 'node:/)]).toEqual([file, null]);
    for (const [, name] of code.matchAll(/from '\.\/([^']+)'/g)) await visit(name!);
  };
  await visit('index.js');
  expect(seen.size).toBeGreaterThan(10);
});
