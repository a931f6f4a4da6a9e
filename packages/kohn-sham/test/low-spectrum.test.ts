import { randomStream } from '@dyadic/random';
import { EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { LowSpectrum } from '../src/low-spectrum.js';
import { ManySpectrum, SpectrumRoom } from '../src/many-spectrum.js';
import { ShiftedTridiagonal } from '../src/shifted-tridiagonal.js';
import { maxDifference } from './oracles.js';

const stream = randomStream(1, 'kohn-sham/test/low-spectrum', 0);
type Entry = (i: number, j: number) => number;

function symmetric(n: number, entry: Entry): Matrix {
  const matrix = new Matrix(n, n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) matrix.set(i, j, entry(i, j)).set(j, i, matrix.get(i, j));
  return matrix;
}

/** Matrix, and how many of its lowest eigenvectors to find; the next eigenvalue lies apart. */
const cases: [string, Matrix, number][] = [
  ['random 2', symmetric(2, () => stream.uniform(-1, 1)), 1],
  ['random 17', symmetric(17, () => stream.uniform(-1, 1)), 5],
  ['random 60', symmetric(60, () => stream.uniform(-1, 1)), 9],
  ['diagonal, triple eigenvalues', symmetric(12, (i, j) => (i === j ? Math.floor(i / 3) : 0)), 6],
  ['two equal blocks that do not touch', symmetric(8, (i, j) => (i === j ? i % 4 : 0)), 4],
  ['large diagonal, as of kinetic energy', symmetric(20, (i, j) => (i === j ? i * i : stream.uniform(-1, 1))), 4],
  [
    'random 41, a band of close ones',
    symmetric(41, (i, j) => (i === j ? Math.floor(i / 20) : 1e-3 * stream.uniform(-1, 1))),
    20,
  ],
  ['near-degenerate, by 1e-9', symmetric(10, (i, j) => (i === j ? Math.floor(i / 2) + 1e-9 * i : 0)), 2],
];

describe.each([
  ['row by row', (order: number) => new LowSpectrum(order)],
  ['by products of blocks', (order: number) => new ManySpectrum(order, new SpectrumRoom(order + 3, order))],
])('the low spectrum of a dense symmetric matrix, %s', (_, spectrumOf) => {
  it.each(cases)('%s: eigenvalues and vectors of ml-matrix', (_, matrix, count) => {
    const n = matrix.rows;
    const spectrum = spectrumOf(n);
    spectrum.decompose(Float64Array.from(matrix.to1DArray()));
    spectrum.findVectors(count);
    const expected = new EigenvalueDecomposition(matrix, { assumeSymmetric: true }).realEigenvalues;
    expect(
      maxDifference(
        spectrum.values,
        expected.sort((p, q) => p - q),
      ),
    ).toBeLessThan(1e-13 * n * n);
    const vectors = Array.from({ length: count }, (_, j) => {
      const v = new Float64Array(n);
      spectrum.vector(j, v);
      return Matrix.columnVector(v);
    });
    vectors.forEach((v, j) => {
      expect(Matrix.sub(matrix.mmul(v), Matrix.mul(v, spectrum.values[j]!)).norm('max')).toBeLessThan(2e-9);
      vectors.forEach((w, k) => {
        expect(Math.abs(v.dot(w) - (j === k ? 1 : 0))).toBeLessThan(1e-13 * n);
      });
    });
  });

  it.each(cases)('%s: the inverse, with the lowest eigenvalues lifted to the next', (_, matrix, count) => {
    const n = matrix.rows;
    const spectrum = spectrumOf(n);
    spectrum.decompose(Float64Array.from(matrix.to1DArray()));
    spectrum.findVectors(count);
    const next = spectrum.values[count]!;
    const sigma = 0.3 * next + 0.7 * spectrum.values[count - 1]! - 1e-3;
    spectrum.shift(sigma);
    const lifted = Matrix.sub(matrix, Matrix.mul(Matrix.eye(n), sigma));
    for (let j = 0; j < count; j++) {
      const v = new Float64Array(n);
      spectrum.vector(j, v);
      const column = Matrix.columnVector(v);
      lifted.add(Matrix.mul(column.mmul(column.transpose()), next - spectrum.values[j]!));
    }
    const x = Float64Array.from({ length: n }, () => stream.uniform(-1, 1));
    const expected = solve(lifted, Matrix.columnVector(x)).getColumn(0);
    spectrum.solve(x);
    expect(maxDifference(x, expected)).toBeLessThan(1e-7 * Math.max(...expected.map(Math.abs)));
  });

  it('forgets the matrix before', () => {
    const used = spectrumOf(17);
    const fresh = spectrumOf(17);
    const [other, matrix] = [symmetric(17, () => stream.uniform(-1, 1)), cases[1]![1]];
    used.decompose(Float64Array.from(other.to1DArray()));
    used.findVectors(9);
    const results = [used, fresh].map((spectrum) => {
      spectrum.decompose(Float64Array.from(matrix.to1DArray()));
      spectrum.findVectors(3);
      spectrum.shift(spectrum.values[2]!);
      const x = new Float64Array(17).fill(1);
      spectrum.solve(x);
      return x;
    });
    expect(results[0]).toEqual(results[1]);
  });
});

describe('the tridiagonal form in blocks', () => {
  it.each(cases)('%s: Q of Q T Qᵀ, and vectors of T', (_, matrix, count) => {
    const n = matrix.rows;
    const spectrum = new ManySpectrum(n, new SpectrumRoom(n, n));
    spectrum.decompose(Float64Array.from(matrix.to1DArray()));
    spectrum.findVectors(count);
    const q = new Matrix(spectrum.transposedForm().rows.map((row) => [...row.subarray(0, n)]));
    expect(Matrix.sub(q.mmul(q.transpose()), Matrix.eye(n)).norm('max')).toBeLessThan(1e-13 * n);
    const t = q.mmul(matrix).mmul(q.transpose());
    const beside = (i: number, j: number) => Math.abs(i - j) < 2;
    const scale = 1 + matrix.norm('max');
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) if (!beside(i, j)) expect(Math.abs(t.get(i, j))).toBeLessThan(1e-13 * n * scale);
    }
    for (const row of spectrum.found) {
      const v = Matrix.columnVector(row.subarray(0, n));
      const energy = v.dot(t.mmul(v));
      expect(t.mmul(v).sub(Matrix.mul(v, energy)).norm('max')).toBeLessThan(2e-9);
    }
  });
});

describe('shifted tridiagonal systems', () => {
  it('agree with a dense solve where elimination without exchange would fail', () => {
    const diagonal = Float64Array.from([1, 2, 0, 4, -1, 3]);
    const offDiagonal = Float64Array.from([3, 1, 5, 0, 2]);
    const shifted = new ShiftedTridiagonal(6);
    shifted.factor(diagonal, offDiagonal, 1, 10);
    const matrix = symmetric(6, (i, j) => (i === j ? diagonal[i]! - 1 : i === j + 1 ? offDiagonal[j]! : 0));
    const x = Float64Array.from([1, -2, 3, 0, 5, 1]);
    const expected = solve(matrix, Matrix.columnVector(x)).getColumn(0);
    shifted.solve(x);
    expect(maxDifference(x, expected)).toBeLessThan(1e-12);
  });
});
