import { wasmEngine } from '@dyadic/engine-wasm';
import type { Samples } from '@dyadic/mnn';
import { relativeErrors, train } from '@dyadic/training';
import { expect, it } from 'vitest';
import { embed, hierarchicalMatrix, kernelMatrix } from '../src/index.js';
import { denseProduct, grid, randomVector } from './kernels.js';

/** Neither symmetric nor a convolution; about 1 on the scale of random vectors, for which weights are drawn. */
const matrix = kernelMatrix(grid(1, 32), ([x], [y]) => {
  const amplitude = (1 + 0.4 * Math.cos(2 * Math.PI * x!)) * (1 + 0.4 * Math.sin(2 * Math.PI * y!));
  return (0.07 * amplitude) / Math.sqrt(0.01 + Math.sin(Math.PI * (x! - y!)) ** 2);
});

/** Random v and A v, weighed for the mean squared relative error. */
function pairs(count: number, seed: number): Samples {
  const vectors = Array.from({ length: count }, (_, s) => randomVector(32, 1000 * seed + s));
  const images = vectors.map((v) => denseProduct(matrix, v));
  return {
    count,
    inputs: Float32Array.from(vectors.flatMap((v) => [...v])),
    targets: Float32Array.from(images.flatMap((u) => [...u])),
    weights: Float32Array.from(images, (u) => 1 / u.reduce((sum, x) => sum + x * x, 0)),
  };
}

it('a linear LC network trained from random weights on pairs (v, Av) is within 10 times the embedded error', async () => {
  const { network, parameters } = embed(hierarchicalMatrix(matrix, { levels: 3, rank: 2 }));
  const [training, validation] = [pairs(400, 1), pairs(100, 2)];
  const session = await (await wasmEngine({ threads: 1 })).open(network);
  try {
    const errors = await relativeErrors(network, session, parameters, validation);
    const embedded = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const plan = {
      epochs: 60,
      batchSize: 20,
      seed: 1,
      optimizer: { name: 'soap' },
      schedule: { learningRate: 0.03, warmup: 0.05 },
    } as const;
    const { bestError } = await train({ network, session, train: training, validation, plan });
    expect(embedded).toBeLessThan(5e-3);
    expect(bestError).toBeLessThan(10 * embedded);
  } finally {
    session.close();
  }
});
