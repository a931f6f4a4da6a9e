import { describe, expect, it } from 'vitest';
import type { Kind } from '../src/report/baseline.js';
import { gapPart, labelFindings, parityFindings, sampleFindings } from '../src/report/gap.js';
import { workTable } from '../src/report/work.js';
import { cellResult as result } from './cell-result.js';

const SPLIT = { samples: 100, mean: 1e-3, median: 1e-3, worst: 1e-2, worstSample: 3 };
const byGap = [
  { from: 0.001, to: 0.01, mean: 6e-3 },
  { from: 0.01, to: 0.1, mean: 3e-3 },
  { from: 0.1, to: 0.2, mean: 1e-3 },
];

/** Data of so many wells, with the mean errors of a constant, the paper and the best network. */
function kind(wells: number, constant: number, paper: number, error: number): Kind {
  const spec = { problem: 'ks', preset: 'paper', wells };
  return { cell: { spec }, constant, paper, best: { error, scale: 'quick' }, tolerance: 1e-10 } as unknown as Kind;
}

describe('the error against the gap', () => {
  it('sets the samples of smallest gap beside the others, for the typical networks', async () => {
    const cells = [result({}, { byGap }), result({ channels: 4 }, { byGap }), result({ wells: 3 })];
    const part = await gapPart(cells, [], ({ channels }) => channels === 6);
    const [table] = part!.tables!;
    expect(table!.rows).toEqual([
      ['kohn-sham-1d', 'paper', 'laptop', 2, 50, 1e-3, 0.001, 6e-3, 3e-3, '60 %'], // 6 of 6 + 3 + 1
    ]);
    expect(part!.figures).toEqual([]);
  });

  it('is no section where no cell has gaps', async () => {
    expect(await gapPart([result({})], [], () => true)).toBeNull();
  });

  it('concludes on the paper’s potentials from the data alone', () => {
    const other = [kind(2, 0.4, 2e-4, 1e-4), kind(8, 0.1, 2e-4, 1e-4), kind(3, 0.004, 2e-4, 1e-6)];
    const [finding] = parityFindings(other);
    // geometric means: 0.004 over sqrt(0.4 · 0.1), and 1e-6 over 1e-4
    expect(finding).toContain('odd n_g (3) over those for even n_g (2, 8), geometric means: 0.02× for a constant');
    expect(finding).toContain('0.01× for the networks here, 1.00× in the paper');
    expect(finding).toContain('probably not those that its text prints');
    const [alike] = parityFindings([kind(2, 0.4, 2e-4, 1e-4), kind(3, 0.4, 2e-4, 1e-4)]);
    expect(alike).not.toContain('probably');
    const [shown] = parityFindings([kind(2, 0.4, 2e-3, 1e-4), kind(3, 0.004, 2e-5, 1e-4)]);
    expect(shown).not.toContain('probably');
    expect(parityFindings([kind(2, 0.4, 2e-4, 1e-4)])).toEqual([]);
  });

  it('says that labels do not matter only where they do not', () => {
    const cells = [result({}, { byGap })];
    expect(labelFindings(cells, [{ tolerance: 1e-10 }])[0]).toMatch(/error of about 1e-7.*Labels do not limit/);
    expect(labelFindings(cells, [{ tolerance: 1e-4 }])[0]).not.toContain('Labels do not limit');
    expect(labelFindings(cells, [{ tolerance: null }])).toEqual([]);
  });

  it('counts the networks whose test error is about the training error', () => {
    const over = (test: number) => {
      const errors = { train: SPLIT, validation: SPLIT, test: { ...SPLIT, mean: test } };
      return result({}, { errors });
    };
    const finding = sampleFindings([over(1e-3), over(1.1e-3), over(2e-3)])[0];
    expect(finding).toContain('1.00× to 2.00× the training error; it is at most 1.2× for 2 of 3 networks');
  });
});

describe('the error against training', () => {
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
