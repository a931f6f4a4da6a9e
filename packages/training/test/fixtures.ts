import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedSamples, mnn, type Samples, type Session } from '@dyadic/mnn';
import { randomStream } from '@dyadic/random';
import { onTestFinished } from 'vitest';
import type { TrainingPlan } from '../src/index.js';

export const network = mnn({ points: 8, levels: 2, channels: 1, kernelLayers: 1 });

/** A session whose "network" is f_i = θ_i x_i: the whole training machinery with arithmetic a reader can check. */
export function elementwiseSession(): Session {
  const n = network.inputSize;
  return {
    load: structuredClone,
    unload: () => {},
    close: () => {},
    async lossAndGradient(parameters, loaded: LoadedSamples, indices, gradient, kind = 'squared-error') {
      const { inputs, targets, weights } = loaded as Samples;
      gradient.fill(0);
      let loss = 0;
      for (const s of indices) {
        const x = inputs.subarray(s * n, (s + 1) * n);
        const difference = Float64Array.from(x, (value, i) => parameters[i]! * value - targets[s * n + i]!);
        const square = weights[s]! * difference.reduce((sum, d) => sum + d * d, 0);
        const [value, slope] = kind === 'error' ? [Math.sqrt(square), 0.5 / Math.sqrt(square)] : [square, 1];
        loss += value / indices.length;
        for (let i = 0; i < n; i++) {
          gradient[i]! += (2 * slope * weights[s]! * difference[i]! * x[i]!) / indices.length;
        }
      }
      return loss;
    },
    async predict(parameters, inputs) {
      return inputs.map((x, i) => parameters[i % n]! * x);
    },
  };
}

/** Pairs (x, θ* x) with weights 1/‖θ* x‖². */
export function samples(count: number, seed: number): Samples {
  const n = network.inputSize;
  const stream = randomStream(seed, 'test/samples');
  const inputs = Float32Array.from({ length: count * n }, () => stream.normal());
  const targets = inputs.map((x, i) => x * (1 + (i % n) / n));
  const weights = Float32Array.from({ length: count }, (_, s) => {
    return 1 / targets.subarray(s * n, (s + 1) * n).reduce((sum, t) => sum + t * t, 0);
  });
  return { count, inputs, targets, weights };
}

export const plan: TrainingPlan = {
  epochs: 12,
  batchSize: 8,
  seed: 5,
  optimizer: { name: 'nadam' },
  schedule: { learningRate: 0.1, warmup: 0.1 },
};

export async function temporaryFile(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dyadic-training-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, name);
}
