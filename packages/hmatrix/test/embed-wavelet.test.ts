import { wasmEngine } from '@dyadic/engine-wasm';
import type { Connectivity, Engine } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { embed, multiply, type NonstandardForm, nonstandardForm } from '../src/index.js';
import {
  denseProduct,
  distance,
  grid,
  randomMatrix,
  randomVector,
  smoothConvolution,
  smoothKernel,
} from './kernels.js';

let engine: Engine;
beforeAll(async () => {
  engine = await wasmEngine({ threads: 1 });
});

describe('the network is the nonstandard form', () => {
  it.each<[string, () => NonstandardForm, Connectivity]>([
    ['1D', () => nonstandardForm(smoothKernel(grid(1, 128), 4), { levels: 5, tolerance: 1e-6 }), 'local'],
    [
      'a convolution',
      () => nonstandardForm(smoothConvolution(grid(1, 320)), { levels: 6, tolerance: 1e-6 }),
      'convolutional',
    ],
    ['p = 3', () => nonstandardForm(smoothKernel(grid(1, 48), 1), { levels: 4, vanishingMoments: 3 }), 'local'],
    [
      'p = 10',
      () => nonstandardForm(smoothConvolution(grid(1, 64)), { levels: 3, vanishingMoments: 10 }),
      'convolutional',
    ],
    ['one level', () => nonstandardForm(randomMatrix(grid(1, 12), 2), { levels: 1, vanishingMoments: 2 }), 'local'],
    ['2D', () => nonstandardForm(smoothKernel(grid(2, 16), 4), { levels: 3, tolerance: 1e-4 }), 'local'],
    [
      'a convolution in 2D',
      () => nonstandardForm(smoothConvolution(grid(2, 32)), { levels: 4, tolerance: 1e-4 }),
      'convolutional',
    ],
    [
      'a convolution in 3D',
      () => nonstandardForm(smoothConvolution(grid(3, 8)), { levels: 2, vanishingMoments: 1 }),
      'convolutional',
    ],
  ])('%s', async (_, make, connectivity) => {
    const form = make();
    const { network, parameters, exactParameters } = embed(form);
    expect(network.spec).toMatchObject({ structure: 'wavelet', connectivity });
    const input = Float32Array.from(randomVector(network.inputSize, 8));
    const product = multiply(form, input);
    expect(distance(apply(network, exactParameters, input), product)).toBeLessThan(1e-12);
    const session = await engine.open(network);
    expect(distance(await session.predict(parameters, input), product)).toBeLessThan(1e-5);
    session.close();
  });

  it('and so, where nothing is dropped, the matrix itself', () => {
    const matrix = randomMatrix(grid(1, 24), 9);
    const { network, exactParameters } = embed(nonstandardForm(matrix, { levels: 3 }));
    const input = randomVector(24, 10);
    expect(distance(apply(network, exactParameters, input), denseProduct(matrix, input))).toBeLessThan(1e-12);
  });
});
