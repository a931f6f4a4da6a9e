import { describe, expect, it } from 'vitest';
import { blockOrder, kernelWindows } from '../src/index.js';

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

  it('is a permutation in 3D', () => {
    const order = blockOrder(3, 4, 2);
    expect(new Set(order).size).toBe(64);
    expect([...order.slice(0, 8)]).toEqual([0, 1, 4, 5, 16, 17, 20, 21]);
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
