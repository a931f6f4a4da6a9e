import { describe, expect, it } from 'vitest';
import {
  coarserGrid,
  type FourierBasis,
  fourierBasis,
  integrate,
  interpolate,
  NestedBasis,
  periodicGrid,
  sampleOnGrid,
} from '../src/index.js';
import { maxDifference, randomArray } from './oracles.js';

const TAU = 2 * Math.PI;
const GRIDS = [
  periodicGrid({ dimension: 1, points: 320 }),
  periodicGrid({ dimension: 1, points: 45, length: 3, origin: -1 }),
  periodicGrid({ dimension: 2, points: 20, length: 2, origin: -1 }),
  periodicGrid({ dimension: 2, points: 15 }),
  periodicGrid({ dimension: 3, points: 12, length: 1.5 }),
  periodicGrid({ points: [20, 45], length: [1, 3], origin: [-1, 2] }),
  periodicGrid({ points: [15, 24], length: 2 }),
  periodicGrid({ points: [12, 15, 20], length: [1.5, 1, 2] }),
];

describe.each(GRIDS.map((grid) => [grid.shape, grid] as const))('Fourier basis, %o points', (_, grid) => {
  const basis = fourierBasis(grid);

  it('is an isometry: the dot product of coefficients is ∫ u v', () => {
    const u = randomArray(grid.size, 1);
    const v = randomArray(grid.size, 2);
    const a = basis.toCoefficients(u);
    const b = basis.toCoefficients(v);
    const dot = a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const product = u.map((x, i) => x * v[i]!);
    expect(Math.abs(dot - integrate(grid, product))).toBeLessThan(1e-13 * Math.sqrt(grid.volume));
  });

  it('round trip', () => {
    const u = randomArray(grid.size, 3);
    expect(maxDifference(basis.toValues(basis.toCoefficients(u)), u)).toBeLessThan(1e-13);
  });

  it('differentiates Π exp(0.2 sin(2πx/length)) to spectral accuracy', () => {
    const wave = grid.axes.map(({ length }) => TAU / length);
    const w = Math.max(...wave);
    const f = (...x: number[]) =>
      x.reduce((product, xa, a) => product * Math.exp(0.2 * Math.sin(wave[a]! * xa + a)), 1);
    const partial =
      (a: number) =>
      (...x: number[]) =>
        0.2 * wave[a]! * Math.cos(wave[a]! * x[a]! + a) * f(...x);
    const laplacian = (...x: number[]) =>
      f(...x) *
      x.reduce((sum, xa, a) => {
        const angle = wave[a]! * xa + a;
        return sum + wave[a]! ** 2 * (0.04 * Math.cos(angle) ** 2 - 0.2 * Math.sin(angle));
      }, 0);
    const u = sampleOnGrid(grid, f);
    // The coefficient of frequency k is about 0.1^k / k!: below 1e-9 at half of 12 points.
    const resolution = Math.min(...grid.shape) < 20 ? 1e-7 : 1e-11;
    basis.gradient(u).forEach((derivative, axis) => {
      expect(maxDifference(derivative, sampleOnGrid(grid, partial(axis)))).toBeLessThan(resolution * w);
    });
    expect(maxDifference(basis.laplacian(u), sampleOnGrid(grid, laplacian))).toBeLessThan(1000 * resolution * w * w);
  });

  it('Δ = div grad below the Nyquist frequency, and −∫uΔu = ∫|∇u|²', () => {
    const coarse = periodicGrid({ ...optionsOf(grid), points: 9 });
    const u = interpolate(randomArray(coarse.size, 4), coarse, grid);
    const laplacian = basis.laplacian(u);
    const divergence = new Float64Array(grid.size);
    let dirichlet = 0;
    basis.gradient(u).forEach((derivative, axis) => {
      const second = basis.gradient(derivative)[axis]!;
      for (let i = 0; i < divergence.length; i++) divergence[i]! += second[i]!;
      dirichlet += integrate(
        grid,
        derivative.map((x) => x * x),
      );
    });
    const scale = Math.max(...laplacian.map(Math.abs));
    expect(maxDifference(laplacian, divergence)).toBeLessThan(1e-10 * scale);
    expect(
      -integrate(
        grid,
        u.map((x, i) => x * laplacian[i]!),
      ) / dirichlet,
    ).toBeCloseTo(1, 10);
  });

  it('finite differences: the symbol applies the 2d+1-point stencil', () => {
    const u = randomArray(grid.size, 5);
    const { size } = grid;
    const expected = new Float64Array(size);
    let stride = 1;
    for (const { points, spacing } of [...grid.axes].reverse()) {
      for (let i = 0; i < size; i++) {
        const j = Math.floor(i / stride) % points;
        const at = (shift: number) => u[i + (((((j + shift) % points) + points) % points) - j) * stride]!;
        expected[i]! += (2 * at(0) - at(1) - at(-1)) / spacing ** 2;
      }
      stride *= points;
    }
    const spacing = Math.min(...grid.axes.map((axis) => axis.spacing));
    const found = basis.multiply(basis.negativeLaplacianFiniteDifferences(), u);
    expect(maxDifference(found, expected)).toBeLessThan(1e-12 / spacing ** 2);
  });
});

describe('symbols', () => {
  it('|k|² of a plane wave', () => {
    const grid = periodicGrid({ dimension: 2, points: 12, length: 2 });
    const basis = fourierBasis(grid);
    const wave = sampleOnGrid(grid, (x, y) => Math.cos((TAU / 2) * (3 * x - 2 * y!)));
    const found = basis.multiply(basis.negativeLaplacian(), wave);
    const eigenvalue = (TAU / 2) ** 2 * 13;
    expect(
      maxDifference(
        found,
        wave.map((x) => eigenvalue * x),
      ),
    ).toBeLessThan(1e-11 * eigenvalue);
  });
});

describe('NestedBasis', () => {
  const bases = (dimension: 1 | 2 | 3, coarse: number, fine: number) =>
    [coarse, fine].map((points) => fourierBasis(periodicGrid({ dimension, points, length: 2, origin: -1 }))) as [
      FourierBasis,
      FourierBasis,
    ];
  const wave = (...x: number[]) => x.reduce((sum, xa, a) => sum + Math.cos(Math.PI * (xa - a * x[0]!) + a), 1);

  it.each([
    [1, 20, 45],
    [1, 32, 320],
    [2, 8, 15],
    [2, 9, 20],
    [3, 6, 10],
    [3, 8, 8],
  ] as const)('d = %i, %i in %i points: a resolved function has the same coefficients', (dimension, m, n) => {
    const [coarse, fine] = bases(dimension, m, n);
    const nested = new NestedBasis(coarse, fine);
    const onCoarse = coarse.toCoefficients(sampleOnGrid(coarse.grid, wave));
    const onFine = fine.toCoefficients(sampleOnGrid(fine.grid, wave));
    expect(maxDifference(nested.prolong(onCoarse), onFine)).toBeLessThan(1e-13);
    expect(maxDifference(nested.restrict(onFine), onCoarse)).toBeLessThan(1e-13);
  });

  it('restriction is the transpose of prolongation, and undoes it but for Nyquist frequencies', () => {
    for (const [dimension, m, n] of [[1, 16, 40] as const, [2, 9, 20] as const, [3, 6, 6] as const]) {
      const [coarse, fine] = bases(dimension, m, n);
      const nested = new NestedBasis(coarse, fine);
      const c = randomArray(coarse.size, 1);
      const f = randomArray(fine.size, 2);
      const inner = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
      expect(inner(nested.prolong(c), f)).toBeCloseTo(inner(c, nested.restrict(f)), 12);
      const nyquist = coarse.symbol((...k) => (k.some((ka) => Math.abs(ka) > (Math.PI * m) / 2 - 1e-9) ? 0 : 1));
      const back = nested.restrict(nested.prolong(c));
      const resolved = c.map((value, i) => value * nyquist[i]!);
      expect(maxDifference(back, resolved)).toBe(0);
    }
  });

  it('the finite differences of a fine grid act alike on both', () => {
    const [coarse, fine] = bases(2, 8, 20);
    const nested = new NestedBasis(coarse, fine);
    const c = coarse.toCoefficients(sampleOnGrid(coarse.grid, wave));
    const symbol = coarse.negativeLaplacianFiniteDifferences(fine.grid.axes.map(({ spacing }) => spacing));
    const fineSymbol = fine.negativeLaplacianFiniteDifferences();
    const expected = nested.prolong(c).map((value, i) => value * fineSymbol[i]!);
    expect(maxDifference(nested.prolong(c.map((value, i) => value * symbol[i]!)), expected)).toBeLessThan(1e-11);
  });

  it('refuses another torus and a finer grid by name', () => {
    const [coarse, fine] = bases(1, 8, 16);
    const unit = fourierBasis(periodicGrid({ dimension: 1, points: 16 }));
    expect(() => new NestedBasis(coarse, unit)).toThrow(/coarse\.grid\.length is 2; expected 1/);
    expect(() => new NestedBasis(fine, coarse)).toThrow(/coarse\.grid\.shape\[0\] is 16; expected at most 8/);
    expect(() => new NestedBasis(coarse, fine).restrict(new Float64Array(3))).toThrow(/fine is a Float64Array of/);
  });

  it('refuses the symbol of another grid by name', () => {
    const [coarse, fine] = bases(1, 8, 16);
    const symbol = fine.negativeLaplacian();
    expect(() => coarse.multiply(symbol, new Float64Array(8))).toThrow(/symbol is a Float64Array of/);
    expect(() => coarse.toCoefficients(new Float64Array(8), undefined, symbol)).toThrow(/symbol is a Float64Array of/);
  });
});

describe('makeReal', () => {
  it.each([
    [1, 10],
    [1, 9],
    [2, 8],
    [2, 5],
    [3, 6],
    [3, 5],
    [3, [6, 5, 8]],
    [2, [5, 8]],
    [2, [8, 5]],
  ] as const)('d = %i, N = %o', (dimension, points) => {
    const basis = fourierBasis(periodicGrid({ dimension, points }));
    const real = basis.toCoefficients(randomArray(basis.grid.size, 7));
    const kept = Float64Array.from(real);
    basis.makeReal(kept);
    expect(maxDifference(kept, real)).toBeLessThan(1e-15);
    // Of anything else it keeps what is seen on the grid.
    const any = randomArray(basis.size, 8);
    const projected = Float64Array.from(any);
    basis.makeReal(projected);
    const seen = basis.toCoefficients(basis.toValues(any));
    expect(maxDifference(projected, seen)).toBeLessThan(1e-14);
    expect(maxDifference(any, seen)).toBeGreaterThan(0.1);
  });
});

describe('symbols inside transforms', () => {
  it('are what multiplying before or after gives', () => {
    const basis = fourierBasis(periodicGrid({ dimension: 2, points: 10 }));
    const symbol = basis.symbol((...k) => 1 / (1 + k[0]! ** 2 + Math.abs(k[1]!)));
    const u = randomArray(basis.grid.size, 4);
    const c = basis.toCoefficients(u);
    const product = c.map((value, i) => value * symbol[i]!);
    expect(maxDifference(basis.toCoefficients(u, undefined, symbol), product)).toBeLessThan(1e-15);
    expect(maxDifference(basis.toValues(c, undefined, symbol), basis.toValues(product))).toBeLessThan(1e-15);
  });
});

describe('interpolate', () => {
  it.each([
    [1, 20, 45],
    [1, 320, 80],
    [1, 15, 40],
    [2, 12, 20],
    [2, 20, 9],
    [3, 6, 10],
  ] as const)('d = %i from %i to %i points is exact for resolved waves', (dimension, from, to) => {
    const source = periodicGrid({ dimension, points: from, length: 2, origin: -1 });
    const target = periodicGrid({ dimension, points: to, length: 2, origin: -1 });
    const f = (...x: number[]) => x.reduce((sum, xa, a) => sum + Math.cos(Math.PI * (xa - a * x[0]!) + a), 1);
    const found = interpolate(sampleOnGrid(source, f), source, target);
    expect(maxDifference(found, sampleOnGrid(target, f))).toBeLessThan(1e-12);
  });

  it('passes through the given values, the Nyquist frequency included, and coarsening undoes refining', () => {
    for (const dimension of [1, 2] as const) {
      const coarse = periodicGrid({ dimension, points: 10 });
      const fine = periodicGrid({ dimension, points: 20 });
      const u = randomArray(coarse.size, 6);
      const refined = interpolate(u, coarse, fine);
      const subsampled = sampleOnGrid(coarse, (...x) => {
        const index = x.reduce((sum, xa) => sum * 20 + Math.round(xa * 20), 0);
        return refined[index]!;
      });
      expect(maxDifference(subsampled, u)).toBeLessThan(1e-13);
      expect(maxDifference(interpolate(refined, fine, coarse), u)).toBeLessThan(1e-13);
    }
  });

  it('boxes: exact for resolved waves, and back', () => {
    const length = [2, 1, 3];
    const coarse = periodicGrid({ points: [9, 10, 12], length });
    const fine = periodicGrid({ points: [20, 12, 30], length });
    const f = (...x: number[]) => Math.cos(Math.PI * 2 * x[0]!) + Math.sin(TAU * (3 * x[1]! - x[2]! / 3) + 1);
    const onFine = interpolate(sampleOnGrid(coarse, f), coarse, fine);
    expect(maxDifference(onFine, sampleOnGrid(fine, f))).toBeLessThan(1e-12);
    expect(maxDifference(interpolate(onFine, fine, coarse), sampleOnGrid(coarse, f))).toBeLessThan(1e-12);
    const nested = new NestedBasis(fourierBasis(coarse), fourierBasis(fine));
    const [a, b] = [coarse, fine].map((grid) => fourierBasis(grid).toCoefficients(sampleOnGrid(grid, f)));
    expect(maxDifference(nested.prolong(a!), b!)).toBeLessThan(1e-13);
    expect(maxDifference(nested.restrict(b!), a!)).toBeLessThan(1e-13);
    const narrow = fourierBasis(periodicGrid({ points: [20, 9, 30], length }));
    expect(() => new NestedBasis(fourierBasis(coarse), narrow)).toThrow(
      /coarse\.grid\.shape\[1\] is 10; expected at most 9/,
    );
    const other = periodicGrid({ points: [9, 10, 12], length: [2, 1, 4] });
    expect(() => interpolate(onFine, fine, other)).toThrow(/to\.length is \[2,1,4\]; expected \[2,1,3\]/);
  });

  it('refuses another torus', () => {
    const a = periodicGrid({ dimension: 1, points: 8 });
    const b = periodicGrid({ dimension: 1, points: 8, length: 2 });
    expect(() => interpolate(new Float64Array(8), a, b)).toThrow(/to\.length is 2; expected 1/);
  });
});

describe('periodicGrid', () => {
  it('excludes the right end', () => {
    const grid = periodicGrid({ dimension: 1, points: 4, length: 2, origin: -1 });
    expect([...grid.axis]).toEqual([-1, -0.5, 0, 0.5]);
  });

  it('points, length and origin per axis, or one number for all; the dimension follows', () => {
    const grid = periodicGrid({ points: [32, 64], length: [8, 16], origin: -4 });
    expect(grid).toMatchObject({ dimension: 2, shape: [32, 64], size: 2048, volume: 128 });
    expect(grid.axes.map(({ spacing, origin }) => [spacing, origin])).toEqual([
      [0.25, -4],
      [0.25, -4],
    ]);
    expect(grid.spacing).toBe(0.25);
    expect(sampleOnGrid(grid, (x, y) => 100 * x + y!)[64 * 3 + 5]).toBe(100 * -3.25 - 2.75);
    expect(periodicGrid({ points: 8, length: [1, 2, 3] }).dimension).toBe(3);
    expect(() => grid.points).toThrow(/grid\.points is \[32,64\]; expected the same number along every axis/);
    expect(() => grid.axis).toThrow(/grid\.points is \[32,64\]/);
  });

  it('coarser grids keep the torus and, but for rounding up, the proportions', () => {
    const grid = periodicGrid({ points: [320, 75, 20], length: [4, 1, 2], origin: [1, 0, 0] });
    const coarse = coarserGrid(grid, 128);
    expect(coarse.shape).toEqual([128, 30, 16]);
    expect(coarse.axes.map(({ length, origin }) => [length, origin])).toEqual([
      [4, 1],
      [1, 0],
      [2, 0],
    ]);
    expect(coarserGrid(periodicGrid({ points: [40, 7] }), 32).shape).toEqual([32, 7]);
  });

  it.each<[object, RegExp]>([
    [{ points: 8 }, /grid\.dimension is undefined; expected one of 1, 2, 3/],
    [{ points: [8, 8, 8, 8] }, /grid\.dimension is 4/],
    [{ points: [] }, /grid\.dimension is 0/],
    [{ dimension: 3, points: [8, 8] }, /grid\.points is \[8,8\]; expected one number, or 3, one per axis/],
    [{ points: [8, 8], length: [1] }, /grid\.length is \[1\]; expected one number, or 2/],
    [{ points: [8, '8'] }, /grid\.points\[1\] is '8'/],
    [{ points: [8, 8], length: [1, -1] }, /grid\.length\[1\] is -1/],
    [{ points: [8, 8], origin: [Number.NaN, 0] }, /grid\.origin\[0\] is NaN/],
    [{ dimension: 4, points: 8 }, /grid\.dimension is 4/],
    [{ dimension: 1, points: 1 }, /grid\.points is 1/],
    [{ dimension: 1, points: 8, length: -1 }, /grid\.length is -1; expected a finite number above 0/],
    [{ dimension: 1, points: 8, length: 0 }, /grid\.length is 0; expected a finite number above 0/],
    [{ dimension: 1, points: 8, length: Number.NaN }, /grid\.length is NaN; expected a finite number above 0/],
    [{ dimension: 1, points: 8, origin: Number.NaN }, /grid\.origin is NaN/],
    [{ dimension: 1, points: 8, size: 8 }, /grid\.size/],
  ])('refuses %o', (options, message) => {
    expect(() => periodicGrid(options as never)).toThrow(message);
  });
});

function optionsOf({ axes }: (typeof GRIDS)[number]) {
  return { length: axes.map(({ length }) => length), origin: axes.map(({ origin }) => origin) };
}
