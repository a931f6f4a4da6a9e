import { describe, expect, it } from 'vitest';
import {
  convolutionMatrix,
  denseMatrix,
  hierarchicalMatrix,
  kernelMatrix,
  multiply,
  relativeError,
  storage,
} from '../src/index.js';
import {
  denseProduct,
  distance,
  grid,
  randomMatrix,
  randomVector,
  smoothConvolution,
  smoothKernel,
} from './kernels.js';

/** ‖A − H‖_F², column by column. */
function squaredError(matrix: ReturnType<typeof smoothKernel>, hmatrix: ReturnType<typeof hierarchicalMatrix>): number {
  const unit = new Float64Array(matrix.size);
  let sum = 0;
  for (let column = 0; column < matrix.size; column++) {
    unit[column] = 1;
    multiply(hmatrix, unit).forEach((value, row) => {
      sum += (value - matrix.entry(row, column)) ** 2;
    });
    unit[column] = 0;
  }
  return sum;
}

describe('exact where nothing is left out', () => {
  it.each([
    [1, 24, 3, 'strong'],
    [1, 16, 4, 'weak'],
    [2, 8, 2, 'strong'],
    [2, 8, 2, 'weak'],
    [3, 4, 2, 'strong'],
    [3, 4, 1, 'weak'],
  ] as const)('%dD, N = %d, L = %d, %s', (dimension, points, levels, admissibility) => {
    const matrix = randomMatrix(grid(dimension, points), 1);
    const vector = randomVector(matrix.size, 2);
    for (const assignment of ['coarsest', 'finest'] as const) {
      for (const bases of ['singular', 'interpolative'] as const) {
        // The box of level 1 or 2 has no more than this many points: full rank.
        const rank = (points / (admissibility === 'weak' ? 2 : 4)) ** dimension;
        const hmatrix = hierarchicalMatrix(matrix, { levels, rank, admissibility, assignment, bases });
        expect(distance(multiply(hmatrix, vector), denseProduct(matrix, vector))).toBeLessThan(1e-12);
      }
    }
  });

  it('keeps what convolutions share once', () => {
    const matrix = smoothConvolution(grid(1, 48));
    const vector = randomVector(matrix.size, 3);
    for (const assignment of ['coarsest', 'finest'] as const) {
      const hmatrix = hierarchicalMatrix(matrix, { levels: 3, rank: 12, assignment });
      expect(distance(multiply(hmatrix, vector), denseProduct(matrix, vector))).toBeLessThan(1e-13);
      expect(hmatrix.levels.map(({ u, m }) => [u.length, m.length])).toEqual([
        [12 * 12, 5 * 12 * 12],
        [6 * 12, 7 * 12 * 12],
      ]);
    }
  });
});

describe('the error falls as the singular values say', () => {
  it('1D and 2D: u ≤ ‖A − H‖² ≤ u + v with the singular values left out', () => {
    for (const [on, levels] of [
      [grid(1, 80), 4],
      [grid(2, 12), 2],
    ] as const) {
      const matrix = smoothKernel(on, 4);
      let last = Number.POSITIVE_INFINITY;
      for (const rank of [1, 2, 3, 5]) {
        const hmatrix = hierarchicalMatrix(matrix, { levels, rank });
        const { u, v } = hmatrix.truncated!;
        const error = squaredError(matrix, hmatrix);
        expect(error).toBeGreaterThan(u * (1 - 1e-6));
        expect(error).toBeLessThan((u + v) * (1 + 1e-6));
        expect(error).toBeLessThan(last);
        last = error;
      }
    }
  });

  it('interpolative bases lose little against singular ones', () => {
    const matrix = smoothKernel(grid(1, 160), 5);
    for (const rank of [2, 4, 8]) {
      const [best, interpolative] = (['singular', 'interpolative'] as const).map((bases) =>
        relativeError(hierarchicalMatrix(matrix, { levels: 5, rank, bases }), matrix),
      );
      expect(interpolative).toBeGreaterThan(0.9 * best!);
      expect(interpolative).toBeLessThan(10 * best!);
    }
  });

  it('the estimated error is that of the Frobenius norm', () => {
    const matrix = smoothKernel(grid(1, 64), 6);
    const hmatrix = hierarchicalMatrix(matrix, { levels: 3, rank: 2 });
    let norm = 0;
    for (let i = 0; i < 64; i++) for (let j = 0; j < 64; j++) norm += matrix.entry(i, j) ** 2;
    const exact = Math.sqrt(squaredError(matrix, hmatrix) / norm);
    const estimate = relativeError(hmatrix, matrix, { vectors: 200 });
    expect(estimate / exact).toBeGreaterThan(0.8);
    expect(estimate / exact).toBeLessThan(1.25);
  });
});

describe('a matrix too large to form', () => {
  it('N = 8192: asks for few of its entries and keeps O(N log N) numbers', () => {
    let asked = 0;
    const matrix = kernelMatrix(grid(1, 8192), (x, y) => {
      asked++;
      return (1 + 0.5 * Math.cos(2 * Math.PI * x[0]!)) / (1e-3 + Math.abs(Math.sin(Math.PI * (x[0]! - y[0]!))));
    });
    const hmatrix = hierarchicalMatrix(matrix, { levels: 9, rank: 6, bases: 'interpolative' });
    expect(asked / matrix.size ** 2).toBeLessThan(0.1);
    expect(storage(hmatrix).ratio).toBeLessThan(0.03);
    expect(relativeError(hmatrix, matrix, { rows: 20, vectors: 2 })).toBeLessThan(1e-4);
  });

  it('counts what it stores', () => {
    const hmatrix = hierarchicalMatrix(randomMatrix(grid(1, 32), 1), { levels: 3, rank: 2 });
    // U and V: N r per level each; M: partners · r² per box, 1 on level 2 and 3 on level 3; neighbours: 3 m² per box.
    const lowRank = 2 * (2 * 32 * 2) + 4 * 1 * 4 + 8 * 3 * 4;
    const adjacent = 8 * 3 * 16;
    expect(storage(hmatrix)).toEqual({
      compressed: lowRank,
      uncompressed: adjacent,
      dense: 1024,
      ratio: (lowRank + adjacent) / 1024,
    });
  });
});

describe('wrong input gets one clear error', () => {
  const on = grid(1, 16);
  const matrix = randomMatrix(on, 1);
  it.each([
    [() => hierarchicalMatrix(matrix, { levels: 2, rank: 0 }), 'hierarchicalMatrix.rank is 0'],
    [
      () => hierarchicalMatrix(matrix, { levels: 5, rank: 1 }),
      'partition.points is 16; expected a multiple of 2^levels = 32',
    ],
    [
      () => hierarchicalMatrix(matrix, { levels: 2, rank: 1, bases: 'best' as never }),
      "hierarchicalMatrix.bases is 'best'",
    ],
    [() => hierarchicalMatrix(matrix, { levels: 2, rank: 1, ranks: 2 } as never), 'hierarchicalMatrix.ranks'],
    [
      () =>
        hierarchicalMatrix(
          kernelMatrix(on, (x, y) => 1 / (x[0]! - y[0]!)),
          { levels: 2, rank: 1 },
        ),
      'matrix entry [0, 0] is Infinity',
    ],
    [
      () => denseMatrix(on, new Float64Array(3)),
      'values is a Float64Array of length 3; expected an array of length 256',
    ],
    [() => denseMatrix(on, new Float64Array(256).fill(Number.NaN)), 'values[0] is NaN'],
    [() => convolutionMatrix(on, new Float64Array(3)), 'response is a Float64Array of length 3'],
    [
      () => multiply(hierarchicalMatrix(matrix, { levels: 2, rank: 1 }), new Float64Array(3)),
      'vector is a Float64Array of length 3',
    ],
    [
      () => relativeError(hierarchicalMatrix(matrix, { levels: 2, rank: 1 }), randomMatrix(grid(1, 8), 1)),
      'matrix.size is 8; expected 16',
    ],
  ])('%#', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
