import { integrate, periodicGrid } from '@dyadic/spectral';
import { describe, expect, it } from 'vitest';
import {
  evaluatePotential,
  type GaussianWells,
  type GaussianWellsOptions,
  gaussianWells,
  samplePotential,
} from '../src/index.js';

/** Eq (4.4) of the paper, the family of its authors' program, and eq (4.8), a hundred times as deep in `localized`. */
const NORMAL = { strength: [1, 4], variance: [2e-3, 4e-3], height: 'normal-density' } as const;
const SHIFTED = { ...NORMAL, strength: [10, 40], separation: 0.05, minimum: 1 } as const;
const DEEP = {
  strength: [0.8, 1.2],
  variance: [0.0025, 0.0025],
  height: 'strength',
  separation: 0.1,
  length: 2,
  origin: -1,
} as const;
const LOCALIZED = { ...DEEP, depth: 100 } as const;

const draw = (options: GaussianWellsOptions, count: number) =>
  Array.from({ length: count }, (_, index) => samplePotential(gaussianWells(options), 1, index));
const range = (values: number[]) => [Math.min(...values), Math.max(...values)] as const;

describe('samplePotential', () => {
  it('is a pure function of (family, seed, index)', () => {
    const recipe = gaussianWells({ ...NORMAL, wells: 3 });
    expect(samplePotential(recipe, 5, 17)).toEqual(samplePotential({ ...recipe }, 5, 17));
    const others = [samplePotential(recipe, 6, 17), samplePotential(recipe, 5, 18)];
    for (const other of others) expect(other.wells).not.toEqual(samplePotential(recipe, 5, 17).wells);
  });

  it('does not depend on the order of the properties of a stored recipe', () => {
    const recipe = gaussianWells(DEEP);
    const reordered = Object.fromEntries(Object.entries(recipe).reverse()) as unknown as GaussianWells;
    expect(samplePotential(reordered, 1, 2).wells).toEqual(samplePotential(recipe, 1, 2).wells);
  });

  it('families with other parameters draw other wells', () => {
    const two = samplePotential(gaussianWells({ ...NORMAL, wells: 2 }), 1, 0);
    const four = samplePotential(gaussianWells({ ...NORMAL, wells: 4 }), 1, 0);
    expect(four.wells[0]).not.toEqual(two.wells[0]);
  });

  it.each<[GaussianWellsOptions, [number, number], [number, number]]>([
    [NORMAL, [1, 4], [2e-3, 4e-3]],
    [SHIFTED, [10, 40], [2e-3, 4e-3]],
    [{ ...SHIFTED, strength: [1, 6], dimension: 2 }, [1, 6], [2e-3, 4e-3]],
    [LOCALIZED, [0.8, 1.2], [0.0025, 0.0025]],
  ])('%o: strengths and variances fill their intervals', (options, strength, variance) => {
    const samples = draw(options, 400);
    const strengths = range(samples.flatMap((sample) => sample.wells.map((well) => well.strength)));
    const width = strength[1] - strength[0];
    expect(strengths[0]).toBeGreaterThanOrEqual(strength[0]);
    expect(strengths[0]).toBeLessThan(strength[0] + 0.05 * width);
    expect(strengths[1]).toBeLessThanOrEqual(strength[1]);
    expect(strengths[1]).toBeGreaterThan(strength[1] - 0.05 * width);
    const variances = range(samples.map((sample) => sample.variance));
    expect(variances[0]).toBeGreaterThanOrEqual(variance[0]);
    expect(variances[1]).toBeLessThanOrEqual(variance[1]);
  });

  it.each<[GaussianWellsOptions, number]>([
    [{ ...DEEP, wells: 8 }, 0.1],
    [{ ...DEEP, dimension: 2, separation: 0.4 }, 0.4],
    [{ ...SHIFTED, wells: 6 }, 0.05],
  ])('%o: centers keep their distance, across the boundary too', (options, separation) => {
    const [length, origin] = [gaussianWells(options).length, gaussianWells(options).origin] as [number, number];
    for (const { wells } of draw(options, 200)) {
      for (const [i, a] of wells.entries()) {
        for (const x of a.center) expect(x >= origin && x < origin + length).toBe(true);
        for (const b of wells.slice(0, i)) {
          const images = [-1, 0, 1].map((j) => length * j);
          const shifts =
            options.dimension === 2 ? images.flatMap((s) => images.map((t) => [s, t])) : images.map((s) => [s]);
          for (const shift of shifts) {
            expect(Math.hypot(...shift.map((s, d) => a.center[d]! - b.center[d]! + s))).toBeGreaterThan(separation);
          }
        }
      }
    }
  });
});

describe('wells on a lattice', () => {
  const CRYSTAL = { ...LOCALIZED, separation: 0, jitter: 0.25 } as const;

  it.each<[1 | 2 | 3, number]>([
    [1, 5],
    [2, 9],
    [3, 8],
  ])('%iD: one of %i in each cell, up to a quarter of it off its middle', (dimension, wells) => {
    const side = Math.round(wells ** (1 / dimension));
    const cells = new Set<string>();
    const shifts: number[] = [];
    for (const { wells: drawn } of draw({ ...CRYSTAL, dimension, wells }, 200)) {
      for (const { center } of drawn) {
        const places = center.map((x) => ((x + 1) * side) / 2);
        cells.add(places.map(Math.floor).join());
        shifts.push(...places.map((x) => x - Math.floor(x) - 0.5));
      }
    }
    expect(cells.size).toBe(wells);
    const [least, greatest] = range(shifts);
    expect(least).toBeGreaterThanOrEqual(-0.25);
    expect(least).toBeLessThan(-0.24);
    expect(greatest).toBeLessThanOrEqual(0.25);
    expect(greatest).toBeGreaterThan(0.24);
  });

  it('draws of its own; families without one are written down without the entry', () => {
    const [one, other] = [0.25, 0.2].map((jitter) => draw({ ...CRYSTAL, jitter, wells: 4 }, 1)[0]!);
    expect(one!.wells[0]!.strength).not.toBe(other!.wells[0]!.strength);
    expect(gaussianWells({ ...DEEP, wells: 4 })).not.toHaveProperty('jitter');
  });

  it.each<[object, RegExp]>([
    [{ jitter: 0.6 }, /potential\.jitter is 0\.6/],
    [{ dimension: 2, wells: 5 }, /potential\.wells is 5; expected a whole number to the power of 2/],
  ])('%o is refused by name', (change, message) => {
    expect(() => gaussianWells({ ...CRYSTAL, ...change })).toThrow(message);
  });
});

describe('evaluatePotential', () => {
  it('(4.4) in 1D: term by term, images included', () => {
    const sample = draw({ ...NORMAL, wells: 2 }, 1)[0]!;
    const grid = periodicGrid({ dimension: 1, points: 32 });
    const T = sample.variance;
    const found = evaluatePotential(sample, grid);
    grid.axis.forEach((x, i) => {
      let expected = 0;
      for (const { strength, center } of sample.wells) {
        for (let j = -4; j <= 4; j++) {
          expected -= (strength / Math.sqrt(2 * Math.PI * T)) * Math.exp(-((x - j - center[0]!) ** 2) / (2 * T));
        }
      }
      expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-13);
    });
  });

  it('(4.4) in 1D integrates to −Σρ, to rounding on a resolved grid', () => {
    const grid = periodicGrid({ dimension: 1, points: 320 });
    for (const sample of draw({ ...NORMAL, wells: 4 }, 5)) {
      const total = sample.wells.reduce((sum, well) => sum + well.strength, 0);
      expect(integrate(grid, evaluatePotential(sample, grid)) / -total).toBeCloseTo(1, 12);
    }
  });

  it('(4.4) in 2D keeps the prefactor as printed: ∫V = −Σρ √(2πT)', () => {
    const grid = periodicGrid({ dimension: 2, points: 80 });
    const sample = draw({ ...NORMAL, dimension: 2 }, 1)[0]!;
    const total = sample.wells.reduce((sum, well) => sum + well.strength, 0) * Math.sqrt(2 * Math.PI * sample.variance);
    expect(integrate(grid, evaluatePotential(sample, grid)) / -total).toBeCloseTo(1, 12);
  });

  it.each([1, 2, 3] as const)('(4.8) in %iD at a center: −depth · c, and periodic', (dimension) => {
    const sample = draw(
      { ...LOCALIZED, variance: dimension === 1 ? DEEP.variance : [0.04, 0.04], dimension, wells: 1 },
      1,
    )[0]!;
    const moved = { ...sample, wells: [{ ...sample.wells[0]!, center: new Array<number>(dimension).fill(-1) }] };
    const grid = periodicGrid({ dimension, points: 10, length: 2, origin: -1 });
    const values = evaluatePotential(moved, grid);
    expect(values[0]! / (-100 * moved.wells[0]!.strength)).toBeCloseTo(1, 10);
    // The center is a corner of the torus: its neighbours on both sides are equally deep.
    expect(values[grid.points - 1]! / values[1]!).toBeCloseTo(1, 12);
  });

  it('reference-code: the least value on the grid is 1', () => {
    const grid = periodicGrid({ dimension: 1, points: 320 });
    for (const sample of draw(SHIFTED, 5)) {
      const [least, greatest] = range([...evaluatePotential(sample, grid)]);
      expect(least).toBeCloseTo(1, 10);
      expect(greatest).toBeGreaterThan(60);
    }
  });

  it.each([49, 51, 53, 1e4])(
    'variance %f: wells far wider than the torus add up to their mean, term by term',
    (variance) => {
      const sample = { ...draw({ ...NORMAL, wells: 1 }, 1)[0]!, variance };
      const [{ strength, center }] = sample.wells as [(typeof sample.wells)[0]];
      const grid = periodicGrid({ dimension: 1, points: 8 });
      const found = evaluatePotential(sample, grid);
      const images = Math.ceil(10 * Math.sqrt(variance));
      grid.axis.forEach((x, i) => {
        let sum = 0;
        for (let j = -images; j <= images; j++) sum += Math.exp(-((x - j - center[0]!) ** 2) / (2 * variance));
        const expected = (-strength / Math.sqrt(2 * Math.PI * variance)) * sum;
        expect(Math.abs(found[i]! / expected - 1)).toBeLessThan(1e-13);
      });
    },
  );

  it('takes no longer for any variance, and refuses those whose Gaussian is no number', () => {
    const [sample] = draw({ ...NORMAL, wells: 1 }, 1);
    const grid = periodicGrid({ dimension: 1, points: 64 });
    const values = evaluatePotential({ ...sample!, variance: 1e300 }, grid);
    expect(values[0]! / -sample!.wells[0]!.strength).toBeCloseTo(1, 12);
    for (const variance of [1e308, Number.POSITIVE_INFINITY, 0, -1, Number.NaN]) {
      expect(() => evaluatePotential({ ...sample!, variance }, grid)).toThrow('sample.variance is');
    }
  });

  it('refuses a grid of another torus', () => {
    const sample = draw(DEEP, 1)[0]!;
    expect(() => evaluatePotential(sample, periodicGrid({ dimension: 1, points: 8 }))).toThrow(
      /grid\.length is 1; expected 2/,
    );
  });
});

describe('gaussianWells refuses, by name,', () => {
  it.each<[object, RegExp]>([
    [{ wells: 0 }, /potential\.wells is 0; expected an integer from 1/],
    [{ well: 2 }, /potential\.well /],
    [{ strength: [4, 1] }, /potential\.strength\[1\] is 1; expected a finite number of at least 4/],
    [{ strength: 'big' }, /potential\.strength is 'big'/],
    [{ depth: 0 }, /potential\.depth is 0/],
    [{ variance: [0, 1] }, /potential\.variance\[0\] is 0/],
    [{ height: 'high' }, /potential\.height is 'high'; expected one of 'strength', 'normal-density'/],
    [{ dimension: 4 }, /potential\.dimension is 4/],
    [{ separation: -1 }, /potential\.separation is -1/],
    [{ minimum: Number.NaN }, /potential\.minimum is NaN/],
    [{ name: 7 }, /potential\.name is 7/],
  ])('%o', (options, message) => {
    expect(() => gaussianWells({ ...NORMAL, ...options } as GaussianWellsOptions)).toThrow(message);
  });

  it('wells that cannot fit', () => {
    const family = gaussianWells({ ...DEEP, wells: 100 });
    expect(() => samplePotential(family, 1, 0)).toThrow(/potential\.wells is 100; expected few enough wells/);
  });
});

describe('a box of other sides', () => {
  const box = { dimension: 2, length: [1, 3], origin: [-0.5, 0], separation: 0.4 } as const;
  const options: GaussianWellsOptions = { ...DEEP, ...box, variance: [0.02, 0.03], wells: 3 };
  const grid = periodicGrid({ points: [16, 48], length: [1, 3], origin: [-0.5, 0] });

  it('has centers all over it, and keeps them apart across its boundary', () => {
    const samples = draw(options, 300);
    const along = [0, 1].map((axis) => range(samples.flatMap(({ wells }) => wells.map(({ center }) => center[axis]!))));
    expect(along[0]![0]).toBeGreaterThanOrEqual(-0.5);
    expect(along[0]![1]).toBeLessThan(0.5);
    expect(along[1]![1]).toBeGreaterThan(2.9);
    expect(along[1]![1]).toBeLessThan(3);
    for (const { wells } of samples) {
      for (const [i, a] of wells.entries()) {
        for (const b of wells.slice(0, i)) {
          const [dx, dy] = [0, 1].map((axis) => Math.abs(a.center[axis]! - b.center[axis]!)) as [number, number];
          expect(Math.hypot(Math.min(dx, 1 - dx), Math.min(dy, 3 - dy))).toBeGreaterThan(0.4);
        }
      }
    }
  });

  it('has values with its periods: the sum over images, term by term', () => {
    const [sample] = draw(options, 1);
    const values = evaluatePotential(sample!, grid);
    const { variance, wells } = sample!;
    const depth = gaussianWells(options).depth;
    for (const [i, j] of [
      [0, 0],
      [5, 40],
      [15, 47],
    ] as const) {
      let expected = 0;
      for (const { strength, center } of wells) {
        for (let p = -4; p <= 4; p++) {
          for (let q = -4; q <= 4; q++) {
            const [dx, dy] = [-0.5 + i / 16 - center[0]! - p, j / 16 - center[1]! - 3 * q];
            expected -= depth * strength * Math.exp(-(dx * dx + dy * dy) / (2 * variance));
          }
        }
      }
      expect(values[i * 48 + j]).toBeCloseTo(expected, 10);
    }
    const square = periodicGrid({ dimension: 2, points: 16 });
    expect(() => evaluatePotential(sample!, square)).toThrow("grid.length is 1; expected 3, the potential's");
  });

  it.each<[object, string]>([
    [{ length: [1, 2, 3] }, 'potential.length is [1,2,3]; expected one number, or 2, one per axis'],
    [{ length: [1, 0] }, 'potential.length[1] is 0'],
    [{ origin: [0, '1'] }, "potential.origin[1] is '1'"],
  ])('%o is refused', (wrong, message) => {
    expect(() => gaussianWells({ ...options, ...wrong })).toThrow(message);
  });
});
