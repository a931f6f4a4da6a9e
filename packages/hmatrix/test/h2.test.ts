import { fourierBasis } from '@dyadic/spectral';
import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { chebyshev, interpolant } from '../src/h2/chebyshev.js';
import {
  convolutionMatrix,
  denseMatrix,
  type GridMatrix,
  type H2Matrix,
  h2KernelMatrix,
  h2Matrix,
  type KernelFunction,
  kernelMatrix,
  multiply,
  operations,
  storage,
} from '../src/index.js';
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

/** ‖A − H‖_F² and ‖A‖_F², column by column. */
function squares(matrix: GridMatrix, h2: H2Matrix): { error: number; norm: number } {
  const unit = new Float64Array(matrix.size);
  let [error, norm] = [0, 0];
  for (let column = 0; column < matrix.size; column++) {
    unit[column] = 1;
    multiply(h2, unit).forEach((value, row) => {
      const entry = matrix.entry(row, column);
      error += (value - entry) ** 2;
      norm += entry ** 2;
    });
    unit[column] = 0;
  }
  return { error, norm };
}

function relative(matrix: GridMatrix, h2: H2Matrix): number {
  const { error, norm } = squares(matrix, h2);
  return Math.sqrt(error / norm);
}

const RADIAL = {
  log: Math.log,
  '1/|x|': (r: number) => 1 / r,
  Yukawa: (r: number) => Math.exp(-5 * r) / r,
};

describe('an H²-matrix of entries', () => {
  it.each([
    [1, 24, 3, 'strong', 'periodic'],
    [1, 16, 4, 'weak', 'periodic'],
    [1, 24, 3, 'strong', 'zero'],
    [2, 8, 2, 'strong', 'periodic'],
    [2, 8, 2, 'weak', 'zero'],
    [3, 4, 2, 'strong', 'periodic'],
    [3, 4, 2, 'weak', 'periodic'],
  ] as const)(
    'is the matrix where nothing is left out: %dD, N = %d, L = %d, %s, %s',
    (d, points, levels, admissibility, padding) => {
      const matrix = randomMatrix(grid(d, points), 1);
      const vector = randomVector(matrix.size, 2);
      for (const assignment of ['coarsest', 'finest'] as const) {
        const h2 = h2Matrix(matrix, { levels, admissibility, assignment, padding });
        expect(distance(multiply(h2, vector), denseProduct(matrix, vector))).toBeLessThan(1e-12);
        expect(h2.truncated.u + h2.truncated.v).toBeLessThan(1e-24 * matrix.size ** 2);
      }
    },
  );

  it('keeps once what the boxes of a convolution share', () => {
    const matrix = smoothConvolution(grid(2, 16));
    const vector = randomVector(matrix.size, 3);
    for (const assignment of ['coarsest', 'finest'] as const) {
      const h2 = h2Matrix(matrix, { levels: 3, assignment, tolerance: 1e-13 });
      expect(distance(multiply(h2, vector), denseProduct(matrix, vector))).toBeLessThan(1e-12);
      expect(h2.rows.leaf.length).toBe(4 * h2.rows.ranks[1]!);
      expect(h2.rows.transfers[0]!.length).toBe(4 * h2.rows.ranks[1]! * h2.rows.ranks[0]!);
    }
  });

  it('leaves out what it says: max(u, v) ≤ ‖A − H‖² ≤ u + v ≤ ε² ‖A‖²', () => {
    for (const [on, levels, assignment] of [
      [grid(1, 96), 4, 'coarsest'],
      [grid(1, 96), 4, 'finest'],
      [grid(2, 16), 3, 'coarsest'],
    ] as const) {
      const matrix = smoothKernel(on, 4);
      for (const tolerance of [1e-1, 1e-2, 1e-4, 1e-6]) {
        const h2 = h2Matrix(matrix, { levels, tolerance, assignment });
        const { error, norm } = squares(matrix, h2);
        const { u, v } = h2.truncated;
        expect(error).toBeGreaterThan(Math.max(u, v) * (1 - 1e-6));
        expect(error).toBeLessThan((u + v) * (1 + 1e-6));
        expect(u + v).toBeLessThan(tolerance ** 2 * norm);
      }
    }
  });

  it('has orthonormal bases on every level, and no more columns than `rank`', () => {
    const h2 = h2Matrix(smoothKernel(grid(1, 64), 5), { levels: 4, rank: 3 });
    expect(h2.rows.ranks).toEqual([3, 3, 3]);
    for (const { leaf, transfers, ranks } of [h2.rows, h2.columns]) {
      expectOrthonormal(leaf, 4, ranks[2]!);
      // [E_c] over the two children.
      expectOrthonormal(transfers[1]!, 2 * ranks[2]!, ranks[1]!);
      expectOrthonormal(transfers[0]!, 2 * ranks[1]!, ranks[0]!);
    }
  });
});

function expectOrthonormal(blocks: Float64Array, n: number, r: number) {
  for (let start = 0; start < blocks.length; start += n * r) {
    for (let a = 0; a < r; a++) {
      for (let b = 0; b <= a; b++) {
        let dot = 0;
        for (let i = 0; i < n; i++) dot += blocks[start + i * r + a]! * blocks[start + i * r + b]!;
        expect(dot).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  }
}

describe('an H²-matrix of a kernel', () => {
  const CASES = (Object.keys(RADIAL) as (keyof typeof RADIAL)[]).flatMap((name) => [
    { name, dimension: 1 as const, points: 512, levels: 5, tolerances: [1e-3, 1e-6, 1e-10] },
    { name, dimension: 2 as const, points: 24, levels: 3, tolerances: [1e-2, 1e-4, 1e-6] },
    { name, dimension: 3 as const, points: 8, levels: 2, tolerances: [1e-1, 1e-2] },
  ]);
  it.each(CASES)('$name in an open domain, $dimension dimensions: as accurate as asked', (of) => {
    const on = grid(of.dimension, of.points);
    const kernel = radial(RADIAL[of.name], on.spacing);
    const matrix = kernelMatrix(on, kernel);
    const vector = randomVector(matrix.size, 1);
    const exact = denseProduct(matrix, vector);
    for (const tolerance of of.tolerances) {
      const options = { levels: of.levels, tolerance, padding: 'zero' } as const;
      const h2 = h2KernelMatrix(on, kernel, { ...options, translationInvariant: true });
      const { error, norm } = squares(matrix, h2);
      const { u, v } = h2.truncated;
      expect(error).toBeLessThan(tolerance ** 2 * norm);
      expect(Math.sqrt(error)).toBeLessThan(1.2 * Math.sqrt(h2.interpolated) + Math.sqrt(u + v));
      // ‖A v‖ may be small beside ‖A‖_F ‖v‖ / √N, the size of it for a random v.
      const scale = Math.sqrt(norm / matrix.size) * Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
      const length = Math.sqrt(exact.reduce((sum, x) => sum + x * x, 0));
      expect((distance(multiply(h2, vector), exact) * length) / scale).toBeLessThan(2 * tolerance);
    }
  });

  it('periodic, with a coefficient: neither symmetric nor translation-invariant', () => {
    const on = grid(1, 256);
    const kernel: KernelFunction = ([x], [y]) =>
      (2 + Math.cos(2 * Math.PI * x!)) *
      Math.log(1e-3 + Math.sin(Math.PI * (x! - y!)) ** 2) *
      Math.exp(Math.sin(2 * Math.PI * y!));
    const matrix = kernelMatrix(on, kernel);
    for (const tolerance of [1e-2, 1e-5, 1e-9]) {
      const h2 = h2KernelMatrix(on, kernel, { levels: 5, tolerance });
      expect(relative(matrix, h2)).toBeLessThan(tolerance);
      expect(h2.shared).toBe(false);
    }
  });

  it('2D, not translation-invariant', () => {
    const on = grid(2, 16);
    const log = radial(Math.log, on.spacing);
    const kernel: KernelFunction = (x, y) => (1 + x[0]! * y[1]!) * log(x, y);
    const h2 = h2KernelMatrix(on, kernel, { levels: 3, tolerance: 1e-3, padding: 'zero' });
    expect(relative(kernelMatrix(on, kernel), h2)).toBeLessThan(1e-3);
  });

  it('interpolation one box away gains 3 + √8 for every point', () => {
    const errorAt = (order: number) => {
      const interpolation = chebyshev(1, order);
      // 1/(y − x) on the box [0, 1] of x, y at the near end of the box [2, 3]: a pole at 3 on [−1, 1].
      const values = Float64Array.from(interpolation.nodes, ([x]) => 1 / (2 - x!));
      let most = 0;
      for (let t = 0; t <= 1; t += 1e-3)
        most = Math.max(most, Math.abs(interpolant(interpolation, values, [t]) - 1 / (2 - t)));
      return most;
    };
    const rate = (errorAt(4) / errorAt(12)) ** (1 / 8);
    expect(rate).toBeGreaterThan(0.98 * (3 + Math.sqrt(8)));
    expect(rate).toBeLessThan(1.02 * (3 + Math.sqrt(8)));
  });
});

describe('elliptic Green’s functions', () => {
  it.each([
    [1, 64, 4],
    [2, 16, 3],
    [3, 8, 2],
  ] as const)('(−Δ + 1)⁻¹, a convolution, %dD', (dimension, points, levels) => {
    const on = grid(dimension, points);
    const basis = fourierBasis(on);
    const impulse = new Float64Array(on.size);
    impulse[0] = 1;
    const symbol = basis.negativeLaplacianFiniteDifferences().map((k2) => 1 / (k2 + 1));
    const matrix = convolutionMatrix(on, basis.multiply(symbol, impulse));
    for (const tolerance of [1e-3, 1e-8]) {
      expect(relative(matrix, h2Matrix(matrix, { levels, tolerance }))).toBeLessThan(tolerance);
    }
  });

  it.each([
    [1, 64, 4],
    [2, 16, 3],
    [3, 8, 2],
  ] as const)('of −∇·(a∇) + 1 with a variable a, %dD', (dimension, points, levels) => {
    const matrix = greensFunction(dimension, points);
    for (const tolerance of [1e-3, 1e-6]) {
      const h2 = h2Matrix(matrix, { levels, tolerance });
      expect(relative(matrix, h2)).toBeLessThan(tolerance);
    }
  });

  it('in 1D two solutions of the differential equation make it: rank 2 is exact, on every level', () => {
    const h2 = h2Matrix(greensFunction(1, 64), { levels: 4, tolerance: 1e-10 });
    expect(h2.rows.ranks).toEqual([2, 2, 2]);
    expect(h2.columns.ranks).toEqual([2, 2, 2]);
  });
});

/** (−∇·(a∇) + 1)⁻¹ by second-order differences, a between grid points from 0.1 to 1.9. */
function greensFunction(dimension: 1 | 2 | 3, points: number): GridMatrix {
  const on = grid(dimension, points);
  const operator = Matrix.eye(on.size, on.size);
  for (let row = 0; row < on.size; row++) {
    for (let axis = 0, stride = on.size / points; axis < dimension; axis++, stride /= points) {
      const at = Math.floor(row / stride) % points;
      const next = row + (((at + 1) % points) - at) * stride;
      const conductance = (1 + 0.9 * Math.sin(2 * Math.PI * (at + 0.5) * on.spacing)) / on.spacing ** 2;
      for (const [i, j] of [
        [row, next],
        [next, row],
      ] as const) {
        operator.set(i, i, operator.get(i, i) + conductance);
        operator.set(i, j, operator.get(i, j) - conductance);
      }
    }
  }
  return denseMatrix(on, Float64Array.from(inverse(operator).to1DArray()));
}

describe('cost', () => {
  it('counts the products of numbers that a product with a vector has', () => {
    const on = grid(1, 32);
    const h2 = h2Matrix(randomMatrix(on, 1), { levels: 3, rank: 2 });
    // Leaves 2 · N r; transfers 2 · 8 r²; level 2 has 1 partner a box, level 3 has 3; 3 neighbours of m² = 16 entries.
    const lowRank = 2 * 32 * 2 + 2 * 8 * 4 + 4 * 1 * 4 + 8 * 3 * 4;
    expect(operations(h2)).toBe(lowRank + 8 * 3 * 16);
    expect(storage(h2)).toMatchObject({ compressed: lowRank, uncompressed: 8 * 3 * 16 });
  });
});

describe('wrong input gets one clear error', () => {
  const on = grid(1, 64);
  const log = radial(Math.log, on.spacing);
  it.each([
    [() => h2Matrix(randomMatrix(on, 1), { levels: 3, tolerance: 2 }), 'h2Matrix.tolerance is 2'],
    [() => h2Matrix(randomMatrix(on, 1), { levels: 3, rank: 0 }), 'h2Matrix.rank is 0'],
    [() => h2Matrix(randomMatrix(on, 1), { levels: 3, ranks: 1 } as never), 'h2Matrix.ranks'],
    [() => h2KernelMatrix(on, log, { levels: 3, tolerance: 0 }), 'h2KernelMatrix.tolerance is 0'],
    [() => h2KernelMatrix(on, () => Number.NaN, { levels: 3, tolerance: 1e-3 }), 'kernel at [0], [0.875] is NaN'],
    [
      () =>
        h2KernelMatrix(on, ([x], [y]) => Math.cos(500 * (x! - y!)), { levels: 3, tolerance: 1e-6, padding: 'zero' }),
      'expected a tolerance that 24 points of interpolation per axis reach',
    ],
    [
      () => multiply(h2Matrix(randomMatrix(on, 1), { levels: 3, rank: 1 }), new Float64Array(3)),
      'vector is a Float64Array',
    ],
  ])('%#', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
