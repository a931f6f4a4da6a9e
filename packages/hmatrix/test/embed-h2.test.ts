import { tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import { type Engine, type MnnSpec, mnn } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { embed, type H2Matrix, h2KernelMatrix, h2Matrix, multiply } from '../src/index.js';
import {
  denseProduct,
  distance,
  grid,
  radial,
  randomMatrix,
  randomVector,
  smoothConvolution,
  smoothKernel,
} from './kernels.js';

let engines: Engine[];
beforeAll(async () => {
  engines = [await wasmEngine({ threads: 1 }), await tensorflowEngine({ backend: 'wasm' })];
});

const MIXED = {
  restriction: 'convolutional',
  kernel: 'local',
  interpolation: 'convolutional',
  adjacent: 'convolutional',
} as const;

describe('the network is the H²-matrix', () => {
  const log = (points: number) => radial(Math.log, 1 / points);
  it.each<[string, () => H2Matrix, MnnSpec['connectivity']]>([
    ['of entries', () => h2Matrix(smoothKernel(grid(1, 320), 1), { levels: 6, tolerance: 1e-5 }), 'local'],
    ['weak', () => h2Matrix(smoothKernel(grid(1, 64), 2), { levels: 4, rank: 3, admissibility: 'weak' }), 'local'],
    ['random data', () => h2Matrix(randomMatrix(grid(1, 48), 3), { levels: 4, rank: 2 }), 'local'],
    ['open', () => h2Matrix(smoothKernel(grid(1, 64), 4), { levels: 4, rank: 3, padding: 'zero' }), 'local'],
    ['a convolution', () => h2Matrix(smoothConvolution(grid(1, 320)), { levels: 6, rank: 6 }), 'convolutional'],
    ['one level', () => h2Matrix(smoothConvolution(grid(1, 32)), { levels: 2, rank: 3 }), 'convolutional'],
    [
      'lists of §2.1',
      () => h2Matrix(smoothConvolution(grid(1, 64)), { levels: 4, assignment: 'coarsest', rank: 4 }),
      MIXED,
    ],
    [
      'a kernel in an open domain',
      () =>
        h2KernelMatrix(grid(1, 256), log(256), {
          levels: 5,
          tolerance: 1e-6,
          padding: 'zero',
          translationInvariant: true,
        }),
      MIXED,
    ],
    ['in 2D', () => h2Matrix(smoothKernel(grid(2, 16), 5), { levels: 3, rank: 4 }), 'local'],
    ['open in 2D', () => h2Matrix(smoothKernel(grid(2, 16), 6), { levels: 3, rank: 3, padding: 'zero' }), 'local'],
    ['a convolution in 2D', () => h2Matrix(smoothConvolution(grid(2, 16)), { levels: 3, rank: 5 }), 'convolutional'],
    [
      'a kernel in an open square',
      () =>
        h2KernelMatrix(grid(2, 32), log(32), {
          levels: 3,
          tolerance: 1e-3,
          padding: 'zero',
          translationInvariant: true,
        }),
      MIXED,
    ],
    ['in 3D', () => h2Matrix(randomMatrix(grid(3, 8), 7), { levels: 2, rank: 3, admissibility: 'weak' }), 'local'],
    [
      'a convolution in 3D',
      () => h2Matrix(smoothConvolution(grid(3, 8)), { levels: 2, rank: 4, admissibility: 'weak' }),
      'convolutional',
    ],
  ])('%s', async (_, make, connectivity) => {
    const h2 = make();
    const { network, parameters, exactParameters } = embed(h2);
    expect(network.spec).toMatchObject({ structure: 'h2', connectivity });
    const input = Float32Array.from(randomVector(network.inputSize, 8));
    const product = multiply(h2, input);
    expect(distance(apply(network, exactParameters, input), product)).toBeLessThan(1e-12);
    for (const engine of engines) {
      const session = await engine.open(network);
      expect(distance(await session.predict(parameters, input), product)).toBeLessThan(1e-5);
      session.close();
    }
  });

  it('and so, at full rank, the matrix itself', () => {
    const matrix = randomMatrix(grid(1, 24), 9);
    const { network, exactParameters } = embed(h2Matrix(matrix, { levels: 3 }));
    const input = randomVector(24, 10);
    expect(distance(apply(network, exactParameters, input), denseProduct(matrix, input))).toBeLessThan(1e-12);
  });

  it.each([
    [1, [256, 1024, 4096], 8],
    [2, [32, 64, 128], 4],
  ] as const)('local, it has O(N) parameters: %dD', (dimension, sizes, side) => {
    const perPoint = sizes.map((points) => {
      const levels = Math.log2(points / side);
      return (
        mnn({ dimension, points, levels, channels: 4, kernelLayers: 1, structure: 'h2', connectivity: 'local' })
          .parameterCount /
        points ** dimension
      );
    });
    expect(Math.max(...perPoint) / Math.min(...perPoint)).toBeLessThan(1.3);
  });
});
