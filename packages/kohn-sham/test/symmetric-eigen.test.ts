import { randomStream } from '@dyadic/random';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { SymmetricEigensolver } from '../src/symmetric-eigen.js';
import { maxDifference } from './oracles.js';

function symmetric(n: number, entry: (i: number, j: number) => number): Float64Array {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = entry(i, j);
  return a;
}

const stream = randomStream(1, 'kohn-sham/test/eigen', 0);
const cases: [string, number, Float64Array][] = [
  ...[1, 2, 3, 4, 7, 16, 33, 60].map((n): [string, number, Float64Array] => [
    `random ${n}`,
    n,
    symmetric(n, () => stream.uniform(-1, 1)),
  ]),
  ['diagonal', 5, symmetric(5, (i, j) => (i === j ? 3 - i : 0))],
  ['zero', 4, new Float64Array(16)],
  ['all equal entries, rank one', 9, symmetric(9, () => 2)],
  ['graded over twelve decades', 12, symmetric(12, (i, j) => 10 ** (-(i + j) / 2) * (i === j ? 2 : 0.5))],
  ['degenerate pairs', 10, symmetric(10, (i, j) => (i === j ? Math.floor(i / 2) : 0))],
];

describe('the small symmetric eigensolver', () => {
  const solver = new SymmetricEigensolver();
  it.each(cases)('%s: eigenvalues of ml-matrix, A v = λ v, vᵀv = 1', (_, n, a) => {
    solver.decompose(a.slice(), n);
    const rows = Array.from({ length: n }, (_, i) => Array.from(a.subarray(i * n, (i + 1) * n)));
    const expected = new EigenvalueDecomposition(new Matrix(rows), { assumeSymmetric: true }).realEigenvalues;
    expect(
      maxDifference(
        solver.values.subarray(0, n),
        expected.sort((p, q) => p - q),
      ),
    ).toBeLessThan(1e-13 * n * n);
    for (let j = 0; j < n; j++) {
      const v = solver.vectors.subarray(j * n, (j + 1) * n);
      for (let i = 0; i < n; i++) {
        let image = 0;
        let product = 0;
        for (let k = 0; k < n; k++) {
          image += a[i * n + k]! * v[k]!;
          product += solver.vectors[i * n + k]! * v[k]!;
        }
        expect(Math.abs(image - solver.values[j]! * v[i]!)).toBeLessThan(1e-13 * n);
        expect(Math.abs(product - (i === j ? 1 : 0))).toBeLessThan(1e-13 * n);
      }
    }
  });

  it('ends on numbers that are not finite', () => {
    solver.decompose(new Float64Array(25).fill(Number.NaN), 5);
    expect(solver.values[0]).toBeNaN();
  });
});
