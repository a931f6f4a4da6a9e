import { describe, expect, it } from 'vitest';
import { frontier, frontierPart } from '../src/report/frontier.js';
import { cellResult as result } from './cell-result.js';

const point = (cost: number, error: number) => ({ cost, error });
const SPLIT = { samples: 100, mean: 1e-3, median: 1e-3, worst: 1e-2, worstSample: 3 };
const reached = (parameters: number, mean: number, cell = {}) =>
  result(cell, { parameters, errors: { train: SPLIT, validation: SPLIT, test: { ...SPLIT, mean } } });

describe('the frontier', () => {
  it('keeps what nothing beats in both, by rising cost', () => {
    const points = [point(4, 1), point(1, 8), point(2, 9), point(3, 5), point(3, 4), point(5, 1)];
    expect(frontier(points)).toEqual([point(1, 8), point(3, 4), point(4, 1)]);
    expect(frontier([])).toEqual([]);
  });

  it('is drawn for the commonest number of wells, where there are two points', async () => {
    const cells = [reached(100, 1e-2), reached(200, 1e-3), reached(50, 1e-9, { wells: 3 })];
    const part = await frontierPart(cells);
    expect(part!.figures!.map(({ name }) => name)).toEqual(['frontier-parameters-kohn-sham-1d']);
    expect(part!.figures![0]!.caption).toContain('n_g = 2');
    expect(await frontierPart([reached(100, 1e-2), reached(200, 2e-2)])).toBeNull();
    expect(await frontierPart([])).toBeNull();
  });
});
