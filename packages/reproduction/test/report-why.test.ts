import { describe, expect, it } from 'vitest';
import { gapSection, workTable } from '../src/report/report-why.js';
import { cellResult as result } from './cell-result.js';

describe('the error against the gap', () => {
  const byGap = [
    { from: 0.001, to: 0.01, mean: 6e-3 },
    { from: 0.01, to: 0.1, mean: 3e-3 },
    { from: 0.1, to: 0.2, mean: 1e-3 },
  ];

  it('sets the samples of smallest gap beside the others, for networks of one size', async () => {
    const section = await gapSection([result({}, { byGap }), result({ channels: 4 }, { byGap }), result({ wells: 3 })]);
    const [table] = section!.tables!;
    expect(table!.rows).toHaveLength(1);
    expect(table!.rows[0]).toEqual([
      'kohn-sham-1d',
      'paper',
      'laptop',
      2,
      1e-3,
      0.001,
      6e-3,
      3e-3,
      1e-3,
      '60 %', // 6 of 6 + 3 + 1
    ]);
    expect(section!.figures).toEqual([]);
  });

  it('is no section where no cell has gaps', async () => {
    expect(await gapSection([result({})])).toBeNull();
  });
});

describe('the error against work', () => {
  it('has the cells that were computed at several scales, the least work first', () => {
    const results = [
      result({ scale: 'patient' }, { epochs: 80 }),
      result({}),
      result({ seed: 2 }),
      result({ engine: 'tensorflow' }),
      result({ wells: 3 }),
      result({ recipe: 'paper', scale: 'quick' }),
    ];
    const rows = workTable(results)!.rows;
    // 20 and 80 epochs of 50 samples
    expect(rows.map((row) => row[6])).toEqual([1000, 4000]);
    expect(workTable(results.slice(1))).toBeNull();
  });
});
