import { fourierBasis, sampleOnGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import {
  convolutionMatrix,
  daubechies,
  denseMatrix,
  type GridMatrix,
  multiply,
  nonstandardForm,
  operations,
} from '../src/index.js';
import { waveletStep } from '../src/wavelet/transform.js';
import {
  denseProduct,
  distance,
  grid,
  randomMatrix,
  randomVector,
  smoothConvolution,
  smoothKernel,
} from './kernels.js';

describe('Daubechies filters', () => {
  const orders = Array.from({ length: 10 }, (_, i) => i + 1);

  it.each(orders)('p = %d: orthonormal to shifts by 2 and to the wavelet', (p) => {
    const { low, high } = daubechies(p);
    const dot = (a: Float64Array, b: Float64Array, shift: number) =>
      a.reduce((sum, value, n) => sum + value * (b[n + 2 * shift] ?? 0), 0);
    for (let shift = 1 - p; shift < p; shift++) {
      expect(Math.abs(dot(low, low, shift) - (shift === 0 ? 1 : 0))).toBeLessThan(3e-14);
      expect(Math.abs(dot(high, high, shift) - (shift === 0 ? 1 : 0))).toBeLessThan(3e-14);
      expect(Math.abs(dot(low, high, shift))).toBeLessThan(3e-14);
    }
  });

  it.each(orders)('p = %d: p vanishing moments, and not one more', (p) => {
    const { high } = daubechies(p);
    const moment = (q: number) => high.reduce((sum, g, n) => sum + g * (n / (2 * p)) ** q, 0);
    for (let q = 0; q < p; q++) expect(Math.abs(moment(q))).toBeLessThan(1e-14);
    expect(Math.abs(moment(p))).toBeGreaterThan(1e-9);
  });

  it('are those of the closed form for p = 1 and 2', () => {
    expect(Array.from(daubechies(1).low)).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((h) => expect.closeTo(h, 15)));
    const root = Math.sqrt(3);
    const closed = [1 + root, 3 + root, 3 - root, 1 - root].map((h) => expect.closeTo(h / (4 * Math.SQRT2), 15));
    expect(Array.from(daubechies(2).low)).toEqual(closed);
  });

  it.each([0, 11, 1.5])('refuses p = %d', (p) => {
    expect(() => daubechies(p)).toThrow(`daubechies.vanishingMoments is ${p}`);
  });
});

describe('a step of the transform', () => {
  it.each([
    [1, 16, 4],
    [1, 2, 3],
    [2, 8, 2],
    [3, 4, 3],
  ] as const)('is orthogonal: %dD, n = %d, p = %d', (dimension, points, p) => {
    const { forward, inverse } = waveletStep(daubechies(p), dimension, points);
    const field = randomVector(points ** dimension, 1);
    const coefficients = forward(field);
    const norm = (v: Float64Array) => v.reduce((sum, x) => sum + x * x, 0);
    expect(norm(coefficients)).toBeCloseTo(norm(field), 11);
    expect(distance(inverse(coefficients), field)).toBeLessThan(1e-13);
  });

  it('wavelets see nothing of a polynomial of degree below p, but around the end', () => {
    const { forward } = waveletStep(daubechies(3), 1, 32);
    const coefficients = forward(Float64Array.from({ length: 32 }, (_, i) => 1 + i / 32 - (i / 32) ** 2));
    for (let site = 1; site < 15; site++) expect(Math.abs(coefficients[2 * site + 1]!)).toBeLessThan(1e-13);
    expect(Math.abs(coefficients[2 * 15 + 1]!)).toBeGreaterThan(1e-3);
  });
});

/** ‖A − A_ε‖_F² and ‖A‖_F², column by column. */
function squares(matrix: GridMatrix, form: ReturnType<typeof nonstandardForm>): { error: number; norm: number } {
  const unit = new Float64Array(matrix.size);
  let [error, norm] = [0, 0];
  for (let column = 0; column < matrix.size; column++) {
    unit[column] = 1;
    multiply(form, unit).forEach((value, row) => {
      error += (value - matrix.entry(row, column)) ** 2;
      norm += matrix.entry(row, column) ** 2;
    });
    unit[column] = 0;
  }
  return { error, norm };
}

describe('the nonstandard form', () => {
  it.each([
    [1, 24, 3, 2],
    [1, 16, 4, 5],
    [2, 8, 2, 2],
    [3, 4, 2, 1],
  ] as const)(
    'is the matrix where nothing is dropped: %dD, N = %d, J = %d, p = %d',
    (dimension, points, levels, vanishingMoments) => {
      const on = grid(dimension, points);
      for (const matrix of [randomMatrix(on, 1), convolutionMatrix(on, randomVector(on.size, 2))]) {
        const form = nonstandardForm(matrix, { levels, vanishingMoments });
        const vector = randomVector(matrix.size, 3);
        expect(form.dropped).toBe(0);
        expect(distance(multiply(form, vector), denseProduct(matrix, vector))).toBeLessThan(1e-12);
      }
    },
  );

  it.each([
    ['1D', () => smoothKernel(grid(1, 128), 4), 5],
    ['1D, a convolution', () => smoothConvolution(grid(1, 128)), 5],
    ['2D', () => smoothKernel(grid(2, 16), 4), 3],
    ['2D, a convolution', () => smoothConvolution(grid(2, 16)), 3],
    ['3D, a convolution', () => smoothConvolution(grid(3, 4)), 1],
  ] as const)('drops what it says, and no more than ε² ‖A‖²: %s', (_, make, levels) => {
    const matrix = make();
    let kept = Number.POSITIVE_INFINITY;
    for (const tolerance of [1e-8, 1e-4, 1e-2, 1e-1]) {
      const form = nonstandardForm(matrix, { levels, tolerance, vanishingMoments: 3 });
      const { error, norm } = squares(matrix, form);
      // What is dropped at the least tolerance may be rounding only.
      expect(Math.abs(error - form.dropped)).toBeLessThan(1e-6 * form.dropped + 1e-26 * norm);
      expect(form.dropped).toBeLessThanOrEqual(tolerance ** 2 * norm);
      const more = form.levels.reduce((sum, { values }) => sum + values.length, 0);
      expect(more).toBeLessThan(kept);
      kept = more;
    }
  });

  it('of a convolution is that of the same matrix given by its entries', () => {
    const on = grid(2, 8);
    const convolution = smoothConvolution(on);
    const values = Float64Array.from({ length: 64 ** 2 }, (_, e) => convolution.entry(Math.floor(e / 64), e % 64));
    const options = { levels: 2, vanishingMoments: 2, tolerance: 1e-2 };
    const vector = randomVector(64, 5);
    const [one, other] = [convolution, denseMatrix(on, values)].map((matrix) => nonstandardForm(matrix, options));
    expect(one!.dropped).toBeCloseTo(other!.dropped, 12);
    expect(distance(multiply(one!, vector), multiply(other!, vector))).toBeLessThan(1e-12);
  });

  it('more vanishing moments keep fewer entries of a smooth kernel', () => {
    const matrix = smoothConvolution(grid(1, 1024));
    const kept = [1, 2, 4].map((vanishingMoments) => {
      const form = nonstandardForm(matrix, { levels: 6, vanishingMoments, tolerance: 1e-6 });
      return operations({ ...form, coarse: new Float64Array(0) }) - 4 * vanishingMoments * 2 * (1024 - 16);
    });
    expect(kept[1]!).toBeLessThan(0.7 * kept[0]!);
    expect(kept[2]!).toBeLessThan(0.7 * kept[1]!);
  });

  it.each(['log', '1/|x|', 'Yukawa', 'Green'] as const)('%s, 1D to 3D: products as accurate as asked', (name) => {
    for (const [dimension, points, levels] of [
      [1, 256, 5],
      [2, 32, 3],
      [3, 8, 1],
    ] as const) {
      const matrix = kernelOf(name, dimension, points);
      const vector = randomVector(matrix.size, 6);
      const exact = denseProduct(matrix, vector);
      const entries = Array.from({ length: matrix.size }, (_, i) => matrix.entry(i, 0) ** 2);
      // ‖A‖_F ‖v‖ / √N: the size of A v for a random v.
      const scale = Math.sqrt(entries.reduce((a, b) => a + b, 0) * vector.reduce((sum, x) => sum + x * x, 0));
      const length = Math.sqrt(exact.reduce((sum, x) => sum + x * x, 0));
      for (const tolerance of [1e-2, 1e-4, 1e-7]) {
        const product = multiply(nonstandardForm(matrix, { levels, tolerance }), vector);
        expect((distance(product, exact) * length) / scale).toBeLessThan(2 * tolerance);
      }
    }
  });
});

/** Convolutions of the chord ρ, the periodic distance sin(π x)/π; and (−Δ + 1)⁻¹ by second-order differences. */
function kernelOf(name: 'log' | '1/|x|' | 'Yukawa' | 'Green', dimension: 1 | 2 | 3, points: number): GridMatrix {
  const on = grid(dimension, points);
  if (name === 'Green') {
    const basis = fourierBasis(on);
    const impulse = new Float64Array(on.size);
    impulse[0] = 1;
    return convolutionMatrix(
      on,
      basis.multiply(
        basis.negativeLaplacianFiniteDifferences().map((k2) => 1 / (k2 + 1)),
        impulse,
      ),
    );
  }
  const f = { log: Math.log, '1/|x|': (r: number) => 1 / r, Yukawa: (r: number) => Math.exp(-5 * r) / r }[name];
  const chord = (...x: number[]) => Math.hypot(...x.map((c) => Math.sin(Math.PI * c) / Math.PI));
  return convolutionMatrix(
    on,
    sampleOnGrid(on, (...x) => f(chord(...x) || on.spacing)),
  );
}

describe('cost', () => {
  it.each([
    [1, [1024, 16_384, 262_144]],
    [2, [32, 128, 512]],
  ] as const)('%dD: operations a point are the same within a factor 1.3, N = %j per axis', (dimension, sizes) => {
    const perPoint = sizes.map((points) => {
      const form = nonstandardForm(kernelOf('1/|x|', dimension, points), {
        levels: Math.log2(points) - (dimension === 1 ? 4 : 2),
        tolerance: 1e-3,
        vanishingMoments: 3,
      });
      return operations(form) / points ** dimension;
    });
    expect(Math.max(...perPoint) / Math.min(...perPoint)).toBeLessThan(1.3);
  });
});

describe('wrong input gets one clear error', () => {
  const matrix = randomMatrix(grid(1, 16), 1);
  it.each([
    [
      () => nonstandardForm(matrix, { levels: 5 }),
      'nonstandardForm.levels is 5; expected a number of times that 16 can be halved',
    ],
    [() => nonstandardForm(matrix, { levels: 0 }), 'nonstandardForm.levels is 0'],
    [() => nonstandardForm(matrix, { levels: 1, tolerance: -1 }), 'nonstandardForm.tolerance is -1'],
    [() => nonstandardForm(matrix, { levels: 1, moments: 2 } as never), 'nonstandardForm.moments'],
    [
      () => multiply(nonstandardForm(matrix, { levels: 1 }), new Float64Array(3)),
      'vector is a Float64Array of length 3',
    ],
  ])('%#', (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
