import { tensorflowEngine } from '@dyadic/engine-tensorflow';
import { wasmEngine } from '@dyadic/engine-wasm';
import type { Engine, MnnSpec, Network } from '@dyadic/mnn';
import { apply } from '@dyadic/mnn/reference';
import { beforeAll, describe, expect, it } from 'vitest';
import { embed, type GridMatrix, type HierarchicalMatrixOptions, hierarchicalMatrix, multiply } from '../src/index.js';
import {
  denseProduct,
  distance,
  grid,
  randomMatrix,
  randomVector,
  smoothConvolution,
  smoothKernel,
} from './kernels.js';

let engines: Engine[];
beforeAll(async () => {
  engines = [await wasmEngine({ threads: 1 }), await tensorflowEngine({ backend: 'wasm' })];
});

async function predict(engine: Engine, network: Network, parameters: Float32Array, input: Float32Array) {
  const session = await engine.open(network);
  try {
    return await session.predict(parameters, input);
  } finally {
    session.close();
  }
}

const MIXED = {
  restriction: 'convolutional',
  kernel: 'local',
  interpolation: 'convolutional',
  adjacent: 'convolutional',
} as const;

describe('the network is the hierarchical matrix', () => {
  it.each<[string, () => GridMatrix, HierarchicalMatrixOptions, MnnSpec['connectivity']]>([
    ['LC 1D, N = 320', () => smoothKernel(grid(1, 320), 1), { levels: 6, rank: 6 }, 'local'],
    ['LC 1D, N = 640', () => smoothKernel(grid(1, 640), 2), { levels: 7, rank: 6, bases: 'interpolative' }, 'local'],
    ['LC 1D, N = 1280', () => smoothKernel(grid(1, 1280), 3), { levels: 8, rank: 4, bases: 'interpolative' }, 'local'],
    ['LC 2D, N = 80²', () => smoothKernel(grid(2, 80), 4), { levels: 4, rank: 4, bases: 'interpolative' }, 'local'],
    ['LC 3D', () => smoothKernel(grid(3, 8), 5), { levels: 2, rank: 3 }, 'local'],
    ['LC 2D, random data', () => randomMatrix(grid(2, 8), 6), { levels: 3, rank: 4 }, 'local'],
    ['LC, finest', () => smoothKernel(grid(1, 64), 7), { levels: 4, rank: 3, assignment: 'finest' }, 'local'],
    ['CNN 1D, N = 320', () => smoothConvolution(grid(1, 320)), { levels: 6, rank: 6 }, 'convolutional'],
    ['CNN 1D, L = 2', () => smoothConvolution(grid(1, 40)), { levels: 2, rank: 3 }, 'convolutional'],
    ['CNN 2D', () => smoothConvolution(grid(2, 40)), { levels: 3, rank: 6, bases: 'interpolative' }, 'convolutional'],
    ['CNN 3D', () => smoothConvolution(grid(3, 8)), { levels: 3, rank: 4, bases: 'interpolative' }, 'convolutional'],
    [
      'convolution, lists of §2.1',
      () => smoothConvolution(grid(1, 64)),
      { levels: 4, rank: 3, assignment: 'coarsest' },
      MIXED,
    ],
    ['weak LC 1D', () => smoothKernel(grid(1, 64), 8), { levels: 4, rank: 3, admissibility: 'weak' }, 'local'],
    [
      'weak CNN 1D',
      () => smoothConvolution(grid(1, 64)),
      { levels: 4, rank: 3, admissibility: 'weak' },
      'convolutional',
    ],
    [
      'weak CNN 2D',
      () => smoothConvolution(grid(2, 8)),
      { levels: 2, rank: 3, admissibility: 'weak' },
      'convolutional',
    ],
  ])('%s', async (_, make, options, connectivity) => {
    const hmatrix = hierarchicalMatrix(make(), options);
    const { network, parameters, exactParameters } = embed(hmatrix);
    expect(network.spec.connectivity).toEqual(connectivity);
    const input = Float32Array.from(randomVector(network.inputSize, 8));
    const product = multiply(hmatrix, input);
    expect(distance(apply(network, exactParameters, input), product)).toBeLessThan(1e-12);
    for (const engine of engines) {
      expect(distance(await predict(engine, network, parameters, input), product)).toBeLessThan(1e-5);
    }
  });

  it('and so, at full rank, the matrix itself: random data, no structure to hide behind', () => {
    for (const [dimension, points, rank] of [
      [1, 16, 4],
      [2, 8, 4],
      [3, 4, 1],
    ] as const) {
      const matrix = randomMatrix(grid(dimension, points), 9);
      const { network, exactParameters } = embed(hierarchicalMatrix(matrix, { levels: 2, rank }));
      const input = randomVector(matrix.size, 10);
      expect(distance(apply(network, exactParameters, input), denseProduct(matrix, input))).toBeLessThan(1e-12);
    }
  });
});

describe('places in the windows', () => {
  it('level 2: of the two places that name a box, one holds its block and the other zeros', () => {
    const { network, exactParameters } = embed(
      hierarchicalMatrix(smoothKernel(grid(1, 16), 1), { levels: 2, rank: 2 }),
    );
    const { weight } = network.layers.find(({ name }) => name === 'level-2/kernel-1')!;
    expect(weight.shape).toEqual([4, 2, 5, 2]);
    const held = [0, 1, 2, 3, 4].map((place) => {
      return exactParameters
        .subarray(weight.offset, weight.offset + weight.size)
        .some((value, i) => Math.floor(i / 2) % 5 === place && value !== 0);
    });
    expect(held).toEqual([true, false, false, false, false]);
  });

  it('level 3: box I has its partner at −3 if it is a right child, at +3 if a left one', () => {
    const { network, exactParameters } = embed(
      hierarchicalMatrix(smoothKernel(grid(1, 16), 1), { levels: 3, rank: 1 }),
    );
    const { weight } = network.layers.find(({ name }) => name === 'level-3/kernel-1')!;
    for (let box = 0; box < 8; box++) {
      const window = [...exactParameters.subarray(weight.offset + box * 7, weight.offset + (box + 1) * 7)];
      expect(window.map((value) => value !== 0)).toEqual(
        box % 2 === 0 ? [false, true, false, false, false, true, true] : [true, true, false, false, false, true, false],
      );
    }
  });

  it('2D: Reshape is by blocks, S(k, i, j) = T((i − 1) r + k1, (j − 1) r + k2), k = (k1 − 1) r + k2 (Figure 6)', () => {
    const matrix = randomMatrix(grid(2, 8), 3);
    const { network, exactParameters } = embed(hierarchicalMatrix(matrix, { levels: 2, rank: 1 }));
    const { weight } = network.layers.find(({ name }) => name === 'adjacent/kernel-1')!;
    const r = 2;
    for (const [i, j, k1, k2, l1, l2] of [
      [0, 0, 0, 1, 1, 0],
      [1, 2, 1, 0, 0, 1],
      [3, 1, 1, 1, 0, 0],
    ] as const) {
      const [row, column] = [(i * r + k1) * 8 + j * r + k2, (i * r + l1) * 8 + j * r + l2];
      // [site, out, place, in]: place 4 of 9 is the box itself.
      const place = (((i * 4 + j) * 4 + (k1 * r + k2)) * 9 + 4) * 4 + (l1 * r + l2);
      expect(exactParameters[weight.offset + place]).toBe(matrix.entry(row, column));
    }
  });
});

describe('parameter counts', () => {
  it.each([
    [320, 6, 6],
    [320, 6, 2],
    [640, 7, 4],
    [48, 4, 3],
  ])('N = %d, L = %d, r = %d: (2.16) and (3.2) for LC, (3.6) for CNN, plus the biases', (points, levels, rank) => {
    const m = points / 2 ** levels;
    let [local, localBiases] = [2 ** levels * m ** 2 * 3, points];
    let [convolutional, convolutionalBiases] = [m ** 2 * 3, m];
    for (let level = 2; level <= levels; level++) {
      const [boxes, width] = [2 ** level, level === 2 ? 5 : 7];
      local += points * rank + boxes * rank ** 2 * width + boxes * rank * (points / boxes);
      localBiases += boxes * (rank + rank) + points;
      convolutional += rank * (points / boxes) + rank ** 2 * width + rank * (points / boxes);
      convolutionalBiases += rank + rank + points / boxes;
    }
    const bases = 'interpolative';
    const lc = embed(hierarchicalMatrix(smoothKernel(grid(1, points), 1), { levels, rank, bases }));
    const cnn = embed(hierarchicalMatrix(smoothConvolution(grid(1, points)), { levels, rank, bases }));
    expect(lc.network.parameterCount).toBe(local + localBiases);
    expect(cnn.network.parameterCount).toBe(convolutional + convolutionalBiases);
  });

  it('all biases are zero', () => {
    const { network, parameters } = embed(hierarchicalMatrix(smoothConvolution(grid(1, 32)), { levels: 3, rank: 2 }));
    for (const { bias } of network.layers) {
      expect(parameters.subarray(bias.offset, bias.offset + bias.size).every((value) => value === 0)).toBe(true);
    }
  });
});

/** v moved by whole grid points along every axis, around the torus. */
function translated(vector: Float64Array, dimension: number, points: number, by: readonly number[]): Float64Array {
  const result = new Float64Array(vector.length);
  vector.forEach((value, index) => {
    let [rest, target, stride] = [index, 0, 1];
    for (let axis = dimension - 1; axis >= 0; axis--) {
      target += (((rest % points) + by[axis]!) % points) * stride;
      rest = Math.floor(rest / points);
      stride *= points;
    }
    result[target] = value;
  });
  return result;
}

describe('translations', () => {
  it.each([
    [1, 32, 3, [8]],
    [2, 16, 3, [4, 12]],
    [3, 8, 2, [2, 4, 6]],
  ] as const)(
    '%dD: a convolutional network commutes with those by boxes of the coarsest level, N/4, around the torus, and no others',
    (dimension, points, levels, by) => {
      const matrix = smoothConvolution(grid(dimension, points));
      const { network, exactParameters } = embed(hierarchicalMatrix(matrix, { levels, rank: 3 }));
      const vector = randomVector(matrix.size, 11);
      const move = (v: Float64Array, steps: readonly number[]) => translated(v, dimension, points, steps);
      const gap = (steps: readonly number[]) =>
        distance(
          apply(network, exactParameters, move(vector, steps)),
          move(apply(network, exactParameters, vector), steps),
        );
      expect(gap(by)).toBeLessThan(1e-14);
      // By half a coarsest box, which is a whole box of the next level: only up to the truncation.
      const half = by.map((_, axis) => (axis === 0 ? points / 8 : 0));
      expect(gap(half)).toBeGreaterThan(1e-6);
    },
  );

  it('each level alone commutes with translations by its own boxes', () => {
    const points = 64;
    const hmatrix = hierarchicalMatrix(smoothConvolution(grid(1, points)), { levels: 4, rank: 2 });
    const vector = randomVector(points, 12);
    for (const [index, factors] of hmatrix.levels.entries()) {
      const alone = {
        ...hmatrix,
        levels: hmatrix.levels.map((f, i) => (i === index ? f : { ...f, m: new Float64Array(f.m.length) })),
        adjacent: new Float64Array(hmatrix.adjacent.length),
      };
      const step = [factors.level.boxPoints];
      const moved = translated(multiply(alone, vector), 1, points, step);
      expect(distance(multiply(alone, translated(vector, 1, points, step)), moved)).toBeLessThan(1e-14);
    }
  });

  it('with the lists of §2.1 even a convolution does so only by boxes of the coarsest level', () => {
    const matrix = smoothConvolution(grid(1, 32));
    const hmatrix = hierarchicalMatrix(matrix, { levels: 3, rank: 2, assignment: 'coarsest' });
    const vector = randomVector(32, 13);
    const gap = (by: number) =>
      distance(multiply(hmatrix, translated(vector, 1, 32, [by])), translated(multiply(hmatrix, vector), 1, 32, [by]));
    expect(gap(8)).toBeLessThan(1e-14);
    expect(gap(4)).toBeGreaterThan(1e-6);
  });
});
