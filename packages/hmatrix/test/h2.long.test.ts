import { describe, expect, it } from 'vitest';
import { h2KernelMatrix, multiply, operations } from '../src/index.js';
import { grid, radial, randomVector } from './kernels.js';

describe('cost', () => {
  /** 1/|x| on the torus, |x| the chord, and at 0 one spacing. */
  const build = (dimension: 1 | 2 | 3, points: number, side: number, tolerance: number) => {
    const kernel = (x: ArrayLike<number>, y: ArrayLike<number>) => {
      let square = 0;
      for (let axis = 0; axis < dimension; axis++) square += (Math.sin(Math.PI * (x[axis]! - y[axis]!)) / Math.PI) ** 2;
      return 1 / (Math.sqrt(square) || 1 / points);
    };
    const options = { levels: Math.log2(points / side), tolerance, rank: 20, translationInvariant: true };
    return h2KernelMatrix(grid(dimension, points), kernel, options);
  };

  it.each([
    [1, 1e-6, [1024, 16_384, 131_072], 16],
    [2, 1e-3, [32, 128, 512], 4],
    [3, 1e-1, [32, 64], 4],
  ] as const)('%dD, ε = %d: operations a point are the same within a factor 1.2, N = %j per axis', (...row) => {
    const [dimension, tolerance, sizes, side] = row;
    const perPoint = sizes.map((points) => operations(build(dimension, points, side, tolerance)) / points ** dimension);
    expect(Math.max(...perPoint) / Math.min(...perPoint)).toBeLessThan(1.2);
  });

  it('a million points: some rows against sums over all points', () => {
    const on = grid(1, 1_048_576);
    const log = radial(Math.log, on.spacing);
    const options = { levels: 16, tolerance: 1e-6, translationInvariant: true, padding: 'zero' } as const;
    const product = multiply(h2KernelMatrix(on, log, options), randomVector(on.size, 7));
    const vector = randomVector(on.size, 7);
    for (const row of [0, 17, 524_288, 1_048_575]) {
      let [sum, norm] = [0, 0];
      for (let j = 0; j < on.size; j++) {
        const entry = Math.log(row === j ? on.spacing : Math.abs(row - j) * on.spacing);
        sum += entry * vector[j]!;
        norm += entry * entry;
      }
      expect(Math.abs(product[row]! - sum) / Math.sqrt(norm)).toBeLessThan(1e-5);
    }
  });
});
