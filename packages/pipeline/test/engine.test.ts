/** Which engine `auto` takes for training, with engines whose speed is known. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { NoDeviceError } from '@dyadic/engine-webgpu';
import { type Engine, mnn, type Session } from '@dyadic/mnn';
import { afterAll, describe, expect, it } from 'vitest';
import { fasterForTraining } from '../src/engine.js';

const workload = { network: mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 }), batchSize: 2 };
const folder = await mkdtemp(join(tmpdir(), 'dyadic-engine-'));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An engine whose steps take so many milliseconds. */
function engineTaking(milliseconds: number, name: string) {
  let steps = 0;
  const session: Session = {
    load: ({ count }) => ({ count }),
    unload: () => {},
    close: () => {},
    async lossAndGradient() {
      steps++;
      await sleep(milliseconds);
      return 1;
    },
    predict: async () => new Float32Array(),
  };
  const engine: Engine = { name, description: name, open: async () => session };
  return { engine, steps: () => steps };
}

/** A device, and whether it was given back. */
function gpuTaking(milliseconds: number, name: string, software = false) {
  const { engine, steps } = engineTaking(milliseconds, name);
  let closed = false;
  const gpu = { ...engine, software, adapter: name, close: () => void (closed = true) };
  return { open: async () => gpu, gpu, steps, closed: () => closed };
}

describe('auto, for training', () => {
  it('takes the GPU where it is faster, says how much, and remembers it', async () => {
    const file = join(folder, 'cache', 'speeds.json');
    const wasm = engineTaking(30, 'wasm');
    const fast = gpuTaking(1, 'fast gpu');
    const first = await fasterForTraining(wasm.engine, fast.open, workload, file);
    expect(first.engine).toBe(fast.gpu);
    expect(first.passedOver[0]).toMatch(/^wasm \(\d+ steps per second here, the other [\de.+]+\)$/);
    const measured = [wasm.steps(), fast.steps()];
    expect(Math.min(...measured)).toBeGreaterThan(1);
    expect(await fasterForTraining(wasm.engine, fast.open, workload, file)).toEqual(first);
    expect([wasm.steps(), fast.steps()]).toEqual(measured);
    expect(Object.values(JSON.parse(await readFile(file, 'utf8')))).toHaveLength(2);
  });

  it('stays where the GPU is slower, is the CPU in disguise, or is missing; and gives it back', async () => {
    const wasm = engineTaking(1, 'wasm');
    const file = join(folder, 'others.json');
    const slow = gpuTaking(30, 'slow gpu');
    const disguised = gpuTaking(0, 'SwiftShader', true);
    for (const [{ open, closed }, reason] of [
      [slow, /^webgpu \(\d+ steps per second here, the other/],
      [disguised, /^webgpu \(SwiftShader computes on the CPU\)$/],
    ] as const) {
      const { engine, passedOver } = await fasterForTraining(wasm.engine, open, workload, file);
      expect(engine).toBe(wasm.engine);
      expect(passedOver[0]).toMatch(reason);
      expect(closed()).toBe(true);
    }
    expect(disguised.steps()).toBe(0);
    const missing = async () => Promise.reject(new NoDeviceError('no Vulkan driver is installed'));
    const { engine, passedOver } = await fasterForTraining(wasm.engine, missing, workload, file);
    expect(engine).toBe(wasm.engine);
    expect(passedOver).toEqual(['webgpu (no graphics device: no Vulkan driver is installed)']);
  });
});
