import { randomStream } from '@dyadic/random';
import { describe, expect, it } from 'vitest';
import { blockOrder, kernelWindows, type Padding, transposedWindows } from '../src/index.js';

const stream = randomStream(1, 'mnn/test/windows');
const randoms = (length: number) => Float64Array.from({ length }, () => stream.normal());

/** All points of a cube, row-major. */
function cube(dimension: number, extent: number): number[][] {
  if (dimension === 0) return [[]];
  return cube(dimension - 1, extent).flatMap((point) => Array.from({ length: extent }, (_, i) => [...point, i]));
}

/** Numbers at integer points, by name. */
const named = (extent: number, dimension: number, values: ArrayLike<number>) =>
  new Map(cube(dimension, extent).map((point, i) => [point.join(), values[i]!]));

describe('blockOrder', () => {
  it('is the identity in 1D', () => {
    expect([...blockOrder(1, 12, 4)]).toEqual([...Array(12).keys()]);
  });

  it('follows S(k,i,j) = T((i−1)s+k1, (j−1)s+k2), k = (k1−1)s+k2 of Algorithm 2 in 2D', () => {
    const [points, boxes, side] = [6, 3, 2];
    const order = blockOrder(2, points, boxes);
    for (let i = 0; i < boxes; i++)
      for (let j = 0; j < boxes; j++)
        for (let k1 = 0; k1 < side; k1++)
          for (let k2 = 0; k2 < side; k2++) {
            const position = (i * boxes + j) * side ** 2 + k1 * side + k2;
            expect(order[position]).toBe((i * side + k1) * points + j * side + k2);
          }
  });

  it.each([
    [1, 12, 4],
    [2, 12, 4],
    [2, 10, 2],
    [3, 8, 4],
    [3, 6, 2],
  ] as const)(
    'cuts random numbers into boxes, and Flatten puts them back: %iD, N = %i, %i boxes',
    (d, points, boxes) => {
      const side = points / boxes;
      const grid = randoms(points ** d);
      const at = named(points, d, grid);
      const order = blockOrder(d, points, boxes);
      const blocked = Float64Array.from(order, (point) => grid[point]!);
      cube(d, boxes).forEach((box, i) => {
        cube(d, side).forEach((place, k) => {
          const point = box.map((index, axis) => index * side + place[axis]!);
          expect(blocked[i * side ** d + k]).toBe(at.get(point.join()));
        });
      });
      const flattened = new Float64Array(points ** d);
      order.forEach((point, position) => {
        flattened[point] = blocked[position]!;
      });
      expect(flattened).toEqual(grid);
    },
  );

  it('is a permutation in 3D', () => {
    const order = blockOrder(3, 4, 2);
    expect(new Set(order).size).toBe(64);
    expect([...order.slice(0, 8)]).toEqual([0, 1, 4, 5, 16, 17, 20, 21]);
  });
});

const CUBES = ([1, 2, 3] as const).flatMap((d) =>
  (['periodic', 'zero', 'reflect'] as const).flatMap((padding) =>
    (
      [
        [4, 5],
        [8, 7],
        [2, 3],
      ] as const
    )
      .filter(([sites]) => d < 3 || sites < 8)
      .map(([sites, window]) => [d, sites, window, padding] as const),
  ),
);

/** Index of the site whose number is continued to `index`, step by step; one that does not exist is read as zero. */
function continued(padding: Padding, index: number, sites: number): number {
  if (padding === 'periodic') {
    let i = index;
    while (i < 0) i += sites;
    while (i >= sites) i -= sites;
    return i;
  }
  // A mirror stands half a step before the first and half a step behind the last site.
  if (padding === 'reflect' && index < 0) return -0.5 - (index - -0.5);
  if (padding === 'reflect' && index >= sites) return sites - 0.5 - (index - (sites - 0.5));
  return index;
}

describe('transposedWindows', () => {
  it.each(CUBES)('⟨W ξ, η⟩ = ⟨ξ, Wᵀ η⟩ for random ξ, η: %iD, %i sites, window %i, %s', (d, sites, window, padding) => {
    const layer = { dimension: d, sites, window, padding };
    const places = window ** d;
    const [weights, xi, eta] = [randoms(sites ** d * places), randoms(sites ** d), randoms(sites ** d)];
    const table = kernelWindows(layer);
    const product = eta.map((_, s) => {
      let sum = 0;
      for (let j = 0; j < places; j++) {
        const source = table[s * places + j]!;
        if (source >= 0) sum += weights[s * places + j]! * xi[source]!;
      }
      return sum;
    });
    const transposed = transposedWindows(layer);
    const extended = Float64Array.from({ length: transposed.sites ** d }, (_, e) => {
      let sum = 0;
      for (let j = 0; j < places; j++) {
        const source = transposed.windows[e * places + j]!;
        if (source >= 0) sum += weights[source * places + (places - 1 - j)]! * eta[source]!;
      }
      return sum;
    });
    const images = (s: number) => transposed.images?.subarray(s * 3 ** d, (s + 1) * 3 ** d) ?? [s];
    const back = xi.map((_, s) => [...images(s)].reduce((sum, e) => sum + (e < 0 ? 0 : extended[e]!), 0));
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(inner(xi, back)).toBeCloseTo(inner(product, eta), 9);
  });
});

describe('kernelWindows', () => {
  it('is centred and periodic', () => {
    expect([...kernelWindows({ dimension: 1, sites: 8, window: 3 }).slice(0, 6)]).toEqual([7, 0, 1, 0, 1, 2]);
  });

  it('wraps onto itself where the window is wider than the level: slots i−2 and i+2 of level 2 name one box', () => {
    const table = kernelWindows({ dimension: 1, sites: 4, window: 5 });
    for (let site = 0; site < 4; site++) expect(table[site * 5]).toBe(table[site * 5 + 4]);
  });

  it.each(CUBES)(
    'reads random numbers as their continuation has them: %iD, %i sites, window %i, %s',
    (d, sites, window, padding) => {
      const values = randoms(sites ** d);
      const at = named(sites, d, values);
      const reach = (window - 1) / 2;
      const table = kernelWindows({ dimension: d, sites, window, padding });
      cube(d, sites).forEach((site, s) => {
        cube(d, window).forEach((place, j) => {
          const point = site.map((index, axis) => continued(padding, index + place[axis]! - reach, sites));
          const entry = table[s * window ** d + j]!;
          expect(entry < 0 ? 0 : values[entry]).toBe(at.get(point.join()) ?? 0);
        });
      });
    },
  );

  it('is the product of the 1D tables in 2D', () => {
    const line = kernelWindows({ dimension: 1, sites: 8, window: 7 });
    const plane = kernelWindows({ dimension: 2, sites: 8, window: 7 });
    for (const [site, place] of [
      [0, 0],
      [13, 20],
      [63, 48],
    ] as const) {
      const row = line[Math.floor(site / 8) * 7 + Math.floor(place / 7)]!;
      const column = line[(site % 8) * 7 + (place % 7)]!;
      expect(plane[site * 49 + place]).toBe(row * 8 + column);
    }
  });
});
